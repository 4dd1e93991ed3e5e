// The one grammar for durations as people type them, in a command, a form or a terminal: `30m`, `1h 30m`, `15 min,`,
// `for 2 Hours`, before the reason or after it. It never guesses: what may be another time is asked back. Pure.
import { maxReasonLength } from './asking.ts'
import { parseDuration } from './duration.ts'
import { oneLine } from '../text.ts'
import { timeLike } from './time-like.ts'

/** How long (undefined: nothing was said), and why. `isAtEnd`: how long was said at the end of the reason. */
export type Wish = { seconds: number | undefined; reason: string; isAtEnd?: true }
/**
 * Or the part that may be a time, to be asked back. `either`: it may be how long the person needs after this reason, or
 * belong to it.
 */
export type Unclear = { unclear: string; either?: { seconds: number; reason: string; whole: string } }
/** What was typed. */
export type Asked = Wish | Unclear

/** Seconds of a text that is only a duration; undefined when it is not one. */
export function readDuration(text: string): number | undefined {
  const words = wordsOf(text)
  const read = readAt(words, 0)
  return read && read.end === words.length ? read.seconds : undefined
}

/**
 * Reads `[duration] reason…` or `reason… [duration]`. A bare number belongs to the reason. If no duration is understood
 * but something in the text may be one, the text is unclear: no default is taken.
 */
export function readAsked(text: string): Asked {
  const words = wordsOf(unwrapped(oneLine(text)))
  return atHead(words) ?? atTail(words) ?? neither(words)
}

function neither(words: string[]): Asked {
  const reason = words.join(' ')
  const unclear = timeIn(reason)
  return unclear === undefined ? { seconds: undefined, reason } : { unclear }
}

/** What may be a time in a reason. A reason that is too long is refused for its length. */
function timeIn(reason: string): string | undefined {
  return reason.length > maxReasonLength ? undefined : timeLike(reason)
}

function atHead(words: string[]): Asked | undefined {
  const read = readAt(words, 0)
  if (!read) return undefined
  if (read.seconds === undefined) return { unclear: words.slice(0, read.end).join(' ') }
  const [first = '', ...others] = words.slice(read.end)
  if (goesOn(words[read.end - 1] ?? '', [first, ...others.slice(0, mostWords)]))
    return { unclear: words.slice(0, read.end + 2).join(' ') }
  const isMark = /^[-\u2013\u2014:;,.]$/.test(first)
  return { seconds: read.seconds, reason: [...(isMark ? [] : [first]), ...others].join(' ') }
}

/** The most words of a duration: `for 1 hour and 30 minutes`. */
const mostWords = 6

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

function atTail(words: string[]): Asked | undefined {
  const from = Math.max(1, words.length - mostWords)
  for (let at = from; at < words.length; at++) {
    const read = readAt(words, at)
    if (!read || read.end !== words.length) continue
    return read.seconds === undefined ? { unclear: words.slice(at).join(' ') } : endingWith(words, at, read)
  }
  return undefined
}

/** The reason before `at` and the time after it. */
function endingWith(words: string[], at: number, { seconds = 0, isFor }: Read): Asked {
  const before = words.slice(0, at)
  const unclear = words.slice(at - 1).join(' ')
  if (leadsElsewhere(before, isFor)) return { unclear }
  const wish: Wish = { seconds, reason: withoutTrail(before).join(' '), isAtEnd: true }
  const isApart = endsApart.test(before.at(-1) ?? '') || /^[([{]/.test(words[at] ?? '')
  const whole = words.join(' ')
  if (tellsAge(before, isFor, isApart)) return { unclear, either: { seconds, reason: wish.reason, whole } }
  // Without a mark between them, `for 2 hours` may still belong to a reason of several words: the approver reads it all.
  return isFor && !isApart && before.length > 1 ? { ...wish, reason: whole } : wish
}

/** A mark that separates the reason from a time after it. */
const endsApart = /[,;:.!?\u2013\u2014-]["'\u2018-\u201F)]?$/

/** Words before a time that make it another one or no wish: `every 15 minutes`, `15 to 30m`, `the lag is 2h`. */
const elsewhere = new Set(
  [
    'to or and until till between from / + & ~ < >',
    'every each per last past previous next first after before since within in at by of than least most over under',
    'about another extra more not timeout lag delay ttl',
    'is are was were be been has have had takes took lasts lasted ran runs',
  ].flatMap(words => words.split(' ')),
)
const dash = /^[-\u2013\u2014]$/

function leadsElsewhere(before: string[], isFor: boolean): boolean {
  if (timeIn(before.join(' ')) !== undefined) return true
  if (isFor) return false
  const [last = '', next = ''] = before.map(bare).reverse()
  return elsewhere.has(last) || /^\d+$/.test(dash.test(last) ? next : last)
}

/** `it has been down for 2 hours` tells of the past. */
const ofThePast = /(?<!\p{L})(?:been|was|were|is|are|has|have|had|since|not)(?!\p{L})/iu
/** Words at the end of a reason that say what state something is in: `pages slow 2 hours`. */
const states = new Set(
  [
    'slow slowly slower slowed down broken stuck dead gone lost missing late stale idle full empty high low red offline',
    'unavailable unreachable unresponsive degraded overloaded delayed blocked locked frozen hung crashed failed stopped',
    'failing fails fail hanging hangs crashing crashes flapping waiting pending growing rising falling retrying looping',
    'error errors outage outages incident downtime latency alert alerts alerting ongoing silent quiet out up on off',
  ].flatMap(words => words.split(' ')),
)
/** Words between a state and how long it has lasted. */
const already = new Set([
  'already',
  'now',
  'again',
  'constantly',
  'continuously',
  'almost',
  'nearly',
  'only',
  'so',
  'far',
])

/** Whether a time after these words may be how long something has lasted already. */
function tellsAge(before: string[], isFor: boolean, isApart: boolean): boolean {
  if (isFor && ofThePast.test(before.join(' '))) return true
  const last = before.findLastIndex(word => !already.has(bare(word)))
  return !isApart && states.has(bare(before[last] ?? ''))
}

/** A duration in the words from `at`; without seconds when its parts do not make one, as in `30m 1h`. */
type Read = { seconds: number | undefined; end: number; isFor: boolean }

function readAt(words: string[], at: number): Read | undefined {
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

function wordsOf(text: string): string[] {
  return oneLine(text).split(' ').filter(Boolean)
}

/** A longer word is no part of a duration, and the search for marks at its end would be quadratic. */
const longestWord = 40

/** A word without the marks around it, in small letters: `“15M”,` → `15m`. */
function bare(word: string): string {
  if (word.length > longestWord) return ''
  return word
    .toLowerCase()
    .replace(/^["'`*_([{\u2018-\u201F\u00AB]+/, '')
    .replace(/["'`*_)\]}\u2018-\u201F\u00BB,;:.!?]+$/, '')
}

/** Without the comma, dash or bracket between the reason and the duration. */
function withoutTrail(words: string[]): string[] {
  const last = words.at(-1) ?? ''
  const kept = last.length > longestWord ? last : last.replace(/[,;:(\u2013\u2014-]+$/, '')
  return [...words.slice(0, -1), kept].filter(Boolean)
}

const doubleMarks = '"\u201C-\u201F\u00AB\u00BB'
const quotedWhole = new RegExp(`^[${doubleMarks}'\u2018-\u201B]([^${doubleMarks}]*)[${doubleMarks}'\u2018-\u201B]$`)

/** Without the quotation marks around the whole text. */
function unwrapped(line: string): string {
  return quotedWhole.exec(line)?.[1]?.trim() ?? line
}
