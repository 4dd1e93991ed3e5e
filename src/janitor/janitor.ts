// The janitor: it removes the access of holders who are done, with a separate right, when the controller asks. It takes out
// the request's own entries and records what has come of it, and can do nothing else.
import { LRUCache } from 'lru-cache'
import type { AccessRequest } from '../api/kinds.ts'
import { after } from '../domain/asking/duration.ts'
import type { hallpassMetrics } from '../domain/audit/metrics.ts'
import { type Removal, removalDue, type RemovalState, takesRemoval } from '../domain/ending/removal.ts'
import { approvedEntries } from '../domain/granting/approved-entries.ts'
import { policiesOf, type PolicyGrants } from '../domain/granting/grant-records.ts'
import { Broken, Waiting } from '../domain/outcome.ts'
import type { Clock, PolicyService, Ref, Requests } from '../domain/ports.ts'
import { shortLine } from '../domain/text.ts'
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import { createRemover, type OwnToken } from './remover.ts'
import { takeOut } from './taking-out.ts'

export type JanitorOptions = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'patchStatus'>
  policies: Pick<PolicyService, 'read' | 'write'>
  token: OwnToken
  /** Whether the cluster limits what each process writes. Without that nothing that is stored is believed. */
  isHeld: () => Promise<boolean>
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  pause: (ms: number) => Promise<unknown>
}

/** Looks at one request, and removes its access if it is asked to. Resolves to when to look again. Throws only Broken. */
export type Janitor = { reconcile(ref: Ref, signal: AbortSignal): Promise<Date | undefined> }

/** More than are removed at a time. */
const mostRemembered = 1_000
const heldAgainSeconds = 5

/** A janitor. Two of them at once do no harm: an entry is taken out once, and the first answer stays. */
export function createJanitor(options: JanitorOptions): Janitor {
  const { clock, requests, isHeld } = options
  // What this process has removed, if the answer could not be recorded in the same look.
  const removed = new LRUCache<string, true>({ max: mostRemembered })

  return {
    reconcile: async (ref, signal) => {
      const request = await requests.get(ref)
      if (!request || !removalDue(request, clock.now())) return undefined
      if (!(await isHeld())) return after(clock.now(), heldAgainSeconds)
      try {
        await record(options, request, await remove({ ...options, removed, signal }, request))
      } catch (error) {
        if (error instanceof Waiting) return error.until
        throw error
      }
      return undefined
    },
  }
}

type Removing = JanitorOptions & { removed: LRUCache<string, true>; signal: AbortSignal }

/** One policy after another. A policy that Google refuses does not keep the janitor from the next. */
async function remove(options: Removing, request: AccessRequest): Promise<Removal> {
  const policies = policiesOf(request.status?.grants ?? [])
  const states: RemovalState[] = []
  const whys: string[] = []
  for (const policy of policies) {
    const found = await removeFrom(options, request, policy)
    policy.positions.forEach((position, i) => (states[position] = found.states[i] ?? 'Unknown'))
    if (found.why) whys.push(found.why)
  }
  return { states, ...(whys[0] && { why: shortLine(whys[0], 300) }) }
}

async function removeFrom(
  options: Removing,
  request: AccessRequest,
  { resource, positions }: PolicyGrants,
): ReturnType<typeof takeOut> {
  const { metrics, removed, log } = options
  const { uid, namespace, name } = request.metadata
  const entries = approvedEntries(request)
  const wanted = positions.flatMap(i => entries[i]?.wanted ?? [])
  const remover = createRemover(options, { resource, uid })
  const found = await takeOut({ uid, wanted, likeness: 'exactly' }, { ...options, remover })
  const states = found.states.map((state, i): RemovalState => {
    const key = `${uid} ${positions[i]}`
    if (state === 'Removed') removed.set(key, true)
    return state === 'Gone' && removed.has(key) ? 'Removed' : state
  })
  for (const state of found.states) metrics.count('hallpass_removals_total', { outcome: state })
  log.info('janitor: a policy was looked at for a holder who is done', {
    request: `${namespace}/${name}`,
    resource,
    states: states.join(' '),
  })
  return { ...found, states }
}

/** Conflicts come from the gateway, auth and the controller; more than this in a row means that something is wrong. */
const attempts = 8

// It has happened whatever else has changed meanwhile, so it is recorded as long as an answer is taken.
async function record({ requests, log }: JanitorOptions, request: AccessRequest, removal: Removal): Promise<void> {
  const { namespace, name, uid } = request.metadata
  let fresh: AccessRequest | undefined = request
  for (let attempt = 0; attempt < attempts; attempt++) {
    if (fresh?.metadata.uid !== uid || !takesRemoval(fresh.status ?? {}))
      return log.info('janitor: the request has ended meanwhile; nothing is recorded', {
        request: `${namespace}/${name}`,
      })
    if ((await requests.patchStatus(fresh, { removal })) !== 'conflict') return
    fresh = await requests.get({ namespace, name })
  }
  throw new Broken('The request changed at each attempt to record what the janitor has removed.')
}
