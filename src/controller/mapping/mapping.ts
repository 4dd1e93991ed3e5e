// Checks a mapping: the condition Ready, and a short text about its approvers. A mapping that is not Ready cannot be
// requested, and one that could not be checked is not Ready.
import { isDeepStrictEqual } from 'node:util'
import type { RoleMapping } from '../../api/kinds.ts'
import type { NewCondition } from '../../domain/conditions.ts'
import { after } from '../../domain/asking/duration.ts'
import { judgeMapping } from '../../domain/mapping/alone.ts'
import { readMapping, shownDurations } from '../../domain/mapping/mapping.ts'
import type { Around } from '../../domain/mapping/mapping-people.ts'
import type { hallpassMetrics } from '../../domain/audit/metrics.ts'
import { Broken, type Refusal } from '../../domain/outcome.ts'
import type { AuditLog, Channels, Clock, CustomRoles, Events, Mappings, OnCall, Ref } from '../../domain/ports.ts'
import type { GoogleGroups } from '../../domain/people/group-reader.ts'
import { faultOfRoute, type PageRoute } from '../../domain/calling/paging.ts'
import type { PoliciesSeen } from '../../domain/granting/policies-seen.ts'
import { mappingProgress } from '../../domain/progress.ts'
import { isFaultOfCalling, ownerOf } from '../../domain/refusals.ts'
import { shortLine } from '../../domain/text.ts'
import type { Log } from '../../kube/environment.ts'
import type { Metrics } from '../../kube/metrics.ts'
import type { MappingStatuses, MappingStatusPatch } from '../../store/mappings.ts'
import { findCustomRoles } from './custom-roles.ts'
import { alertRemarks, channelFound } from './mapping-channel.ts'
import { findOnCall, type OnCallFound } from '../calling/on-call-duty.ts'
import { logRules } from './rules-log.ts'
import { policyRoom, withRoom } from './policy-room.ts'
import { remarksOnRoute } from '../calling/page-route.ts'
import { createReporter } from './report.ts'
import { judgeGoogleGroups } from './google-groups.ts'
import { type GroupLists, judgeUserGroups } from '../calling/user-groups.ts'

export type MappingReconcilerOptions = {
  clock: Clock
  mappings: Mappings
  mappingStatuses: MappingStatuses
  /** The settings that say who can get access, and whose addresses belong together. */
  settings: Omit<Around, 'now'>
  /** The command that reaches every mapping, so no mapping can have it. */
  genericCommand: string
  onCall: Pick<OnCall, 'describe' | 'services'>
  /** Absent when custom roles must not be read. */
  customRoles?: CustomRoles
  userGroups: GroupLists
  googleGroups: GoogleGroups
  /** The routes that mappings may page through. */
  pageRoutes: readonly PageRoute[]
  channels: Channels
  policiesSeen: Pick<PoliciesSeen, 'of'>
  /** Where a change of a mapping's rules is recorded, and the address of this installation. */
  auditLog: AuditLog
  publicUrl: string
  events: Events
  log: Log
  metrics: Metrics<typeof hallpassMetrics>
  /** Whether this process leads. */
  mayAct: () => boolean
}

/** PagerDuty, user groups and other mappings may change without a change of this mapping. */
const againSeconds = 300
const silentSeconds = 30
const summaryLength = 200
/** As in the CRD. */
const problemLength = 1024

/** Checks mappings. Resolves to when to check again. */
export function createMappingReconciler(options: MappingReconcilerOptions): {
  reconcile: (ref: Ref) => Promise<Date | undefined>
} {
  const { clock, mappings, mappingStatuses, onCall, events, mayAct } = options
  const report = createReporter(options)

  const judge = async (mapping: RoleMapping): Promise<Date> => {
    const found = await findOnCall(onCall, mapping)
    const groups = await judgeUserGroups(mapping, options.userGroups)
    const channel = await channelFound(options.channels, mapping)
    const alert = await alertRemarks(options.channels, mapping)
    const google = await judgeGoogleGroups(mapping, options.googleGroups)
    const { custom, silence = found.silence ?? groups.silence ?? google.silence ?? channel.silence } =
      await findCustomRoles(options.customRoles, mapping)
    const now = clock.now()
    const own = judgeMapping(mapping, {
      ...options.settings,
      others: mappings.list(),
      generic: options.genericCommand,
      custom,
      now,
    })
    const faults = [...own.faults, ...(found.fault ? [found.fault] : []), ...groups.faults, ...google.faults]
    const route = await remarksOnRoute(options, mapping)
    const remarks = [...own.remarks, ...found.remarks, ...google.remarks, ...route, ...alert]
    const calling = [...google.unread, faultOfRoute(mapping, options.pageRoutes), channel.fault].filter(
      fault => fault !== undefined,
    )
    const ready = readyOf(mapping, faults, { silence, remarks, calling })
    const approversSummary = found.silence
      ? (mapping.status?.approversSummary ?? summaryOf(mapping, found))
      : summaryOf(mapping, found)
    const shown = shownOf(mapping, ready)
    const again = after(clock.now(), silence ? silentSeconds : againSeconds)
    const standing = mapping.status?.conditions
    const judged = mappingProgress(standing, ready, clock.now())
    const room = policyRoom(mapping, options.policiesSeen)
    const news = {
      isReady: !isDeepStrictEqual(judged, standing ?? []) || mapping.status?.approversSummary !== approversSummary,
      isShown: !isDeepStrictEqual(shown, shownBefore(mapping)),
      isOnCall: !isDeepStrictEqual(mapping.status?.onCall ?? null, found.status),
    }
    // A temporary problem is reported only in the condition.
    if (silence && ownerOf(silence.reason) !== 'nobody') events.record(mapping, { type: 'Warning', ...silence })
    if (!news.isReady && !news.isShown && !news.isOnCall && !room.isNews) return again
    if (!mayAct()) throw new Broken('This process no longer leads, so it changes nothing.')
    const written = await mappingStatuses.patchMappingStatus(mapping, {
      ...(mapping.metadata.generation !== undefined && { observedGeneration: mapping.metadata.generation }),
      approversSummary,
      ...shown,
      onCall: found.status,
      ...(room.isNews && { policies: room.policies }),
      conditions: withRoom(judged, room, clock.now()),
    })
    // The watch delivers the conflicting change; if it does not, this is checked again soon.
    if (written === 'conflict') return after(clock.now(), 1)
    if (room.event) events.record(mapping, room.event)
    // People take turns: who is on call is only in the status.
    if (!news.isReady) return again
    events.record(mapping, {
      type: ready.status === 'True' ? 'Normal' : 'Warning',
      reason: ready.reason,
      message: ready.message,
    })
    return again
  }

  return {
    reconcile: async ref => {
      const mapping = mappings.get(ref)
      if (!mapping || mapping.metadata.deletionTimestamp) return undefined
      try {
        const next = await judge(mapping)
        const failures = await logRules(options, mapping).then(
          () => [],
          (error: unknown) => [{ step: 'logRules' as const, error }],
        )
        return report({ about: mapping, failures, next })
      } catch (error) {
        return report({ about: mapping, failures: [{ step: 'judge', error }], next: undefined })
      }
    },
  }
}

// If PagerDuty, Slack or IAM does not answer, or Hallpass has no right there, this says nothing about the mapping: the
// last result for this generation stays, so that approved access is not lost, and a new generation waits.
function readyOf(
  { metadata, status }: RoleMapping,
  faults: readonly Refusal[],
  {
    silence,
    remarks,
    calling,
  }: { silence: Refusal | undefined; remarks: readonly string[]; calling: readonly Refusal[] },
): NewCondition {
  const observedGeneration = metadata.generation
  // Requests that wait are granted although the channel or the route cannot be used, so these come last, and alone only
  // when everything else is known.
  const all = faults.length > 0 || !silence ? [...faults, ...calling] : faults
  const [first] = all
  if (first)
    return {
      type: 'Ready',
      status: 'False',
      reason: first.reason,
      message: all.map(({ message }) => message).join(' '),
      observedGeneration,
    }
  const standing = status?.conditions?.find(({ type }) => type === 'Ready')
  const isSound = standing !== undefined && (standing.status === 'True' || isFaultOfCalling(standing.reason))
  if (silence && isSound && standing.observedGeneration === observedGeneration)
    return { ...standing, type: 'Ready', reason: standing.reason as NewCondition['reason'] }
  if (silence) return { type: 'Ready', status: 'Unknown', ...silence, observedGeneration }
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Checked',
    message: ['This mapping can be requested.', ...remarks].join(' '),
    observedGeneration,
  }
}

type Shown = Required<Pick<MappingStatusPatch, 'duration' | 'problem'>>

/** What kubectl's table shows besides the approvers. */
function shownOf(mapping: RoleMapping, { status, message }: NewCondition): Shown {
  return {
    duration: shownDurations(readMapping(mapping)),
    problem: status === 'True' ? null : shortLine(message, problemLength),
  }
}

function shownBefore({ status }: RoleMapping): Shown {
  return { duration: status?.duration ?? null, problem: status?.problem ?? null }
}

function summaryOf(mapping: RoleMapping, { name }: OnCallFound): string {
  const { required, onCall, fallback, allowed } = readMapping(mapping).approval
  const first = name ?? onCall?.escalationPolicy ?? onCall?.schedule
  const parts = [
    first,
    fallback && (first ? 'or the fallback' : 'the fallback'),
    allowed?.emails?.length && `or ${allowed.emails.length} more`,
    allowed?.googleGroups?.length && `or members of ${allowed.googleGroups.join(', ')}`,
  ]
  const number = required > 1 ? `${required} of ` : ''
  return shortLine(`${number}${parts.filter(Boolean).join(', ')}`, summaryLength)
}
