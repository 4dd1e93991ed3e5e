// Hours as a part of an IAM condition, with as few logical operators as they need: IAM takes twelve in one condition.
import { dayAfter, dayMinutes, days, type Hours, type Minutes, minutesOf } from './span.ts'

/** A part of a condition, and how many comparisons it has. `joinedBy`: inside the other operator it needs brackets. */
type Part = { text: string; comparisons: number; joinedBy?: '&&' | '||' }
/** True where nothing has to be asked, false where nothing fits. */
type Clause = Part | boolean

/**
 * The hours as CEL: true exactly while they are open. `false` for hours that never open, which no rule lets through.
 * The zone must be one that IAM knows: it is written in quotes.
 */
export function clauseOf({ zone, spans }: Hours): string {
  const read = readersOf(zone)
  const clause = or(...spans.map(span => clauseOfSpan(minutesOf(span), read)))
  return typeof clause === 'boolean' ? String(clause) : clause.text
}

/** How a condition reads the wall clock of the zone. */
type Readers = { day: string; hour: string; minute: string }

function readersOf(zone: string): Readers {
  const read = (field: string): string => `request.time.${field}(${JSON.stringify(zone)})`
  return { day: read('getDayOfWeek'), hour: read('getHours'), minute: read('getMinutes') }
}

function clauseOfSpan(span: Minutes, read: Readers): Clause {
  const { days: begins, from, to } = span
  if (from < to) return and(onDays(begins, read), between(span, read))
  const [evening, morning] = [since(from, read), before(to, read)]
  if (begins.length === days.length) return or(evening, morning)
  return or(and(onDays(begins, read), evening), and(onDays(dayAfter(begins), read), morning))
}

// Two hours next to each other are named; a longer time is compared with its ends.
function between({ from, to }: Minutes, read: Readers): Clause {
  const [first, last] = [hourOf(from), hourOf(to - 1)]
  if (first === last) return and(at(read.hour, first), sinceMinute(from, read), beforeMinute(to, read))
  if (last === first + 1 && from % 60 > 0 && to % 60 > 0)
    return or(and(at(read.hour, first), sinceMinute(from, read)), and(at(read.hour, last), beforeMinute(to, read)))
  return and(since(from, read), before(to, read))
}

function since(from: number, read: Readers): Clause {
  const hour = hourOf(from)
  if (from % 60 === 0) return from === 0 || atom(read.hour, '>=', hour)
  return or(hour < 23 && atom(read.hour, '>', hour), and(at(read.hour, hour), sinceMinute(from, read)))
}

function before(to: number, read: Readers): Clause {
  const hour = hourOf(to)
  if (to % 60 === 0) return to === dayMinutes || atom(read.hour, '<', hour)
  return or(hour > 0 && atom(read.hour, '<', hour), and(at(read.hour, hour), beforeMinute(to, read)))
}

function sinceMinute(from: number, { minute }: Readers): Clause {
  return from % 60 === 0 || atom(minute, '>=', from % 60)
}

function beforeMinute(to: number, { minute }: Readers): Clause {
  return to % 60 === 0 || atom(minute, '<', to % 60)
}

function hourOf(minute: number): number {
  return Math.floor(minute / 60)
}

// A set of days is the runs that are in it, or all days except the runs that are not: whatever has fewer comparisons.
function onDays(numbers: readonly number[], { day }: Readers): Clause {
  const others = days.flatMap((_, n) => (numbers.includes(n) ? [] : [n]))
  if (others.length === 0) return true
  const inside = or(...runsOf(numbers).map(run => inRun(day, run)))
  const outside = and(...runsOf(others).map(run => besidesRun(day, run)))
  return comparisonsOf(outside) < comparisonsOf(inside) ? outside : inside
}

type Run = { first: number; last: number }
const lastDay = days.length - 1

function inRun(day: string, { first, last }: Run): Clause {
  if (first === last) return at(day, first)
  return and(first === 0 || atom(day, '>=', first), last === lastDay || atom(day, '<=', last))
}

function besidesRun(day: string, { first, last }: Run): Clause {
  if (first === last) return atom(day, '!=', first)
  return or(first > 0 && atom(day, '<', first), last < lastDay && atom(day, '>', last))
}

function runsOf(numbers: readonly number[]): Run[] {
  const runs: Run[] = []
  for (const day of numbers) {
    const open = runs.at(-1)
    if (open?.last === day - 1) open.last = day
    else runs.push({ first: day, last: day })
  }
  return runs
}

function at(reader: string, value: number): Part {
  return atom(reader, '==', value)
}

function atom(reader: string, comparator: string, value: number): Part {
  return { text: `${reader} ${comparator} ${value}`, comparisons: 1 }
}

function and(...clauses: readonly Clause[]): Clause {
  return clauses.includes(false) ? false : (join('&&', clauses) ?? true)
}

function or(...clauses: readonly Clause[]): Clause {
  return clauses.includes(true) ? true : (join('||', clauses) ?? false)
}

function join(joinedBy: '&&' | '||', clauses: readonly Clause[]): Part | undefined {
  const parts = clauses.filter(clause => typeof clause === 'object')
  if (parts.length < 2) return parts[0]
  const inBrackets = (part: Part): string =>
    part.joinedBy && part.joinedBy !== joinedBy ? `(${part.text})` : part.text
  const comparisons = parts.reduce((sum, part) => sum + part.comparisons, 0)
  return { text: parts.map(inBrackets).join(` ${joinedBy} `), comparisons, joinedBy }
}

function comparisonsOf(clause: Clause): number {
  return typeof clause === 'boolean' ? 0 : clause.comparisons
}
