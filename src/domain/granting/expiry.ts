// When access begins and ends. Computed once from the evidence and the spec; stored times are checked against this
// before every write.
import type { Narrowing, RequestSpec } from '../../api/kinds.ts'
import { after, durationSeconds, instant, parseDuration } from '../asking/duration.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** An access token lives an hour, so nothing can be written with it later than that. */
const tokenLifeSeconds = 3600

export type Times = { startsAt: Date; expiresAt: Date }

/** The shorter of the requested duration and the one that the approver chose, in seconds; of one time of a window. */
export function grantedSeconds(spec: RequestSpec, narrowing: Narrowing | undefined): number {
  const asked = durationSeconds(spec.duration)
  return Math.min(asked, parseDuration(narrowing?.duration ?? '') ?? asked)
}

/** The times of a grant that begins now, or at `notBefore` when that is later. Whole seconds, rounded up at the start. */
export function promise(spec: RequestSpec, narrowing: Narrowing | undefined, now: Date): Times {
  const notBefore = spec.notBefore ? new Date(spec.notBefore) : undefined
  const start = notBefore && notBefore > now ? notBefore : now
  const startsAt = new Date(Math.ceil(start.getTime() / 1000) * 1000)
  return { startsAt, expiresAt: endFrom(startsAt, spec, narrowing) }
}

/** When access ends that begins at an instant: after the granted time, or with the last time of a window. */
export function endFrom(startsAt: Date, spec: RequestSpec, narrowing: Narrowing | undefined): Date {
  return spec.window ? new Date(spec.window.until) : after(startsAt, grantedSeconds(spec, narrowing))
}

/**
 * Whether stored times are the ones this evidence and spec allow: the start between the evidence's instant and an hour
 * later (or `notBefore`), the end exactly the granted duration after it, or that of the window. Editing them by hand gives no advantage.
 */
export function refuseTimes(
  times: Times,
  spec: RequestSpec,
  narrowing: Narrowing | undefined,
  evidenceAt: Date,
): Refusal | undefined {
  const earliest = evidenceAt
  const latest = after(evidenceAt, tokenLifeSeconds)
  const isAtNotBefore = spec.notBefore !== undefined && instant(times.startsAt) === instant(new Date(spec.notBefore))
  if (!isAtNotBefore && !(times.startsAt >= earliest && times.startsAt <= latest))
    return refusal('TimesNotAuthentic', 'The stored start of access does not fit the approval; somebody changed it.')
  if (spec.notBefore && times.startsAt < new Date(spec.notBefore))
    return refusal('TimesNotAuthentic', 'The stored start of access is earlier than requested; somebody changed it.')
  if (spec.window && times.startsAt >= times.expiresAt)
    return refusal('WindowOver', 'The last of the requested times was over before it was approved. Please ask again.')
  const expected = endFrom(times.startsAt, spec, narrowing)
  if (times.expiresAt.getTime() !== expected.getTime())
    return refusal('TimesNotAuthentic', 'The stored end of access does not fit the approval; somebody changed it.')
  return undefined
}
