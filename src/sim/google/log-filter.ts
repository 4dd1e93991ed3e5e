// A small part of the Logging query language: comparisons of fields with quoted or bare values, joined by AND
// (https://cloud.google.com/logging/docs/view/logging-query-language). Everything else is refused, never ignored.
import { invalid } from './failure.ts'

/** `field op value`. */
export type Term = { field: string[]; op: string; value: string }

const term = /^\s*([A-Za-z_][\w.]*)\s*(>=|<=|!=|=|>|<|:)\s*("(?:[^"\\]|\\.)*"|[^\s"()]+)/

/** The comparisons of a filter; an empty filter has none. */
export function parseFilter(filter: string): Term[] {
  const terms: Term[] = []
  for (let rest = filter.trim(); rest !== '';) {
    const found = term.exec(rest)
    const [whole, field, op, value] = found ?? []
    if (whole === undefined || !field || !op || value === undefined)
      throw invalid(`Unparseable filter: at "${rest.slice(0, 40)}"`)
    if (field === 'severity' && /[<>]/.test(op))
      throw invalid(`Unparseable filter: severity cannot be compared by "${op}" here`)
    terms.push({ field: field.split('.'), op, value: unquoted(value) })
    rest = rest.slice(whole.length).replace(/^\s+(AND\s+)?/, '')
    if (/^(OR|NOT)\b/.test(rest)) throw invalid(`Unparseable filter: at "${rest.slice(0, 40)}"`)
  }
  return terms
}

function unquoted(value: string): string {
  return value.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value
}

/** Whether the entry satisfies every comparison. */
export function matches(entry: object, terms: readonly Term[]): boolean {
  return terms.every(({ field, op, value }) => compare(fieldOf(entry, field), op, value))
}

function fieldOf(entry: object, path: readonly string[]): unknown {
  let found: unknown = entry
  for (const part of path)
    found = typeof found === 'object' && found !== null ? (found as Record<string, unknown>)[part] : undefined
  return found
}

function compare(found: unknown, op: string, value: string): boolean {
  const text = ['string', 'number', 'boolean'].includes(typeof found)
    ? `${found as string | number | boolean}`
    : undefined
  if (op === '!=') return text !== value
  if (text === undefined) return false
  if (op === '=') return text === value
  if (op === ':') return text.toLowerCase().includes(value.toLowerCase())
  const order = orderOf(text, value)
  return op === '>' ? order > 0 : op === '>=' ? order >= 0 : op === '<' ? order < 0 : order <= 0
}

// Instants are compared as instants, whatever their precision; everything else as text.
function orderOf(a: string, b: string): number {
  const [atA, atB] = [Date.parse(a), Date.parse(b)]
  if (!Number.isNaN(atA) && !Number.isNaN(atB)) return atA - atB
  return a < b ? -1 : a > b ? 1 : 0
}
