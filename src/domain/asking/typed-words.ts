// A typed text as words, and a word without the marks around it. Pure.
import { oneLine } from '../text.ts'

/** The words of a text, with the marks that stand at them. */
export function wordsOf(text: string): string[] {
  return oneLine(text).split(' ').filter(Boolean)
}

/** A longer word is no part of a time, and the search for marks at its end would be quadratic. */
export const longestWord = 40

/** A word without the marks around it: `“15M”,` → `15M`. */
export function unmarked(word: string): string {
  if (word.length > longestWord) return ''
  return word.replace(/^["'`*_([{\u2018-\u201F\u00AB]+/, '').replace(/["'`*_)\]}\u2018-\u201F\u00BB,;:.!?]+$/, '')
}

/** The same in small letters. */
export function bare(word: string): string {
  return unmarked(word).toLowerCase()
}
