// Patterns whose compiled programs grow with a number, each of a kind that keeps RE2's machine busy, and the reasons that keep
// it busiest: of the length that may be stored, and matched by none of them.
import { maxReasonLength } from '../../src/domain/asking/asking.ts'

/** By what makes them slow: the pattern for a number. */
export const nastyPatterns: Record<string, (n: number) => string> = {
  'optional, then as many': n => `(a?){${n}}a{${n}}[bc]$`,
  'the same between boundaries': n => `\\b(a?){${n}}a{${n}}\\b[bc]`,
  'optional classes': n => `([a-z]?){${n}}([a-z]){${n}}[0-9]$`,
  'letters of all alphabets': n => `(\\pL?){${n}}\\pL{${n}}[0-9]$`,
  'letters in either case': n => `(?i)(k?){${n}}[kſ]{${n}}[0-9]$`,
  'nested repetitions': n => `((a{0,${n}}){0,10}[bc]?)*[xy]$`,
  'loops around what may be empty': n => `((a?|b?|c?)*){${n}}[xy]$`,
  'a choice that is remembered': n => `(a|b)*a(a|b){${n}}[xy]$`,
  'a choice of words': n => `\\b(\\w)*[a-m]\\w{${n}}\\b[xy]$`,
  'a beginning anywhere': n => `(.{0,${n}}[a-m].{${n}})*[xy]$`,
  'words between boundaries': n => `(\\b[a-z]{0,${n}}\\b ?)*[xy]$`,
  'words in either case': n => `((?i:[a-zé]){0,${n}} ?)*[0-9]$`,
}

/** The largest of a kind that `isAccepted`, up to RE2's own limit of repetitions. */
export function largest(kind: (n: number) => string, isAccepted: (pattern: string) => boolean): string {
  let [least, most] = [1, 1000]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (isAccepted(kind(middle))) least = middle
    else most = middle - 1
  }
  return kind(least)
}

/** Letters of an alphabet in an order that looks like none, and is always the same. */
function mixed(alphabet: string): string {
  const letters = Array.from(alphabet)
  let state = 1
  let text = ''
  while (text.length < maxReasonLength) {
    state = (state * 1103515245 + 12345) % 2147483648
    text += letters[Math.floor(state / 65536) % letters.length] ?? ''
  }
  return text.slice(0, maxReasonLength).toWellFormed()
}

export const nastyReasons = ['a', 'ab', 'abcdefghijklmnopqrstuvwxyz ', 'ab é', 'kKſK', 'aß😀b', 'é'].map(mixed)
