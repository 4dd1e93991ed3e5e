// Whether the time in sequence that a mapping allows has room for one more request, for an early answer to the person who
// asks. The controller judges it again when it accepts an approval.
import { LRUCache } from 'lru-cache'
import type { NewAccessRequest } from '../api/kinds.ts'
import { promise } from '../domain/granting/expiry.ts'
import type { People } from '../domain/people/identity.ts'
import { byClock, validFor } from '../domain/memory.ts'
import { type Refusal, Refused } from '../domain/outcome.ts'
import type { Clock, Requests } from '../domain/ports.ts'
import { refuseSequence, type SequenceRule, type Span, wantedTime } from '../domain/asking/sequence.ts'
import { heldBy } from './held.ts'

type Options = { requests: Pick<Requests, 'history'>; people: People; clock: Clock }

/** Throws Refused when the person of this request would have its mapping for too long in sequence. */
export type RequireRoom = (request: NewAccessRequest, rule: SequenceRule) => Promise<void>

/**
 * A request that is refused is not stored, so it does not count for the limits, and each look reads every stored request.
 * So what refused a person is remembered: many tries of one person cost one look in this time.
 */
const rememberedSeconds = 10
const mostRemembered = 5_000

/** Judges with what the API server says at the moment, or with what refused the same person a moment ago. */
export function createRoom(options: Options): RequireRoom {
  const { clock } = options
  const held = new LRUCache<string, Span[]>({
    max: mostRemembered,
    ttl: validFor(rememberedSeconds),
    ...byClock(clock),
  })
  return async (request, rule) => {
    if (rule.maxConsecutiveSeconds === undefined) return
    const now = clock.now()
    const wanted = wantedTime(promise(request.spec, undefined, now), now, request.spec)
    const judge = (spans: readonly Span[]): Refusal | undefined => refuseSequence(rule, spans, wanted)
    const key = keyOf(request)
    const before = held.get(key)
    // Less may fit; then the API server is asked.
    const refusedBefore = before && judge(before)
    if (refusedBefore) throw new Refused(refusedBefore.reason, refusedBefore.message)
    const spans = await heldBy(request, { rule, from: wanted.from }, options)
    const refused = judge(spans)
    if (!refused) return
    held.set(key, spans)
    throw new Refused(refused.reason, refused.message)
  }
}

function keyOf({ metadata, spec }: NewAccessRequest): string {
  const { email, slackUserID } = spec.requester
  return JSON.stringify([metadata.namespace, spec.roleMapping, email, slackUserID])
}
