// A duration at the end of a typed reason: `INC-1 replay, 30m`. It may belong to the reason, or tell how long something has
// lasted; then it is asked back. Pure.
import { maxReasonLength } from './asking.ts'
import { timeLike } from './time-like.ts'
import { mostWords, type Read, readAt } from './typed-parts.ts'
import { mostStartWords, readStart } from './typed-start.ts'
import type { Asked, Wish } from './typed-wish.ts'
import { bare, longestWord } from './typed-words.ts'

/** What may be a time in a reason. A reason that is too long is refused for its length. */
export function timeIn(reason: string): string | undefined {
  return reason.length > maxReasonLength ? undefined : timeLike(reason)
}

/** The reason and the duration after it; undefined when the text ends with something else. */
export function atTail(words: string[]): Asked | undefined {
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
  const isApart = endsApart.test(before.at(-1) ?? '') || /^[([{]/.test(words[at] ?? '')
  const start = isApart ? undefined : startAtEnd(before)
  if (start !== undefined) return { unclear: words.slice(start).join(' '), remedy: startBeforeEnd }
  if (leadsElsewhere(before, isFor)) return { unclear }
  const wish: Wish = { seconds, reason: withoutTrail(before).join(' '), isAtEnd: true }
  const whole = words.join(' ')
  if (tellsAge(before, isFor, isApart)) return { unclear, either: { seconds, reason: wish.reason, whole } }
  // Without a mark between them, `for 2 hours` may still belong to a reason of several words: the approver reads it all.
  return isFor && !isApart && before.length > 1 ? { ...wish, reason: whole } : wish
}

/** Where a start begins that these words end with. */
function startAtEnd(words: string[]): number | undefined {
  for (let at = Math.max(0, words.length - mostStartWords); at < words.length; at++) {
    const read = readStart(words, at)
    if (read && 'end' in read && read.end === words.length) return at
  }
  return undefined
}

const startBeforeEnd =
  'To begin then, write the start directly after the time: "2h at 22:00 …". If it belongs to the reason, write the time first: "2h …".'

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

/** Without the comma, dash or bracket between the reason and the duration. */
function withoutTrail(words: string[]): string[] {
  const last = words.at(-1) ?? ''
  const kept = last.length > longestWord ? last : last.replace(/[,;:(\u2013\u2014-]+$/, '')
  return [...words.slice(0, -1), kept].filter(Boolean)
}
