// Hours read back from a condition: from the part that asks only for day, hour and minute in one zone. What was written as
// spans may come back in other spans that are open at the same times.
import { LRUCache } from 'lru-cache'
import { isOneExpression, maxOperators, readCondition } from '../../cel/condition.ts'
import { isZone } from '../../cel/zones.ts'
import type { Hours } from './span.ts'
import { spansOf } from './week.ts'

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
 * The hours in a condition without its time, all of which must be open: when it asks for nothing else, or has them as its
 * last parts, as Hallpass writes them. None for any other condition.
 */
export function hoursIn(condition: string): Hours[] {
  if (condition.length > longest) return []
  const whole = readClause(condition)
  if (whole) return [whole]
  const parts = (partsOf(condition) ?? []).map(readClause)
  const last = parts.slice(parts.lastIndexOf(undefined) + 1)
  return last.filter(hours => hours !== undefined)
}

/** The parts of `(own) && (hours) && (window)`; undefined for any other condition. */
function partsOf(condition: string): string[] | undefined {
  if (!condition.startsWith('(') || !condition.endsWith(')')) return undefined
  if (isOneExpression(condition.slice(1, -1))) return [condition.slice(1, -1)]
  const joins = [...condition.matchAll(/\) && \(/g)].map(({ index }) => index)
  if (joins.length > maxOperators) return undefined
  const first = joins.find(at => isOneExpression(condition.slice(1, at)))
  const rest = first === undefined ? undefined : partsOf(condition.slice(first + ') && '.length))
  return rest && [condition.slice(1, first), ...rest]
}

function readClause(clause: string): Hours | undefined {
  if (!pure.test(clause) || !isOneExpression(clause)) return undefined
  const hours = known.get(clause)?.hours ?? readWeek(clause)
  known.set(clause, { hours })
  return hours
}

/** Whatever the zone: the clause depends on the wall clock only, so it is read by the clock of UTC. */
function readWeek(clause: string): Hours | undefined {
  const zones = new Set([...clause.matchAll(new RegExp(reader, 'g'))].map(({ groups }) => groups?.['zone'] ?? ''))
  const [zone = ''] = zones
  if (zones.size !== 1 || !isZone(zone)) return undefined
  const read = readCondition(clause.replaceAll(`("${zone}")`, '("UTC")'))
  const isOpen = (minute: number): boolean =>
    read.evaluate({ at: new Date(sunday + minute * 60_000), attributes: {} }) === true
  // Without minutes in it, it changes with the hour only.
  return { zone, spans: spansOf(isOpen, clause.includes('getMinutes') ? 1 : 60) }
}

const sunday = Date.UTC(2026, 10, 29)
