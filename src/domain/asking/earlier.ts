// Earlier requests of the same person for the same mapping: a denial and running access that the people asked now must
// see, how much access comes together, and people who were mentioned for a withdrawn request, so that asking again
// notifies nobody twice.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { callsIn } from '../calling/calls.ts'
import { after, durationSeconds, formatDuration, instant, sayDuration } from './duration.ts'
import { promise } from '../granting/expiry.ts'
import { hoursOfRequest } from '../granting/restriction.ts'
import { sayAllHours } from '../hours/words.ts'
import { ordinal } from '../ordinal.ts'
import { standingDecision } from '../approval/quorum.ts'
import { countsSince, type SequenceRule, spansOf, together } from './sequence.ts'
import { cut } from '../text.ts'

/** The facts about earlier requests. */
export type Earlier = NonNullable<RequestStatus['earlier']>

/** As many as the CRD allows. People beyond `people` are mentioned again. */
const most = { name: 40, comment: 300, people: 8, id: 12, hours: 500 } as const
/** A denial is shown for a day: long enough for every shift that could be asked instead. */
const denialSeconds = 24 * 3600

/** Requests that were created, and whose access ended, before this instant do not count. Windows last a day at most. */
export function earlierSince({ metadata }: AccessRequest, rule: Limit = {}): Date {
  const askedAt = new Date(metadata.creationTimestamp)
  return new Date(Math.min(Number(after(askedAt, -2 * denialSeconds)), Number(countsSince(askedAt, rule))))
}

type Limit = Pick<SequenceRule, 'maxConsecutiveSeconds'>

/**
 * The facts about requests before `request`, from the same person's requests for the same mapping; undefined without
 * earlier ones.
 */
export function earlierOf(
  request: AccessRequest,
  history: readonly AccessRequest[],
  rule: Limit = {},
): Earlier | undefined {
  const askedAt = new Date(request.metadata.creationTimestamp)
  const before = history.filter(
    ({ metadata, spec }) =>
      metadata.uid !== request.metadata.uid &&
      spec.roleMapping === request.spec.roleMapping &&
      new Date(metadata.creationTimestamp) <= askedAt,
  )
  const denial = denialBefore(before, after(askedAt, -denialSeconds))
  // Who was asked as usual does not know that it is an emergency now.
  const alike = request.spec.emergency ? before.filter(({ spec }) => spec.emergency) : before
  const called = calledBefore(alike, after(askedAt, -durationSeconds(request.spec.approval.window)))
  const holding = heldAt(before, askedAt)
  const held = heldWith(request, before, rule)
  const earlier = {
    ...(denial && { denial }),
    ...(called && { called }),
    ...(holding && { holding }),
    ...(held && { held }),
  }
  return Object.keys(earlier).length > 0 ? earlier : undefined
}

// The access that ends last; one that may be in force counts too.
function heldAt(before: readonly AccessRequest[], askedAt: Date): Earlier['holding'] {
  const [last] = before
    .filter(({ status: { phase, expiresAt = '' } = {} }) => phase === 'Provisioned' && new Date(expiresAt) > askedAt)
    .sort((a, b) => (b.status?.expiresAt ?? '').localeCompare(a.status?.expiresAt ?? ''))
  const { startsAt, expiresAt } = last?.status ?? {}
  if (!last || !expiresAt) return undefined
  const hours = sayAllHours(hoursOfRequest(last.spec))
  const from = startsAt && new Date(startsAt) > askedAt ? startsAt : undefined
  return {
    ...(from && { from: instant(new Date(from)) }),
    until: instant(new Date(expiresAt)),
    ...(hours && { hours: shortened(hours, most.hours) }),
  }
}

/**
 * What people who are asked read of time in sequence: `This is the third access within 24 hours: 3 hours with this one.` With the
 * most that the mapping allows, if it says so.
 */
export function sayHeld({ times, duration, within }: NonNullable<Earlier['held']>, most?: number): string {
  const limit = most === undefined ? '' : `, and at most ${sayDuration(most)} are allowed`
  const [all, span] = [duration, within].map(text => sayDuration(durationSeconds(text)))
  return `This would be the ${ordinal(times)} access to the same within ${span}: ${all} with this one${limit}.`
}

// As if it was granted at once, in the length that was asked for.
function heldWith({ metadata, spec }: AccessRequest, before: readonly AccessRequest[], rule: Limit): Earlier['held'] {
  const { startsAt: from, expiresAt: until } = promise(spec, undefined, new Date(metadata.creationTimestamp))
  const found = together(
    spansOf(before),
    { from, until, ...(spec.window && { window: spec.window, hours: spec.hours }) },
    rule,
  )
  if (!found) return undefined
  const { times, seconds, withinSeconds } = found
  return { times, duration: formatDuration(seconds), within: formatDuration(withinSeconds) }
}

// The last decision of an approver counts: an approval after a denial overrides it.
function denialBefore(before: readonly AccessRequest[], since: Date): Earlier['denial'] {
  const [last] = before
    .map(one => ({ status: one.status, decision: standingDecision(one) }))
    .filter(({ decision }) => decision && decision.verdict !== 'Withdrawn')
    .sort((a, b) => (b.decision?.at ?? '').localeCompare(a.decision?.at ?? ''))
  const { status, decision } = last ?? {}
  if (decision?.verdict !== 'Denied' || new Date(decision.at) < since) return undefined
  const { email } = decision.who
  const name = status?.approvers?.find(approver => approver.email === email)?.name
  return {
    at: decision.at,
    ...(email && { email }),
    ...(name && { name: shortened(name, most.name) }),
    ...(decision.comment && { comment: shortened(decision.comment, most.comment) }),
  }
}

function shortened(text: string, length: number): string {
  return text.length <= length ? text : `${cut(text, length - 1)}…`
}

// The instant is that of the first mention, even if the request was withdrawn and asked again several times: after the
// window everybody is mentioned again.
function calledBefore(before: readonly AccessRequest[], since: Date): Earlier['called'] {
  const calls = before
    .filter(isWithdrawn)
    .flatMap(mentionsIn)
    .filter(({ at }) => new Date(at) > since)
  const [first] = calls.map(({ at }) => at).sort()
  return first ? { at: first, who: [...new Set(calls.map(({ id }) => id))].slice(0, most.people) } : undefined
}

function isWithdrawn(request: AccessRequest): boolean {
  const verdict = standingDecision(request)?.verdict
  return verdict === 'Withdrawn' || (verdict === undefined && request.metadata.deletionTimestamp !== undefined)
}

// People who were found after the message was posted were mentioned in its thread, if that is recorded.
function mentionsIn({ status }: AccessRequest): { id: string; at: string }[] {
  const { ts, intentAt } = status?.message ?? {}
  if (!ts || !intentAt) return []
  const postedAt = instant(new Date(Number(ts) * 1000))
  const { mentioned } = callsIn(status ?? {})
  const { at: calledAt, who = [] } = status?.earlier?.called ?? {}
  return (status?.approvers ?? [])
    .slice(0, mentioned)
    .flatMap(({ slackUserID: id, at }) =>
      id && id.length <= most.id
        ? [{ id, at: (who.includes(id) && calledAt) || (at <= intentAt ? postedAt : at) }]
        : [],
    )
}
