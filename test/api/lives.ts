// Objects in every phase, and the later writes to them: to test whether a changed schema still accepts those writes.
import { type AccessRequest, type Decision, type Phase, type RoleMapping } from '../../src/api/kinds.ts'
import { endedPhases } from '../../src/api/phases.ts'
import { approval, at, denial } from './crd-cases.ts'
import type { Given } from './oddest.ts'

/**
 * An object's state: the phases that lead to it, and its status apart from the unusual values. With `least` it is also
 * tested with the smallest content that the schema accepts.
 */
export type Life = { road: Phase[]; given: Given; least?: object }
/** A merge patch; by default of the status. */
export type Write<T> = (seen: T) => { status: object } | { metadata: object } | { spec: object }

const undecided: Given = { 'status.decisions': undefined, 'status.approvedBy': undefined }
const untimed: Given = { 'status.startsAt': undefined, 'status.expiresAt': undefined }
const alive: Given = { 'status.endedAt': undefined, 'status.settled': undefined }
const decided = (verdict: Decision['verdict']): Given => ({
  'status.decisions.length': 1,
  'status.decisions[].verdict': verdict,
  'status.decisions[].narrowing.grants': [0, 9],
  ...(verdict !== 'Approved' && { 'status.decisions[].evidence': undefined }),
})
/** Values that leave room for later writes, and values that the schema's rules limit as a whole. */
const room: Given = {
  'status.conditions.length': 4,
  'status.approvers.length': 19,
  'status.told.length': 11,
  'status.audit.length': 8,
  'status.audit[].details': { '\u202Ewho@a.example': '\u001B[2J\n' },
}

const roads: Record<Phase, Phase[]> = {
  Pending: ['Pending'],
  Approved: ['Pending', 'Approved'],
  Provisioned: ['Pending', 'Approved', 'Provisioned'],
  Expired: ['Pending', 'Approved', 'Provisioned', 'Expired'],
  Revoked: ['Pending', 'Approved', 'Provisioned', 'Revoked'],
  Denied: ['Pending', 'Denied'],
  TimedOut: ['Pending', 'TimedOut'],
  Withdrawn: ['Pending', 'Withdrawn'],
  Failed: ['Pending', 'Failed'],
}
const life = (phase: Phase, ...given: Given[]): Life => ({
  road: roads[phase],
  given: Object.assign({ 'status.phase': phase, ...room }, ...given) as Given,
})
const withLeast = (full: Life): Life => ({ ...full, least: { phase: full.given['status.phase'] } })
const approved = decided('Approved')

/** Requests in every phase. */
export const requestLives: Record<string, Life> = {
  'a new request': { road: [], given: { status: undefined } },
  'a pending request': withLeast(life('Pending', undecided, untimed, alive, { 'status.grants': undefined })),
  'a pending request with a denial': life('Pending', decided('Denied'), untimed, alive),
  'a pending request with a withdrawal': life('Pending', decided('Withdrawn'), untimed, alive),
  'a pending request with an approval': life('Pending', approved, untimed, alive, { 'status.approvedBy': undefined }),
  'an approved request': life('Approved', approved, untimed, alive, { 'status.grants': undefined }),
  'an approved request that is being written': life('Approved', approved, alive, {
    'status.grants[].state': 'Writing',
  }),
  'a provisioned request': withLeast(life('Provisioned', approved, alive, { 'status.grants[].state': 'Written' })),
  ...Object.fromEntries(
    endedPhases.map(phase => [`a request that is ${phase}`, life(phase, approved, { 'status.settled': undefined })]),
  ),
  'a settled request': life('Expired', approved, { 'status.settled': true }),
}

const status =
  (patch: (seen: NonNullable<AccessRequest['status']>, request: AccessRequest) => object): Write<AccessRequest> =>
  request => ({ status: patch(request.status ?? {}, request) })
const decision =
  (added: object): Write<AccessRequest> =>
  request => ({ status: { decisions: [...(request.status?.decisions ?? []), added] } })
const condition = { type: 'Routed', status: 'True', lastTransitionTime: at, reason: 'Asked', message: 'Mo is asked.' }
const grantsIn = (state: string): Write<AccessRequest> =>
  status((_, { spec }) => ({ grants: spec.grants.map(({ resource, role }) => ({ resource, role, state, at })) }))

/**
 * All writes to a request, by any writer. Writes that its state does not allow were refused before too, and do not
 * count.
 */
export const requestWrites: Record<string, Write<AccessRequest>> = {
  'it begins': status(() => ({
    phase: 'Pending',
    grantSummary: { resources: 'projects/a-project', roles: 'roles/viewer' },
  })),
  'a condition is added': status(({ conditions = [] }) => ({ conditions: [...conditions, condition] })),
  'a condition gets another message': status(({ conditions = [] }) => ({
    conditions: conditions.map(each => ({ ...each, message: 'Other words.' })),
  })),
  'an approver is added': status(({ approvers = [] }) => ({
    approvers: [
      ...approvers,
      { email: 'mo@example.com', slackUserID: 'U0MO', name: 'Mo', level: 1, why: 'on call', at },
    ],
  })),
  'an approver is found again': status(({ approvers = [] }) => ({
    approvers: approvers.map(each => ({ ...each, at })),
  })),
  'the search for approvers continues': status(() => ({ routing: { at, level: 1 } })),
  'the message is posted': status(() => ({ message: { channel: 'C0PROD', intentAt: at, ts: '1.2', shown: 'a' } })),
  'the message is shown again': status(({ message = {} }) => ({ message: { ...message, shown: 'b' } })),
  'people are told': status(({ told = [] }) => ({ told: [...told, { what: 'Approved', at }] })),
  'a denial is appended': decision(denial),
  'a withdrawal is appended': decision({ ...denial, id: 'w1', verdict: 'Withdrawn' }),
  'an approval is appended': decision(approval),
  'an attempt is counted': status(({ attempts }) => ({
    attempts: {
      count: (attempts?.count ?? 0) + 1,
      last: [...(attempts?.last ?? []), { at, who: 'a', why: 'b' }].slice(-5),
    },
  })),
  'it is approved': status(() => ({ phase: 'Approved', approvedBy: 'mo@example.com' })),
  'its times are stored': status(() => ({ startsAt: at, expiresAt: '2026-11-24T10:30:00Z' })),
  'its grants are begun': grantsIn('Writing'),
  'its grants are recorded': grantsIn('Written'),
  'its grants are in doubt': grantsIn('Unknown'),
  'it is provisioned': status(() => ({ phase: 'Provisioned' })),
  ...Object.fromEntries(endedPhases.map(phase => [`it ends as ${phase}`, status(() => ({ phase, endedAt: at }))])),
  'an audit event is added': status(({ audit = [], auditSeq = 0 }) => ({
    audit: [...audit, { seq: auditSeq + 100, event: 'Expired', at, actor: 'mo@example.com', message: 'It ended.' }],
    auditSeq: auditSeq + 100,
    auditHead: 'f'.repeat(64),
  })),
  'the outbox is delivered': status(() => ({ audit: [] })),
  'it is settled': status(() => ({ settled: true })),
  'its finalizer is removed': () => ({ metadata: { finalizers: [] } }),
  'somebody labels it': () => ({ metadata: { labels: { incident: 'inc-1' } } }),
}

/** Mappings before and after the controller has looked at them. */
export const mappingLives: Record<string, Life> = {
  'a new mapping': { road: [], given: { status: undefined, 'spec.approval.onCall.schedule': undefined } },
  'a mapping that was judged': { road: [], given: { 'spec.approval.onCall.schedule': undefined }, least: {} },
  'a mapping with a schedule': { road: [], given: { 'spec.approval.onCall.escalationPolicy': undefined } },
}

/** All writes to a mapping, by the controller and through GitOps. */
export const mappingWrites: Record<string, Write<RoleMapping>> = {
  'it is judged': () => ({
    status: { observedGeneration: 1, approversSummary: 'Mo', conditions: [{ ...condition, type: 'Ready' }] },
  }),
  'its condition gets another message': ({ status: seen }) => ({
    status: { conditions: (seen?.conditions ?? []).map(each => ({ ...each, message: 'Other words.' })) },
  }),
  'it is applied unchanged': ({ spec }) => ({ spec }),
  'its description changes': () => ({ spec: { description: 'Read the production database' } }),
  'somebody labels it': () => ({ metadata: { labels: { team: 'payments' } } }),
}
