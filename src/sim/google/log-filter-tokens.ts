// The words of a filter in the Logging query language.
import { invalid } from './failure.ts'

/** One word; `value` is a quoted text without its quotes and escapes. */
export type Token = { kind: 'word' | 'string' | 'operator' | 'mark'; text: string; value: string }

const forms: readonly [Token['kind'] | undefined, RegExp][] = [
  [undefined, /\s+|--[^\n]*/y],
  ['string', /"(?:[^"\\]|\\.)*"/y],
  ['operator', />=|<=|!=|=~|!~|=|>|<|:/y],
  ['mark', /[().]|-(?=[A-Za-z("])/y],
  ['word', /\*|[A-Za-z0-9_@/%+][\w@/%+-]*/y],
]

/** The words of a filter, in order. Throws the API's error at a sign that begins none. */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < filter.length;) {
    const found = next(filter, at)
    if (!found) throw invalid(`Unparseable filter: at "${filter.slice(at, at + 40)}"`)
    at += found.text.length
    if (found.kind !== undefined) tokens.push({ kind: found.kind, text: found.text, value: valueOf(found.text) })
  }
  return tokens
}

function next(filter: string, at: number): { kind: Token['kind'] | undefined; text: string } | undefined {
  for (const [kind, form] of forms) {
    form.lastIndex = at
    const [text] = form.exec(filter) ?? []
    if (text) return { kind, text }
  }
  return undefined
}

function valueOf(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
}
