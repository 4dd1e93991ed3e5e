// A past that really happened in the simulated Google: requests whose bindings were written and removed there, with the
// events in the log that Hallpass would have written. The simulator itself says what each person could do at each instant.
import type { AccessRequest, GrantRecord, GrantSpec, RequestStatus } from '../../src/api/kinds.ts'
import type { AuditEvent } from '../../src/domain/audit/audit-events.ts'
import { detailsOfGrant, entryOf, withEvent } from '../../src/domain/audit/audit.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import type { Window } from '../../src/domain/asking/window.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import { restrictionOf } from '../../src/domain/granting/restriction.ts'
import { type BindingWanted, type Policy, withoutBindings } from '../../src/domain/granting/policy.ts'
import type { Hours } from '../../src/domain/hours/span.ts'
import type { LogReader } from '../../src/domain/ports.ts'
import { createAuditLog } from '../../src/google/audit-log.ts'
import { createLogReader } from '../../src/google/log-reader.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultAuditor, defaultIdentities } from '../../src/sim/google/seeds.ts'
import { noon, request } from '../builders/history.ts'
import { ManualClock } from '../fakes/clock.ts'
import { identity } from '../google/fixture.ts'
import { as, withAdmins } from '../sim/google/clients.ts'

export const auditLog = 'projects/hallpass-ops/logs/hallpass'
/** The same time of each day, in a zone whose clock is an hour ahead of Berlin. */
export const evening = { zone: 'Europe/Helsinki', from: '14:10', to: '14:25' }
/** When some of it works. Noon in UTC is one o'clock in Berlin. */
export const times: readonly Hours[] = [
  { zone: 'Europe/Berlin', spans: [{ from: '13:05', to: '13:20' }] },
  {
    zone: 'UTC',
    spans: [
      { days: ['Mon'], from: '12:00', to: '12:10' },
      { from: '12:15', to: '06:00' },
    ],
  },
]
export const people = ['dana@example.com', 'otto@example.com', 'ana@example.com'] as const
/** What can be asked for. Nobody has any of it otherwise. */
export const offers: readonly GrantSpec[] = [
  { resource: 'projects/prod-eu', role: 'roles/cloudsql.client' },
  { resource: 'projects/prod-us', role: 'roles/logging.viewer' },
  { resource: 'projects/prod-eu', role: 'roles/container.viewer' },
]

/** What one request asks for, and how it goes. `minutes` is until its early end, counted from its beginning. */
export type Life = {
  person: string
  grants: readonly GrantSpec[]
  hours?: Hours
  /** On several days, of which a past has one. */
  window?: Omit<Window, 'until'>
  /** Seconds after noon. */
  asked: number
  seconds: number
  /** The access begins so much later than it is written. */
  later?: number
  end: 'expires' | 'ended early' | 'denied' | 'in doubt and there' | 'in doubt and not there' | 'undone'
  /** Seconds after the beginning. */
  endedAfter?: number
}

/** Every way in which a request goes. */
export const everyEnd: readonly Life['end'][] = [
  'expires',
  'ended early',
  'denied',
  'in doubt and there',
  'in doubt and not there',
  'undone',
]

type Step = { at: number; run: () => Promise<void> }

/** A past, and everything with which it can be looked at. */
export class Past {
  readonly google: GoogleSim
  readonly clock: ManualClock
  readonly requests: AccessRequest[] = []
  readonly reader: LogReader
  readonly #log: ReturnType<typeof createAuditLog>
  constructor(google: GoogleSim, clock: ManualClock) {
    this.google = google
    this.clock = clock
    const rootUrl = google.url
    this.reader = createLogReader({ authClient: identity(defaultAuditor.token), clock, rootUrl })
    const authClient = identity(defaultIdentities.controller.token)
    this.#log = createAuditLog({ project: 'hallpass-ops', authClient, clock, rootUrl })
  }

  static async open(): Promise<Past> {
    const clock = new ManualClock()
    clock.at = noon
    const google = await startGoogle({ clock, seeds: withAdmins() })
    const admin = { role: 'roles/resourcemanager.projectIamAdmin', members: ['user:mo@example.com'] }
    google.policies.define({ name: 'projects/prod-us', parent: 'folders/10', bindings: [admin] })
    return new Past(google, clock)
  }

  /** Lets everything happen in the order of time. `look` is called just before and just after each step. */
  async happen(lives: readonly Life[], look: (at: Date) => void): Promise<void> {
    const steps = lives.flatMap((life, n) => this.#stepsOf(life, n))
    const edges = [...new Set([...steps.map(({ at }) => at), ...lives.flatMap(edgesOf)])].toSorted((a, b) => a - b)
    for (const edge of edges) {
      look(new Date(after(noon, edge).getTime() - 1))
      this.clock.at = after(noon, edge)
      for (const { run } of steps.filter(step => step.at === edge)) await run()
      look(after(noon, edge))
      look(new Date(after(noon, edge).getTime() + 1))
    }
  }

  #stepsOf(life: Life, n: number): Step[] {
    const { person, asked, seconds, end, later = 0, endedAfter = 1, grants, hours, window: every } = life
    const uid = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
    const born = request({}, { name: `r-${n}`, email: person })
    const [startsAt, expiresAt] = [after(noon, asked + later), after(noon, asked + later + seconds)]
    const window = every && { ...every, until: instant(expiresAt) }
    this.requests[n] = {
      ...born,
      metadata: { ...born.metadata, uid, creationTimestamp: instant(after(noon, asked)) },
      spec: { ...born.spec, grants: [...grants], ...(hours && { hours }), ...(window && { window }) },
      status: {},
    }
    const times = { startsAt: instant(startsAt), expiresAt: instant(expiresAt), approvedBy: 'mo@example.com' }
    const wanted = grants.map(({ resource, role, ...grant }) => ({
      uid,
      member: `user:${person}`,
      resource,
      role,
      condition: restrictionOf({ hours, window }, grant),
      startsAt,
      expiresAt,
      description: `hallpass/r-${n}, asked by ${person}, approved by mo@example.com`,
    }))
    const states = (state: GrantRecord['state']): GrantRecord[] =>
      grants.map(({ resource, role }) => ({ resource, role, state, at: instant(this.clock.now()) }))
    const note = async (event: AuditEvent, change: Partial<RequestStatus>): Promise<void> =>
      this.#note(n, event, change)
    const begin = async (): Promise<void> => {
      await note('Requested', { phase: 'Pending' })
      if (end === 'denied') return note('Denied', { phase: 'Denied', endedAt: instant(this.clock.now()) })
      await note('GrantStarted', { phase: 'Approved', ...times, grants: states('Writing') })
      const isThere = end !== 'in doubt and not there'
      if (isThere) await this.#edit(wanted, 'add')
      if (end.startsWith('in doubt')) return note('GrantInDoubt', { phase: 'Provisioned', grants: states('Unknown') })
      if (end !== 'undone') return note('Granted', { phase: 'Provisioned', grants: states('Written') })
      await this.#edit(wanted, 'remove')
      await note('Failed', { phase: 'Failed', endedAt: instant(this.clock.now()), grants: states('Removed') })
    }
    const finish = async (): Promise<void> => {
      if (end !== 'ended early') return note('Expired', { phase: 'Expired', endedAt: instant(this.clock.now()) })
      await this.#edit(wanted, 'remove')
      await note('Revoked', { phase: 'Revoked', endedAt: instant(this.clock.now()), grants: states('Removed') })
    }
    const finishesAt = end === 'ended early' ? asked + endedAfter : asked + later + seconds + 2
    const isOver = end === 'denied' || end === 'undone'
    return [{ at: asked, run: begin }, ...(isOver ? [] : [{ at: finishesAt, run: finish }])]
  }

  // As the controller does it: what happened is an event in the log, and a status in the cluster.
  async #note(n: number, event: AuditEvent, change: Partial<RequestStatus>): Promise<void> {
    const seen = this.requests[n]
    if (!seen) throw new Error(`no request ${n}`)
    const next = { ...seen.status, ...change }
    const at = this.clock.now()
    const joined = withEvent(next, { event, at, message: event, details: detailsOfGrant(next) })
    const newest = joined.audit?.at(-1)
    if (newest) await this.#log.write([entryOf(seen, newest)])
    this.requests[n] = { ...seen, status: { ...next, ...joined, audit: [] } }
  }

  // As an approver does it: read, change, write with the etag.
  async #edit(wanted: readonly (BindingWanted & { resource: string })[], how: 'add' | 'remove'): Promise<void> {
    const { projects } = as(this.google, 'mo@example.com')
    for (const resource of new Set(wanted.map(one => one.resource))) {
      const own = wanted.filter(one => one.resource === resource)
      const requestBody = { options: { requestedPolicyVersion: 3 } }
      const { data } = await projects.getIamPolicy({ resource, requestBody })
      const before = data as Policy
      const policy = how === 'add' ? withBindings(before, own, this.clock.now()) : withoutBindings(before, own)
      await projects.setIamPolicy({ resource, requestBody: { policy } })
    }
  }
}

/** The instants at which the access begins and ends. */
function edgesOf({ asked, later = 0, seconds, endedAfter = 0, hours, window }: Life): number[] {
  const ofHours = hours || window ? [5, 10, 15, 20, 25].map(minutes => minutes * 60) : []
  return [asked + later, asked + later + seconds, asked + endedAfter, ...ofHours]
}
