// A week of a wall clock, from Sunday: the spans in which something is open in it, and the hours in which several are. Pure.
import { covers, dayMinutes, days, type Hours, minutesOf, type Span } from './span.ts'

/** Minutes of a week. */
const weekMinutes = days.length * dayMinutes

/** The spans of a week while it is open, looked at every `step` minutes. */
export function spansOf(isOpen: (minute: number) => boolean, step: number): Span[] {
  const looked = Array.from({ length: weekMinutes / step }, (_, n) => isOpen(n * step))
  return joined(openings(looked).map(({ from, to }) => ({ from: from * step, to: to * step })))
}

/**
 * The hours in which all of these are open, as spans of one zone; undefined when their zones differ, because clocks of two
 * places change at different instants, and when they are never open together.
 */
export function meetingOf(all: readonly Hours[]): Hours | undefined {
  const [first, ...more] = all
  if (!first || more.some(({ zone }) => zone !== first.zone)) return undefined
  const minutes = all.map(({ spans }) => spans.map(minutesOf))
  const isOpen = (at: number): boolean =>
    minutes.every(spans => spans.some(span => covers(span, Math.floor(at / dayMinutes), at % dayMinutes)))
  // Nothing changes between two ends of spans.
  const step = minutes
    .flat()
    .flatMap(({ from, to }) => [from, to])
    .reduce(greatestCommon, dayMinutes)
  const spans = spansOf(isOpen, step)
  return spans.length > 0 ? { zone: first.zone, spans } : undefined
}

function greatestCommon(a: number, b: number): number {
  return b === 0 ? a : greatestCommon(b, a % b)
}

type Opening = { from: number; to: number }

/** The runs of a week that are open. One that ends next week begins in this one. */
function openings(isOpen: readonly boolean[]): Opening[] {
  const week = isOpen.length
  if (isOpen.every(Boolean)) return [{ from: 0, to: week }]
  const starts = isOpen.flatMap((open, at) => (open && !isOpen.at(at - 1) ? [at] : []))
  return starts.map(from => {
    let to = from
    while (isOpen[to % week]) to++
    return { from, to }
  })
}

function joined(all: readonly Opening[]): Span[] {
  const byTimes = Map.groupBy(all.flatMap(inDays), ({ from, to }) => `${from} ${to}`)
  return [...byTimes.values()].flatMap(same => {
    const [first] = same
    const named = same.flatMap(span => span.days ?? [])
    return first ? [{ ...first, days: days.filter(day => named.includes(day)) }] : []
  })
}

/** One of at most a day is one span; a longer one has a span for each of its days. */
function inDays({ from, to }: Opening): Span[] {
  const day = Math.floor(from / dayMinutes)
  const named = days[day % days.length]
  if (named === undefined || from >= to) return []
  const midnight = (day + 1) * dayMinutes
  const end = to - from <= dayMinutes ? to : Math.min(to, midnight)
  const span = { days: [named], from: clockOf(from % dayMinutes), to: clockOf(end % dayMinutes || dayMinutes) }
  return [span, ...inDays({ from: end, to })]
}

function clockOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map(part => String(part).padStart(2, '0')).join(':')
}
