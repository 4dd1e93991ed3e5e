// The grammar for a recurring window as people type it: `22:00-02:00 until Friday`, in front of the reason. What may be
// another time is asked back. Pure.
import type { TimeOfDay } from '../hours/local-time.ts'
import { readClock } from './typed-clock.ts'
import { type Day, dayAt, type UnclearStart } from './typed-start.ts'
import { bare } from './typed-words.ts'
import { readZoneWord } from './typed-zone.ts'

/** The same time of each day until a day, as typed. Without a zone it is the person's. */
export type TypedWindow = { from: TimeOfDay; to: TimeOfDay; until: Day; zone?: string }

/** How to write a window. */
const windowForms =
  'For the same time of each day write "22:00-02:00 until Friday", for one time "4h at 22:00". If it belongs to the reason, write how long you need before it, such as "30m".'

/** Reads the window that a text begins with; undefined when it begins with something else. */
export function readWindow(words: readonly string[]): { window: TypedWindow; end: number } | UnclearStart | undefined {
  const range = rangeAt(words, bare(words[0] ?? '') === 'from' ? 1 : 0)
  if (!range) return undefined
  const ask = (end: number, remedy = windowForms): UnclearStart => ({ unclear: words.slice(0, end).join(' '), remedy })
  if ('remedy' in range) return ask(range.end, `${range.remedy} ${windowForms}`)
  const before = zoneAt(words, afterEach(words, range.end))
  if ('remedy' in before) return ask(before.end, before.remedy)
  if (!untils.has(bare(words[before.end] ?? ''))) return ask(before.end)
  const day = dayAt(words, before.end + 1)
  if (!day) return ask(before.end + 2, `Write the last day: ${windowForms}`)
  if ('remedy' in day) return ask(day.end, day.remedy)
  const last = zoneAt(words, day.end)
  if ('remedy' in last) return ask(last.end, last.remedy)
  if (before.zone && last.zone) return ask(last.end, 'Write one zone.')
  if (day.day === 'tonight') return ask(last.end, `Write "today" or "tomorrow". ${windowForms}`)
  const zone = before.zone ?? last.zone
  return { window: { from: range.from, to: range.to, until: day.day, ...(zone && { zone }) }, end: last.end }
}

const untils = new Set(['until', 'till', 'til'])
const dashes = /[-\u2013\u2014]/

type Range = { from: TimeOfDay; to: TimeOfDay; end: number } | { remedy: string; end: number }

// `22:00-02:00`, `22:00 - 02:00`, `22:00 to 02:00`.
function rangeAt(words: readonly string[], at: number): Range | undefined {
  const glued = bare(words[at] ?? '').split(dashes)
  if (glued.length === 2) return rangeOf(glued, at + 1)
  const first = readClock(words, at)
  if (!first || 'remedy' in first) return undefined
  const word = words[first.end] ?? ''
  if (!/^[-\u2013\u2014]$/.test(word) && bare(word) !== 'to') return undefined
  const second = readClock(words, first.end + 1)
  return second && rangeBetween(first, second)
}

function rangeOf([from = '', to = '']: readonly string[], end: number): Range | undefined {
  const [first, second] = [readClock([from], 0), readClock([to], 0)]
  return first && second && rangeBetween({ ...first, end }, { ...second, end })
}

type Clock = NonNullable<ReturnType<typeof readClock>>

function rangeBetween(first: Clock, second: Clock): Range | undefined {
  const { end } = second
  // `15-30` and `10-12 pods` are no times of day.
  if ('remedy' in first) return undefined
  if ('remedy' in second) return { remedy: second.remedy, end }
  const [from, to] = [first.clock, second.clock]
  if (from.hour === to.hour && from.minute === to.minute) return { remedy: 'The two times are the same.', end }
  return { from, to, end }
}

/** After `each night`, `every day`, `daily`: it is said already by the range. */
function afterEach(words: readonly string[], at: number): number {
  const [first, second] = [bare(words[at] ?? ''), bare(words[at + 1] ?? '')]
  if (first === 'daily' || first === 'nightly') return at + 1
  return /^(?:each|every)$/.test(first) && /^(?:day|night|evening|morning)$/.test(second) ? at + 2 : at
}

function zoneAt(
  words: readonly string[],
  at: number,
): { zone?: string; end: number } | { remedy: string; end: number } {
  const read = readZoneWord(words[at] ?? '')
  return read ? { ...read, end: at + 1 } : { end: at }
}
