// JSON as text: parsed without throwing, and written so that equal values have equal texts.
import { invisible } from './text.ts'

/** The parsed value; undefined when the text is not JSON. The parser's own error would quote the text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The parsed object; undefined when the text is anything else. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  const raw = parseJson(text)
  return raw !== null && typeof raw === 'object' && !Array.isArray(raw) ? (raw as Record<string, unknown>) : undefined
}

/**
 * The same value as text for terminals, files and programs: characters that are invisible, change the direction of writing
 * or move a cursor are escaped, so that nobody is shown something else than what a program reads.
 */
export function printedJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(invisible, escaped)}\n`
}

function escaped(signs: string): string {
  return Array.from({ length: signs.length }, (_, n) => `\\u${signs.charCodeAt(n).toString(16).padStart(4, '0')}`).join(
    '',
  )
}

/** JSON with keys in order and without absent fields: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return canonicalPart(value) ?? slowlyCanonical(value)
}

function slowlyCanonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

// For plain data, of which a log has millions. Undefined for everything that JSON.stringify treats specially, such as keys that
// are numbers, which it puts first: then it decides.
function canonicalPart(value: unknown): string | undefined {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : undefined
  if (typeof value !== 'object') return undefined
  if (Array.isArray(value)) {
    const parts = value.map(canonicalPart)
    return parts.includes(undefined) ? undefined : `[${parts.join(',')}]`
  }
  return canonicalFields(value as Readonly<Record<string, unknown>>)
}

function canonicalFields(fields: Readonly<Record<string, unknown>>): string | undefined {
  if ('toJSON' in fields) return undefined
  let text = ''
  for (const key of Object.keys(fields).sort()) {
    if (/^\d/.test(key)) return undefined
    if (fields[key] === undefined) continue
    const part = canonicalPart(fields[key])
    if (part === undefined) return undefined
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${part}`
  }
  return `{${text}}`
}
