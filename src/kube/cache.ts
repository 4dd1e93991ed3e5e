// Objects as they were last seen, frozen, by key. Only a reflector fills the cache. Reading never waits, and readers
// cannot write.
import { createCompactor } from './compact.ts'
import type { Log } from './environment.ts'
import type { Ref, Stored } from './resource.ts'

/** Read side of a cache. */
export type Cached<T extends Stored> = {
  get(ref: Ref): T | undefined
  list(): T[]
  /**
   * The objects that `index` puts under `value`. Throws when the index does not exist, which is a bug in the caller.
   */
  by(index: string, value: string): T[]
  /**
   * Calls `hook` with the key of each object that was added, changed or removed, after the cache shows the change. If
   * the hook throws, that is logged.
   */
  onChange(hook: (key: string) => void): void
}
export type Cache<T extends Stored> = Cached<T> & {
  put(object: T): void
  remove(object: T): void
  /**
   * A new, empty content that can be filled while the present one is still served. The cache keeps the objects it is
   * given; the caller must not change them any more.
   */
  stage(): Staging<T>
}

/** A new content that readers do not see yet. */
export type Staging<T extends Stored> = {
  put(object: T): void
  remove(object: T): void
  /** Replaces the whole content in one step. Keys that have disappeared count as changed. Call it once. */
  commit(): void
}

/**
 * For each index, the values under which it finds an object: zero or more, always the same for the same object. Must
 * not throw.
 */
export type Indexes<T> = Record<string, (object: T) => readonly string[]>

// `namespace/name`: what queues carry.
const keyOf = ({ namespace, name }: { namespace?: string; name: string }): string => `${namespace ?? ''}/${name}`

/** The namespace and name in a key. */
export function refOf(key: string): Ref {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

type Options<T> = { log: Log; indexes?: Indexes<T> | undefined }

/** An empty cache. */
export function createCache<T extends Stored>({ log, indexes = {} }: Options<T>): Cache<T> {
  let objects = new Map<string, T>()
  const indexed = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, createIndex(valuesOf)]))
  const compact = createCompactor<T>()
  const file = (key: string, before: T | undefined, after: T | undefined): void => {
    for (const index of indexed.values()) index.file(key, before, after)
  }
  const hooks: ((key: string) => void)[] = []
  const tell = (key: string): void => {
    for (const hook of hooks) {
      try {
        hook(key)
      } catch (error) {
        log.error('cache: a change hook failed; the other hooks were told of the change', { key, error: String(error) })
      }
    }
  }
  return {
    get: ref => objects.get(keyOf(ref)),
    list: () => [...objects.values()],
    by: (index, value) => {
      const found = indexed.get(index)
      if (!found) throw new TypeError(`There is no index "${index}".`)
      return found.under(value)
    },
    onChange: hook => void hooks.push(hook),
    put: object => {
      const key = keyOf(object.metadata)
      const after = compact(object)
      file(key, objects.get(key), after)
      objects.set(key, after)
      tell(key)
    },
    remove: ({ metadata }) => {
      const key = keyOf(metadata)
      file(key, objects.get(key), undefined)
      if (objects.delete(key)) tell(key)
    },
    stage: () => {
      const staged = new Map<string, T>()
      return {
        put: object => {
          const key = keyOf(object.metadata)
          staged.set(key, sameVersion(objects.get(key), object) ?? compact(object))
        },
        remove: ({ metadata }) => void staged.delete(keyOf(metadata)),
        commit: () => {
          const before = objects
          objects = staged
          const changed = changedKeys(before, objects)
          // The whole content is in place before anyone is told of a change.
          for (const key of changed) file(key, before.get(key), objects.get(key))
          for (const key of changed) tell(key)
        },
      }
    },
  }
}

function changedKeys(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] {
  const changed: string[] = []
  for (const [key, object] of after) if (before.get(key) !== object) changed.push(key)
  for (const key of before.keys()) if (!after.has(key)) changed.push(key)
  return changed
}

function createIndex<T extends Stored>(valuesOf: (object: T) => readonly string[]) {
  const under = new Map<string, Map<string, T>>()
  const add = (value: string, key: string, object: T): void => {
    const found = under.get(value)
    if (found) found.set(key, object)
    else under.set(value, new Map([[key, object]]))
  }
  const remove = (value: string, key: string): void => {
    const found = under.get(value)
    if (found?.delete(key) && found.size === 0) under.delete(value)
  }
  return {
    file: (key: string, before: T | undefined, after: T | undefined): void => {
      if (before) for (const value of valuesOf(before)) remove(value, key)
      if (after) for (const value of valuesOf(after)) add(value, key, after)
    },
    under: (value: string): T[] => [...(under.get(value)?.values() ?? [])],
  }
}

// The same version of the same object stays the same value, so that a new list notifies nobody without need.
function sameVersion<T extends Stored>(old: T | undefined, { metadata }: T): T | undefined {
  const isSame = old?.metadata.uid === metadata.uid && old.metadata.resourceVersion === metadata.resourceVersion
  return isSame ? old : undefined
}
