// The arguments of a Web API call: urlencoded (with JSON inside) or JSON. Only parses; does not depend on a method.
import { failureWith, SlackFailure } from './failure.ts'
import type { Json } from './types.ts'

/** One call's arguments. Every reader fails as Slack does when the argument is missing or malformed. */
export class Args {
  readonly #given: Json
  constructor(given: Json) {
    this.#given = given
  }

  has(name: string): boolean {
    const value = this.#given[name]
    return value !== undefined && value !== null && value !== ''
  }

  text(name: string): string | undefined {
    const value = this.#given[name]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number') return String(value)
    if (typeof value !== 'string') throw failureWith('invalid_arguments', [`must be a string [json-pointer:/${name}]`])
    return value
  }

  required(name: string): string {
    const value = this.text(name)
    if (value) return value
    throw failureWith('invalid_arguments', [`missing required field: ${name}`])
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.#given[name]
    if (value === undefined) return otherwise
    if (value === true || value === 'true' || value === '1') return true
    if (value === false || value === 'false' || value === '0') return false
    throw failureWith('invalid_arguments', [`must be a boolean [json-pointer:/${name}]`])
  }

  /** The page size; more than the maximum, or something that is not a number, is `invalid_limit`. */
  limit(otherwise: number, max: number): number {
    if (!this.has('limit')) return otherwise
    const limit = Number(this.#given['limit'])
    if (!Number.isInteger(limit) || limit < 1 || limit > max) throw new SlackFailure('invalid_limit')
    return limit
  }

  /** A structured argument: JSON text in a form, or itself in a JSON body. Fails with `error` if it is neither. */
  json(name: string, error: string): unknown {
    const value = this.#given[name]
    if (value === undefined || value === null || value === '') return undefined
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value)
    } catch {
      throw new SlackFailure(error)
    }
  }
}

/** One page of a list by an opaque cursor, the index of its first item. */
export function paged<T>(items: T[], args: Args, limit: number): { page: T[]; next: string } {
  const cursor = args.text('cursor') ?? ''
  const from = cursor === '' ? 0 : Number(/^next:(\d+)$/.exec(Buffer.from(cursor, 'base64').toString())?.[1])
  if (!Number.isInteger(from) || from > items.length) throw new SlackFailure('invalid_cursor')
  const end = from + limit
  return {
    page: items.slice(from, end),
    next: end < items.length ? Buffer.from(`next:${end}`).toString('base64') : '',
  }
}
