// The gateway's ports in memory, and the objects its tests are about.
import { countedAs } from '../../src/domain/identity.ts'
import type { AccessRequest, Approver, NewAccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import type { Organisation } from '../../src/domain/belonging.ts'
import { displayName } from '../../src/domain/display-name.ts'
import { Broken } from '../../src/domain/outcome.ts'
import type { Limits } from '../../src/domain/limits.ts'
import type {
  Directory,
  LookedUp,
  Mappings,
  Requests,
  SlackPerson,
  AliveRequests,
  StatusPatch,
} from '../../src/domain/ports.ts'
import type { Answer } from '../../src/slack/gateway/answers.ts'
import type { Form } from '../../src/slack/gateway/forms.ts'
import type { Forms, Respond } from '../../src/slack/gateway/responder.ts'
import { ManualClock, start } from '../fakes/clock.ts'

export { ManualClock, start }

/** Limits that no test reaches unless it means to. */
export const generous: Limits = {
  openPerPerson: 1000,
  openPerMapping: 1000,
  hourlyPerPerson: 1000,
  hourlyPerMapping: 1000,
}

/** Requests in memory, with the API server's rules for names and resource versions, and faults on demand. */
export class MemoryRequests implements Pick<Requests, 'get' | 'create' | 'patchStatus' | 'ofRequester'> {
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

  alive(namespace: string, email: string): AccessRequest[] {
    return this.unsettled().filter(
      ({ metadata, spec }) => metadata.namespace === namespace && spec.requester.email === email,
    )
  }

  unsettled(): AccessRequest[] {
    return this.all().filter(({ status }) => !status?.settled)
  }
}

type MappingFacts = { name?: string; namespace?: string; isReady?: boolean; spec?: Partial<RoleMapping['spec']> }
let serial = 0

/** A stored mapping: `prod-db`, for everyone at example.com, 30 minutes unless said otherwise, 4 hours at most. */
export function mapping({
  name = 'prod-db',
  namespace = 'hallpass',
  isReady = true,
  spec,
}: MappingFacts = {}): RoleMapping {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'RoleMapping',
    metadata: {
      name,
      namespace,
      uid: `11111111-0000-4000-8000-${String(++serial).padStart(12, '0')}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-11-01T00:00:00Z',
    },
    spec: {
      command: `/${name}`,
      description: 'The payments database',
      grants: [
        { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
        { resource: 'projects/prod-eu', role: 'roles/logging.viewer' },
      ],
      duration: { default: '30m', max: '4h', min: '5m' },
      requesters: { domains: ['example.com'] },
      approval: { window: '30m', onCall: { escalationPolicy: 'PABC123' } },
      reason: { required: true, pattern: 'INC-[0-9]+', hint: 'a ticket such as INC-1234' },
      channel: 'C0PRODACCESS',
      ...spec,
    },
    status: {
      conditions: [
        {
          type: 'Ready',
          status: isReady ? 'True' : 'False',
          observedGeneration: 1,
          lastTransitionTime: '2026-11-01T00:00:00Z',
          reason: 'Checked',
          message: 'Checked.',
        },
      ],
    },
  }
}

export class MemoryMappings implements Mappings {
  stored: RoleMapping[]
  constructor(stored: RoleMapping[]) {
    this.stored = stored
  }
  get({ namespace, name }: { namespace: string; name: string }): RoleMapping | undefined {
    return this.stored.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
  }
  list(): RoleMapping[] {
    return this.stored
  }
}

/** The organisation of the tests: nobody outside it is listed. */
export const organisation: Organisation = { hostedDomains: ['example.com'], externalRequesters: [] }

export const team = 'T0HOME'
const named = (given: string): Pick<SlackPerson, 'name'> => {
  const name = displayName(given)
  return name ? { name } : {}
}
const person = (slackUserID: string, local: string, name: string, more: Partial<SlackPerson> = {}): SlackPerson => ({
  slackUserID,
  teamID: team,
  email: `${local}@example.com`,
  ...named(name),
  ...more,
})

/** The people of the tests. */
export const dana = person('U0DANA', 'dana', 'Dana Engineer')
const mo = person('U0MO', 'mo', 'Mo Manager')
const ana = person('U0ANA', 'ana', 'Ana Director')
const otto = person('U0OTTO', 'otto', 'Otto Other')
export const gil = person('U0GIL', 'gil', 'Gil Guest', { unfit: 'guest' })
export const bo = person('U0BOT', 'bo', 'Bo Bot', { unfit: 'bot' })
// Slack hides the address of a stranger.
export const sam: SlackPerson = {
  slackUserID: 'U0SAM',
  teamID: 'T0OTHER',
  ...named('Sam Stranger'),
  unfit: 'stranger',
}
export const del = person('U0DEL', 'del', 'Del Gone', { unfit: 'deactivated' })
const nomail: SlackPerson = { slackUserID: 'U0NOMAIL', teamID: team, ...named('No Mail') }
export const everyone = [dana, mo, ana, otto, gil, bo, sam, del, nomail]

export class MemoryDirectory implements Directory {
  readonly people: SlackPerson[] = [...everyone]
  groups: Record<string, string[]> = {}
  isSilent = false
  /** What was remembered before something changed: answers all but fresh looks. */
  remembered: { people: SlackPerson[]; groups: Record<string, string[]> } | undefined
  /** Accounts that Slack does not tell of at the moment. */
  readonly hidden = new Set<string>()

  readonly fresh: Directory['fresh'] = {
    byId: async id => this.#answer(this.#person(this.people, id)),
    membersOf: async group => this.#answer(this.groups[group]),
  }
  unhurried: Directory['unhurried'] = {
    byIds: async ids => this.#lookUp(ids),
    membersOf: async group => this.membersOf(group),
  }

  async byEmail(email: string): Promise<SlackPerson | undefined> {
    return this.#answer((this.remembered ?? this).people.find(one => one.email === email))
  }
  async byId(slackUserID: string): Promise<SlackPerson | undefined> {
    return this.#answer(this.#person((this.remembered ?? this).people, slackUserID))
  }
  async membersOf(userGroup: string): Promise<readonly string[] | undefined> {
    return this.#answer((this.remembered ?? this).groups[userGroup])
  }
  /** Slack says something else of an account from now on. */
  change(id: string, more: Partial<SlackPerson>): void {
    const at = this.people.findIndex(one => one.slackUserID === id)
    const [known] = this.people.slice(at, at + 1)
    if (known) this.people[at] = { ...known, ...more }
  }

  /** From now on only fresh looks see what changes. */
  remember(): void {
    this.remembered = structuredClone({ people: this.people, groups: this.groups })
  }

  #person(people: readonly SlackPerson[], id: string): SlackPerson | undefined {
    return people.find(one => one.slackUserID === id)
  }
  #lookUp(ids: readonly string[]): LookedUp {
    const told = ids.filter(id => !this.isSilent && !this.hidden.has(id))
    const people = told.flatMap(id => this.#person((this.remembered ?? this).people, id) ?? [])
    const missing = ids.length - told.length
    return { people, missing, ...(missing > 0 && { error: new Broken('Slack does not answer') }) }
  }
  #answer<T>(answer: T): T {
    if (this.isSilent) throw new Broken('Slack does not answer')
    return answer
  }
}

/** Slack's screens: the forms that are open, and what was said later. */
export class Screens {
  forms: Record<string, Form> = {}
  said: { url: string; answer: Answer; replace: boolean }[] = []
  isClosed = false
  readonly port: Forms = {
    open: async (triggerID, form) => this.#show(triggerID, form),
    update: async (viewID, form) => this.#show(viewID, form),
  }
  readonly respond: Respond = async (url, answer, { replace = false } = {}) => {
    this.said.push({ url, answer, replace })
  }
  #show(id: string, form: Form): void {
    if (this.isClosed) throw new Broken('Slack answered "not_found" to change a form.')
    this.forms[id] = form
  }
}

/** Dana's request for `of`, tagged to Mo, in the state in which Mo reads it. */
export function request(
  of: RoleMapping,
  more: { approvers?: Approver[]; status?: AccessRequest['status'] } = {},
): AccessRequest {
  return {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata: {
      name: `${of.metadata.name}-aaaabbbbcccc`,
      namespace: of.metadata.namespace,
      uid: '22222222-0000-4000-8000-000000000001',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: start.toISOString(),
    },
    spec: {
      roleMapping: of.metadata.name,
      requester: { email: 'dana@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' },
      origin: 'slack',
      duration: '30m',
      reason: 'INC-1234 replaying the failed payout batch',
      slack: { teamID: team, channelID: 'C0PRODACCESS', triggerDigest: 'a'.repeat(64) },
      grants: of.spec.grants,
      approval: {
        required: 1,
        window: '30m',
        escalateAfter: '10m',
        onCall: { escalationPolicy: 'PABC123', level: 1 },
        onlyOnCall: false,
      },
    },
    status: {
      phase: 'Pending',
      approvers: more.approvers ?? [
        {
          email: 'mo@example.com',
          slackUserID: 'U0MO',
          name: 'Mo Manager',
          level: 1,
          why: 'on call',
          at: start.toISOString(),
        },
      ],
      ...more.status,
    },
  }
}
