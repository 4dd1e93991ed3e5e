// A duration among typed words: `30m`, `1 hour and 30 minutes`, `for 15m`. Pure.
import { parseDuration } from './duration.ts'
import { bare } from './typed-words.ts'

/** The most words of a duration: `for 1 hour and 30 minutes`. */
export const mostWords = 6

/** A duration in the words from `at`; without seconds when its parts do not make one, as in `30m 1h`. */
export type Read = { seconds: number | undefined; end: number; isFor: boolean }

/** Reads the duration that begins at this word. */
export function readAt(words: string[], at: number): Read | undefined {
  const isFor = bare(words[at] ?? '') === 'for'
  const parts: Part[] = []
  let end = isFor ? at + 1 : at
  for (let part = partAt(words, end); part; part = partAt(words, end, parts)) {
    parts.push(part)
    end += part.words
  }
  return parts.length === 0 ? undefined : { seconds: secondsOf(parts), end, isFor }
}

/** A number with its unit, as `parseDuration` has it, and how many words it takes. */
type Part = { text: string; words: number }

const unit = 'h(?:rs?|ours?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?'
const glued = new RegExp(`^\\d+(?:${unit})(?:\\d+[a-z]+)*$`)
const unitWord = new RegExp(`^(?:${unit})$`)

function partAt(words: string[], at: number, before: Part[] = []): Part | undefined {
  const [first, second] = [bare(words[at] ?? ''), bare(words[at + 1] ?? '')]
  if (first === 'and' && before.length > 0) {
    const next = partAt(words, at + 1)
    return next && { ...next, words: next.words + 1 }
  }
  if (glued.test(first)) return { text: canonical(first), words: 1 }
  return /^\d+$/.test(first) && unitWord.test(second) ? { text: canonical(first + second), words: 2 } : undefined
}

/** `2hours` → `2h`. */
function canonical(text: string): string {
  return text.replace(/([hms])[a-z]*/g, '$1')
}

// Seconds count only in the same word as the rest: `30m 2 seconds of lag` is no wish for 1802 seconds.
function secondsOf(parts: Part[]): number | undefined {
  const isApart = parts.length > 1 && parts.some(({ text }) => text.endsWith('s'))
  return isApart ? undefined : parseDuration(parts.map(({ text }) => text).join(''))
}
