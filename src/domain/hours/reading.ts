// Hours read back from a condition: from the part that asks only for day, hour and minute in one zone. What was written as
// spans may come back in other spans that are open at the same times.
import { LRUCache } from 'lru-cache'
import { isOneExpression, readCondition } from '../../cel/condition.ts'
import { isZone } from '../../cel/zones.ts'
import { dayMinutes, days, type Hours, type Span } from './span.ts'

const reader = String.raw`request\.time\.get(?:DayOfWeek|Hours|Minutes)\("(?<zone>[A-Za-z0-9_+/-]+)"\)`
/** A condition that has only such comparisons. */
const pure = new RegExp(
  `^[(]*${reader} [=!<>]=? \\d+(?:[)]* (?:&&|\\|\\|) [(]*${reader.replace('?<zone>', '')} [=!<>]=? \\d+)*[)]*$`,
)

/** Longer than those of Hallpass can be: the mapping's own has 512 characters, and hours at most eleven comparisons. */
const longest = 2048

/** Reading takes some milliseconds, and many requests have the same hours. */
const known = new LRUCache<string, { hours: Hours | undefined }>({ max: 500 })

/**
 * The hours in a condition without its time: when it asks for nothing else, or has them as its last part, as Hallpass
 * writes them. Undefined for any other condition.
 */
export function hoursIn(condition: string): Hours | undefined {
  if (condition.length > longest) return undefined
  const [clause] = [condition, ...lastParts(condition)].filter(part => pure.test(part) && isOneExpression(part))
  if (clause === undefined) return undefined
  const hours = known.get(clause)?.hours ?? readWeek(clause)
  known.set(clause, { hours })
  return hours
}

/** What may be the second part of `(own) && (hours)`, the longest first. */
function lastParts(condition: string): string[] {
  if (!condition.startsWith('(') || !condition.endsWith(')')) return []
  const joins = [...condition.matchAll(/\) && \(/g)].map(({ index }) => index)
  return joins
    .filter(at => isOneExpression(condition.slice(1, at)))
    .map(at => condition.slice(at + ') && ('.length, -1))
}

/** Whatever the zone: the clause depends on the wall clock only, so it is read by the clock of UTC. */
function readWeek(clause: string): Hours | undefined {
  const zones = new Set([...clause.matchAll(new RegExp(reader, 'g'))].map(({ groups }) => groups?.['zone'] ?? ''))
  const [zone = ''] = zones
  if (zones.size !== 1 || !isZone(zone)) return undefined
  const read = readCondition(clause.replaceAll(`("${zone}")`, '("UTC")'))
  // Without minutes in it, it changes with the hour only.
  const step = clause.includes('getMinutes') ? 1 : 60
  const isOpen = Array.from({ length: (days.length * dayMinutes) / step }, (_, n) =>
    read.evaluate({ at: new Date(sunday + n * step * 60_000), attributes: {} }),
  )
  const minutes = openings(isOpen).map(({ from, to }) => ({ from: from * step, to: to * step }))
  return { zone, spans: joined(minutes) }
}

const sunday = Date.UTC(2026, 10, 29)

type Opening = { from: number; to: number }

/** The runs of a week that are open. One that ends next week begins in this one. */
function openings(isOpen: readonly (boolean | undefined)[]): Opening[] {
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
