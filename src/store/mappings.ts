// Mappings in the cluster, read once from the API server, for whoever asks from outside the processes.
import type { RoleMapping } from '../api/kinds.ts'
import type { Clock } from '../domain/ports.ts'
import { createResource } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { eachAsOutcome } from './outcome.ts'
import { eachIn } from './requests.ts'
import { mappingKind } from './watched.ts'

/** Every mapping of each of `namespaces`, or of the whole cluster when there is none in the list. */
export function allMappings(
  { transport, clock }: { transport: Transport; clock: Clock },
  namespaces: readonly string[],
): AsyncGenerator<RoleMapping> {
  const resource = createResource<RoleMapping>(transport, mappingKind)
  return eachAsOutcome(() => ({ now: clock.now(), doing: 'list mappings' }), eachIn(resource, namespaces))
}
