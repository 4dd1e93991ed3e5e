// The one grammar for durations as people type them, in a command, a form or a terminal: `30m`, `1h 30m`, `15 min,`,
// `for 2 Hours`, before the reason or after it, and directly next to them a start such as `at 22:00`. It never guesses:
// what may be another time is asked back. `22:00-02:00 until Friday` is the same time of several days. Pure.
import { oneLine } from '../text.ts'
import { atTail, timeIn } from './typed-at-end.ts'
import { mostWords, readAt } from './typed-parts.ts'
import { mostStartWords, readStart, startForms, type AnyStart } from './typed-start.ts'
import { readWindow, type TypedWindow } from './typed-window.ts'
import type { Asked, Unclear } from './typed-wish.ts'
import { bare, wordsOf } from './typed-words.ts'

/** Seconds of a text that is only a duration; undefined when it is not one. */
export function readDuration(text: string): number | undefined {
  const words = wordsOf(text)
  const read = readAt(words, 0)
  return read && read.end === words.length ? read.seconds : undefined
}

/**
 * Reads `[duration] [start] reason…` or `reason… [duration] [start]`, and the start first. A bare number belongs to the
 * reason, like a time of day that is not next to a duration. If no duration is understood but something in the text
 * may be one, the text is unclear: no default is taken.
 */
export function readAsked(text: string): Asked {
  const words = wordsOf(unwrapped(oneLine(text)))
  return windowFirst(words) ?? startFirst(words) ?? readRest(words)
}

/** A text that is only a start, with or without the word at. */
export function readStartAlone(text: string): { start: AnyStart } | Unclear {
  const words = wordsOf(text)
  const read = readStart(words.some(word => bare(word) === 'at') ? words : ['at', ...words], 0)
  if (read && 'unclear' in read) return { unclear: words.join(' '), remedy: read.remedy }
  const isWhole = read && read.end === words.length + (words.some(word => bare(word) === 'at') ? 0 : 1)
  return isWhole ? { start: read.start } : { unclear: words.join(' '), remedy: startForms }
}

/** A text that is only a window; undefined when it does not begin with one. */
export function readWindowAlone(text: string): { window: TypedWindow } | Unclear | undefined {
  const words = wordsOf(text)
  const read = readWindow(words)
  if (!read || 'unclear' in read) return read
  return read.end === words.length ? { window: read.window } : { unclear: words.join(' ') }
}

function windowFirst(words: string[]): Asked | undefined {
  const read = readWindow(words)
  if (!read || 'unclear' in read) return read
  return { seconds: undefined, reason: withoutMark(words.slice(read.end)).join(' '), window: read.window }
}

function readRest(words: string[]): Asked {
  return atHead(words) ?? startLast(words) ?? atTail(words) ?? neither(words)
}

function startFirst(words: string[]): Asked | undefined {
  const read = readStart(words, 0)
  if (!read || 'unclear' in read) return read
  const asked = readRest(withoutMark(words.slice(read.end)))
  if ('unclear' in asked) return asked
  return asked.start
    ? { unclear: words.join(' '), remedy: `Write one start. ${startForms}` }
    : { ...asked, start: read.start }
}

// `INC-1 replay, 2h at 22:00`: without a duration directly before it, the time of day belongs to the reason.
function startLast(words: string[]): Asked | undefined {
  for (let at = Math.max(1, words.length - mostStartWords); at < words.length; at++) {
    const read = readStart(words, at)
    const asked = read && atTail(words.slice(0, at))
    if (!asked || 'unclear' in asked) continue
    if ('unclear' in read) return read
    if (read.end === words.length) return { ...asked, start: read.start }
  }
  return undefined
}

function neither(words: string[]): Asked {
  const reason = words.join(' ')
  const unclear = timeIn(reason)
  return unclear === undefined ? { seconds: undefined, reason } : { unclear }
}

function atHead(words: string[]): Asked | undefined {
  const read = readAt(words, 0)
  if (!read) return undefined
  if (read.seconds === undefined) return { unclear: words.slice(0, read.end).join(' ') }
  const start = readStart(words, read.end)
  if (start && 'unclear' in start) return start
  if (start) return startingAt(start, { words, seconds: read.seconds })
  const following = words.slice(read.end)
  if (goesOn(words[read.end - 1] ?? '', following.slice(0, mostWords + 1)))
    return { unclear: words.slice(0, read.end + 2).join(' ') }
  return { seconds: read.seconds, reason: withoutMark(following).join(' ') }
}

type Head = { words: string[]; seconds: number }

function startingAt({ start, end }: { start: AnyStart; end: number }, { words, seconds }: Head): Asked {
  const another = readAt(words, end)
  if (another) return { unclear: words.slice(0, another.end).join(' '), remedy: `Write one time. ${startForms}` }
  return { seconds, reason: withoutMark(words.slice(end)).join(' '), start }
}

/** Without the mark between a time and the reason. */
function withoutMark(words: string[]): string[] {
  return /^[-\u2013\u2014:;,.]$/.test(words[0] ?? '') ? words.slice(1) : words
}

/** Words after a time that make it another one: `30m or 1h`, `2h until 5pm`. */
const towardsAnother = new Set(['to', 'or', 'and', 'until', 'till', 'til', 'plus', 'maybe', '+', '/', '&'])
/** Words after a time that make it no wish: `30m ago the job failed`. */
const ofSomething = new Set(['ago', 'later', 'earlier', 'of', 'old', 'behind', 'lag', 'delay'])

/** Whether the words after a duration change its meaning. */
function goesOn(last: string, [first = '', ...rest]: string[]): boolean {
  const [word, next] = [bare(first), rest.join(' ')]
  if (ofSomething.has(word)) return true
  if (towardsAnother.has(word)) return /^\W?\d/.test(next) || timeIn(`${word} ${next}`) !== undefined
  // `1h 30` may be an hour and a half; `1h 500 errors` is not.
  if (/^[1-5]?\d$/.test(word) && /(?:h|hrs?|hours?)$/.test(bare(last))) return true
  const upcoming = [first.replace(/^[-\u2013\u2014]/, ''), ...rest].filter(Boolean)
  return readAt(upcoming, 0) !== undefined
}

const doubleMarks = '"\u201C-\u201F\u00AB\u00BB'
const quotedWhole = new RegExp(`^[${doubleMarks}'\u2018-\u201B]([^${doubleMarks}]*)[${doubleMarks}'\u2018-\u201B]$`)

/** Without the quotation marks around the whole text. */
function unwrapped(line: string): string {
  return quotedWhole.exec(line)?.[1]?.trim() ?? line
}
