// Mappings in the cluster: watches, reads and lists them, and writes their status.
import { group, type MappingStatus, type RoleMapping, version } from '../api/kinds.ts'
import type { Clock, LiveMappings, Mappings, Ref } from '../domain/ports.ts'
import { isConflict, isNotFound } from '../kube/api-error.ts'
import { createReflectors } from '../kube/namespaces.ts'
import type { Reflector } from '../kube/reflector.ts'
import { createResource, type Kind } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { replacing } from './merge-patch.ts'
import { asOutcome, eachAsOutcome } from './outcome.ts'
import { eachIn } from './requests.ts'
import type { WatchOptions } from './alive-requests.ts'

/** The port to stored mappings. */
const mappingKind: Kind = { group, version, plural: 'rolemappings' }

/** The watched mappings: a `Mappings` that is filled while `run` continues, and complete once `synced`. */
export type WatchedMappings = Mappings & Reflector<RoleMapping>

/** Watches mappings. Nothing is read before `run`. */
export function createMappings({ namespaces, ...options }: WatchOptions): WatchedMappings {
  return createReflectors<RoleMapping>(namespaces, { ...options, kind: mappingKind })
}

/** Reads mappings one by one. */
export function createLiveMappings({ transport, clock }: { transport: Transport; clock: Clock }): LiveMappings {
  const resource = createResource<RoleMapping>(transport, mappingKind)
  return {
    read: ref =>
      asOutcome(
        () => ({ now: clock.now(), doing: `read ${nameOf(ref)}` }),
        () =>
          resource.get(ref).catch((error: unknown) => {
            if (isNotFound(error)) return undefined
            throw error
          }),
      ),
  }
}

/** Every mapping of each of `namespaces`, or of the whole cluster when the list is empty. */
export function allMappings(
  { transport, clock }: { transport: Transport; clock: Clock },
  namespaces: readonly string[],
): AsyncGenerator<RoleMapping> {
  const resource = createResource<RoleMapping>(transport, mappingKind)
  return eachAsOutcome(() => ({ now: clock.now(), doing: 'list mappings' }), eachIn(resource, namespaces))
}

/** The fields that may be written to a mapping's status; null removes a field. */
export type MappingStatusPatch = { [K in keyof MappingStatus]?: MappingStatus[K] | null }
/** Writes the status of mappings. */
export type MappingStatuses = {
  /** Merge patch against exactly the version that was seen; `conflict` when the mapping was changed or deleted. */
  patchMappingStatus(seen: RoleMapping, patch: MappingStatusPatch): Promise<RoleMapping | 'conflict'>
}

/** The writer of mappings' status, for the controller. */
export function createMappingStatuses({ transport, clock }: { transport: Transport; clock: Clock }): MappingStatuses {
  const resource = createResource<RoleMapping>(transport, mappingKind)
  return {
    patchMappingStatus: (seen, patch) =>
      asOutcome(
        () => ({ now: clock.now(), doing: `write the status of ${nameOf(seen.metadata)}` }),
        () =>
          resource.patch(seen, { status: replacing(seen.status ?? {}, patch) }, 'status').catch((error: unknown) => {
            if (isConflict(error) || isNotFound(error)) return 'conflict'
            throw error
          }),
      ),
  }
}

function nameOf({ namespace, name }: Ref): string {
  return `mapping "${namespace}/${name}"`
}
