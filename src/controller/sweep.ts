// What is left over: sealed tokens that no approval needs, and requests that have been kept long enough. Nothing that is
// owed or in use is ever swept.
import type { AccessRequest } from '../api/kinds.ts'
import { after } from '../domain/duration.ts'
import type { hallpassMetrics } from '../domain/metrics.ts'
import { Broken } from '../domain/outcome.ts'
import type { Clock, Ref, Requests, SealedTokens } from '../domain/ports.ts'
import { sealedTokenName } from '../domain/sealed-token.ts'
import type { Log } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import type { Retention } from '../store/retention.ts'

export type SweeperOptions = {
  clock: Clock
  /** Requests that are alive, as the watch knows them. */
  alive: () => readonly Pick<AccessRequest, 'metadata'>[]
  requests: Pick<Requests, 'get'>
  sealedTokens: Pick<SealedTokens, 'list' | 'delete'>
  retention: Retention
  /** How long settled requests are kept, in seconds. */
  retainForSeconds: number
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  /** Whether this process leads. */
  mayAct: () => boolean
}

/** Storing the Secret and appending the approval are a second apart; two minutes are more than any retry takes. */
const graceSeconds = 120
/** Google's access tokens live for an hour; what is sealed longer is of no use to anybody. */
const tokenLifeSeconds = 3600

/** Each sweep ends early when its signal aborts. */
export type Sweeper = {
  sweepTokens: (signal: AbortSignal) => Promise<void>
  sweepRequests: (signal: AbortSignal) => Promise<void>
}

/** Sweeps that are due every few minutes. What cannot be swept now is swept next time. */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { clock, sealedTokens, retention, retainForSeconds, metrics, mayAct } = options

  const unlessOver = (signal: AbortSignal): void => {
    if (signal.aborted) throw new Broken('The time for this sweep is over; the next one goes on.')
    if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
  }

  return {
    sweepTokens: async signal => {
      for (const { name, createdAt } of await sealedTokens.list()) {
        const now = clock.now()
        if (now < after(createdAt, graceSeconds)) continue
        if (now < after(createdAt, tokenLifeSeconds) && (await isNeeded(options, name))) continue
        unlessOver(signal)
        await sealedTokens.delete(name)
        metrics.count('hallpass_swept_total', { kind: 'sealed-token' })
      }
    },

    sweepRequests: async signal => {
      for await (const request of retention.settledBefore(after(clock.now(), -retainForSeconds), signal)) {
        unlessOver(signal)
        if ((await retention.remove(request)) === 'removed') metrics.count('hallpass_swept_total', { kind: 'request' })
      }
    },
  }
}

/** Whether a request that waits to be granted has the approval that this token belongs to. The live request decides. */
async function isNeeded({ alive, requests }: SweeperOptions, name: string): Promise<boolean> {
  const owner = alive().find(({ metadata }) => name.startsWith(`token-${metadata.uid}-`))
  if (!owner) return false
  const ref: Ref = { namespace: owner.metadata.namespace, name: owner.metadata.name }
  const request = await requests.get(ref)
  if (!request) return false
  const { phase, decisions = [] } = request.status ?? {}
  const isWaiting = phase === undefined || phase === 'Pending' || phase === 'Approved'
  return (
    isWaiting &&
    decisions.some(({ evidence }) => evidence && sealedTokenName(request.metadata.uid, evidence.hash) === name)
  )
}
