// How much may be asked: requests that wait at a time, and asks within an hour, for each person and each mapping. Limits
// keep one person, or one mapping's users, from wearing out those who approve; they grant and refuse nothing by themselves.
import { after } from './duration.ts'

/** The most of each, at a time or within an hour. */
export type Limits = {
  openPerPerson: number
  openPerMapping: number
  hourlyPerPerson: number
  hourlyPerMapping: number
}

/** What has been asked: how many wait, and the instants of the asks of the last hour. */
export type Asks = {
  openOfPerson: number
  openForMapping: number
  ofPerson: readonly Date[]
  forMapping: readonly Date[]
}

/** A limit that is reached: which one, how many that is, and from when on one more is possible, if that is known. */
export type Reached = { limit: keyof Limits; most: number; againAt?: Date }

/** The hour of "asks an hour". */
const hourSeconds = 3600

/** Asks before this instant no longer count. */
export function countedSince(now: Date): Date {
  return after(now, -hourSeconds)
}

/** The limit that one more ask would break; undefined when none. */
export function limitReached(limits: Limits, asks: Asks): Reached | undefined {
  const { openPerPerson, openPerMapping, hourlyPerPerson, hourlyPerMapping } = limits
  if (asks.openOfPerson >= openPerPerson) return { limit: 'openPerPerson', most: openPerPerson }
  if (asks.openForMapping >= openPerMapping) return { limit: 'openPerMapping', most: openPerMapping }
  return (
    hourly('hourlyPerPerson', hourlyPerPerson, asks.ofPerson) ??
    hourly('hourlyPerMapping', hourlyPerMapping, asks.forMapping)
  )
}

// One more is possible when so many have left the hour that one fewer than the limit is left in it.
function hourly(limit: keyof Limits, most: number, asked: readonly Date[]): Reached | undefined {
  if (asked.length < most) return undefined
  const leaving = [...asked].sort((a, b) => Number(a) - Number(b))[asked.length - most]
  return { limit, most, ...(leaving && { againAt: after(leaving, hourSeconds) }) }
}
