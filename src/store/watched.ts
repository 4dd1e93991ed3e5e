// What the processes keep in memory, from watches: all mappings, and the requests that are alive.
import { type AccessRequest, group, type MappingStatus, type RoleMapping, version } from '../api/kinds.ts'
import { countedAs } from '../domain/identity.ts'
import type { Clock, LiveMappings, Mappings, Ref, Standing } from '../domain/ports.ts'
import { isConflict, isNotFound } from '../kube/api-error.ts'
import type { Log, Metrics, Timers } from '../kube/environment.ts'
import { refOf } from '../kube/cache.ts'
import { createReflectors } from '../kube/namespaces.ts'
import type { Reflector } from '../kube/reflector.ts'
import { createResource, type Kind } from '../kube/resource.ts'
import type { Transport } from '../kube/transport.ts'
import { replacing } from './merge-patch.ts'
import { asOutcome } from './outcome.ts'
import { aliveSelector, requestKind } from './requests.ts'

/** Where mappings are kept. */
export const mappingKind: Kind = { group, version, plural: 'rolemappings' }

type WatchOptions = {
  transport: Transport
  /** None in the list means the whole cluster. */
  namespaces: readonly string[]
  timers: Timers
  log: Log
  metrics: Metrics
}

/** The watched mappings: a `Mappings` that is filled while `run` goes on, and complete once `synced`. */
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

/**
 * Watches the requests that are not settled. A request that disappears is settled or deleted: `onChange` tells its key, and
 * only a live `get` of `Requests` says which. Index `byMapping` finds those that name the mapping `namespace/name`, and
 * `byRequester` those of a person in a namespace, `namespace/email`, and `byPerson` those of an address or Slack account in all.
 */
export function createAliveRequests({ namespaces, ...options }: WatchOptions): Reflector<AccessRequest> {
  return createReflectors<AccessRequest>(namespaces, {
    ...options,
    kind: requestKind,
    fieldSelector: aliveSelector,
    indexes: {
      byMapping: ({ metadata, spec }) => [`${metadata.namespace}/${spec.roleMapping}`],
      byRequester: ({ metadata, spec }) => [`${metadata.namespace}/${spec.requester.email}`],
      byPerson: ({ spec }) => countedAs(spec.requester),
    },
  })
}

/** What people wait for or hold, from a watch of the requests that are alive. */
export function standingIn(alive: Pick<Reflector<AccessRequest>, 'by' | 'get' | 'onChange'>): Standing {
  return {
    ofRequester: (namespace, email) => alive.by('byRequester', `${namespace}/${email}`),
    ofPerson: id => alive.by('byPerson', id),
    ofMapping: mapping => alive.by('byMapping', mapping),
    onSeen: hook =>
      alive.onChange(key => {
        const request = alive.get(refOf(key))
        if (request) hook(request)
      }),
  }
}

/** What may be written about a mapping; null removes. */
export type MappingStatusPatch = { [K in keyof MappingStatus]?: MappingStatus[K] | null }
/** Writes the status of mappings. */
export type MappingStatuses = {
  /** Merge patch against the very version that was seen; `conflict` when the mapping changed or is gone. */
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
