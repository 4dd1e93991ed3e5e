// When hours are open, and when that changes next: by the same wall clock that IAM reads, also where it is put
// forward or back. Pure.
import { wallClock } from '../../cel/time.ts'
import { isZone } from '../../cel/zones.ts'
import { covers, dayMinutes, type Hours, minutesOf } from './span.ts'

/** A time while hours are open: until just before `until`. */
export type Period = { from: Date; until: Date }

const minuteMs = 60_000
const dayMs = dayMinutes * minuteMs

/** Whether the hours are open at this instant. In a zone that does not exist they never are, as for IAM. */
export function isOpen({ zone, spans }: Hours, at: Date): boolean {
  if (!isZone(zone)) return false
  const wall = wallAt(zone, at)
  const [day, minute] = [wall.getUTCDay(), wall.getUTCHours() * 60 + wall.getUTCMinutes()]
  return spans.some(span => covers(minutesOf(span), day, minute))
}

/** The first instant from this one on at which the hours are open; undefined when they never open. */
export function opensAt(hours: Hours, from: Date): Date | undefined {
  return firstChange(hours, from, true)
}

/** The first instant from this one on at which the hours are not open; undefined when they are always open. */
export function closesAt(hours: Hours, from: Date): Date | undefined {
  return firstChange(hours, from, false)
}

/** The times between these instants while the hours are open, in order. */
export function periodsIn(hours: Hours, { from, until }: Period): Period[] {
  const periods: Period[] = []
  for (let at = opensAt(hours, from); at && at < until;) {
    const end = closesAt(hours, at)
    periods.push({ from: at, until: end && end < until ? end : until })
    at = end && opensAt(hours, end)
  }
  return periods
}

/** For how much of this time access works, in seconds: all of it without hours. */
export function openSeconds(hours: Hours | undefined, span: Period): number {
  const periods = hours ? periodsIn(hours, span) : [span]
  return periods.reduce((sum, { from, until }) => sum + (until.getTime() - from.getTime()) / 1000, 0)
}

/** Further than any day can be away whose hour the clocks skip once. */
const horizonMs = 22 * dayMs

function firstChange(hours: Hours, from: Date, open: boolean): Date | undefined {
  if (!isZone(hours.zone)) return open ? undefined : from
  const last = from.getTime() + horizonMs
  for (let at = from; at.getTime() <= last; at = nextChange(hours, at)) if (isOpen(hours, at) === open) return at
  return undefined
}

/** The next instant at which the hours may open or close: the clock shows an end of a span, or is put to another time. */
function nextChange({ zone, spans }: Hours, at: Date): Date {
  const wall = wallAt(zone, at).getTime()
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
  return wallAt(zone, at).getTime() - at.getTime()
}

function wallAt(zone: string, at: Date): Date {
  return wallClock(BigInt(at.getTime()) * 1_000_000n, zone)
}
