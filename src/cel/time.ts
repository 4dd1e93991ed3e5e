// Instants, durations, days and time zones as IAM writes them in quotes
// (https://cloud.google.com/iam/docs/conditions-attribute-reference#date-time). Nothing here reads the zone of the process.
import { isZone, isPlace } from './zones.ts'

/**
 * The value of a quoted text, or a clause that says why the text is invalid. `mayHold`: Google may accept it, but does
 * not document it.
 */
export type Read<T> = { value: T } | { because: string; mayHold?: true }

/** Nanoseconds since 1970, with the limits of CEL: the years 1 to 9999. */
const second = 1_000_000_000n
const earliest = -62_135_596_800n * second
const latest = 253_402_300_800n * second - 1n
/** A duration has 64 bits of nanoseconds. */
const longest = 9_223_372_036n

/** An instant by RFC 3339, in nanoseconds since 1970. */
export function readTimestamp(text: string): Read<bigint> {
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:Z|([+-])(\d\d):(\d\d))$/.exec(text)
  if (!parts)
    return /^\d{4}-\d\d-\d\d \d\d:/.test(text)
      ? { because: 'has a blank where RFC 3339 has "T": write it as "2026-01-31T09:00:00Z"' }
      : { because: 'is not a time by RFC 3339: write it as "2026-01-31T09:00:00Z"', ...lenient(text) }
  const [, day = '', hour = '', minute = '', seconds = '', fraction = '', sign, ahead = '0', aheadMinutes = '0'] = parts
  const start = readDay(day)
  if ('because' in start) return start
  if (Number(hour) > 23)
    return { because: `has the hour ${hour}, and hours go from 00 to 23: write 00 of the next day` }
  if (Number(minute) > 59 || Number(seconds) > 59)
    return { because: 'has minutes or seconds above 59: write a time that a clock shows', ...leap(seconds) }
  if (Number(ahead) > 23 || Number(aheadMinutes) > 59)
    return { because: 'has an offset from UTC that does not exist: write the time in UTC, with Z' }
  const offset = (sign === '-' ? -1 : 1) * (Number(ahead) * 3600 + Number(aheadMinutes) * 60)
  const whole = BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(seconds) - offset)
  return inRange(start.value + whole * second + BigInt(fraction.slice(0, 9).padEnd(9, '0')))
}

// CEL for C++ accepts small letters, single digits, blanks around a time, and leap seconds; CEL for Go refuses all of
// these.
function lenient(text: string): { mayHold?: true } {
  return /^\s*\d{4}-\d\d?-\d\d?[Tt]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\s*$/.test(text)
    ? { mayHold: true }
    : {}
}

function leap(seconds: string): { mayHold?: true } {
  return seconds === '60' ? { mayHold: true } : {}
}

/** The first instant of a day in UTC, in nanoseconds since 1970. */
export function readDay(text: string): Read<bigint> {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number)
  if (year === undefined || month === undefined || day === undefined)
    return { because: 'is not a date: write it as "2026-01-31"' }
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day)
    return { because: `has the date ${text}, which does not exist: write a day of the calendar` }
  return inRange(BigInt(date.getTime()) * 1_000_000n)
}

/** A duration in seconds ("1800s"), in nanoseconds. */
export function readDuration(text: string): Read<bigint> {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d{1,9}))?s$/.exec(text) ?? []
  if (whole === undefined)
    return {
      because: 'is not a number of seconds followed by "s", the only form that IAM documents: write it as "1800s"',
      ...(/^[+-]?(?:\d*\.?\d*(?:h|m|s|ms|us|ns))+$/.test(text) && { mayHold: true }),
    }
  if (BigInt(whole) > longest)
    return { because: 'is longer than CEL for Go can hold: write a shorter duration', mayHold: true }
  return { value: BigInt(whole) * second + BigInt(fraction.padEnd(9, '0')) }
}

/** The sum, unless it leaves the years 1 to 9999. */
export function sumOf(instant: bigint, nanoseconds: bigint): bigint | undefined {
  const sum = inRange(instant + nanoseconds)
  return 'value' in sum ? sum.value : undefined
}

/** A place in the time zone database, or a fixed offset from UTC in minutes. */
export type Zone = string | number

/** A time zone: a name of the IANA database with exactly its letters, or an offset such as "+01:00". */
export function readZone(text: string): Read<Zone> {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(text) ?? []
  if (sign !== undefined)
    return Number(hours) > 14 || Number(minutes) > 59
      ? { because: 'is an offset from UTC that no clock has: offsets go to 14:00', mayHold: true }
      : { value: (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) }
  if (isZone(text)) return { value: text }
  const isTaken = text === '' || text === 'Local' || /^\d\d?:\d\d$/.test(text)
  return { because: `is not a time zone of the IANA database${hintOf(text)}`, ...(isTaken && { mayHold: true }) }
}

/** Whether the zone is named by a place or is UTC: "EST" has no summer time, which its readers do not expect. */
export function isPlain(zone: Zone): boolean {
  return typeof zone === 'number' || isPlace(zone)
}

function hintOf(text: string): string {
  if (/^\d\d?:\d\d$/.test(text)) return `: an offset has a sign, as in "+${text.padStart(5, '0')}"`
  if (/^utc$/i.test(text) || text === '') return ': leave it out for UTC'
  const named = text
    .split('/')
    .map(part => part.charAt(0).toUpperCase() + part.slice(1).toLowerCase())
    .join('/')
  if (isZone(named)) return `: write "${named}", for letters count`
  return ': write a place such as "Europe/Berlin", or an offset such as "+01:00"'
}

/** The local time of a zone at an instant, as a date whose UTC fields hold that local time. */
export function wallClock(nanoseconds: bigint, zone: Zone): Date {
  const at = new Date(Number((nanoseconds - modulo(nanoseconds, 1_000_000n)) / 1_000_000n))
  if (typeof zone === 'number') return new Date(at.getTime() + zone * 60_000)
  if (zone === 'UTC') return at
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const wall = new Date(0)
  wall.setUTCFullYear(parts['year'] ?? 0, (parts['month'] ?? 1) - 1, parts['day'] ?? 1)
  wall.setUTCHours(parts['hour'] ?? 0, parts['minute'] ?? 0, parts['second'] ?? 0, at.getUTCMilliseconds())
  return wall
}

const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const [numeric, hourCycle] = ['numeric', 'h23'] as const
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle,
    year: numeric,
    month: numeric,
    day: numeric,
    hour: numeric,
    minute: numeric,
    second: numeric,
  })
  formats.set(timeZone, made)
  return made
}

function inRange(value: bigint): Read<bigint> {
  return value >= earliest && value <= latest
    ? { value }
    : { because: 'lies outside the years 1 to 9999: write a date inside them' }
}

function modulo(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b
}
