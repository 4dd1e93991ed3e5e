// When hours are open, and when that changes next: by the same wall clock that IAM reads, also where it is put
// forward or back. Pure.
import { isZone } from '../../cel/zones.ts'
import { clockIn } from './local-time.ts'
import { covers, dayMinutes, type Hours, minutesOf } from './span.ts'

/** A time while hours are open: until just before `until`. */
export type Period = { from: Date; until: Date }

const minuteMs = 60_000
const dayMs = dayMinutes * minuteMs

/** Whether the hours are open at this instant. In a zone that does not exist they never are, as for IAM. */
export function isOpen({ zone, spans }: Hours, at: Date): boolean {
  if (!isZone(zone)) return false
  const wall = clockIn(zone, at)
  const [day, minute] = [wall.getUTCDay(), wall.getUTCHours() * 60 + wall.getUTCMinutes()]
  return spans.some(span => covers(minutesOf(span), day, minute))
}

/** The first instant from this one on at which all of these hours are open; undefined when they never are. */
export function opensAt(all: readonly Hours[], from: Date): Date | undefined {
  return firstChange(all, from, true)
}

/** The first instant from this one on at which one of them is not open; undefined when they always are. */
export function closesAt(all: readonly Hours[], from: Date): Date | undefined {
  return firstChange(all, from, false)
}

/** The times between these instants while all of these hours are open, in order: all of the time without hours. */
export function periodsIn(all: readonly Hours[], { from, until }: Period): Period[] {
  const periods: Period[] = []
  for (let at = opensAt(all, from); at && at < until;) {
    const end = closesAt(all, at)
    periods.push({ from: at, until: end && end < until ? end : until })
    at = end && opensAt(all, end)
  }
  return periods
}

/** For how much of this time access works, in seconds. */
export function openSeconds(all: readonly Hours[], span: Period): number {
  return periodsIn(all, span).reduce((sum, { from, until }) => sum + (until.getTime() - from.getTime()) / 1000, 0)
}

/** Further than any day can be away whose hour the clocks skip once. */
const horizonMs = 22 * dayMs

function firstChange(all: readonly Hours[], from: Date, open: boolean): Date | undefined {
  if (all.some(({ zone }) => !isZone(zone))) return open ? undefined : from
  const isAllOpen = (at: Date): boolean => all.every(hours => isOpen(hours, at))
  const last = from.getTime() + horizonMs
  for (let at = from; at.getTime() <= last; at = nextChange(all, at)) if (isAllOpen(at) === open) return at
  return undefined
}

/** The next instant at which one of these hours may open or close. */
function nextChange(all: readonly Hours[], at: Date): Date {
  return new Date(Math.min(at.getTime() + dayMs, ...all.map(hours => nextChangeOf(hours, at).getTime())))
}

/** The clock shows an end of a span, or is put to another time. */
function nextChangeOf({ zone, spans }: Hours, at: Date): Date {
  const wall = clockIn(zone, at).getTime()
  const sinceMidnight = ((wall % dayMs) + dayMs) % dayMs
  const waits = spans.map(minutesOf).flatMap(({ from, to }) => [from, to].map(end => waitFor(end, sinceMidnight)))
  const next = new Date(at.getTime() + Math.min(dayMs, ...waits))
  return shiftBetween(zone, at, next) ?? next
}

function waitFor(minute: number, sinceMidnight: number): number {
  const wait = (((minute * minuteMs - sinceMidnight) % dayMs) + dayMs) % dayMs
  return wait === 0 ? dayMs : wait
}

/** The first second at which the zone has another distance from UTC; undefined when it keeps its own. */
function shiftBetween(zone: string, from: Date, to: Date): Date | undefined {
  const before = offsetAt(zone, from)
  if (offsetAt(zone, to) === before) return undefined
  let [same, other] = [Math.floor(from.getTime() / 1000), Math.ceil(to.getTime() / 1000)]
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2)
    if (offsetAt(zone, new Date(middle * 1000)) === before) same = middle
    else other = middle
  }
  return new Date(other * 1000)
}

function offsetAt(zone: string, at: Date): number {
  return clockIn(zone, at).getTime() - at.getTime()
}
