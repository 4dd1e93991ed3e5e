// Who asked for what within the last hour, in memory: from what this process stores and from what its watch shows, so that
// requests count although they have ended since. What ended before this process started is not known to it.
import type { AccessRequest, NewAccessRequest } from '../../api/kinds.ts'
import { after } from '../../domain/duration.ts'
import { countedAs } from '../../domain/identity.ts'
import { countedSince } from '../../domain/limits.ts'
import type { Clock } from '../../domain/ports.ts'

/** What the tally looks at of a request. */
type Counted = {
  metadata: { namespace: string; name: string }
  spec: Pick<NewAccessRequest['spec'], 'requester' | 'roleMapping'>
}
/** An ask, and whether a watch has shown it yet. */
type Entry = { persons: string[]; mapping: string; at: Date; isSeen: boolean }

export type Tally = {
  /** Counts a request that is being stored. */
  reserve(request: Counted): void
  /** Counts a request that is stored. */
  see(request: AccessRequest): void
  /** Takes back what was reserved and not stored. */
  release(request: Counted): void
  has(request: Counted): boolean
  /** What a person of any of these addresses and accounts asked within the hour, or what this mapping was asked for. */
  of(what: { persons: readonly string[] } | { mapping: string }): { at: Date; isUnseen: boolean }[]
}

/** 20,000 asks an hour take some 8 MB; beyond them the oldest is forgotten. */
const mostEntries = 20_000
/** A watch may be silent for a minute and a half; what it has not shown by then has come to nothing. */
const unseenSeconds = 120

const personName = (id: string): string => `person ${id}`

/** Name of a mapping, over all namespaces. */
export function mappingKey({ metadata, spec }: Counted): string {
  return `${metadata.namespace}/${spec.roleMapping}`
}

/** An empty tally. */
export function createTally(clock: Clock): Tally {
  const entries = new Map<string, Entry>()
  const keys = new Map<string, Set<string>>()
  const namesOf = ({ persons, mapping }: Entry): string[] => [...persons.map(personName), `mapping ${mapping}`]
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
  // The oldest come first: what is shown again keeps its place.
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
    at,
    isSeen,
  })
  return {
    reserve: request => note(keyOf(request), entryOf(request, clock.now(), false)),
    see: request => note(keyOf(request), entryOf(request, new Date(request.metadata.creationTimestamp), true)),
    release: request => remove(keyOf(request)),
    has: request => entries.has(keyOf(request)),
    of: what => {
      const names = 'persons' in what ? what.persons.map(personName) : [`mapping ${what.mapping}`]
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
