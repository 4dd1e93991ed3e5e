// Limits for requests, for each person and each mapping: how many may wait, and how many may be made within an hour.
// They protect approvers from too many requests of one person or for one mapping. They are only computed here.
import { after } from './duration.ts'

/** The limits: waiting requests, and requests within an hour. */
export type Limits = {
  openPerPerson: number
  openPerMapping: number
  hourlyPerPerson: number
  hourlyPerMapping: number
  hourlyEmergenciesPerPerson: number
}

/** The counts: how many requests wait, and the instants of those in the last hour. */
export type Asks = {
  openOfPerson: number
  openForMapping: number
  ofPerson: readonly Date[]
  forMapping: readonly Date[]
  /** Of the person, if this one is an emergency: emergencies count here too. */
  emergencies?: readonly Date[]
}

/** A reached limit: which one, its number, and when the next request is possible, if known. */
export type Reached = { limit: keyof Limits; most: number; againAt?: Date }

/** The hour for the limit per hour. */
const hourSeconds = 3600

/** Requests before this instant no longer count. */
export function countedSince(now: Date): Date {
  return after(now, -hourSeconds)
}

/** The limit that one more request would exceed, if any. */
export function limitReached(limits: Limits, asks: Asks): Reached | undefined {
  const { openPerPerson, openPerMapping, hourlyPerPerson, hourlyPerMapping, hourlyEmergenciesPerPerson } = limits
  if (asks.openOfPerson >= openPerPerson) return { limit: 'openPerPerson', most: openPerPerson }
  if (asks.openForMapping >= openPerMapping) return { limit: 'openPerMapping', most: openPerMapping }
  return (
    hourly('hourlyPerPerson', hourlyPerPerson, asks.ofPerson) ??
    hourly('hourlyPerMapping', hourlyPerMapping, asks.forMapping) ??
    (asks.emergencies && hourly('hourlyEmergenciesPerPerson', hourlyEmergenciesPerPerson, asks.emergencies))
  )
}

// Another request is possible when fewer requests than the limit are left within the hour.
function hourly(limit: keyof Limits, most: number, asked: readonly Date[]): Reached | undefined {
  if (asked.length < most) return undefined
  const leaving = [...asked].sort((a, b) => Number(a) - Number(b))[asked.length - most]
  return { limit, most, ...(leaving && { againAt: after(leaving, hourSeconds) }) }
}

/** The sentence for the person. `mapping` and `from` are written as the place shows names and times. */
export function sayReached(
  { limit, most }: Reached,
  { mapping, from }: { mapping: string; from?: string | undefined },
): string {
  const then = from ? ` from ${from} on` : ' later'
  switch (limit) {
    case 'openPerPerson':
      return `Your request was not stored: ${most} of your requests already wait for a decision, and one person may have no more. Withdraw one that you no longer need, or ask again when one is decided.`
    case 'openPerMapping':
      return `Your request was not stored: ${most} requests for ${mapping} already wait for a decision, and no more may wait at a time. Please ask again when some are decided.`
    case 'hourlyPerPerson':
      return `Your request was not stored: you have asked ${most} times within an hour, and one person may not ask more often. You can ask again${then}.`
    case 'hourlyEmergenciesPerPerson':
      return `Your request was not stored: you have asked ${most} times as an emergency within an hour, and one person may not do so more often. You can do so again${then}, or ask without it now.`
    case 'hourlyPerMapping':
      return `Your request was not stored: ${mapping} was asked for ${most} times within an hour, and it may not be asked for more often. You can ask for it again${then}.`
  }
}
