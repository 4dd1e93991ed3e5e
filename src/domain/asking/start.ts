// From a typed start to an instant: the next such time in the person's zone. What cannot be meant, and what may mean two
// instants, is said and not guessed. Pure.
import { after, instant } from './duration.ts'
import {
  type CalendarDay,
  dayIn,
  daysAfter,
  instantsOf,
  readDay,
  sayClock,
  sayDay,
  sayMoment,
  skipOf,
  type TimeOfDay,
  weekdayOf,
} from '../hours/local-time.ts'
import { isOpen, opensAt } from '../hours/opening.ts'
import type { Hours } from '../hours/span.ts'
import { type AnyStart, startForms, type TypedStart } from './typed-start.ts'

/** When access should begin, in a zone; or `isNow`: that minute has just begun. */
export type Begin = { at: Date; zone: string; isNow?: true; isNextDay?: true }
/** Why it cannot be meant, and what to write instead, in sentences. */
export type NoBegin = { fault: string }

/** The zone of the person who asks; undefined when nobody knows it. `hours` are those of what is asked for. */
type Here = { now: Date; zone: string | undefined; hours?: Hours | undefined }

/** The latest start of access: as far ahead as access can last. */
export const aheadSeconds = 168 * 3600
/** A start that is over by less than this means now: typing takes time, and a date picker rounds down to minutes. */
export const graceSeconds = 300

/** The instant that a typed start means. */
export function beginOf(typed: AnyStart, { now, zone: own, hours }: Here): Begin | NoBegin {
  if (typed === 'opening') return atOpening(hours, now)
  const zone = typed.zone ?? own
  if (!zone)
    return {
      fault: `Your time zone is not known. Write it too: "at ${sayClock(typed.clock)} UTC", or a place such as Europe/Berlin.`,
    }
  const today = dayIn(zone, now)
  const first = firstDay(typed, today)
  if ('fault' in first) return first
  const begin = instantOn(first, { typed, zone, now })
  if (!begin) return later(first, { typed, zone, now })
  return begin
}

function atOpening(hours: Hours | undefined, now: Date): Begin | NoBegin {
  const at = hours && opensAt([hours], now)
  if (!at)
    return {
      fault:
        'This has no hours, so it has no opening: leave "at opening" out. If it belongs to the reason, write another word before it.',
    }
  if (at > after(now, aheadSeconds))
    return { fault: `It opens on ${sayMoment(at, hours.zone)}, which is more than 7 days ahead. Ask for it later.` }
  return { at, zone: hours.zone, ...(isOpen(hours, now) && { isNow: true }) }
}

/** The start as it is stored; nothing for one that is now. */
export function notBeforeOf({ at, isNow }: Begin): { notBefore?: string } {
  return isNow ? {} : { notBefore: instant(at) }
}

type Meant = { typed: TypedStart; zone: string; now: Date }

// It is over on that day: the next such day, if it was not named exactly.
function later(first: CalendarDay, meant: Meant): Begin | NoBegin {
  const { day } = meant.typed
  const days = day === undefined ? 1 : typeof day === 'object' && 'weekday' in day ? 7 : undefined
  const clock = sayClock(meant.typed.clock)
  if (days === undefined) return { fault: `${clock} on ${sayDay(first)} is over in ${meant.zone}. ${startForms}` }
  const next = instantOn(daysAfter(first, days), meant)
  return next && 'at' in next ? { ...next, isNextDay: true } : (next ?? { fault: `${clock} is over. ${startForms}` })
}

function firstDay({ day, clock }: TypedStart, today: CalendarDay): CalendarDay | NoBegin {
  if (day === undefined || day === 'today') return today
  if (day === 'tomorrow') return daysAfter(today, 1)
  if (day === 'tonight')
    return clock.hour >= 17
      ? today
      : {
          fault: `"tonight" and ${sayClock(clock)} may mean two days: write "at ${sayClock(clock)} tomorrow" or "today".`,
        }
  if ('weekday' in day) return daysAfter(today, (day.weekday - weekdayOf(today) + 7) % 7)
  return readDay(day.date) ?? { fault: `There is no day ${day.date} in the calendar.` }
}

/** The start on this day; undefined when it is over. */
function instantOn(day: CalendarDay, { typed: { clock }, zone, now }: Meant): Begin | NoBegin | undefined {
  const found = instantsOf(day, clock, zone)
  if (found.length === 0) return inSkip(day, { clock, zone, now })
  const [at, second] = found.filter(one => one > after(now, -graceSeconds))
  if (!at) return undefined
  if (second) return { fault: sayTwice(day, { clock, zone, instants: [at, second] }) }
  if (at > after(now, aheadSeconds))
    return { fault: `${sayClock(clock)} on ${sayDay(day)} is more than 7 days ahead. Ask for it later.` }
  return { at, zone, ...(at <= now && { isNow: true }) }
}

type Local = { clock: TimeOfDay; zone: string }

function inSkip(day: CalendarDay, { clock, zone, now }: Local & { now: Date }): NoBegin | undefined {
  const { at, from, to } = skipOf(day, clock, zone)
  if (at <= now) return undefined
  const change = `clocks in ${zone} go from ${from} to ${to} on ${sayDay(day)}`
  return { fault: `There is no ${sayClock(clock)} then: ${change}. Write another time.` }
}

function sayTwice(day: CalendarDay, { clock, zone, instants }: Local & { instants: [Date, Date] }): string {
  const [first, second] = instants.map(at => instant(at).slice(0, 16).split('T').join(' '))
  const change = `clocks in ${zone} go back on ${sayDay(day)}`
  return `${sayClock(clock)} comes twice, because ${change}. Write "at ${first} UTC" or "at ${second} UTC".`
}
