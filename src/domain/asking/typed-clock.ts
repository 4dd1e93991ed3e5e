// The time of day in a typed start: `22:00`, `10pm`, `10:30 p.m.`, `22.00`, `noon`. Pure.
import type { TimeOfDay } from '../hours/local-time.ts'
import { bare } from './typed-words.ts'

/** A time of day and what is joined to it, or what to write instead; `end` is where the words after it begin. */
export type ClockRead = { clock: TimeOfDay; end: number; zone?: 'UTC'; date?: string } | { remedy: string; end: number }

/** Words that name a time without a clock. */
export const dayless = /^(?:noon|midday|midnight|evening|morning|lunch|eod|weekend)$/

const numbers = /^(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)$/

/** Reads the time of day that begins at this word; undefined for another word. */
export function readClock(words: readonly string[], at: number): ClockRead | undefined {
  const [word, next] = [bare(words[at] ?? ''), bare(words[at + 1] ?? '')]
  const end = at + 1
  if (word === 'noon' || word === 'midday') return { clock: { hour: 12, minute: 0 }, end }
  if (word === 'midnight')
    return { remedy: 'Midnight may be the beginning or the end of a day: write 00:00 and the day.', end }
  if (numbers.test(word)) return { remedy: 'Write the time of day in digits, such as 22:00.', end }
  const half = /^(am|pm|a\.m|p\.m)$/.exec(next)?.[1]?.[0]
  if (half && /^\d{1,2}(?:[:.]\d\d)?$/.test(word)) return inHalf(word, half, at + 2)
  const joined = /^(\d{1,2}(?:[:.]\d\d)?)([ap])\.?m$/.exec(word)
  if (joined) return inHalf(joined[1] ?? '', joined[2] ?? '', end)
  return inDigits(word, end)
}

function inDigits(word: string, end: number): ClockRead | undefined {
  const iso = /^(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(?::00)?(z?)$/.exec(word)
  const [, date, time = word, zulu] = iso ?? []
  const colon = /^(\d{1,2}):(\d\d)(z|utc)?$/.exec(time)
  if (colon) {
    const clock = clockOf(colon[1], colon[2])
    const zone = (zulu || colon[3]) && { zone: 'UTC' as const }
    return clock ? { clock, end, ...zone, ...(date && { date }) } : { remedy: noSuchTime, end }
  }
  const dotted = /^(\d\d)\.(\d\d)$/.exec(word)
  if (dotted) {
    const clock = clockOf(dotted[1], dotted[2])
    return clock && { clock, end }
  }
  return mayBeTime(word) ? { remedy: `Write hours and minutes, ${shown(word)}.`, end } : undefined
}

const noSuchTime = 'There is no such time of day: hours go from 00 to 23, minutes from 00 to 59.'

/** `8`, `22h`, `22h30`, `8.30`, `2200`, `22:00:30`, `22:00-23:00`: nothing else than a time may be meant, but which? */
function mayBeTime(word: string): boolean {
  if (/^\d{1,2}(?:h(?:\d\d)?|\.\d\d)?$/.test(word)) return Number.parseInt(word, 10) <= 24
  if (/^(?:[01]\d|2[0-3])[0-5]\d(?:h|hrs|z)?$/.test(word)) return true
  return (
    /^\d{1,2}(?::\d{1,2}){1,2}(?:[+-]\S*)?$/.test(word) ||
    /^\d{1,2}(?:[:.]\d\d)?[-\u2013\u2014]\d{1,2}(?:[:.]\d\d)?$/.test(word)
  )
}

function shown(word: string): string {
  const hour = /^(\d{1,2})h?$/.exec(word)?.[1]
  if (!hour) return 'such as 22:00'
  const [n, in24] = [Number(hour), hour.padStart(2, '0')]
  return n >= 1 && n < 12 ? `${in24}:00 or ${n + 12}:00` : `such as ${n < 24 ? in24 : '00'}:00`
}

function inHalf(text: string, half: string, end: number): ClockRead {
  const [hour = '', minute = '00'] = text.split(/[:.]/)
  if (Number(hour) === 12) return { remedy: 'Write noon as 12:00, and midnight as 00:00 with the day.', end }
  if (Number(hour) > 12 || Number(hour) < 1)
    return { remedy: `Write ${hour.padStart(2, '0')}:${minute} without am or pm.`, end }
  const clock = clockOf(String(Number(hour) + (half === 'p' ? 12 : 0)), minute)
  return clock ? { clock, end } : { remedy: noSuchTime, end }
}

function clockOf(hour = '', minute = ''): TimeOfDay | undefined {
  const clock = { hour: Number(hour), minute: Number(minute) }
  return clock.hour < 24 && clock.minute < 60 ? clock : undefined
}
