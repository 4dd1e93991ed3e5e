// Query parameters as the API reads them: lists end in `[]`, and values out of bounds are refused.
import { invalidInput } from './failure.ts'

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
