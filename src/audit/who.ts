// Answers who had access, from the requests in the cluster or from the log. Both give the same answer. It changes
// nothing.
import type { AccessRequest } from '../api/kinds.ts'
import { type GrantFacts, grantFactsOf, readDetailsOfGrant } from '../domain/audit/audit.ts'
import { type AccessReport, type GrantInForce, heldBy, type Holder, type Query, sorted } from './access-report.ts'
import type { LoggedEvent } from './log-entries.ts'

/** The answer from the requests in the cluster, including finished ones. Holds one request in memory at a time. */
export async function grantsInForce(requests: AsyncIterable<AccessRequest>, query: Query): Promise<AccessReport> {
  const grants: GrantInForce[] = []
  let [count, since] = [0, Number.POSITIVE_INFINITY]
  for await (const { metadata, spec, status } of requests) {
    count++
    since = Math.min(since, Date.parse(metadata.creationTimestamp))
    const facts = status && grantFactsOf(status)
    const holder = {
      person: spec.requester.email,
      namespace: metadata.namespace,
      request: metadata.name,
      ...(spec.emergency && { isEmergency: true as const }),
    }
    if (facts) grants.push(...heldBy(holder, facts, query))
  }
  return { query, source: 'cluster', grants: sorted(grants), requests: count, ...sinceOf(since) }
}

type History = { holder: Holder; facts?: GrantFacts; factsSeq: number; seen: Set<number> }

/**
 * The same answer from the log. Events may come in any order and more than once. While a grant is being written, the
 * cluster may have more of it than the log; the answer from the log then marks the whole grant as uncertain or does not
 * contain it yet.
 */
export async function grantsInForceFromEntries(
  events: AsyncIterable<LoggedEvent>,
  query: Query,
): Promise<AccessReport> {
  const histories = new Map<string, History>()
  let since = Number.POSITIVE_INFINITY
  for await (const event of events) {
    since = Math.min(since, Date.parse(event.at))
    const { person, namespace, request, isEmergency } = event
    const holder = { person, namespace, request, ...(isEmergency && { isEmergency }) }
    const history = histories.get(event.uid) ?? { holder, factsSeq: 0, seen: new Set() }
    histories.set(event.uid, history)
    learn(history, event)
  }
  const known = [...histories.values()]
  const grants = known.flatMap(({ holder, facts }) => (facts ? heldBy(holder, facts, query) : []))
  const incomplete = known.filter(({ seen }) => seen.size < Math.max(...seen)).length
  return { query, source: 'log', grants: sorted(grants), requests: known.length, ...sinceOf(since), incomplete }
}

function learn(history: History, { seq, details }: LoggedEvent): void {
  history.seen.add(seq)
  const facts = readDetailsOfGrant(details)
  if (!facts || seq <= history.factsSeq) return
  history.facts = facts
  history.factsSeq = seq
}

function sinceOf(since: number): { since?: Date } {
  return Number.isFinite(since) ? { since: new Date(since) } : {}
}
