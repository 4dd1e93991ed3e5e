// Times of day in a place: which instants show a time on the clocks there, and an instant in the words of the place.
// When clocks change, a time occurs twice or not at all. Pure.
import { wallClock } from '../../cel/time.ts'
import { isZone } from '../../cel/zones.ts'

/** A day of the calendar. `month` counts from 1. */
export type CalendarDay = { year: number; month: number; day: number }
/** A time on a clock of 24 hours. */
export type TimeOfDay = { hour: number; minute: number }

const dayMs = 86_400_000

/** The clock of a place at an instant, as a date whose UTC fields hold the local time. */
export function clockIn(zone: string, at: Date): Date {
  return wallClock(BigInt(at.getTime()) * 1_000_000n, zone)
}

/** The day of the calendar in a place at an instant. */
export function dayIn(zone: string, at: Date): CalendarDay {
  return dayOf(clockIn(zone, at))
}

/** The day that is so many days later. */
export function daysAfter({ year, month, day }: CalendarDay, days: number): CalendarDay {
  return dayOf(new Date(Date.UTC(year, month - 1, day + days)))
}

/** The day of the week, from Sunday, 0. */
export function weekdayOf({ year, month, day }: CalendarDay): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay()
}

/** The day of `2026-11-24`; undefined when the calendar does not have it. */
export function readDay(text: string): CalendarDay | undefined {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number)
  const read = dayOf(new Date(Date.UTC(year, month - 1, day)))
  return read.year === year && read.month === month && read.day === day ? read : undefined
}

function dayOf(wall: Date): CalendarDay {
  return { year: wall.getUTCFullYear(), month: wall.getUTCMonth() + 1, day: wall.getUTCDate() }
}

/** The time of day in a place at an instant. */
export function timeIn(zone: string, at: Date): TimeOfDay {
  return timeOf(clockIn(zone, at))
}

function timeOf(wall: Date): TimeOfDay {
  return { hour: wall.getUTCHours(), minute: wall.getUTCMinutes() }
}

/**
 * The instants at which clocks in a place show this time on this day, the earliest first: one, none when clocks skip it,
 * or two when they go back.
 */
export function instantsOf({ year, month, day }: CalendarDay, { hour, minute }: TimeOfDay, zone: string): Date[] {
  const wanted = Date.UTC(year, month - 1, day, hour, minute)
  return offsetsAround(wanted, zone)
    .map(offset => wanted - offset)
    .filter(at => clockIn(zone, new Date(at)).getTime() === wanted)
    .sort((a, b) => a - b)
    .map(at => new Date(at))
}

/** When clocks skip a time: the instant of the change, and what they show before and after it. */
export type Skip = { at: Date; from: string; to: string }

/** The change by which clocks skip this time; only for a time that `instantsOf` does not find. */
export function skipOf({ year, month, day }: CalendarDay, { hour, minute }: TimeOfDay, zone: string): Skip {
  const wanted = Date.UTC(year, month - 1, day, hour, minute)
  const offsets = offsetsAround(wanted, zone)
  let [before, after] = [wanted - Math.max(...offsets) - 1000, wanted - Math.min(...offsets)]
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (clockIn(zone, new Date(middle)).getTime() > wanted) after = middle
    else before = middle
  }
  return {
    at: new Date(after),
    from: sayClock(timeOf(new Date(clockIn(zone, new Date(before)).getTime() + 1000))),
    to: sayClock(timeOf(clockIn(zone, new Date(after)))),
  }
}

// Clocks of a place change by less than a day, so one of the offsets around a time is its own.
function offsetsAround(wanted: number, zone: string): number[] {
  const offsets = [-dayMs, 0, dayMs].map(shift => {
    const near = new Date(wanted + shift)
    return clockIn(zone, near).getTime() - near.getTime()
  })
  return [...new Set(offsets)]
}

const day = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})

/** `Friday 27 November 2026`. */
export function sayDay({ year, month, day: of }: CalendarDay): string {
  return day.format(new Date(Date.UTC(year, month - 1, of))).replaceAll(',', '')
}

/** `22:00`. */
export function sayClock({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
}

/** `Friday 27 November 2026, 22:00`; by the clock of UTC in a zone that does not exist, which somebody may have stored. */
export function sayWall(at: Date, zone: string): string {
  const wall = clockIn(knownZone(zone), at)
  return `${sayDay(dayOf(wall))}, ${sayClock(timeOf(wall))}`
}

/** An instant by the clock of a place: `Friday 27 November 2026, 22:00 (Europe/Berlin)`. */
export function sayMoment(at: Date, zone: string): string {
  return `${sayWall(at, zone)} (${knownZone(zone)})`
}

function knownZone(zone: string): string {
  return isZone(zone) ? zone : 'UTC'
}
