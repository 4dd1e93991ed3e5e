// Probes whether admission restricts a process: a write that a policy must refuse for this identity is tried as a dry run,
// so nothing is ever stored. Each probe needs only rights that the process has for its work.
import { type AccessRequest, group, sealedTokenType, version } from '../api/kinds.ts'
import { instant } from '../domain/asking/duration.ts'
import type { Clock } from '../domain/ports.ts'
import { ApiError, deniedBy, isAdmissionFailure } from '../kube/api-error.ts'
import { createResource } from '../kube/resource.ts'
import type { Call, Transport } from '../kube/transport.ts'
import { requestKind } from './requests.ts'

/** The result of a probe. `untried`: no object exists yet to try it on, so there is nothing to protect. */
export type Found = 'enforced' | 'open' | 'untried' | { unknown: string }

/** A policy, and how to find out whether it is enforced. Never rejects. */
export type Probe = { policy: string; find: () => Promise<Found> }

type Where = {
  transport: Transport
  clock: Clock
  /** An empty list means the whole cluster. */
  namespaces: readonly string[]
  tokenNamespace: string
  systemNamespace: string
}
type Attempt = { policy: string; call: () => Promise<Call | undefined> }

const name = 'hallpass-probe'

/** The gateway cannot create a request of the other door, and can write only decisions to a request. */
export function probesOfGateway(where: Where): Probe[] {
  return probes(where, [
    { policy: 'hallpass-request-creation', call: async () => creation(where, 'web') },
    foreignField(where),
  ])
}

/**
 * Auth can create only sealed tokens in their namespace, no request of the other door, and can write only decisions to a
 * request.
 */
export function probesOfAuth(where: Where): Probe[] {
  return probes(where, [
    { policy: 'hallpass-sealed-tokens', call: async () => misnamedSecret(where) },
    { policy: 'hallpass-request-creation', call: async () => creation(where, 'slack') },
    foreignField(where),
  ])
}

/** The controller can take its lease only for a limited time, and cannot record a decision. */
export function probesOfController(where: Where): Probe[] {
  return probes(where, [
    { policy: 'hallpass-lease', call: async () => endlessLease(where) },
    statusProbe(where, ({ status }) => {
      const { decisions = [] } = status ?? {}
      const added = { id: name, verdict: 'Withdrawn', who: {}, at: instant(where.clock.now()) }
      // The schema has room for six.
      return decisions.length < 6 ? { decisions: [...decisions, added] } : undefined
    }),
  ])
}

/** The janitor can write only its answer to a request. */
export function probesOfJanitor(where: Where): Probe[] {
  return probes(where, [foreignField(where)])
}

function probes({ transport }: Where, attempts: readonly Attempt[]): Probe[] {
  return attempts.map(({ policy, call }) => ({
    policy,
    find: async () => {
      try {
        const tried = await call()
        if (!tried) return 'untried'
        await transport.request({ ...tried, query: { dryRun: 'All' } })
        return 'open'
      } catch (error) {
        return deniedBy(error) === policy ? 'enforced' : { unknown: whyUnknown(error) }
      }
    },
  }))
}

function whyUnknown(error: unknown): string {
  if (!(error instanceof ApiError)) return String(error)
  if (error.status === 0) return 'the API server does not answer'
  if (isAdmissionFailure(error)) return 'an admission policy fails to evaluate'
  const other = deniedBy(error)
  if (other !== undefined) return `the policy "${other}" refused the attempt first`
  return `the API server answered ${error.status} (${error.reason}) to the attempt`
}

/** A request of an origin that this process does not serve. */
function creation({ namespaces, systemNamespace }: Where, origin: 'slack' | 'web'): Call {
  const namespace = namespaces[0] ?? systemNamespace
  const body = {
    apiVersion: `${group}/${version}`,
    kind: 'AccessRequest',
    metadata: { name, namespace, finalizers: ['hallpass.dev/account'] },
    spec: {
      roleMapping: name,
      requester: { email: 'probe@example.com' },
      origin,
      duration: '1m',
      reason: '',
      grants: [{ resource: 'folders/1', role: 'roles/viewer' }],
      approval: { required: 1, window: '1m', escalateAfter: '1m', onlyOnCall: true },
    },
  }
  return { method: 'POST', path: `/apis/${group}/${version}/namespaces/${namespace}/accessrequests`, body }
}

/**
 * A Secret like a sealed token except for its name, so that another team's policy that accepts sealed tokens does not
 * refuse it first.
 */
function misnamedSecret({ tokenNamespace }: Where): Call {
  const body = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, labels: { 'hallpass.dev/request-uid': name } },
    immutable: true,
    type: sealedTokenType,
    data: { sealed: Buffer.from(name).toString('base64') },
  }
  return { method: 'POST', path: `/api/v1/namespaces/${tokenNamespace}/secrets`, body }
}

/** The process's own lease for 68 years, which nobody could take over. */
function endlessLease({ systemNamespace }: Where): Call {
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'hallpass-controller' },
    spec: { holderIdentity: name, leaseDurationSeconds: 2 ** 31 - 1 },
  }
  return { method: 'POST', path: `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases`, body }
}

/** A field of the status that only the controller writes. */
function foreignField(where: Where): Attempt {
  return statusProbe(where, ({ status }) => ({ observedGeneration: (status?.observedGeneration ?? 0) + 1 }))
}

function statusProbe(where: Where, patch: (request: AccessRequest) => object | undefined): Attempt {
  return {
    policy: 'hallpass-request-status',
    call: async () => {
      const request = await anyRequest(where)
      const status = request && patch(request)
      if (!request || !status) return undefined
      const { namespace, name: of } = request.metadata
      const path = `/apis/${group}/${version}/namespaces/${namespace}/accessrequests/${of}/status`
      return { method: 'PATCH', path, contentType: 'application/merge-patch+json', body: { status } }
    },
  }
}

async function anyRequest({ transport, namespaces }: Where): Promise<AccessRequest | undefined> {
  const resource = createResource<AccessRequest>(transport, requestKind)
  for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
    const [request] = (await resource.list({ namespace, limit: 1 })).items
    if (request) return request
  }
  return undefined
}
