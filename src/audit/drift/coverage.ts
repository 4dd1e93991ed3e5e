// How far a record reaches. About an entry outside of it the record says nothing, and that is told instead of an accusation.
import { sayInstant } from '../rendering.ts'

/**
 * The times between which every request is on record; a bound that is absent does not limit it. `lacks`: what else it does not have,
 * such as other namespaces.
 */
export type Coverage = { since?: Date; until?: Date; lacks?: string }

/** Why a record says nothing about an entry that begins at this instant; undefined when it must know it. */
export function outsideOf({ since, until, lacks }: Coverage, startsAt: Date | undefined): string | undefined {
  if (lacks !== undefined) return `may be of a request that was not read: ${lacks}.`
  if (startsAt === undefined) return undefined
  if (since && startsAt < since)
    return `begins at ${sayInstant(startsAt)}, before the record, which begins at ${sayInstant(since)}.`
  if (until && startsAt > until)
    return `begins at ${sayInstant(startsAt)}, after the record, which ends at ${sayInstant(until)}.`
  return undefined
}
