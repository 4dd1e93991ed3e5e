// What is on record of one request: what it had written, for whom, until when. From the object in the cluster, or from the
// newest event in the log that says what was granted.
import type { AccessRequest, GrantRecord } from '../../api/kinds.ts'
import { grantFactsOf, heldUntil, readDetailsOfGrant } from '../../domain/audit/audit.ts'
import { descriptionOf } from '../../domain/granting/approved-entries.ts'
import { expressionOf } from '../../domain/granting/policy.ts'
import { entriesOf } from '../../domain/granting/removal-commands.ts'
import { restrictionOf } from '../../domain/granting/restriction.ts'
import type { LoggedEvent } from '../log-entries.ts'

/** One entry that was approved. `state`: how far Hallpass came with it. */
export type RecordedEntry = {
  resource: string
  role: string
  member: string
  expression: string
  description: string
  state: GrantRecord['state']
  /** Until when the access is held by the record; undefined when it never was. */
  heldUntil: Date | undefined
}

/** A request on record. One that was never approved has no entries and no times. */
export type Recorded = {
  uid: string
  namespace: string
  name: string
  mapping: string
  person: string
  approvedBy?: string
  times?: { startsAt: Date; expiresAt: Date }
  /** What the approver left of it. */
  entries: readonly RecordedEntry[]
  /** What was asked for. */
  asked: readonly { resource: string; role: string }[]
}

/** Requests by their uid. */
export type Records = ReadonlyMap<string, Recorded>

/** A request in the cluster. */
export function recordedIn(request: AccessRequest): Recorded {
  const { metadata, spec, status = {} } = request
  const facts = grantFactsOf(status)
  const entries = entriesOf(request).map(({ resource, wanted }): RecordedEntry => {
    const { role, member, description } = wanted
    const record = facts?.grants.find(grant => grant.resource === resource && grant.role === role)
    return { resource, role, member, description, expression: expressionOf(wanted), ...stateOf(facts, record) }
  })
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    name: metadata.name,
    mapping: spec.roleMapping,
    person: spec.requester.email,
    ...approvalOf(facts),
    entries,
    asked: spec.grants,
  }
}

/** What an event in the log says about its request. */
export function recordedBy(event: LoggedEvent): Recorded {
  const { uid, namespace, request: name, mapping, person } = event
  const facts = readDetailsOfGrant(event.details)
  const times = facts && { startsAt: new Date(facts.startsAt), expiresAt: new Date(facts.expiresAt) }
  const description = descriptionOf({ namespace, name }, person, facts?.approvedBy)
  const entries = (facts?.grants ?? []).flatMap((record): RecordedEntry[] => {
    const { resource, role } = record
    const asked = event.grants.find(grant => grant.resource === resource && grant.role === role)
    if (!asked || !times) return []
    const expression = expressionOf({ condition: restrictionOf(event, asked), ...times })
    return [{ resource, role, member: `user:${person}`, description, expression, ...stateOf(facts, record) }]
  })
  return { uid, namespace, name, mapping, person, ...approvalOf(facts), entries, asked: event.grants }
}

type Facts = ReturnType<typeof grantFactsOf>

// A grant whose record is not there yet may be written at any moment.
function stateOf(
  facts: Facts,
  record: Pick<GrantRecord, 'state' | 'at'> | undefined,
): Pick<RecordedEntry, 'state' | 'heldUntil'> {
  if (!facts || !record) return { state: 'Writing', heldUntil: facts && new Date(facts.expiresAt) }
  return { state: record.state, heldUntil: heldUntil(facts, record) }
}

function approvalOf(facts: Facts): Pick<Recorded, 'approvedBy' | 'times'> {
  if (!facts) return {}
  const { startsAt, expiresAt, approvedBy } = facts
  return { ...(approvedBy && { approvedBy }), times: { startsAt: new Date(startsAt), expiresAt: new Date(expiresAt) } }
}

/** Whether access by this request is in force, or may be: its entries are looked for in the policies. */
export function isInForce({ entries }: Recorded, now: Date): boolean {
  return entries.some(({ heldUntil: until }) => until !== undefined && now < until)
}
