// The port of requests in memory.
import type { AccessRequest, NewAccessRequest } from '../../src/api/kinds.ts'
import { countedAs } from '../../src/domain/people/identity.ts'
import { reviewersOf } from '../../src/domain/review/reviewing.ts'
import { Broken } from '../../src/domain/outcome.ts'
import type { AliveRequests, Requests, StatusPatch } from '../../src/domain/ports.ts'
import type { ManualClock } from './clock.ts'

/** The status of a new request, as the CRD gives it. */
export const firstStatus = { observedGeneration: -1, settled: false } as const

/** Requests in memory, with the API server's rules for names and resource versions, and faults on demand. */
export class MemoryRequests implements Pick<Requests, 'get' | 'create' | 'patchStatus' | 'ofRequester' | 'history'> {
  stored = new Map<string, AccessRequest>()
  /** Run before each write: a test changes the world in it, waits in it, or throws. */
  beforeWrite: () => Promise<void> = async () => undefined
  /** Whether a create takes effect although its answer gets lost. */
  losesAnswers = 0
  readonly clock: ManualClock
  /** What a watch would show. */
  readonly standing: AliveRequests = {
    ofRequester: (namespace, email) => structuredClone(this.alive(namespace, email)),
    ofPerson: id => structuredClone(this.unsettled().filter(({ spec }) => countedAs(spec.requester).includes(id))),
    ofApprover: id =>
      structuredClone(
        this.unsettled().filter(({ status }) =>
          status?.approvers?.some(({ email, slackUserID }) => [email, slackUserID].includes(id)),
        ),
      ),
    ofReviewer: id => structuredClone(this.unsettled().filter(request => reviewersOf(request).includes(id))),
    ofMapping: mapping =>
      structuredClone(
        this.unsettled().filter(({ metadata, spec }) => `${metadata.namespace}/${spec.roleMapping}` === mapping),
      ),
    onSeen: hook => void this.#hooks.push(hook),
  }
  readonly #hooks: ((request: AccessRequest) => void)[] = []
  #serial = 0
  constructor(clock: ManualClock) {
    this.clock = clock
  }

  put(request: AccessRequest): AccessRequest {
    const versioned = { ...request, metadata: { ...request.metadata, resourceVersion: String(++this.#serial) } }
    this.stored.set(`${request.metadata.namespace}/${request.metadata.name}`, versioned)
    for (const hook of this.#hooks) hook(structuredClone(versioned))
    return versioned
  }

  all(): AccessRequest[] {
    return [...this.stored.values()]
  }

  async get({ namespace, name }: { namespace: string; name: string }): Promise<AccessRequest | undefined> {
    return structuredClone(this.stored.get(`${namespace}/${name}`))
  }

  async create(request: NewAccessRequest): Promise<{ created: AccessRequest } | { exists: AccessRequest }> {
    await this.beforeWrite()
    const { namespace, name } = request.metadata
    const exists = this.stored.get(`${namespace}/${name}`)
    if (exists) return { exists }
    const serial = String(++this.#serial).padStart(12, '0')
    const created = this.put({
      ...request,
      metadata: {
        ...request.metadata,
        uid: `00000000-0000-4000-8000-${serial}`,
        resourceVersion: '',
        generation: 1,
        creationTimestamp: this.clock.now().toISOString(),
      },
      status: { ...firstStatus },
    })
    if (this.losesAnswers-- > 0) throw new Broken('the connection broke', { answered: false })
    return { created }
  }

  async patchStatus(seen: AccessRequest, patch: StatusPatch): Promise<AccessRequest | 'conflict'> {
    await this.beforeWrite()
    const stored = this.stored.get(`${seen.metadata.namespace}/${seen.metadata.name}`)
    if (stored?.metadata.resourceVersion !== seen.metadata.resourceVersion) return 'conflict'
    const fields = Object.entries({ ...stored.status, ...patch }).filter(([, value]) => value !== null)
    return this.put({ ...stored, status: Object.fromEntries(fields) as NonNullable<AccessRequest['status']> })
  }

  async ofRequester(namespace: string, email: string): Promise<AccessRequest[]> {
    return this.alive(namespace, email)
  }

  async history(of: Parameters<Requests['history']>[0]): Promise<AccessRequest[]> {
    return structuredClone(this.all().filter(request => isIn(of, request)))
  }

  alive(namespace: string, email: string): AccessRequest[] {
    return this.unsettled().filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec.requester.email === email,
    )
  }

  unsettled(): AccessRequest[] {
    return this.all().filter(({ status }) => !status?.settled)
  }
}

/** Whether a request is one of those that `history` returns. */
export function isIn(
  { namespace, roleMapping, emails, slackUserID, since }: Parameters<Requests['history']>[0],
  { metadata, spec, status }: AccessRequest,
): boolean {
  const isTheirs =
    emails === undefined ||
    emails.includes(spec.requester.email) ||
    (slackUserID !== undefined && spec.requester.slackUserID === slackUserID)
  const lasts = [metadata.creationTimestamp, status?.expiresAt ?? 0].some(at => new Date(at) >= since)
  return metadata.namespace === namespace && spec.roleMapping === roleMapping && isTheirs && lasts
}
