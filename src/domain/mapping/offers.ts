// The mappings that people can ask for, found by command, by name, by uid. It reads only memory.
import { mayAsk, nearMatches, type WhoAsks } from '../asking/asking.ts'
import { type Mapping, readMapping } from './mapping.ts'
import type { Mappings } from '../ports.ts'

/** A mapping and the uid that identifies it in a form. */
export type Offer = { uid: string; mapping: Mapping }

/** Every mapping, in the order of its name. */
export function offers(mappings: Mappings): Offer[] {
  return mappings
    .list()
    .map(stored => ({ uid: stored.metadata.uid, mapping: readMapping(stored) }))
    .sort((a, b) => (key(a.mapping) < key(b.mapping) ? -1 : 1))
}

/** The mappings that match a command, a name, or `namespace/name`. */
export function namedBy(typed: string, all: readonly Offer[]): Offer[] {
  return all.filter(({ mapping }) => [mapping.command, mapping.name, key(mapping)].includes(typed))
}

/**
 * The matches that count, of several with one name that this person may ask for. If some are ready, only these count:
 * of two mappings with one command, only the older is ready.
 */
export function meantOf(named: readonly Offer[], requester: WhoAsks): Offer[] {
  const own = named.filter(({ mapping }) => mayAsk(mapping, requester))
  const ready = permitted(own, requester)
  return ready.length > 0 ? ready : own.slice(0, 1)
}

/** The mappings that this person may ask for now. */
export function permitted(all: readonly Offer[], requester: WhoAsks): Offer[] {
  return all.filter(({ mapping }) => mapping.isReady && mayAsk(mapping, requester))
}

/**
 * The probably intended mappings, only among those that this person may ask for, so that nobody finds out about others
 * by guessing.
 */
export function near(typed: string, mine: readonly Offer[]): string[] {
  return nearMatches(typed.replace(/^\//, ''), [...new Set(mine.map(({ mapping }) => mapping.name))])
}

function key({ namespace, name }: Pick<Mapping, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`
}
