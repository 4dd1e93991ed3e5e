// The requests that are not settled, kept in memory from a watch. Settled requests are never kept here.
import type { AccessRequest } from '../api/kinds.ts'
import { countedAs } from '../domain/people/identity.ts'
import { reviewersOf } from '../domain/review/reviewing.ts'
import type { AliveRequests } from '../domain/ports.ts'
import { refOf } from '../kube/cache.ts'
import type { Log, Timers } from '../kube/environment.ts'
import type { Metrics } from '../kube/metrics.ts'
import { createReflectors } from '../kube/namespaces.ts'
import type { Reflector } from '../kube/reflector.ts'
import type { Transport } from '../kube/transport.ts'
import { aliveSelector, requestKind } from './requests.ts'

/** The options of a watch of one of our kinds. */
export type WatchOptions = {
  transport: Transport
  /** An empty list means the whole cluster. */
  namespaces: readonly string[]
  timers: Timers
  log: Log
  metrics: Metrics
}

/**
 * Watches the requests that are not settled. A request that disappears is settled or deleted: `onChange` gets its key,
 * and only a direct `get` of `Requests` shows which. Index `byMapping` finds those that name the mapping
 * `namespace/name`, and `byRequester` those of a person in a namespace, `namespace/email`, and `byPerson` those of an
 * address or Slack account in all; `byApprover` finds those that ask an address or Slack account to decide, and
 * `byReviewer` the emergencies that name one as a reviewer.
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
      byApprover: ({ status }) =>
        (status?.approvers ?? []).flatMap(({ email, slackUserID }) => [email, ...(slackUserID ? [slackUserID] : [])]),
      byReviewer: reviewersOf,
    },
  })
}

/** The requests that people wait for or whose access is in force, from the same watch. */
export function standingIn(alive: Pick<Reflector<AccessRequest>, 'by' | 'get' | 'onChange'>): AliveRequests {
  return {
    ofRequester: (namespace, email) => alive.by('byRequester', `${namespace}/${email}`),
    ofPerson: id => alive.by('byPerson', id),
    ofApprover: id => alive.by('byApprover', id),
    ofReviewer: id => alive.by('byReviewer', id),
    ofMapping: mapping => alive.by('byMapping', mapping),
    onSeen: hook =>
      alive.onChange(key => {
        const request = alive.get(refOf(key))
        if (request) hook(request)
      }),
  }
}
