// Tables for a terminal: columns that are aligned, with cells that cannot move the cursor or look like another address.

import { printable } from '../domain/text.ts'

const gap = '   '

/** The lines of an answer: what others have written stays in its line, and can neither hide nor move anything. */
export function linesOf(lines: readonly string[]): string {
  return lines.map(line => `${printable(line).replace(/[\r\n]+/g, ' ')}\n`).join('')
}

/** The rows with their columns aligned; the first row is the heading. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map(row => row.map(ascii))
  const widths = (cells[0] ?? []).map((_, column) => longest(cells, column))
  return cells.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join(gap)
      .trimEnd(),
  )
}

// With a spread, many rows would not fit on the stack.
function longest(rows: readonly (readonly string[])[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0)
}

/**
 * A cell in which every other character is a question mark. Addresses, roles and names of requests are ASCII; others could
 * move the cursor of a terminal, look like another address, or take two columns.
 */
export function ascii(cell: string): string {
  return cell.toWellFormed().replace(/[^ -~]/gu, '?')
}

/** A number as people read it. */
export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** Such as `1 grant` or `2,000 grants`; `many` is the word for several. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}
