// The part of the Logging query language that people use for finding entries: comparisons of fields, joined by AND, OR
// and NOT (https://cloud.google.com/logging/docs/view/logging-query-language). Everything else is refused, never
// ignored.
import { RE2JS } from 're2js'
import { invalid } from './failure.ts'
import { type Token, tokensOf } from './log-filter-tokens.ts'

type Comparison = { field: readonly string[]; op: string; values: readonly string[]; needsAll: boolean }
/** A filter, read. */
export type Filter = { all: Filter[] } | { any: Filter[] } | { not: Filter } | Comparison

/** The longest filter, in characters. */
const longest = 20_000
const severities = 'DEFAULT DEBUG INFO NOTICE WARNING ERROR CRITICAL ALERT EMERGENCY'.split(' ')
/** The fields that are instants. Everything in a payload is text, a number or a truth value. */
const instants = ['timestamp', 'receiveTimestamp']

/** Reads a filter; an empty one matches everything. Throws the API's error for one that it does not understand. */
export function parseFilter(filter: string): Filter {
  if (filter.length > longest) throw invalid(`The filter is longer than ${longest} characters.`)
  const reader = new Reader(tokensOf(filter))
  const read = reader.isDone() ? { all: [] } : reader.conjunction()
  if (!reader.isDone()) throw reader.fault()
  return read
}

// NOT binds first, then OR, then AND; two comparisons side by side are joined by AND.
class Reader {
  readonly #tokens: Token[]
  #at = 0
  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  isDone(): boolean {
    return this.#at >= this.#tokens.length
  }

  fault(): Error {
    const rest = this.#tokens.slice(this.#at).map(({ text }) => text)
    return invalid(`Unparseable filter: at "${rest.join(' ').slice(0, 40)}"`)
  }

  conjunction(): Filter {
    const all = [this.#disjunction()]
    while (!this.isDone() && this.#peek() !== ')') {
      this.#take('AND')
      all.push(this.#disjunction())
    }
    return all.length === 1 && all[0] ? all[0] : { all }
  }

  #disjunction(): Filter {
    const any = [this.#negation()]
    while (this.#take('OR')) any.push(this.#negation())
    return any.length === 1 && any[0] ? any[0] : { any }
  }

  #negation(): Filter {
    if (this.#take('NOT') || this.#take('-')) return { not: this.#negation() }
    if (!this.#take('(')) return this.#comparison()
    const inside = this.conjunction()
    if (!this.#take(')')) throw this.fault()
    return inside
  }

  #comparison(): Comparison {
    const field = this.#path()
    const op = this.#next('operator').text
    const read = { field, op, values: [] as string[], needsAll: false }
    if (!this.#take('(')) read.values.push(this.#value(field, op))
    else {
      do {
        read.values.push(this.#value(field, op))
        read.needsAll ||= this.#peek() === 'AND'
      } while (this.#take('OR') || this.#take('AND'))
      if (!this.#take(')')) throw this.fault()
    }
    return read
  }

  #path(): string[] {
    const path: string[] = []
    do path.push(this.#next('word', 'string').value)
    while (this.#take('.'))
    return path
  }

  #value(field: readonly string[], op: string): string {
    const { value, kind } = this.#next('word', 'string')
    if (value === '*' && kind === 'word' && op !== ':') throw this.fault()
    if (op === '=~' || op === '!~') requirePattern(value)
    if (field[0] === 'severity' && /^[<>]/.test(op) && !severities.includes(value))
      throw invalid(`Unparseable filter: "${value}" is not a severity`)
    return kind === 'string' && value === '*' ? '"*"' : value
  }

  #peek(): string | undefined {
    const token = this.#tokens[this.#at]
    return token?.kind === 'string' ? undefined : token?.text
  }

  #take(text: string): boolean {
    const isThere = this.#peek() === text
    if (isThere) this.#at++
    return isThere
  }

  #next(...kinds: Token['kind'][]): Token {
    const token = this.#tokens[this.#at]
    if (!token || !kinds.includes(token.kind) || ['AND', 'OR', 'NOT'].includes(token.text)) throw this.fault()
    this.#at++
    return token
  }
}

function requirePattern(pattern: string): void {
  try {
    RE2JS.compile(pattern)
  } catch {
    throw invalid(`Unparseable filter: "${pattern.slice(0, 40)}" is not a regular expression`)
  }
}

/** Whether the entry satisfies the filter. */
export function matches(entry: object, filter: Filter): boolean {
  if ('all' in filter) return filter.all.every(one => matches(entry, one))
  if ('any' in filter) return filter.any.some(one => matches(entry, one))
  if ('not' in filter) return !matches(entry, filter.not)
  const { field, op, values, needsAll } = filter
  const found = fieldsOf(entry, field)
  const holds = (value: string): boolean => compare(found, { field, op, value })
  return needsAll ? values.every(holds) : values.some(holds)
}

// A path through a list goes to each of its items, and one of them is enough.
function fieldsOf(entry: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(entry)) return entry.flatMap(item => fieldsOf(item, path))
  const [first, ...rest] = path
  if (first === undefined) return entry === undefined || entry === null ? [] : [entry]
  if (typeof entry !== 'object' || entry === null || !Object.hasOwn(entry, first)) return []
  return fieldsOf((entry as Record<string, unknown>)[first], rest)
}

type Compared = { field: readonly string[]; op: string; value: string }

function compare(found: readonly unknown[], { field, op, value }: Compared): boolean {
  if (op.startsWith('!')) return !compare(found, { field, op: op === '!=' ? '=' : '=~', value })
  if (op === ':' && value === '*') return found.length > 0
  const texts = found
    .filter(one => ['string', 'number', 'boolean'].includes(typeof one))
    .map(one => `${one as string | number | boolean}`)
  if (op === '=~') return texts.some(text => RE2JS.compile(value).matcher(text).find())
  return texts.some(text => holds(text, field, op, value))
}

// Everything but regular expressions ignores the case of letters.
function holds(text: string, field: readonly string[], op: string, value: string): boolean {
  const [a, b] = [text.toLowerCase(), value.toLowerCase()]
  if (op === ':') return a.includes(b)
  const order = orderOf(field[0] ?? '', text, value) ?? (a < b ? -1 : a > b ? 1 : 0)
  if (op === '=') return order === 0
  return op === '>' ? order > 0 : op === '>=' ? order >= 0 : op === '<' ? order < 0 : order <= 0
}

/** The order of severities and of instants, whatever their precision; undefined for other fields. */
function orderOf(field: string, a: string, b: string): number | undefined {
  if (field === 'severity') return severities.indexOf(a.toUpperCase()) - severities.indexOf(b.toUpperCase())
  return instants.includes(field) ? Date.parse(a) - Date.parse(b) : undefined
}
