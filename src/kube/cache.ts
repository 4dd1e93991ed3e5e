// Objects as they were last seen, frozen, by key. Filled by a reflector alone; whoever reads must not wait and cannot write.
import type { Log } from './environment.ts'
import type { Ref, Stored } from './resource.ts'

/** Read side of a cache. */
export type Cached<T extends Stored> = {
  get(ref: Ref): T | undefined
  list(): T[]
  /** Calls `hook` with the key of whatever was added, changed or removed, after the cache shows it. A throw is logged. */
  onChange(hook: (key: string) => void): void
}
export type Cache<T extends Stored> = Cached<T> & {
  put(object: T): void
  remove(object: T): void
  /** Makes `objects` the whole content at once; keys that are no longer there count as changed. */
  replace(objects: readonly T[]): void
}

// `namespace/name`: what queues carry.
const keyOf = ({ namespace, name }: { namespace?: string; name: string }): string => `${namespace ?? ''}/${name}`

/** What a key, `namespace/name`, names. */
export function refOf(key: string): Ref {
  const [namespace = '', name = ''] = key.split('/')
  return { namespace, name }
}

/** An empty cache. */
export function createCache<T extends Stored>(log: Log): Cache<T> {
  let objects = new Map<string, T>()
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
    onChange: hook => void hooks.push(hook),
    put: object => {
      const key = keyOf(object.metadata)
      objects.set(key, frozen(stripped(object)))
      tell(key)
    },
    remove: ({ metadata }) => {
      if (objects.delete(keyOf(metadata))) tell(keyOf(metadata))
    },
    replace: listed => {
      const before = objects
      objects = new Map(listed.map(object => [keyOf(object.metadata), kept(before, object)]))
      const changed = [...objects].filter(([key, object]) => before.get(key) !== object).map(([key]) => key)
      const removed = [...before.keys()].filter(key => !objects.has(key))
      for (const key of [...changed, ...removed]) tell(key)
    },
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
