// Objects as they were last seen, frozen, by key. Filled by a reflector alone; whoever reads must not wait and cannot write.
import type { Log } from './environment.ts'
import type { Ref, Stored } from './resource.ts'

/** Read side of a cache. */
export type Cached<T extends Stored> = {
  get(ref: Ref): T | undefined
  list(): T[]
  /** The objects that `index` puts under `value`. Throws when there is no such index: a fault of the program. */
  by(index: string, value: string): T[]
  /** Calls `hook` with the key of whatever was added, changed or removed, after the cache shows it. A throw is logged. */
  onChange(hook: (key: string) => void): void
}
export type Cache<T extends Stored> = Cached<T> & {
  put(object: T): void
  remove(object: T): void
  /** Makes `objects` the whole content at once; keys that are no longer there count as changed. */
  replace(objects: readonly T[]): void
}

/** Under which values each index finds an object: none, one or several, and always the same. Never throws. */
export type Indexes<T> = Record<string, (object: T) => readonly string[]>

// `namespace/name`: what queues carry.
const keyOf = ({ namespace, name }: { namespace?: string; name: string }): string => `${namespace ?? ''}/${name}`

/** What a key, `namespace/name`, names. */
export function refOf(key: string): Ref {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

type Options<T> = { log: Log; indexes?: Indexes<T> | undefined }

/** An empty cache. */
export function createCache<T extends Stored>({ log, indexes = {} }: Options<T>): Cache<T> {
  let objects = new Map<string, T>()
  const indexed = new Map(Object.entries(indexes).map(([name, valuesOf]) => [name, createIndex(valuesOf)]))
  const file = (before: T | undefined, after: T | undefined): void => {
    for (const index of indexed.values()) index.file(before, after)
  }
  const hooks: ((key: string) => void)[] = []
  const tell = (key: string): void => {
    for (const hook of hooks) {
      try {
        hook(key)
      } catch (error) {
        log.error('A change was not taken notice of', { key, error: String(error) })
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
      const after = frozen(stripped(object))
      file(objects.get(key), after)
      objects.set(key, after)
      tell(key)
    },
    remove: ({ metadata }) => {
      const key = keyOf(metadata)
      file(objects.get(key), undefined)
      if (objects.delete(key)) tell(key)
    },
    replace: listed => {
      const before = objects
      objects = new Map(listed.map(object => [keyOf(object.metadata), kept(before, object)]))
      const changed = [...new Set([...objects.keys(), ...before.keys()])].filter(
        key => before.get(key) !== objects.get(key),
      )
      // All of it is there before anybody is told of any.
      for (const key of changed) file(before.get(key), objects.get(key))
      for (const key of changed) tell(key)
    },
  }
}

function createIndex<T extends Stored>(valuesOf: (object: T) => readonly string[]) {
  const under = new Map<string, Map<string, T>>()
  const mark = (object: T, isThere: boolean): void => {
    for (const value of valuesOf(object)) {
      const found = under.get(value) ?? new Map<string, T>()
      if (isThere) under.set(value, found.set(keyOf(object.metadata), object))
      else if (found.delete(keyOf(object.metadata)) && found.size === 0) under.delete(value)
    }
  }
  return {
    file: (before: T | undefined, after: T | undefined): void => {
      if (before) mark(before, false)
      if (after) mark(after, true)
    },
    under: (value: string): T[] => [...(under.get(value)?.values() ?? [])],
  }
}

/** Without what nobody reads and what makes up half of an object's memory: managedFields and kubectl's last-applied copy. */
export function stripped<T extends Stored>(object: T): T {
  const metadata: Stored['metadata'] & { managedFields?: unknown; annotations?: Record<string, string> } =
    object.metadata
  delete metadata.managedFields
  delete metadata.annotations?.['kubectl.kubernetes.io/last-applied-configuration']
  return object
}

// The same version of the same object stays the same value, so that a relist wakes nobody without need.
function kept<T extends Stored>(before: ReadonlyMap<string, T>, object: T): T {
  const old = before.get(keyOf(object.metadata))
  const { uid, resourceVersion } = object.metadata
  const isSame = old?.metadata.uid === uid && old.metadata.resourceVersion === resourceVersion
  return isSame ? old : frozen(object)
}

function frozen<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const part of Object.values(value)) frozen(part)
  }
  return value
}
