// Why hours cannot be used: a zone that does not exist, a span that never opens, more than IAM takes.
import { readCondition } from '../../cel/condition.ts'
import { isPlain, readZone } from '../../cel/time.ts'
import { clauseOf } from './clause.ts'
import { covers, days, dayMinutes, type Hours, minuteOf, minutesOf, type Span } from './span.ts'

// IAM takes twelve; one is between start and end of the access, and one joins the hours to them.
const mostOperatorsOfHours = 10

/** A clause that says why these hours cannot be used, and what to do; undefined when they can. */
export function faultOfHours(hours: Hours): string | undefined {
  return faultOfZone(hours.zone) ?? faultOfSpans(hours.spans) ?? faultTogether(hours)
}

function faultOfZone(zone: string): string | undefined {
  const read = readZone(zone)
  if ('because' in read) return `the zone "${zone}" ${read.because}`
  if (typeof read.value === 'string' && isPlain(read.value)) return undefined
  return `the zone "${zone}" need not have summer time, which its readers may not expect: write a place such as "Europe/Berlin", or "UTC"`
}

function faultOfSpans(spans: readonly Span[]): string | undefined {
  if (spans.length === 0) return 'they have no span, so they would never open: name at least one, with from and to'
  return spans.map(faultOfSpan).find(fault => fault !== undefined)
}

function faultOfSpan({ days: named, from, to }: Span): string | undefined {
  const [start, end] = [minuteOf(from), minuteOf(to)]
  if (start === undefined || start === dayMinutes) return `from "${from}" is not a time of a day: write it as "22:00"`
  if (end === undefined)
    return `to "${to}" is not a time of a day: write it as "06:00", or as "24:00" for the end of the day`
  if (start === end)
    return `from and to are both "${from}", so they would never open: for a whole day write from "00:00" to "24:00"`
  return named && faultOfDays(named)
}

function faultOfDays(named: readonly string[]): string | undefined {
  if (named.length === 0) return 'a span names no day, so it would never open: name its days, or leave days out'
  const odd = named.find(day => !(days as readonly string[]).includes(day))
  if (odd !== undefined) return `"${odd}" is not a day: write ${days.slice(1).join(', ')} or ${days[0]}`
  const twice = named.find((day, at) => named.indexOf(day) !== at)
  return twice === undefined ? undefined : `a span names "${twice}" twice: name it once`
}

function faultTogether(hours: Hours): string | undefined {
  if (isAlwaysOpen(hours)) return 'they are always open, so they limit nothing: leave them out'
  const { operators } = readCondition(clauseOf(hours))
  return operators > mostOperatorsOfHours
    ? `they take ${operators} logical operators of IAM, and ${mostOperatorsOfHours} are the most that leave room for start and end: write fewer spans, whole hours, or days that follow each other`
    : undefined
}

// Nothing changes between two ends of spans.
function isAlwaysOpen({ spans }: Hours): boolean {
  const parsed = spans.map(minutesOf)
  const ends = [0, ...parsed.flatMap(({ from, to }) => [from, to % dayMinutes])]
  return days.every((_, day) => ends.every(minute => parsed.some(span => covers(span, day, minute))))
}
