// What can be wrong with a condition, and how a part of it is quoted.

/** Something wrong with a condition. */
export type Fault = {
  /**
   * `refused`: IAM does not accept the condition. `never`: IAM accepts it, but it cannot be evaluated, so it never
   * grants and nobody is told. `misleading`: it means something else than a reader expects, or cannot be read safely.
   */
  kind: 'refused' | 'never' | 'misleading'
  /** A clause about the condition that begins with "it", names the place and ends with what to do. */
  says: string
}

/** Thrown where a condition cannot be read any further. */
export class Unreadable extends Error {
  override name = 'Unreadable'
}

/** Part of a condition as messages quote it: on one line, with only visible characters. */
export function quote(text: string): string {
  const part = text.replace(/\s+/gu, ' ').replace(/[^\x20-\x7e]/gu, '?')
  return `"${part.length > longestQuote ? `${part.slice(0, longestQuote)}…` : part}"`
}

const longestQuote = 80
