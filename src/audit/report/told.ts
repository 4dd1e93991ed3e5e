// One request as a report tells it, from the request in the cluster or from its events in the log.
import type { AccessRequest } from '../../api/kinds.ts'
import { openSeconds } from '../../domain/hours/opening.ts'
import type { Hours } from '../../domain/hours/span.ts'
import { type GrantFacts, grantFactsOf, heldUntil, readDetailsOfGrant } from '../../domain/audit/audit.ts'
import { hoursOfRequest } from '../../domain/granting/restriction.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { isReviewClosed, needsReview } from '../../domain/review/reviews.ts'
import type { LoggedEvent } from '../log-entries.ts'

/** What happened to a request in the end. `running`: it has access now. */
export type Outcome = 'waiting' | 'running' | 'granted' | 'denied' | 'timed out' | 'withdrawn' | 'failed'

export type Told = {
  uid: string
  namespace: string
  request: string
  mapping: string
  person: string
  askedAt: Date
  outcome: Outcome
  /** When it was approved, by the last of several, or denied. */
  decidedAt?: Date
  /** Those who approved, or the one who denied. */
  deciders: string[]
  /** How long access has lasted until now. */
  heldSeconds: number
  /** Google never confirmed a grant. */
  isInDoubt: boolean
  isEmergency: boolean
  /** False when the log does not have its first event, so that it is not known when it was asked. */
  isWhole: boolean
  /** Only of an emergency that gave access. */
  review?: 'reviewed' | 'awaited' | 'overdue'
}

/** A request of the cluster. */
export function toldOf(request: AccessRequest, now: Date): Told {
  const { metadata, spec, status = {} } = request
  const facts = grantFactsOf(status)
  const denial = status.decisions?.find(({ verdict }) => verdict === 'Denied')
  const approvals = approvalsOf(request)
  const isDenied = status.phase === 'Denied'
  const approvedAt = approvals.length >= spec.approval.required ? approvals.at(-1)?.at : undefined
  const decidedAt = isDenied ? denial?.at : approvedAt
  const review = reviewOf(request)
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    request: metadata.name,
    mapping: spec.roleMapping,
    person: spec.requester.email,
    askedAt: new Date(metadata.creationTimestamp),
    ...endOf(status.phase ?? 'Pending', facts, { now, hours: hoursOfRequest(spec) }),
    ...(decidedAt && { decidedAt: new Date(decidedAt) }),
    deciders: isDenied ? listed(denial?.who.email) : approvals.flatMap(({ who }) => listed(who.email)),
    isEmergency: spec.emergency ?? false,
    isWhole: true,
    ...(review && { review }),
  }
}

function reviewOf(request: AccessRequest): Told['review'] {
  if (!needsReview(request)) return undefined
  const status = request.status ?? {}
  if (status.reviewedBy) return 'reviewed'
  return isReviewClosed(status) ? 'overdue' : 'awaited'
}

function listed(email: string | undefined): string[] {
  return email ? [email] : []
}

type Ended = Pick<Told, 'outcome' | 'heldSeconds' | 'isInDoubt'>
const ends: Record<string, Outcome> = {
  Denied: 'denied',
  TimedOut: 'timed out',
  Withdrawn: 'withdrawn',
  Failed: 'failed',
}

type Looked = { now: Date; hours: readonly Hours[] }

function endOf(phase: string, facts: GrantFacts | undefined, { now, hours }: Looked): Ended {
  const from = facts ? Date.parse(facts.startsAt) : 0
  const untils = (facts?.grants ?? []).flatMap(grant => heldUntil(facts as GrantFacts, grant)?.getTime() ?? [])
  const until = Math.max(0, ...untils)
  const held = { from: new Date(from), until: new Date(Math.min(until, now.getTime())) }
  const isHeld = held.until > held.from
  const heldSeconds = isHeld ? openSeconds(hours, held) : 0
  const isInDoubt = facts?.grants.some(({ state }) => state === 'Unknown') ?? false
  const end = ends[phase]
  if (end && !(end === 'failed' && isHeld)) return { outcome: end, heldSeconds, isInDoubt }
  if (isHeld) return { outcome: until > now.getTime() ? 'running' : 'granted', heldSeconds, isInDoubt }
  return { outcome: phase === 'Expired' || phase === 'Revoked' ? 'granted' : 'waiting', heldSeconds, isInDoubt }
}

type Heard = { event: LoggedEvent; facts?: GrantFacts; factsSeq: number; decided: Map<string, LoggedEvent> }
const phaseOf: Record<string, string> = {
  Approved: 'Approved',
  Granted: 'Provisioned',
  Denied: 'Denied',
  Withdrawn: 'Withdrawn',
  TimedOut: 'TimedOut',
  Failed: 'Failed',
  Expired: 'Expired',
  Revoked: 'Revoked',
}

/** The requests that these events are about, in any order and with repeats. */
export async function toldFromEvents(events: AsyncIterable<LoggedEvent>, now: Date): Promise<Told[]> {
  const heard = new Map<string, Heard>()
  for await (const event of events) {
    const before = heard.get(event.uid)
    const one: Heard = before ?? { event, factsSeq: 0, decided: new Map<string, LoggedEvent>() }
    if (!before) heard.set(event.uid, one)
    if (event.seq < one.event.seq) one.event = event
    const facts = readDetailsOfGrant(event.details)
    if (facts && event.seq > one.factsSeq) [one.facts, one.factsSeq] = [facts, event.seq]
    one.decided.set(`${event.event} ${event.seq}`, event)
  }
  return [...heard.values()].map(one => toldFromHeard(one, now))
}

function toldFromHeard({ event: first, facts, decided }: Heard, now: Date): Told {
  const events = [...decided.values()].toSorted((a, b) => a.seq - b.seq)
  const phase = events.flatMap(({ event }) => phaseOf[event] ?? []).at(-1) ?? 'Pending'
  const denied = events.find(({ event }) => event === 'Denied')
  const approved = events.find(({ event }) => event === 'Approved')
  const counted = events.filter(({ event }) => event === 'ApprovalCounted' || event === 'Approved')
  const decision = denied ?? approved
  const names = events.map(({ event }) => event)
  const review = names.includes('Reviewed') ? 'reviewed' : names.includes('ReviewOverdue') ? 'overdue' : 'awaited'
  const ended = endOf(phase, facts, { now, hours: hoursOfRequest(first) })
  return {
    uid: first.uid,
    namespace: first.namespace,
    request: first.request,
    mapping: first.mapping,
    person: first.person,
    askedAt: new Date(first.at),
    ...ended,
    ...(decision && { decidedAt: new Date(decision.at) }),
    deciders: denied ? listed(denied.actor) : [...new Set(counted.flatMap(({ actor }) => listed(actor)))],
    isEmergency: first.isEmergency ?? false,
    isWhole: first.seq === 1,
    ...(first.isEmergency && ended.heldSeconds > 0 && { review }),
  }
}
