// A recurring window in words: when it is open, and each of its times. Pure.
import { type Period, periodsIn } from '../hours/opening.ts'
import { hoursOfRequest } from '../granting/restriction.ts'
import { dayIn, daysAfter, sayClock, sayDay, sayMoment, sayWall, timeIn } from '../hours/local-time.ts'
import { type Recurring, timesFrom, type Window } from './window.ts'

/** `22:00–02:00 (Europe/Berlin), the last until Friday 27 November 2026, 02:00`. */
export function sayHoursOfWindow({ zone, from, to, until }: Window): string {
  return `${from}\u2013${to} (${zone}), the last until ${sayWall(new Date(until), zone)}`
}

/** `tonight and the next 3 nights, 22:00–02:00 (Europe/Berlin), the last until …`, as it is at an instant. */
export function sayWindow(recurring: Recurring, now: Date): string {
  const { window } = recurring
  const times = timesFrom(recurring, now)
  const [first] = times
  // With days between them that are outside of the hours, they are not the next ones.
  const next = times.length === timesFrom({ window }, now).length ? 'the next' : undefined
  return first
    ? `${sayTimes(window, { times, first, next, now })}, ${sayHoursOfWindow(window)}`
    : sayHoursOfWindow(window)
}

type Times = { times: readonly Period[]; first: Period; next: 'the next' | undefined; now: Date }

function sayTimes(window: Window, { times, first, next, now }: Times): string {
  const unit = isNight(window) ? 'night' : 'day'
  const more = times.length - 1
  const count = next && more === 1 ? next : next ? `${next} ${more}` : more === 1 ? 'one more' : `${more} more`
  const rest = more === 0 ? '' : ` and ${count} ${unit}${more === 1 ? '' : 's'}`
  return `${sayFirst(window, { unit, first, now })}${rest}`
}

function sayFirst({ zone }: Window, { unit, first, now }: { unit: string; first: Period; now: Date }): string {
  if (first.from <= now) return `the rest of this ${unit}`
  const [day, today] = [first.from, now].map(at => dayIn(zone, at)).map(sayDay)
  const tomorrow = sayDay(daysAfter(dayIn(zone, now), 1))
  if (day === today) return unit === 'night' ? 'tonight' : 'today'
  if (day === tomorrow) return unit === 'night' ? 'tomorrow night' : 'tomorrow'
  return `${day}`
}

/** Whether people call its times nights. */
function isNight({ from, to }: Window): boolean {
  return to < from || from >= '17:00' || to <= '06:00'
}

/**
 * Each time in which access works from an instant on, in words: `Monday 23 November 2026, 22:00 (Europe/Berlin)` to the
 * time it ends.
 */
export function eachTime(recurring: Recurring, now: Date): { from: string; until: string }[] {
  const { zone, until: end } = recurring.window
  return periodsIn(hoursOfRequest(recurring), { from: now, until: new Date(end) }).map(({ from, until }) => ({
    from: sayMoment(from, zone),
    until: sayClock(timeIn(zone, until)),
  }))
}
