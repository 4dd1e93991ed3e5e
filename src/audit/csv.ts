// Tables as CSV (RFC 4180), safe to open in a spreadsheet and to print in a terminal.
import { printable } from '../domain/text.ts'

/** Rows as CSV: lines end in CR LF, and a field with a comma, a quote or a line break is quoted. */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map(row => `${row.map(fieldOf).join(',')}\r\n`).join('')
}

// A spreadsheet runs a field that begins like a formula, also after spaces or in full-width letters. An apostrophe before
// it makes it text (https://owasp.org/www-community/attacks/CSV_Injection).
function fieldOf(given: string): string {
  const text = printable(given)
  const safe = /^[\s\u3000]*[=+@|%\uFF1D\uFF0B\uFF0D\uFF20-]|^[\t\r\n]/.test(text) ? `'${text}` : text
  return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
