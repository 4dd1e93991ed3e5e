// Hours that come again each week in one time zone, such as Monday to Friday 22:00 to 06:00. A mapping's hours and a
// request's recurring window are both such a value.

/** The days of a week as IAM counts them: Sunday is 0. */
export const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const
export type Day = (typeof days)[number]

/**
 * A time of each of these days, by the wall clock: from `from`, until just before `to`. If `to` is not later than
 * `from`, it is on the next day. `days` are the days on which it begins; every day when they are left out.
 */
export type Span = { days?: Day[]; from: string; to: string }

/** Spans in one time zone, of which each is enough. */
export type Hours = { zone: string; spans: Span[] }

/** Minutes of a day. */
export const dayMinutes = 1440

/** A span in numbers. `to` is more than `from` unless it is on the next day. */
export type Minutes = { days: readonly number[]; from: number; to: number }

/** The minute of a day; undefined unless the text is from "00:00" to "24:00". */
export function minuteOf(text: string): number | undefined {
  const [, hour, minute] = (/^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? []).map(Number)
  if (hour === undefined || minute === undefined) return text === '24:00' ? dayMinutes : undefined
  return hour * 60 + minute
}

/** The span in numbers. An invalid time is on no day, so that it opens nothing. */
export function minutesOf({ days: named, from, to }: Span): Minutes {
  const [start, end] = [minuteOf(from), minuteOf(to)]
  if (start === undefined || end === undefined || start === end) return { days: [], from: 0, to: dayMinutes }
  const numbers = days.flatMap((day, n) => (named === undefined || named.includes(day) ? [n] : []))
  return { days: numbers, from: start, to: end === 0 ? dayMinutes : end }
}

/** The days after these. */
export function dayAfter(numbers: readonly number[]): number[] {
  return numbers.map(day => (day + 1) % days.length).toSorted((a, b) => a - b)
}

/** Whether a span is open at this minute of this day. */
export function covers({ days: begins, from, to }: Minutes, day: number, minute: number): boolean {
  if (from < to) return begins.includes(day) && minute >= from && minute < to
  return (begins.includes(day) && minute >= from) || (dayAfter(begins).includes(day) && minute < to)
}
