// Durations: parsed from `30m`, `2h`, `1h30m`, formatted in the same way, and in words.

const units = { h: 3600, m: 60, s: 1 } as const
const form = /^(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/

/** Seconds of `1h30m`, `45m`, `90s`; undefined when it is not a duration with a unit, or is zero. */
export function parseDuration(text: string): number | undefined {
  const [, hours, minutes, seconds] = form.exec(text) ?? []
  const total = Number(hours ?? 0) * units.h + Number(minutes ?? 0) * units.m + Number(seconds ?? 0) * units.s
  return total > 0 ? total : undefined
}

/** Seconds of a stored duration that the CRD has already checked; `0s` is 0. Throws when it is not one. */
export function durationSeconds(text: string): number {
  if (/^(?:0+[hms])+$/.test(text)) return 0
  const seconds = parseDuration(text)
  if (seconds === undefined) throw new Error(`"${text}" is not a duration such as 30m or 1h30m`)
  return seconds
}

/** `5400` → `1h30m`. The inverse of `parseDuration`. */
export function formatDuration(seconds: number): string {
  const [h, m, s] = parts(seconds)
  return [h && `${h}h`, m && `${m}m`, s && `${s}s`].filter(Boolean).join('') || '0s'
}

/** `5400` → `1 hour 30 minutes`. */
export function sayDuration(seconds: number): string {
  const [h, m, s] = parts(seconds)
  const words = [say(h, 'hour'), say(m, 'minute'), say(s, 'second')].filter(Boolean)
  return words.join(' ') || '0 seconds'
}

/** The same without the seconds of more than a minute, and never more than it is: 59m40s is `59 minutes`. */
export function sayMinutes(seconds: number): string {
  return sayDuration(seconds < 60 ? seconds : seconds - (seconds % 60))
}

function parts(seconds: number): [number, number, number] {
  return [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60), Math.floor(seconds % 60)]
}

function say(n: number, unit: string): string {
  return n === 0 ? '' : `${n} ${unit}${n === 1 ? '' : 's'}`
}

/** The instant `seconds` after `at`. */
export function after(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}

/** RFC 3339 in UTC without fractions, rounded down: `2026-11-23T14:35:12Z`. */
export function instant(at: Date): string {
  return `${new Date(Math.floor(at.getTime() / 1000) * 1000).toISOString().slice(0, 19)}Z`
}
