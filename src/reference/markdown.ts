// Markdown for the reference pages: tables whose columns line up, so that they can be read in a terminal too.

/** A page: its title, the file its facts come from, what a reader finds in it, and its parts. */
export type Page = { title: string; source: string; intro: string; parts: readonly string[] }

/** The text of a page's file. */
export function pageText({ title, source, intro, parts }: Page): string {
  const notice = `<!-- Generated from ${source} by npm run generate. Do not edit. -->`
  return `${[`# ${title}`, notice, intro, ...parts].join('\n\n')}\n`
}

/** A part with a heading. */
export function section(heading: string, ...blocks: string[]): string {
  return [`## ${heading}`, ...blocks].join('\n\n')
}

/** A table, each column as wide as its widest cell. The last column is not padded. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = [head, ...rows].map(row => row.map(cell => cell.replaceAll('|', String.raw`\|`)))
  const widths = head.map((_, column) => Math.max(...escaped.map(row => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, n) => (n < row.length - 1 ? cell.padEnd(widths[n] ?? 0) : cell)).join(' | ')} |`
  const [first = [], ...others] = escaped
  const rule = head.map((_, n) => '-'.repeat(n < head.length - 1 ? Math.max(3, widths[n] ?? 3) : 3))
  return [line(first), line(rule), ...others.map(line)].join('\n')
}

/** A word as code. */
export function code(word: string): string {
  return `\`${word}\``
}
