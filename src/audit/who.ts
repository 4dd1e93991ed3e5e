// Answers who had access, from the requests in the cluster or from the events in the log. Both give the same answer. It
// changes nothing.
import type { AccessRequest } from '../api/kinds.ts'
import { type GrantFacts, grantFactsOf, readDetailsOfGrant } from '../domain/audit/audit.ts'
import {
  type AccessReport,
  type GrantInForce,
  heldBy,
  type Holder,
  isAskedAbout,
  isAskedPerson,
  type Query,
  sinceOf,
  sorted,
} from './access-report.ts'
import type { LoggedEvent } from './log-entries.ts'
import { SeenEvents } from './seen-events.ts'

/** The answer from the requests in the cluster, including finished ones. Holds one request in memory at a time. */
export async function grantsInForce(requests: AsyncIterable<AccessRequest>, query: Query): Promise<AccessReport> {
  const grants: GrantInForce[] = []
  let [count, since] = [0, Number.POSITIVE_INFINITY]
  for await (const { metadata, spec, status } of requests) {
    count++
    const facts = status && grantFactsOf(status)
    // In a cluster that was restored from a backup, everything was created later than it happened.
    const began = [metadata.creationTimestamp, facts?.startsAt ?? metadata.creationTimestamp]
    since = Math.min(since, ...began.map(text => Date.parse(text)))
    const holder = {
      person: spec.requester.email,
      namespace: metadata.namespace,
      request: metadata.name,
      uid: metadata.uid,
      ...(spec.emergency && { isEmergency: true as const }),
      grants: spec.grants,
      hours: spec.hours,
      window: spec.window,
    }
    if (facts) grants.push(...heldBy(holder, facts, query))
  }
  return { query, source: 'cluster', grants: sorted(grants), requests: count, ...sinceOf(since) }
}

type History = { holder: Holder; facts: GrantFacts; seq: number }

/**
 * The same answer from the log. Events may come in any order and more than once, and there may be millions: only requests
 * that are asked about are kept. While a grant is being written, the cluster may have more of it than the log; the answer
 * from the log then marks the whole grant as uncertain or does not contain it yet.
 */
export async function grantsInForceFromEntries(
  events: AsyncIterable<LoggedEvent>,
  query: Query,
): Promise<AccessReport> {
  const logged = new LoggedGrants(query)
  for await (const event of events) logged.take(event)
  return logged.report()
}

/** Takes the events of a log one by one. */
export class LoggedGrants {
  readonly #query: Query
  readonly #histories = new Map<string, History>()
  readonly #seen = new SeenEvents()
  readonly #installations = new Set<string>()
  #since = Number.POSITIVE_INFINITY
  #last = 0

  constructor(query: Query) {
    this.#query = query
  }

  /** One event, in any order. */
  take(event: LoggedEvent): void {
    const at = Date.parse(event.at)
    this.#since = Math.min(this.#since, at)
    this.#last = Math.max(this.#last, at)
    this.#seen.note(event.uid, event.seq)
    if (event.installation !== undefined && this.#installations.size < mostInstallations)
      this.#installations.add(event.installation)
    learn(this.#histories, event, this.#query)
  }

  /** The answer. */
  report(): AccessReport {
    const query = this.#query
    const known = [...this.#histories.values()]
    const names = known.map(({ holder }) => `${holder.namespace}/${holder.request}`)
    const grants = known.flatMap(({ holder, facts }) => heldBy(holder, facts, query))
    const incomplete = [...this.#histories.keys()].filter(uid => this.#seen.hasGap(uid)).length
    const notes = [clusters(names, [...this.#installations]), lastNote(query, this.#last)].filter(
      note => note !== undefined,
    )
    const { requests } = this.#seen
    return { query, source: 'log', grants: sorted(grants), requests, ...sinceOf(this.#since), incomplete, notes }
  }
}

// The times of a request are fixed when they are first stored, so one that is not asked about never will be.
function learn(histories: Map<string, History>, event: LoggedEvent, query: Query): void {
  const { uid, seq, person, namespace, request, isEmergency, grants } = event
  const before = histories.get(uid)
  if (before && before.seq >= seq) return
  const facts = begunFacts(event)
  if (!facts || !isAskedPerson(query, person)) return
  if (!isAskedAbout(query, new Date(facts.startsAt), new Date(facts.expiresAt))) return
  const holder = {
    person,
    namespace,
    request,
    uid,
    ...(isEmergency && { isEmergency }),
    grants,
    hours: event.hours,
    window: event.window,
  }
  histories.set(uid, { holder, facts, seq })
}

// The first binding is written right after this event. If nothing follows in the log, because the cluster was lost then,
// nobody knows whether it was.
function begunFacts({ event, details }: LoggedEvent): GrantFacts | undefined {
  const facts = readDetailsOfGrant(details)
  if (!facts || event !== 'GrantStarted') return facts
  return { ...facts, grants: facts.grants.map(grant => ({ ...grant, state: 'Writing' })) }
}

/** More are not needed to say that there are several. */
const mostInstallations = 5

// The end of a request's name is made from what caused it, so the same name with two uids means a cluster that was set up
// again, or a second one. Newer entries name the installation.
function clusters(names: readonly string[], installations: readonly string[]): string | undefined {
  if (installations.length > 1)
    return `The log has events of more than one installation: ${installations.join(', ')}. All of them are shown.`
  const known = new Set<string>()
  const twice = names.find(name => known.size === known.add(name).size)
  return twice === undefined
    ? undefined
    : `The log has events of more than one cluster: "${twice}" is the name of several requests in it. All of them are shown.`
}

function lastNote({ at, to = at }: Query, last: number): string | undefined {
  if (last === 0 || last >= to.getTime()) return undefined
  const said = new Date(last).toISOString().slice(0, 19).replace('T', ' ')
  return `The newest event in the log is of ${said}: what happened later is not in it.`
}
