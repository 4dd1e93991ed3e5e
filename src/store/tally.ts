// Counts the requests of the last hour in memory: those that this process stores and those that its watch shows, so
// that ended requests count too. Requests that ended before this process started are not known.
import type { AccessRequest, NewAccessRequest } from '../api/kinds.ts'
import { after } from '../domain/asking/duration.ts'
import { countedAs } from '../domain/people/identity.ts'
import { countedSince } from '../domain/asking/limits.ts'
import type { Clock } from '../domain/ports.ts'

/** The fields of a request that are counted. */
type Counted = {
  metadata: { namespace: string; name: string }
  spec: Pick<NewAccessRequest['spec'], 'requester' | 'roleMapping' | 'emergency'>
}
/** A request, and whether the watch has shown it yet. */
type Entry = { persons: string[]; mapping: string; isEmergency: boolean; at: Date; isSeen: boolean }

export type Tally = {
  /** Counts a request that is being stored. */
  reserve(request: Counted): void
  /** Counts a request that is stored. */
  see(request: AccessRequest): void
  /** Removes a counted request that was not stored. */
  release(request: Counted): void
  has(request: Counted): boolean
  /** The requests within the hour of a person with these addresses and accounts, or for this mapping. */
  of(what: { persons: readonly string[]; emergencies?: true } | { mapping: string }): { at: Date; isUnseen: boolean }[]
}

/** 20,000 requests an hour take about 8 MB; beyond them the oldest is forgotten. */
const mostEntries = 20_000
/** A watch may be out of date for a minute and a half; a request that it does not show by then was not stored. */
const unseenSeconds = 120

const personName = (id: string): string => `person ${id}`
const emergencyName = (id: string): string => `emergency ${id}`

/** The name of a mapping with its namespace. */
export function mappingKey({ metadata, spec }: Counted): string {
  return `${metadata.namespace}/${spec.roleMapping}`
}

/** An empty tally. */
export function createTally(clock: Clock): Tally {
  const entries = new Map<string, Entry>()
  const keys = new Map<string, Set<string>>()
  const namesOf = ({ persons, mapping, isEmergency }: Entry): string[] => [
    ...persons.map(personName),
    ...(isEmergency ? persons.map(emergencyName) : []),
    `mapping ${mapping}`,
  ]
  const remove = (key: string): void => {
    const entry = entries.get(key)
    if (!entry) return
    entries.delete(key)
    for (const name of namesOf(entry)) {
      const left = keys.get(name)
      left?.delete(key)
      if (left?.size === 0) keys.delete(name)
    }
  }
  // The oldest come first; a request that is shown again keeps its place.
  const forget = (): void => {
    const since = countedSince(clock.now())
    for (const [key, { at }] of entries) {
      if (at >= since && entries.size <= mostEntries) return
      remove(key)
    }
  }
  const note = (key: string, entry: Entry): void => {
    if (entry.at < countedSince(clock.now())) return
    entries.set(key, entry)
    for (const name of namesOf(entry)) keys.set(name, (keys.get(name) ?? new Set()).add(key))
    forget()
  }
  const entryOf = (request: Counted, at: Date, isSeen: boolean): Entry => ({
    persons: countedAs(request.spec.requester),
    mapping: mappingKey(request),
    isEmergency: request.spec.emergency ?? false,
    at,
    isSeen,
  })
  return {
    reserve: request => note(keyOf(request), entryOf(request, clock.now(), false)),
    see: request => note(keyOf(request), entryOf(request, new Date(request.metadata.creationTimestamp), true)),
    release: request => remove(keyOf(request)),
    has: request => entries.has(keyOf(request)),
    of: what => {
      const nameOf = 'emergencies' in what ? emergencyName : personName
      const names = 'persons' in what ? what.persons.map(nameOf) : [`mapping ${what.mapping}`]
      const found = new Set(names.flatMap(name => [...(keys.get(name) ?? [])]))
      const [since, unseenSince] = [countedSince(clock.now()), after(clock.now(), -unseenSeconds)]
      return [...found].flatMap(key => {
        const entry = entries.get(key)
        return entry && entry.at >= since ? [{ at: entry.at, isUnseen: !entry.isSeen && entry.at >= unseenSince }] : []
      })
    },
  }
}

function keyOf({ metadata: { namespace, name } }: Counted): string {
  return `${namespace}/${name}`
}
