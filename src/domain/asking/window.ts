// A recurring window of a request: the same time of each day until an instant, approved once. Its hours are a part of the
// binding's condition, and everything that Hallpass says of it is computed from the same hours. Pure.
import type { GrantSpec, RequestSpec } from '../../api/kinds.ts'
import { maxOperators, readCondition } from '../../cel/condition.ts'
import { periodsIn, type Period } from '../hours/opening.ts'
import { faultOfHours } from '../hours/fault.ts'
import { refuseOutsideHours } from '../hours/outside.ts'
import { sayHours } from '../hours/words.ts'
import { dayMinutes, type Hours, minutesOf } from '../hours/span.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { expressionOf } from '../granting/policy.ts'
import { hoursOfWindow, restrictionOf } from '../granting/restriction.ts'
import { after, formatDuration, instant } from './duration.ts'
import { type CalendarDay, dayIn, daysAfter, readDay, sayClock, sayDay, weekdayOf } from '../hours/local-time.ts'
import { aheadSeconds } from './start.ts'
import type { TypedWindow } from './typed-window.ts'

/** As it is stored. */
export type Window = NonNullable<RequestSpec['window']>

/** The length of one of its times by the clock, in seconds. */
export function secondsOfWindow({ from, to }: Window): number {
  const { from: start, to: end } = minutesOf({ from, to })
  return (((end - start + dayMinutes - 1) % dayMinutes) + 1) * 60
}

/** A window, and the mapping's hours within which it is. */
export type Recurring = { window: Window; hours?: Hours | undefined }

/**
 * Its times that are not over at an instant; the first is what is left of the one that is open then. One that is wholly
 * outside of the mapping's hours is left out, and one that is partly outside is there as a whole.
 */
export function timesFrom({ window, hours }: Recurring, from: Date): Period[] {
  const times = periodsIn([hoursOfWindow(window)], { from, until: new Date(window.until) })
  return times.filter(time => isPartlyOpen(hours, time))
}

function isPartlyOpen(hours: Hours | undefined, time: Period): boolean {
  return !hours || periodsIn([hours], time).length > 0
}

/** The times that are asked for: each of the window, or the one from `from` until `until`. */
export function askedTimes({ window, hours }: Partial<Recurring>, { from, until }: Period): Period[] {
  return window ? timesFrom({ window, hours }, from) : [{ from, until }]
}

/** `hours` are those of what is asked for. */
type Here = { now: Date; zone: string | undefined; hours?: Hours | undefined }

/**
 * The window that was typed, or a sentence that says why it cannot be meant. Its end is that of the last time that is not
 * outside of the hours.
 */
export function windowOf(typed: TypedWindow, { now, zone: own, hours }: Here): Window | { fault: string } {
  const zone = typed.zone ?? own
  const [from, to] = [sayClock(typed.from), sayClock(typed.to)]
  if (!zone) return { fault: `Your time zone is not known. Write it too: "${from}-${to} UTC until …", or a place.` }
  const last = lastDay(typed, dayIn(zone, now))
  if ('fault' in last) return last
  const all = periodsIn([{ zone, spans: [{ from, to }] }], { from: now, until: after(now, aheadSeconds + daySeconds) })
  // One that ends at midnight belongs to the day that is over then.
  const times = all.filter(time => isUntil(dayIn(zone, after(time.until, -1)), last))
  const { until } = times.findLast(time => isPartlyOpen(hours, time)) ?? times.at(-1) ?? {}
  if (!until) return { fault: `No time from ${from} to ${to} ends by ${sayDay(last)}. Write a later day.` }
  if (until > after(now, aheadSeconds)) return { fault: tooFar }
  return { zone, from, to, until: instant(until) }
}

const daySeconds = 24 * 3600
const tooFar = 'A window ends at most 7 days after it was asked for. Write an earlier day.'

function lastDay({ until }: TypedWindow, today: CalendarDay): CalendarDay | { fault: string } {
  if (until === 'today' || until === 'tonight') return today
  if (until === 'tomorrow') return daysAfter(today, 1)
  if ('date' in until) {
    const day = readDay(until.date)
    if (!day) return { fault: `There is no day ${until.date} in the calendar.` }
    return isUntil(day, daysAfter(today, 8)) ? day : { fault: tooFar }
  }
  const days = (until.weekday - weekdayOf(today) + 7) % 7
  const day = daysAfter(today, days)
  return days === 0
    ? { fault: `Today is ${sayDay(today)}: write the last day as a date, such as ${isoOf(daysAfter(today, 7))}.` }
    : day
}

function isUntil(day: CalendarDay, last: CalendarDay): boolean {
  return isoOf(day) <= isoOf(last)
}

function isoOf({ year, month, day }: CalendarDay): string {
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)
}

/** `what` is the mapping in the sentences, if not its name in bold as Slack shows it. */
type Offered = Pick<Mapping, 'name' | 'grants' | 'recurringDays' | 'hours'> & { what?: string }

/** Why a window cannot be asked for, or be granted any more; undefined when it can. */
export function refuseWindow(window: Window | undefined, mapping: Offered, now: Date): Refusal | undefined {
  if (!window) return undefined
  const { name, what = `*${name}*`, recurringDays: most, hours } = mapping
  if (most === undefined)
    return refusal('NoWindow', `${what} cannot be asked for on several days at once. Ask for one time: "4h at 22:00".`)
  // A zone that is not known has no clock to read.
  const fault = faultOfHours(hoursOfWindow(window))
  if (fault) return refusal('BadWindow', `The window cannot be used: ${fault}.`)
  if (new Date(window.until) > after(now, aheadSeconds)) return refusal('BadWindow', tooFar)
  const [all, times] = [timesFrom({ window }, now), timesFrom({ window, hours }, now)]
  if (all.length === 0) return refusal('WindowOver', 'The last of these times is over. Ask for a later one.')
  const outside = refuseOutsideHours(hours, all, { what, now, remedy: ' Ask for times within them.' })
  if (outside) return outside
  if (times.length > most)
    return refusal('BadWindow', `${what} can be asked for on ${sayDays(most)} at once; this would be ${times.length}.`)
  return refuseOperators(window, { ...mapping, what })
}

function sayDays(count: number): string {
  return count === 1 ? 'one day' : `at most ${count} days`
}

// IAM refuses a condition with more than twelve, and would do so only after the manager has signed in.
function refuseOperators(window: Window, { what, grants, hours }: Offered): Refusal | undefined {
  const [startsAt, expiresAt] = [new Date(0), new Date(window.until)]
  const countOf = (grant: GrantSpec): number =>
    readCondition(expressionOf({ condition: restrictionOf({ window, hours }, grant), startsAt, expiresAt })).operators
  const full = grants.find(grant => countOf(grant) > maxOperators)
  return full && refusal('BadWindow', sayFull(window, { what, full, hours, count: countOf(full) }))
}

type Full = { what: string | undefined; full: GrantSpec; hours: Hours | undefined; count: number }

function sayFull(window: Window, { what, full, hours, count }: Full): string {
  const { from, to } = window
  const parts = [
    `the window ${from}-${to}`,
    ...(hours ? [`the hours of ${what}, which are ${sayHours(hours)}`] : []),
    ...(full.condition === undefined ? [] : [`the condition of "${full.role}"`]),
  ]
  const together = `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
  const one = `${formatDuration(secondsOfWindow(window))} at ${hours ? 'opening' : from}`
  const whole = isWhole(from) && isWhole(to) ? 'Ask' : 'Write whole hours, such as 22:00-02:00, or ask'
  return `Together ${together} have ${count} logical operators, and IAM takes ${maxOperators} in one condition. ${whole} for one time at once: "${one}".`
}

function isWhole(time: string): boolean {
  return time.endsWith(':00')
}
