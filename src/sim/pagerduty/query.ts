// Query parameters as the API reads them: lists end in `[]`, and values out of bounds are refused.
import { invalidField, invalidInput } from './failure.ts'

const dayMs = 86_400_000

/** A page of a list (https://developer.pagerduty.com/docs/pagination). */
type Page = { limit: number; offset: number; wantsTotal: boolean }

/** Values of `name[]`. */
export function listOf(query: URLSearchParams, name: string): string[] {
  return query.getAll(`${name}[]`)
}

/** The values of `include[]`, all of which must be known. */
export function includeOf(query: URLSearchParams, known: readonly string[]): Set<string> {
  const include = listOf(query, 'include')
  const odd = include.find(name => !known.includes(name))
  if (odd !== undefined) throw invalidInput(`include[] does not know ${odd}`)
  return new Set(include)
}

export function pageOf(query: URLSearchParams): Page {
  const limit = wholeNumber(query, 'limit', 25)
  const offset = wholeNumber(query, 'offset', 0)
  if (limit < 1 || limit > 100) throw invalidInput('Limit must be between 1 and 100')
  if (limit + offset > 10_000) throw invalidInput('Offset and limit must not exceed 10000 together')
  return { limit, offset, wantsTotal: query.get('total') === 'true' }
}

/** One page of `all`, with the paging fields. */
export function paged<T>(key: string, all: readonly T[], { limit, offset, wantsTotal }: Page): Record<string, unknown> {
  return {
    [key]: all.slice(offset, offset + limit),
    limit,
    offset,
    more: offset + limit < all.length,
    total: wantsTotal ? all.length : null,
  }
}

/** The window asked for: the present instant unless said, 90 days at most. */
export function windowOf(query: URLSearchParams, now: Date): { since: Date; until: Date } {
  const since = instantOf(query, 'since') ?? now
  const until = instantOf(query, 'until') ?? (since > now ? since : now)
  if (until < since) throw invalidInput('until must not be before since')
  if (until.getTime() - since.getTime() > 90 * dayMs) throw invalidInput('The time range must be at most 90 days')
  return { since, until }
}

/**
 * The window of a classic schedule's shifts: two weeks from the end that is given, or none
 * (https://developer.pagerduty.com/api-reference, "Get a schedule").
 */
export function shiftWindowOf(query: URLSearchParams): { since: Date; until: Date } | undefined {
  const [since, until] = [instantOf(query, 'since'), instantOf(query, 'until')]
  const from = since ?? (until && new Date(until.getTime() - 14 * dayMs))
  const to = until ?? (since && new Date(since.getTime() + 14 * dayMs))
  if (!from || !to) return undefined
  if (to < from) throw invalidInput('until must not be before since')
  return { since: from, until: to }
}

/** The window of a v3 schedule's shifts: both ends are needed, and `include[]=final_schedule`. */
export function finalWindowOf(query: URLSearchParams): { since: Date; until: Date } | undefined {
  const odd = listOf(query, 'include').find(name => name !== 'final_schedule')
  if (odd !== undefined) throw invalidField('include', `does not know ${odd}`)
  const [since, until] = [instantOf(query, 'since'), instantOf(query, 'until')]
  if (listOf(query, 'include').length === 0 || !since || !until) return undefined
  if (until <= since) throw invalidField('until', 'must be after since')
  return { since, until }
}

function wholeNumber(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name)
  if (text === null) return otherwise
  if (!/^\d{1,9}$/.test(text)) throw invalidInput(`${name} must be a whole number`)
  return Number(text)
}

function instantOf(query: URLSearchParams, name: string): Date | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const at = new Date(text)
  if (Number.isNaN(at.getTime())) throw invalidInput(`${name} is not a time`)
  return at
}
