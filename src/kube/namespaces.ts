// Watches several namespaces as one: one reflector for each, behind one interface.
import { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts'
import type { Stored } from './resource.ts'

/** Watches each of `namespaces`, or the whole cluster when the list is empty. */
export function createReflectors<T extends Stored>(
  namespaces: readonly string[],
  options: Omit<ReflectorOptions<T>, 'namespace'>,
): Reflector<T> {
  const scopes = namespaces.length === 0 ? [undefined] : [...new Set(namespaces)]
  const reflectors = scopes.map(namespace => createReflector<T>({ ...options, namespace }))
  return {
    get: ref => reflectors.map(reflector => reflector.get(ref)).find(object => object !== undefined),
    list: () => reflectors.flatMap(reflector => reflector.list()),
    by: (index, value) => reflectors.flatMap(reflector => reflector.by(index, value)),
    onChange: hook => reflectors.forEach(reflector => reflector.onChange(hook)),
    run: async signal => void (await Promise.all(reflectors.map(reflector => reflector.run(signal)))),
    synced: async () => void (await Promise.all(reflectors.map(reflector => reflector.synced()))),
    relist: async () => void (await Promise.all(reflectors.map(reflector => reflector.relist()))),
    isSynced: () => reflectors.every(reflector => reflector.isSynced()),
  }
}
