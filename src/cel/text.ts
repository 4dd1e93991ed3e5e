// Checks the text of a condition before it is parsed. Text inside quotes is separated from the rest, because a comment
// or a raw string there is only text.
import type { Fault } from './fault.ts'

/** Deeper than anybody writes by hand, and far from the limit of any parser. */
const deepest = 24

// The order matters: the openings of longer tokens come first.
const tokens =
  /(?<triple>'''|""")|(?<text>'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")|(?<prefix>(?<![A-Za-z0-9_])(?:[rR][bB]?|[bB][rR]?)(?=['"]))|(?<comment>\/\/[^\r\n]*)|(?<open>[([{])|(?<close>[)\]}])|(?<comma>,\s*(?=\)))|(?<quote>['"])|(?<odd>[^\x20-\x7e\t\r\n])/gu
type Token = 'triple' | 'text' | 'prefix' | 'comment' | 'open' | 'close' | 'comma' | 'quote' | 'odd'

/** The faults in the text: first what IAM or our parser does not accept, then what misleads a reader. */
export function faultsOfText(expression: string): Fault[] {
  return [...refusedIn(expression), ...misleadingIn(expression)]
}

function refusedIn(expression: string): Fault[] {
  const says = new Set<string>()
  let depth = 0
  for (const token of expression.matchAll(tokens)) {
    const kind = Object.entries(token.groups ?? {}).find(([, text]) => text !== undefined)?.[0] as Token
    if (kind === 'open') depth++
    if (kind === 'close') depth--
    if (depth > deepest) says.add(`it has more than ${deepest} brackets inside each other: write it flatter`)
    const fault = sayOf[kind]?.(token[0], token.index + 1)
    if (fault) says.add(fault)
    // After a quote that is never closed, text and code cannot be separated.
    if (kind === 'quote') break
  }
  return [...says].map(one => ({ kind: 'refused', says: one }))
}

const sayOf: Partial<Record<Token, (text: string, at: number) => string>> = {
  triple: (_, at) => `it has a triple quote at character ${at}: write the text in plain quotes`,
  prefix: (text, at) =>
    `it has ${/b/i.test(text) ? 'bytes' : 'a raw string'} (${text} before a quote) at character ${at}, which IAM does not document: write the text in plain quotes`,
  comma: (_, at) => `it has a comma before a closing bracket at character ${at}: remove the comma`,
  quote: (_, at) => `it has a quote at character ${at} that is never closed: close it`,
  odd: (text, at) => sayCharacter(text, at),
}

function misleadingIn(expression: string): Fault[] {
  const says: string[] = []
  const comment = [...expression.matchAll(tokens)].find(({ groups }) => groups?.['comment'] !== undefined)
  if (comment)
    says.push(
      `it has a comment (//) at character ${comment.index + 1}, which hides what follows on its line: leave comments out`,
    )
  if (/^[^\r\n]*\r?\n$/.test(expression))
    says.push('it ends with a line break, as a block "|" of YAML leaves one: write ">-" instead of "|"')
  else if (/[\r\n]/.test(expression))
    says.push('it has a line break: write it on one line, or as a block ">-" of YAML, which joins its lines')
  const odd = /[^\x20-\x7e\r\n]/u.exec(expression)
  if (odd) says.push(sayCharacter(odd[0], odd.index + 1))
  return says.map(one => ({ kind: 'misleading', says: one }))
}

function sayCharacter(character: string, at: number): string {
  const code = character.codePointAt(0) ?? 0
  const hex = code.toString(16).toUpperCase().padStart(4, '0')
  if (code === 9) return `it has a tab at character ${at}: use blanks`
  const escape = code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex}`
  return `it has the character U+${hex} at character ${at}, and only printable ASCII looks the same to everybody: use plain quotes, dashes and letters, or ${escape} inside quotes`
}
