// A recurring window in words: when it is open, and each of its times. Pure.
import { isOpen, type Period } from '../hours/opening.ts'
import { dayIn, daysAfter, sayDay, sayInstant, timeIn, sayClock } from './local-time.ts'
import { hoursOf, timesFrom, type Window } from './window.ts'

/** `22:00–02:00 (Europe/Berlin), the last until Friday 27 November 2026, 02:00`. */
export function sayHoursOfWindow(window: Window): string {
  return `${window.from}\u2013${window.to} (${window.zone}), the last until ${sayEnd(window)}`
}

function sayEnd({ zone, until }: Window): string {
  const end = new Date(until)
  return `${sayDay(dayIn(zone, end))}, ${sayClock(timeIn(zone, end))}`
}

/** `tonight and the next 3 nights, 22:00–02:00 (Europe/Berlin), the last until …`, as it is at an instant. */
export function sayWindow(window: Window, now: Date): string {
  const times = timesFrom(window, now)
  const [first] = times
  return first ? `${sayTimes(window, { times, first, now })}, ${sayHoursOfWindow(window)}` : sayHoursOfWindow(window)
}

type Times = { times: readonly Period[]; first: Period; now: Date }

function sayTimes(window: Window, { times, first, now }: Times): string {
  const unit = isNight(window) ? 'night' : 'day'
  const more = times.length - 1
  const rest = more === 0 ? '' : more === 1 ? ` and the next ${unit}` : ` and the next ${more} ${unit}s`
  return `${sayFirst(window, { unit, first, now })}${rest}`
}

function sayFirst(window: Window, { unit, first, now }: { unit: string; first: Period; now: Date }): string {
  if (isOpen(hoursOf(window), now)) return `the rest of this ${unit}`
  const [day, today] = [first.from, now].map(at => dayIn(window.zone, at)).map(sayDay)
  const tomorrow = sayDay(daysAfter(dayIn(window.zone, now), 1))
  if (day === today) return unit === 'night' ? 'tonight' : 'today'
  if (day === tomorrow) return unit === 'night' ? 'tomorrow night' : 'tomorrow'
  return `${day}`
}

/** Whether people call its times nights. */
function isNight({ from, to }: Window): boolean {
  return to < from || from >= '17:00' || to <= '06:00'
}

/** Each of its times from an instant on, in words: `Monday 23 November 2026, 22:00 (Europe/Berlin)` to the time it ends. */
export function eachTime(window: Window, now: Date): { from: string; until: string }[] {
  return timesFrom(window, now).map(({ from, until }) => ({
    from: sayInstant(from, window.zone),
    until: sayClock(timeIn(window.zone, until)),
  }))
}
