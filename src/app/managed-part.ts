// A part whose work a manager does, while the admission policies are proved: the controller and the janitor.
import type { Manager } from '../kube/manager.ts'
import type { Enforcement } from './enforcement.ts'
import type { Part } from './host.ts'

/** The part. Its work goes on while a policy is missing; what must not is its own to ask. */
export function managedPart(manager: Manager, enforcement: Enforcement): Part {
  return {
    isAlive: () => manager.isAlive(),
    notReady: () => manager.notReady() ?? enforcement.notReady(),
    run: async signal => {
      const proving = new AbortController()
      const proved = enforcement.run(AbortSignal.any([signal, proving.signal]))
      await manager.run(signal).finally(() => proving.abort())
      await proved
    },
  }
}
