// Tells what a comparison found: the condition PolicyAsRecorded and status.drift of each mapping, and an Event for each
// difference that is new. Expired entries are only counted: each grant leaves one behind until the next.
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { MappingStatus, RoleMapping } from '../../api/kinds.ts'
import type { DriftReport } from '../../audit/drift/drift.ts'
import { type Finding, keyOf } from '../../audit/drift/finding.ts'
import { type NewCondition, saysAlready, withCondition } from '../../domain/conditions.ts'
import type { Clock, Events, LiveMappings, Mappings } from '../../domain/ports.ts'
import { shortLine } from '../../domain/text.ts'
import type { Log } from '../../kube/environment.ts'
import type { MappingStatuses, MappingStatusPatch } from '../../store/mappings.ts'

export type TellerOptions = {
  clock: Clock
  mappings: Pick<Mappings, 'list'>
  liveMappings: LiveMappings
  mappingStatuses: MappingStatuses
  events: Events
  log: Log
  /** Whether this process leads. */
  mayAct: () => boolean
}

/** Tells every mapping. One that cannot be written now is told at the next check. */
export type Teller = (report: DriftReport) => Promise<void>

type Stored = NonNullable<MappingStatus['drift']>[number]
/** As in the CRD: what is in a policy is outside data, and must not keep the status from being written. */
const most = { findings: 10, role: 200, member: 200, why: 200 }

/** Makes the teller. */
export function createTeller(options: TellerOptions): Teller {
  return async report => {
    const told = report.findings.filter(({ kind }) => kind !== 'leftover')
    const attributed = attribute(told, options.mappings.list())
    for (const mapping of options.mappings.list()) {
      const own = attributed.get(keyOfMapping(mapping)) ?? []
      await tell(options, mapping, { own, unread: unreadOf(report, mapping) }).catch((error: unknown) =>
        options.log.warn('controller: the result of a comparison was not stored; the next one is', {
          mapping: keyOfMapping(mapping),
          why: error instanceof Error ? error.message : String(error),
        }),
      )
    }
  }
}

/** Removes what an earlier comparison told, where none is made any more. */
export async function forgetDrift(options: Omit<TellerOptions, 'events'>): Promise<void> {
  const isTold = ({ status }: RoleMapping): boolean =>
    Boolean(status?.drift) || (status?.conditions ?? []).some(({ type }) => type === 'PolicyAsRecorded')
  for (const { metadata } of options.mappings.list().filter(isTold)) {
    const mapping = await options.liveMappings.read(metadata)
    if (!mapping || !options.mayAct()) continue
    const conditions = (mapping.status?.conditions ?? []).filter(({ type }) => type !== 'PolicyAsRecorded')
    await options.mappingStatuses.patchMappingStatus(mapping, { drift: null, conditions })
  }
}

function keyOfMapping({ metadata: { namespace, name } }: RoleMapping): string {
  return `${namespace}/${name}`
}

/** Each finding with the mappings that it is told on: that of its request, else those of its role, else of its resource. */
function attribute(findings: readonly Finding[], mappings: readonly RoleMapping[]): Map<string, Finding[]> {
  const told = new Map<string, Finding[]>()
  for (const finding of findings)
    for (const mapping of mappingsOf(finding, mappings))
      told.set(keyOfMapping(mapping), [...(told.get(keyOfMapping(mapping)) ?? []), finding])
  return told
}

function mappingsOf({ request, resource, role }: Finding, mappings: readonly RoleMapping[]): readonly RoleMapping[] {
  const own = mappings.filter(
    ({ metadata }) => metadata.namespace === request?.namespace && metadata.name === request?.mapping,
  )
  if (own.length > 0) return own
  const grants = (wanted: (grant: RoleMapping['spec']['grants'][number]) => boolean): RoleMapping[] =>
    mappings.filter(({ spec }) => spec.grants.some(wanted))
  const ofRole = grants(grant => grant.resource === resource && grant.role === role)
  return ofRole.length > 0 ? ofRole : grants(grant => grant.resource === resource)
}

function unreadOf({ unread }: DriftReport, { spec }: RoleMapping): string[] {
  const resources = new Set(spec.grants.map(({ resource }) => resource))
  return [
    ...new Set(unread.flatMap(({ resource }) => (resource !== undefined && resources.has(resource) ? [resource] : []))),
  ]
}

type Found = { own: readonly Finding[]; unread: readonly string[] }

/** Somebody else may write the status in between. */
const tries = 3

async function tell(options: TellerOptions, watched: RoleMapping, found: Found): Promise<void> {
  for (let n = 0; n < tries; n++) if ((await tellOnce(options, watched, found)) !== 'conflict') return
  throw new Error('its status was changed repeatedly')
}

// Against the mapping as it is now: the watch may be behind, and the check took a while.
async function tellOnce(options: TellerOptions, watched: RoleMapping, found: Found): Promise<'conflict' | 'told'> {
  const mapping = await options.liveMappings.read(watched.metadata)
  if (!mapping || mapping.metadata.deletionTimestamp) return 'told'
  const before = mapping.status?.drift ?? []
  const drift = driftOf(before, found)
  const condition = conditionOf(mapping, drift, found)
  const isSaid = saysAlready(mapping.status?.conditions, condition)
  if ((isSaid && isDeepStrictEqual(drift, before)) || !options.mayAct()) return 'told'
  const patch: MappingStatusPatch = {
    drift: drift.length > 0 ? drift : null,
    conditions: withCondition(mapping.status?.conditions, condition, options.clock.now()),
  }
  const written = await options.mappingStatuses.patchMappingStatus(mapping, patch)
  if (written === 'conflict') return 'conflict'
  announce(options, mapping, { before, drift, condition, found })
  return 'told'
}

/** What is stored: what was found now, and what was found before in a policy that could not be read now. */
function driftOf(before: readonly Stored[], { own, unread }: Found): Stored[] {
  const now = own.map(storedOf)
  const known = new Set(now.map(({ id }) => id))
  const kept = before.filter(({ id, resource }) => unread.includes(resource) && !known.has(id))
  return [...now, ...kept].toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, most.findings)
}

function storedOf(finding: Finding): Stored {
  const { kind, resource, role, member, why } = finding
  return {
    id: createHash('sha256').update(keyOf(finding)).digest('hex').slice(0, 32),
    kind,
    resource,
    role: shortLine(role, most.role),
    member: shortLine(member, most.member),
    why: shortLine(why, most.why),
  }
}

function conditionOf({ metadata }: RoleMapping, drift: readonly Stored[], { own, unread }: Found): NewCondition {
  const type = 'PolicyAsRecorded'
  const observedGeneration = metadata.generation
  const [first] = drift
  if (first) {
    const more = Math.max(own.length, drift.length) - 1
    const others = more > 0 ? ` And ${more} more in status.drift.` : ''
    const message = `${say(first)}${others} Nothing is repaired by itself; "hallpass drift" prints what can be done.`
    return { type, status: 'False', reason: 'DriftFound', message, observedGeneration }
  }
  if (unread.length > 0) {
    const named = unread.map(resource => `"${resource}"`).join(', ')
    const message = `It is not known whether the IAM policy is as recorded: the account of google.policyReader could not read it, of ${named}. The log of the controller says why.`
    return { type, status: 'Unknown', reason: 'PolicyUnread', message, observedGeneration }
  }
  const message = 'The IAM policies are as recorded.'
  return { type, status: 'True', reason: 'AsRecorded', message, observedGeneration }
}

function say({ kind, resource, role, member, why }: Stored): string {
  return `${kind}: ${role} on ${resource} for ${member}: ${why}.`
}

type Announced = { before: readonly Stored[]; drift: readonly Stored[]; condition: NewCondition; found: Found }

function announce(
  { events }: TellerOptions,
  mapping: RoleMapping,
  { before, drift, condition, found }: Announced,
): void {
  const known = new Set(before.map(({ id }) => id))
  for (const one of drift.filter(({ id }) => !known.has(id))) {
    const next = found.own.find(finding => storedOf(finding).id === one.id)?.next ?? ''
    events.record(mapping, { type: 'Warning', reason: 'DriftFound', message: `${say(one)} ${next}` })
  }
  const { reason, message } = condition
  if (condition.status === 'True' && before.length > 0) events.record(mapping, { type: 'Normal', reason, message })
}
