// One request as a story: what happened, who did it, and with which evidence, from its events in the log; and whether the
// events are all there and each names the one before. Without the log, what the request itself remembers.
import { sayAskedTime } from '../../domain/view/working.ts'
import type { AccessRequest } from '../../api/kinds.ts'
import { sha256 } from '../../domain/approval/digest.ts'
import { canonicalJson } from '../../domain/json.ts'
import type { LoggedEvent } from '../log-entries.ts'

/** One thing that happened. */
export type Happened = { at: string; seq?: number; event: string; actor: string; says: string }
/** What proves who somebody was: the digest of Google's token and the nonce in it. */
export type Proof = { event: string; actor: string; evidence: string; nonce?: string }

export type Story = {
  uid: string
  namespace: string
  request: string
  mapping: string
  person: string
  reason: string
  happened: Happened[]
  proofs: Proof[]
  /** What is wrong with the events: sentences. */
  faults: string[]
  source: 'log' | 'cluster'
}

/** The stories of the requests that these events are about, in any order and with repeats. */
export async function storiesOf(events: AsyncIterable<LoggedEvent>): Promise<Story[]> {
  const byUid = new Map<string, Map<string, LoggedEvent>>()
  for await (const event of events) {
    const own = byUid.get(event.uid) ?? new Map<string, LoggedEvent>()
    // The first entry of several that say something else under one number stays, and the others are told as well.
    byUid.set(event.uid, own.set(hashOf(event), event))
  }
  return [...byUid.values()].map(own => storyOf([...own.values()].toSorted((a, b) => a.seq - b.seq)))
}

function storyOf(events: readonly LoggedEvent[]): Story {
  const [first] = events
  if (!first) throw new Error('A story needs an event.')
  const { uid, namespace, request, mapping, person, reason } = first
  return {
    uid,
    namespace,
    request,
    mapping,
    person,
    reason,
    happened: events.map(({ at, seq, event, actor, message }) => ({ at, seq, event, actor, says: message })),
    proofs: events.flatMap(({ event, actor, details: { evidence, nonce } }) =>
      evidence ? [{ event, actor, evidence, ...(nonce && { nonce }) }] : [],
    ),
    faults: faultsIn(events),
    source: 'log',
  }
}

function faultsIn(events: readonly LoggedEvent[]): string[] {
  const faults: string[] = []
  let before: LoggedEvent | undefined
  for (const event of events) {
    const expected = (before?.seq ?? 0) + 1
    if (before?.seq === event.seq) faults.push(`There are two different events ${event.seq}: one was added or changed.`)
    else if (event.seq > expected)
      faults.push(
        event.seq === expected + 1
          ? `Event ${expected} is missing.`
          : `Events ${expected} to ${event.seq - 1} are missing.`,
      )
    else if (event.previous !== (before ? hashOf(before) : ''))
      faults.push(`Event ${event.seq} does not name the event before it: one of the two was changed.`)
    before = event
  }
  return faults
}

/** The digest of an event, which the next one names. */
function hashOf({ seq, event, at, actor, message, previous, details }: LoggedEvent): string {
  const record = {
    seq,
    event,
    at,
    message,
    ...(actor && { actor }),
    ...(previous && { previous }),
    ...(Object.keys(details).length > 0 && { details }),
  }
  return sha256(canonicalJson(record))
}

/** What the request in the cluster remembers, which is less than the log has. */
export function storyFromCluster({ metadata, spec, status = {} }: AccessRequest): Story {
  const { decisions = [], approvers = [], grants = [], startsAt, expiresAt, endedAt, phase, approvedBy } = status
  const happened: Happened[] = [
    {
      at: metadata.creationTimestamp,
      event: 'Requested',
      actor: spec.requester.email,
      says: `Asked for ${spec.roleMapping} for ${sayAskedTime(spec)}.`,
    },
    ...approvers.map(({ at, email, why }) => ({ at, event: 'Routed', actor: '', says: `${email} was asked: ${why}` })),
    ...decisions.map(({ at, who, verdict, comment }) => ({
      at,
      event: verdict,
      actor: who.email ?? '',
      says: comment ?? '',
    })),
    ...(startsAt
      ? [{ at: startsAt, event: 'GrantStarted', actor: approvedBy ?? '', says: `Access until ${expiresAt ?? ''}.` }]
      : []),
    ...grants.flatMap(({ at, state, role, resource }) =>
      at ? [{ at, event: state, actor: '', says: `${role} on ${resource}` }] : [],
    ),
    ...(endedAt ? [{ at: endedAt, event: phase ?? 'Ended', actor: '', says: '' }] : []),
  ]
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    request: metadata.name,
    mapping: spec.roleMapping,
    person: spec.requester.email,
    reason: spec.reason,
    happened: happened.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    proofs: decisions.flatMap(({ who, verdict, evidence }) =>
      evidence ? [{ event: verdict, actor: who.email ?? '', evidence: evidence.hash }] : [],
    ),
    faults: [],
    source: 'cluster',
  }
}
