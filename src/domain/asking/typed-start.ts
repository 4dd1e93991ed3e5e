// The grammar for the start of access as people type it: `at 22:00`, `at 10pm tomorrow`, `on Friday at 22:00 UTC`. The
// word `at` makes it a start. What may be another time is asked back. It knows neither the time nor the zone. Pure.
import type { TimeOfDay } from '../hours/local-time.ts'
import { dayless, readClock } from './typed-clock.ts'
import { bare, unmarked } from './typed-words.ts'
import { readZoneWord } from './typed-zone.ts'

/** A day as typed: `date` is `2026-11-24`, `weekday` counts from Sunday, 0. */
export type Day = 'today' | 'tonight' | 'tomorrow' | { weekday: number } | { date: string }

/** When access should begin, as typed. Without a day it is the next such time, without a zone the person's. */
export type TypedStart = { clock: TimeOfDay; day?: Day; zone?: string }

/** A time, or the next opening of what is asked for, if it has hours. */
export type AnyStart = TypedStart | 'opening'

/** A start and where the words after it begin, or the part to be asked back, and what to write instead. */
export type StartRead = { start: AnyStart; end: number } | UnclearStart
export type UnclearStart = { unclear: string; remedy: string }

/** How to write a start. */
export const startForms = 'Write it as "at 22:00", "at 22:00 tomorrow" or "at Friday 22:00".'

/** A time of day or a day in a reason. */
const timeOfDay =
  /(?<![\p{L}\p{N}:.])(?:\d{1,2}:\d{2}(?![\p{L}\p{N}:])|(?:\d{1,2} ?[ap]\.?m|tomorrow|tonight|noon|midnight)(?![\p{L}\p{N}]))/iu

/** Whether a reason names a time of day, so that its writer may have meant a start. */
export function mentionsTime(reason: string): boolean {
  return timeOfDay.test(reason)
}

/** The most words of a start: `on Friday at 10:30 p.m. Europe/Berlin`. */
export const mostStartWords = 6

/** Reads a start in the words from `at`; undefined when nothing there is meant as one. */
export function readStart(words: readonly string[], at: number): StartRead | undefined {
  const before = dayAt(words, at)
  const head = before ? before.end : at
  if (bare(words[head] ?? '') !== 'at') return undefined
  const opening = before ? undefined : openingAt(words, head + 1)
  if (opening !== undefined) return { start: 'opening', end: opening }
  const inner = dayAt(words, head + 1)
  const clockAt = inner ? inner.end : head + 1
  const read = readClock(words, clockAt)
  if (!read) return inner ? unclear(words, [at, clockAt], `Say the time of day too. ${startForms}`) : undefined
  if ('remedy' in read) return unclear(words, [at, read.end], read.remedy)
  return afterClock(words, { at, days: [before, inner].filter(day => day !== undefined), ...read })
}

/** The end of `opening`, `the opening` or `next opening` in the words from `at`. */
function openingAt(words: readonly string[], at: number): number | undefined {
  const found = words.slice(at, at + 3).findIndex(word => bare(word) === 'opening')
  const isPlain = words.slice(at, at + found).every(word => ['the', 'next', 'its'].includes(bare(word)))
  return found >= 0 && isPlain ? at + found + 1 : undefined
}

export type DayRead = { day: Day; end: number } | { remedy: string; end: number }
type Half = { at: number; days: DayRead[]; clock: TimeOfDay; end: number; zone?: string; date?: string }

// The day and the zone can follow in either order.
function afterClock(words: readonly string[], half: Half): StartRead {
  let { end, zone } = half
  const days = [...half.days]
  if (half.date) days.push({ day: { date: half.date }, end })
  while (days.length < 2) {
    const day = dayAt(words, end)
    const place = day ? undefined : readZoneWord(words[end] ?? '')
    if (!day && !place) break
    end = day?.end ?? end + 1
    if (day) days.push(day)
    else if (place && 'remedy' in place) return unclear(words, [half.at, end], place.remedy)
    else if (place && zone) return unclear(words, [half.at, end], 'Write one zone.')
    else zone = place?.zone
  }
  const wrong = days.find(day => 'remedy' in day)
  if (wrong && 'remedy' in wrong) return unclear(words, [half.at, Math.max(end, wrong.end)], wrong.remedy)
  if (days.length > 1) return unclear(words, [half.at, end], `Write one day. ${startForms}`)
  if (goesOn(words, end)) return unclear(words, [half.at, end + 2], `Write one start. ${startForms}`)
  const [only] = days
  return {
    start: { clock: half.clock, ...(only && 'day' in only && { day: only.day }), ...(zone && { zone }) },
    end,
  }
}

function unclear(words: readonly string[], [from, to]: [number, number], remedy: string): UnclearStart {
  return { unclear: words.slice(from, to).join(' '), remedy }
}

const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const shortDay = /^(?:sun|mon|tues?|wed|thu(?:rs?)?|fri|sat)$/

/** Reads the day that begins at this word. */
export function dayAt(words: readonly string[], at: number): DayRead | undefined {
  const isOn = bare(words[at] ?? '') === 'on'
  const first = isOn ? at + 1 : at
  const word = bare(words[first] ?? '')
  const end = first + 1
  if (word === 'today' || word === 'tonight' || word === 'tomorrow') return { day: word, end }
  if (word === 'next' && weekdayOf(bare(words[end] ?? '')) !== undefined)
    return { remedy: 'The next one may be in this week or in the next: write a date such as 2026-11-27.', end: end + 1 }
  const weekday = weekdayOf(word)
  if (weekday !== undefined) return { day: { weekday }, end }
  if (/^\d{4}-\d\d-\d\d$/.test(word)) return { day: { date: word }, end }
  return /^\d{1,2}\/\d{1,2}(?:\/\d{2,4})?$/.test(word)
    ? { remedy: 'Countries read such dates differently: write 2026-11-27.', end }
    : undefined
}

function weekdayOf(word: string): number | undefined {
  const found = shortDay.test(word)
    ? weekdays.findIndex(day => day.startsWith(word.slice(0, 3)))
    : weekdays.indexOf(word)
  return found < 0 ? undefined : found
}

const towardsAnother = new Set([
  'to',
  'or',
  'and',
  'until',
  'till',
  'til',
  'plus',
  'maybe',
  '-',
  '\u2013',
  '\u2014',
  '/',
])

/** Whether the words after a start make it another one: `at 22:00 or 23:00`, `at 22:00 until Friday`. */
function goesOn(words: readonly string[], end: number): boolean {
  const word = unmarked(words[end] ?? '').toLowerCase()
  const another = (at: number): boolean =>
    readClock(words, at) !== undefined || dayAt(words, at) !== undefined || dayless.test(bare(words[at] ?? ''))
  if (word === 'at') return another(end + 1)
  return (towardsAnother.has(word) || towardsAnother.has(words[end] ?? '')) && another(end + 1)
}
