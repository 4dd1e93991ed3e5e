// How long one person has a mapping in sequence, over all their requests, and whether one more fits under
// `duration.maxConsecutive`. Pure: the caller passes the requests. What a request says of an earlier one is never read.
import type { AccessRequest } from '../../api/kinds.ts'
import { type GrantFacts, grantFactsOf, heldUntil } from '../audit/audit.ts'
import { type Recurring, timesFrom } from './window.ts'
import { after, instant, sayDuration, sayMinutes } from './duration.ts'
import type { Times } from '../granting/expiry.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** A time of access, from its beginning until just before its end. */
export type Span = { from: Date; until: Date }

/** The time that somebody asks for, with its window when it is on several days. `isLater`: it does not begin now. */
export type Wanted = Span & Partial<Recurring> & { isLater?: boolean }

/** A request's time if it was granted now, with the approver's choices. */
export function wantedTime(times: Times, now: Date, { window, hours }: Partial<Recurring>): Wanted {
  const { startsAt: from, expiresAt: until } = times
  return { from, until, isLater: from > after(now, noticeableSeconds), ...(window && { window, hours }) }
}

/** What a mapping says about time in sequence. */
export type SequenceRule = Pick<Mapping, 'name' | 'maxConsecutiveSeconds'>

const daySeconds = 24 * 3600
const noticeableSeconds = 60

/**
 * The time within which access is added up: a day, or twice the most that is allowed when that is longer. So nobody has
 * access for more than half of the time, and a pause, however short or long, does not begin a new count.
 */
export function windowSeconds(most = 0): number {
  return Math.max(daySeconds, 2 * most)
}

/** Requests whose access ended before this instant do not count with access that begins at `at` or later. */
export function countsSince(at: Date, { maxConsecutiveSeconds }: Pick<SequenceRule, 'maxConsecutiveSeconds'>): Date {
  return after(at, -windowSeconds(maxConsecutiveSeconds))
}

/** When these requests gave access, give it, or will give it. Access that may be in force counts as access. */
export function spansOf(requests: readonly AccessRequest[]): Span[] {
  return requests.flatMap(({ spec, status = {} }) => {
    const facts = grantFactsOf(status)
    if (!facts) return []
    const from = new Date(facts.startsAt)
    const until = isPromised(status.phase) ? new Date(facts.expiresAt) : lastEnd(facts)
    if (!until || until <= from) return []
    return timesIn(spec, { from, until })
  })
}

/** Whether the access of a request limits what its requester can have at `now` or later. */
export function stillCounts(request: AccessRequest, rule: SequenceRule | undefined, now: Date): boolean {
  if (rule?.maxConsecutiveSeconds === undefined) return false
  return spansOf([request]).some(({ until }) => until > countsSince(now, rule))
}

/** The times of a window between two instants; all of the time without a window. */
function timesIn({ window, hours }: Partial<Recurring>, { from, until }: Span): Span[] {
  if (!window) return [{ from, until }]
  const times = timesFrom({ window, hours }, from).filter(time => time.from < until)
  return times.map(time => ({ from: time.from, until: time.until < until ? time.until : until }))
}

/** What somebody asks for: one time, or each of a window, with the others as if they were held. */
function wantedSpans({ window, hours, ...wanted }: Wanted): { wanted: Wanted; others: Span[] }[] {
  const times = timesIn({ ...(window && { window, hours }) }, wanted)
  return times.map((time, i) => ({ wanted: { ...wanted, ...time }, others: times.filter((_, other) => other !== i) }))
}

function isPromised(phase: string | undefined): boolean {
  return phase === 'Approved' || phase === 'Provisioned'
}

function lastEnd(facts: GrantFacts): Date | undefined {
  const ends = facts.grants.map(grant => heldUntil(facts, grant)).filter(end => end !== undefined)
  return ends.length > 0 ? new Date(Math.max(...ends.map(Number))) : undefined
}

/** What came together: how many requests gave access within the window in which `wanted` has the most, and how long. */
export type Together = { times: number; seconds: number; withinSeconds: number }

/** How long `wanted` and earlier access last together; undefined when no earlier access counts. */
export function together(
  held: readonly Span[],
  wanted: Wanted,
  { maxConsecutiveSeconds }: Pick<SequenceRule, 'maxConsecutiveSeconds'>,
): Together | undefined {
  const withinSeconds = windowSeconds(maxConsecutiveSeconds)
  const found = wantedSpans(wanted).flatMap(({ wanted: time, others }) => {
    const window = fullest([...held, ...others], time, withinSeconds)
    const earlier = held.filter(span => overlaps(span, window))
    if (earlier.length === 0) return []
    return [{ times: earlier.length + 1, seconds: heldIn([...held, ...others, time], window), withinSeconds }]
  })
  return found.toSorted((a, b) => b.seconds - a.seconds)[0]
}

/**
 * Why this person cannot have the mapping at that time, because they would have it for too long in sequence; undefined
 * when they can, or when the mapping sets no limit. `held` is their other access to it.
 */
export function refuseSequence(rule: SequenceRule, held: readonly Span[], wanted: Wanted): Refusal | undefined {
  for (const one of wantedSpans(wanted)) {
    const refused = refuseOne(rule, [...held, ...one.others], one.wanted)
    if (refused) return refused
  }
  return undefined
}

function refuseOne(
  { name, maxConsecutiveSeconds: most }: SequenceRule,
  held: readonly Span[],
  wanted: Wanted,
): Refusal | undefined {
  if (most === undefined || fits(held, wanted, most)) return undefined
  const withinSeconds = windowSeconds(most)
  const asked = secondsOf(wanted)
  const window = fullest(held, wanted, withinSeconds)
  const left = roomFor(held, wanted, most)
  const again = possibleAgain(held, wanted, most)
  const when = wanted.isLater ? 'then' : 'now'
  const some = left >= 60 ? `${sayMinutes(left)} of them can begin ${when}` : `Nothing is left ${when}`
  const whole = again ? `; ${sayDuration(asked)} can begin at ${instant(again)}` : ''
  const used = `${sayDuration(heldIn(held, window))} of them are used or promised`
  return refusal(
    'MaxConsecutive',
    `One person can have "${name}" for ${sayDuration(most)} within ${sayDuration(withinSeconds)}, and ${used}. ${some}${whole}.`,
  )
}

function fits(held: readonly Span[], wanted: Span, most: number): boolean {
  return heldIn([...held, wanted], fullest(held, wanted, windowSeconds(most))) <= most
}

/** The most seconds from the beginning of `wanted` that fit. */
function roomFor(held: readonly Span[], { from, until }: Span, most: number): number {
  return lastTrue(secondsOf({ from, until }), seconds => fits(held, { from, until: after(from, seconds) }, most))
}

/** An instant at which the whole of `wanted` could begin, and could not a second before; undefined when it never can. */
function possibleAgain(held: readonly Span[], wanted: Span, most: number): Date | undefined {
  const seconds = secondsOf(wanted)
  if (seconds > most) return undefined
  const { from } = wanted
  const startingAt = (delay: number): Span => ({ from: after(from, delay), until: after(from, delay + seconds) })
  // Then no window has both this and what is held.
  const latest = Math.max(0, ...held.map(({ until }) => (Number(until) - Number(from)) / 1000)) + windowSeconds(most)
  return after(from, 1 + lastTrue(Math.ceil(latest), delay => !fits(held, startingAt(delay), most)))
}

/** The last number of a run of true ones that begins at 0, at most `end`; 0 itself is not asked. */
function lastTrue(end: number, isTrue: (n: number) => boolean): number {
  let [yes, no] = [0, Math.floor(end) + 1]
  while (no - yes > 1) {
    const middle = Math.floor((yes + no) / 2)
    if (isTrue(middle)) yes = middle
    else no = middle
  }
  return yes
}

// What a window holds changes its slope only where it begins with a span or ends with one, so the fullest is one of
// these.
function fullest(held: readonly Span[], wanted: Span, seconds: number): Span {
  const all = [...held, wanted]
  const windows = all
    .flatMap(({ from, until }) => [
      { from, until: after(from, seconds) },
      { from: after(until, -seconds), until },
    ])
    .filter(window => overlaps(window, wanted))
  return windows.reduce((best, window) => (heldIn(all, window) > heldIn(all, best) ? window : best))
}

function overlaps(a: Span, b: Span): boolean {
  return a.from < b.until && b.from < a.until
}

/** Seconds of the window in which at least one span is. */
function heldIn(spans: readonly Span[], window: Span): number {
  let [seconds, end] = [0, Number(window.from)]
  for (const { from, until } of spans.toSorted((a, b) => Number(a.from) - Number(b.from))) {
    const [start, stop] = [Math.max(Number(from), end), Math.min(Number(until), Number(window.until))]
    if (stop <= start) continue
    seconds += (stop - start) / 1000
    end = stop
  }
  return seconds
}

function secondsOf({ from, until }: Span): number {
  return (Number(until) - Number(from)) / 1000
}
