// Hours at random, and the instants around which they are tried: where clocks change.
import { days, type Hours, type Span } from '../../src/domain/hours/span.ts'
import { numbers } from './numbers.ts'

/** Nights of the working days, in Berlin. */
export const nights: Hours = {
  zone: 'Europe/Berlin',
  spans: [{ days: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri'], from: '22:00', to: '06:00' }],
}

/** Changes of the clocks: by an hour, on other dates, and by half an hour. */
export const changes = [
  { zone: 'Europe/Berlin', at: '2026-10-25T01:00:00Z' },
  { zone: 'Europe/Berlin', at: '2027-03-28T01:00:00Z' },
  { zone: 'America/New_York', at: '2026-11-01T06:00:00Z' },
  { zone: 'America/New_York', at: '2027-03-14T07:00:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2026-10-03T15:30:00Z' },
  { zone: 'Australia/Lord_Howe', at: '2027-04-03T15:00:00Z' },
] as const

/** The same hours in every run, most of them near the time at which clocks change. */
export function hoursAtRandom(zone: string, count: number, seed: number): Hours[] {
  const next = numbers(seed)
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T
  const time = (): string => `${pick(hours)}:${pick(['00', '00', '15', '30', '45', '59'])}`
  const span = (): Span => {
    const [from, to] = [time(), time()]
    const named = days.filter(() => next() < 0.6)
    return { ...(named.length > 0 && { days: named }), from, to: from === to ? '24:00' : to }
  }
  return Array.from({ length: count }, () => ({ zone, spans: next() < 0.7 ? [span()] : [span(), span()] }))
}

const hours = ['00', '01', '01', '02', '02', '03', '06', '09', '12', '17', '22', '23']
