// Deletes old objects: sealed tokens that no approval, early end or review needs, evidence that is published, and requests
// after their retention time. Objects in use, or with remaining work, are never deleted.
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { after } from '../../domain/asking/duration.ts'
import { openRevocation } from '../../domain/ending/endings.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import { openReview } from '../../domain/review/reviews.ts'
import type { hallpassMetrics } from '../../domain/audit/metrics.ts'
import { Broken } from '../../domain/outcome.ts'
import type { Clock, Mappings, Requests, SealedTokens } from '../../domain/ports.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { type SequenceRule, stillCounts } from '../../domain/asking/sequence.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { evidenceName, unpublished } from '../../domain/approval/kept-evidence.ts'
import { sealedTokenName } from '../../domain/approval/sealed-token.ts'
import type { Log } from '../../kube/environment.ts'
import type { Metrics } from '../../kube/metrics.ts'
import type { Retention } from '../../store/retention.ts'
import type { Confirmation } from './confirm.ts'

export type SweeperOptions = {
  clock: Clock
  /** Requests that are not settled, from the watch. */
  alive: () => readonly Pick<AccessRequest, 'metadata'>[]
  requests: Pick<Requests, 'get'>
  sealedTokens: Pick<SealedTokens, 'list' | 'delete'>
  retention: Retention
  confirmation: Confirmation
  /** How long settled requests are kept, in seconds. One that counts for duration.maxConsecutive is kept for longer. */
  retainForSeconds: number
  mappings: Pick<Mappings, 'get'>
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  /** Whether this process leads. */
  mayAct: () => boolean
}

/** The Secret is stored about a second before the approval; two minutes are longer than any retry. */
const graceSeconds = 120
/** Google's access tokens last an hour; older sealed tokens are useless. */
const tokenLifeSeconds = 3600
/**
 * Evidence that no known request waits for is kept for this long: it is published seventy minutes after its sign-in, and a
 * request that is not seen for a moment must not lose it.
 */
const evidenceLifeSeconds = 7200

/** Requests of one question: their entries are a page or two. */
const batchSize = 50
/** Logging answers 60 questions a minute for a whole project, and a sweep comes every five minutes. */
const batchesPerSweep = 20

/** Each sweep ends early when its signal aborts. */
export type Sweeper = {
  sweepTokens: (signal: AbortSignal) => Promise<void>
  sweepRequests: (signal: AbortSignal) => Promise<void>
}

/** Sweeps that run every few minutes. Objects that cannot be deleted now are deleted next time. */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { clock, sealedTokens, retention, confirmation, metrics, mayAct } = options

  const unlessOver = (signal: AbortSignal): void => {
    if (signal.aborted) throw new Broken('The time for this sweep is over; the next one continues.')
    if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
  }

  return {
    sweepTokens: async signal => {
      for (const { name, createdAt } of await sealedTokens.list()) {
        const now = clock.now()
        if (now < after(createdAt, graceSeconds)) continue
        const isEvidence = name.startsWith('evidence-')
        const isOld = now >= after(createdAt, isEvidence ? evidenceLifeSeconds : tokenLifeSeconds)
        if (await (isEvidence ? isEvidenceNeeded : isNeeded)(options, name, isOld)) continue
        unlessOver(signal)
        await sealedTokens.delete(name)
        metrics.count('hallpass_swept_total', { kind: isEvidence ? 'evidence' : 'sealed-token' })
      }
    },

    sweepRequests: async signal => {
      if (!confirmation.mayAsk()) return
      const kept = { unreadable: 0, absent: 0 }
      let batches = 0
      for await (const batch of batchesOf(dueRequests(options, kept, signal))) {
        unlessOver(signal)
        if (batches++ >= batchesPerSweep) break
        const confirmed = confirmation.mayAsk() ? await confirmation.confirm(batch) : []
        kept[confirmation.mayAsk() ? 'absent' : 'unreadable'] += batch.length - confirmed.length
        for (const request of confirmed) {
          unlessOver(signal)
          if ((await retention.remove(request)) === 'removed')
            metrics.count('hallpass_swept_total', { kind: 'request' })
        }
      }
      confirmation.tell(kept)
    },
  }
}

/** The requests that have been kept long enough, without those that were not in the log a short time ago. */
async function* dueRequests(
  options: SweeperOptions,
  kept: { absent: number },
  signal: AbortSignal,
): AsyncGenerator<AccessRequest> {
  const { clock, retention, retainForSeconds, confirmation } = options
  for await (const request of retention.settledBefore(after(clock.now(), -retainForSeconds), signal)) {
    if (stillCounts(request, ruleOf(request, options), clock.now())) continue
    if (confirmation.wasAbsent(request)) kept.absent++
    else yield request
  }
}

async function* batchesOf(requests: AsyncIterable<AccessRequest>): AsyncGenerator<AccessRequest[]> {
  let batch: AccessRequest[] = []
  for await (const request of requests) {
    if (batch.push(request) < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function ruleOf(
  { metadata: { namespace }, spec }: AccessRequest,
  { mappings }: SweeperOptions,
): SequenceRule | undefined {
  const stored = mappings.get({ namespace, name: spec.roleMapping })
  return stored && readMapping(stored)
}

/**
 * Whether a request that waits for its grant, its early end or its review has this token. A direct read decides. An old one is
 * needed only as the evidence of an approval that others follow, or of a review: it has no access token.
 */
async function isNeeded({ alive, requests }: SweeperOptions, name: string, isOld: boolean): Promise<boolean> {
  const request = await ownerOf({ alive, requests }, name)
  if (!request) return false
  const { phase, decisions = [] } = request.status ?? {}
  const isWaiting = phase === undefined || phase === 'Pending' || phase === 'Approved'
  const isOf = ({ evidence }: Pick<Decision, 'evidence'>): boolean =>
    evidence !== undefined && sealedTokenName(request.metadata.uid, evidence.hash) === name
  const earlier = approvalsOf(request).slice(0, request.spec.approval.required - 1)
  const review = openReview(request.status ?? {})
  if (review && isOf(review)) return true
  if (isOld) return isWaiting && earlier.some(isOf)
  const ending = hasEnded(request) ? undefined : openRevocation(request.status ?? {})
  return (isWaiting && decisions.some(isOf)) || (ending !== undefined && isOf(ending))
}

/** Whether evidence waits to be published. An old one without a request was left behind by a sign-in that was not stored. */
async function isEvidenceNeeded(options: SweeperOptions, name: string, isOld: boolean): Promise<boolean> {
  const request = await ownerOf(options, name)
  if (!request) return !isOld
  return unpublished(request).some(({ evidence }) => evidenceName(request.metadata.uid, evidence.hash) === name)
}

/** The request that a Secret is named after, read directly; undefined when it is not among those that have work left. */
async function ownerOf(
  { alive, requests }: Pick<SweeperOptions, 'alive' | 'requests'>,
  name: string,
): Promise<AccessRequest | undefined> {
  const owner = alive().find(({ metadata: { uid } }) => name.includes(`-${uid}-`))
  return owner && requests.get({ namespace: owner.metadata.namespace, name: owner.metadata.name })
}
