// A RoleMapping as the rules use it: durations in seconds, the snapshot for a request, and the difference between
// mapping and snapshot.
import type { ApprovalRules, GrantSpec, RequestSpec, RoleMapping } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { sha256 } from '../approval/digest.ts'
import { canonicalJson } from '../json.ts'
import { durationSeconds, formatDuration } from '../asking/duration.ts'
import { approvalInEmergency, type EmergencyRules, reviewSnapshot } from '../asking/emergency.ts'
import { parseEmail } from '../people/identity.ts'
import type { Hours } from '../hours/span.ts'
import { sayHours } from '../hours/words.ts'
import { isFaultOfCalling } from '../refusals.ts'

/** A parsed mapping. `approval` and `grants` are exactly the content of a request's snapshot. */
export type Mapping = {
  name: string
  namespace: string
  command?: string
  description: string
  minSeconds: number
  defaultSeconds: number
  maxSeconds: number
  /** The most that one person can have in sequence, by all their requests; undefined when it is not limited. */
  maxConsecutiveSeconds?: number
  /** On how many days a window can begin; undefined when none can be asked for. */
  recurringDays?: number
  grants: GrantSpec[]
  approval: ApprovalRules
  requesters: { emails: string[]; domains: string[]; slackUserGroups: string[]; googleGroups: string[] }
  reason: { required: boolean; pattern?: string; hint?: string }
  channel: string
  /** When access works; absent when at any time. A part of a request's snapshot, like `grants`. */
  hours?: Hours
  /** After this time without an answer the people who were asked are reminded once; 0 reminds nobody. Absent unless given. */
  remindSeconds?: number
  page?: PageRules
  afterGrant?: { text?: string; links: { text: string; url: string }[] }
  allowPrivileged: boolean
  /** What is offered in an emergency; absent when nothing is. */
  emergency?: EmergencyRules
  isReady: boolean
  /**
   * Whether requests that were made before can still be granted: it is ready, or only its channel or its route for pages
   * cannot be used, which says nothing about what is granted.
   */
  isSound: boolean
  /** False until the controller has checked its current version; then it is not known whether it is ready. */
  isJudged: boolean
}

/**
 * Who is paged when nobody answers. Like the channel it is no part of a request's snapshot: it says nothing about who may
 * decide or what is granted.
 */
export type PageRules = { route: string; afterSeconds: number; urgency: 'high' | 'low' }

/**
 * Parses a stored mapping. Absent fields get their defaults here and not in the CRD, so that a spec in the cluster has
 * only what its author wrote, and tools that compare it with Git see everything else.
 */
export function readMapping(stored: RoleMapping): Mapping {
  const { spec, metadata } = stored
  return {
    name: metadata.name,
    namespace: metadata.namespace,
    ...(spec.command && { command: spec.command }),
    description: spec.description ?? '',
    ...readDurations(spec.duration),
    grants: spec.grants.map(({ resource, role, condition }) => ({ resource, role, ...(condition && { condition }) })),
    ...(spec.hours && { hours: readHours(spec.hours) }),
    approval: approvalSnapshot(spec.approval),
    requesters: {
      emails: spec.requesters.emails ?? [],
      domains: spec.requesters.domains ?? [],
      slackUserGroups: spec.requesters.slackUserGroups ?? [],
      googleGroups: spec.requesters.googleGroups ?? [],
    },
    reason: {
      required: spec.reason?.required ?? true,
      ...(spec.reason?.pattern && { pattern: spec.reason.pattern }),
      ...(spec.reason?.hint && { hint: spec.reason.hint }),
    },
    channel: spec.channel,
    ...readCalling(spec.approval),
    ...(spec.afterGrant && {
      afterGrant: { ...(spec.afterGrant.text && { text: spec.afterGrant.text }), links: spec.afterGrant.links ?? [] },
    }),
    allowPrivileged: spec.allowPrivileged ?? false,
    ...(spec.emergency && {
      emergency: {
        approval: approvalSnapshot(approvalInEmergency(spec.approval, spec.emergency)),
        review: reviewSnapshot(spec.emergency),
      },
    }),
    isReady: isReadyNow(stored),
    isSound: isReadyNow(stored) || hasOnlyFaultOfCalling(stored),
    isJudged: ['True', 'False'].includes(readyNow(stored)?.status ?? 'Unknown'),
  }
}

function readHours({ zone, spans }: NonNullable<RoleMapping['spec']['hours']>): Hours {
  return { zone, spans: spans.map(({ days, from, to }) => ({ ...(days && { days }), from, to })) }
}

type Durations = Pick<
  Mapping,
  'minSeconds' | 'defaultSeconds' | 'maxSeconds' | 'maxConsecutiveSeconds' | 'recurringDays'
>
const [usualMin, usualDefault, usualMax] = [60, 3600, 14_400]

// A time that is left out follows those that are given, so that `max: 30m` alone is enough.
function readDurations({
  min,
  default: usual,
  max,
  maxConsecutive,
  recurring,
}: NonNullable<RoleMapping['spec']['duration']> = {}): Durations {
  const maxSeconds = max === undefined ? usualMax : durationSeconds(max)
  const given = usual === undefined ? undefined : durationSeconds(usual)
  const minSeconds = min === undefined ? Math.min(usualMin, given ?? maxSeconds, maxSeconds) : durationSeconds(min)
  const defaultSeconds = given ?? Math.max(minSeconds, Math.min(usualDefault, maxSeconds))
  const most = maxConsecutive === undefined ? {} : { maxConsecutiveSeconds: durationSeconds(maxConsecutive) }
  const days = recurring && { recurringDays: recurring.maxDays }
  return { minSeconds, defaultSeconds, maxSeconds, ...most, ...days }
}

/** The times in force as `status.duration` shows them, all in one form. */
export function shownDurations({
  minSeconds,
  defaultSeconds,
  maxSeconds,
  ...more
}: Durations & Pick<Mapping, 'hours'>): MappingDurations {
  const { maxConsecutiveSeconds: most, hours } = more
  return {
    min: formatDuration(minSeconds),
    default: formatDuration(defaultSeconds),
    max: formatDuration(maxSeconds),
    ...(most !== undefined && { maxConsecutive: formatDuration(most) }),
    ...(hours && { hours: sayHours(hours) }),
  }
}
type MappingDurations = { min: string; default: string; max: string; maxConsecutive?: string; hours?: string }

function readCalling({ remindAfter, page }: RoleMapping['spec']['approval']): Calling {
  const { route, after = usualPage, urgency = 'high' } = page ?? {}
  return {
    ...(remindAfter !== undefined && { remindSeconds: durationSeconds(remindAfter) }),
    ...(route && { page: { route, afterSeconds: durationSeconds(after), urgency } }),
  }
}
type Calling = Pick<Mapping, 'remindSeconds' | 'page'>
const usualPage = '5m'

function isReadyNow(stored: RoleMapping): boolean {
  return readyNow(stored)?.status === 'True' && !stored.metadata.deletionTimestamp
}

// The controller gives these reasons only when nothing else is wrong or unknown.
function hasOnlyFaultOfCalling(stored: RoleMapping): boolean {
  const ready = readyNow(stored)
  return ready?.status === 'False' && isFaultOfCalling(ready.reason) && !stored.metadata.deletionTimestamp
}

/** Ready counts only for the checked generation: an edited mapping is not ready until it is checked again. */
function readyNow({ metadata, status }: RoleMapping): Condition | undefined {
  return status?.conditions?.find(
    ({ type, observedGeneration }) => type === 'Ready' && observedGeneration === metadata.generation,
  )
}

function approvalSnapshot(approval: RoleMapping['spec']['approval']): ApprovalRules {
  const { onCall } = approval
  const [fallback, allowed] = [anybodyIn(approval.fallback), anybodyIn(approval.allowed)]
  return {
    required: approval.required ?? 1,
    window: formatDuration(durationSeconds(approval.window ?? '30m')),
    escalateAfter: formatDuration(durationSeconds(approval.escalateAfter ?? '10m')),
    ...(onCall && { onCall: { level: 1, ...onCall } }),
    ...(fallback && { fallback }),
    ...(allowed && { allowed }),
    onlyOnCall: approval.onlyOnCall ?? false,
  }
}

type Named = { emails?: string[]; googleGroups?: string[]; slackUserGroup?: string }

// An empty list names nobody, as if it was left out; authors write it to say so to tools that compare with Git.
function anybodyIn<T extends Named>(part: T | undefined): T | undefined {
  const { emails, googleGroups, ...rest } = part ?? {}
  const named = { ...rest, ...(emails?.length && { emails }), ...(googleGroups?.length && { googleGroups }) }
  return Object.keys(named).length > 0 ? (named as T) : undefined
}

/**
 * SHA-256 (hex) of the fields that decide who gets what through this mapping. Approvals under the same rules have the
 * same digest, so an approval under other rules is visible in the log.
 */
export function rulesDigest(mapping: Mapping): string {
  const { namespace, name, grants, approval, requesters, emergency } = mapping
  const { maxSeconds, maxConsecutiveSeconds, recurringDays, allowPrivileged, hours } = mapping
  const { emails, domains, slackUserGroups, googleGroups } = requesters
  return sha256(
    canonicalJson({
      version: 'hallpass/rules/v1',
      namespace,
      name,
      grants,
      approval,
      requesters: {
        emails: emails.toSorted(),
        domains: domains.toSorted(),
        slackUserGroups: slackUserGroups.toSorted(),
        // As maxConsecutiveSeconds below.
        googleGroups: googleGroups.length > 0 ? googleGroups.toSorted() : undefined,
      },
      maxSeconds,
      // These three are absent from the digests of mappings without them.
      maxConsecutiveSeconds,
      hours,
      recurringDays,
      allowPrivileged,
      emergency,
    }),
  )
}

/**
 * The difference between the current mapping and the request's snapshot, in words; undefined when they agree. A request
 * is granted only while they agree, so that nobody gets access that the mapping no longer offers.
 */
export function snapshotDifference(spec: RequestSpec, mapping: Mapping | undefined): string | undefined {
  if (!mapping) return `mapping "${spec.roleMapping}" no longer exists`
  const offered = new Set(mapping.grants.map(canonicalJson))
  const gone = spec.grants.find(grant => !offered.has(canonicalJson(grant)))
  if (gone)
    return `mapping "${mapping.name}" no longer offers "${gone.role}" on "${gone.resource}"${gone.condition ? ' under this condition' : ''}`
  if (canonicalJson(spec.grants) !== canonicalJson(mapping.grants))
    return `mapping "${mapping.name}" now lists other grants`
  if (canonicalJson(spec.hours ?? null) !== canonicalJson(mapping.hours ?? null))
    return `the hours of mapping "${mapping.name}" have changed`
  const rules = rulesDifference(spec, mapping)
  if (rules) return rules
  if (spec.window && mapping.recurringDays === undefined)
    return `mapping "${mapping.name}" no longer allows access on several days`
  if (durationSeconds(spec.duration) > mapping.maxSeconds)
    return `mapping "${mapping.name}" now allows at most ${formatDuration(mapping.maxSeconds)}`
  if (!mayStillAsk(mapping, spec.requester.email))
    return `mapping "${mapping.name}" no longer lets ${spec.requester.email} ask`
  if (!mapping.isSound) return `mapping "${mapping.name}" is not ready`
  return undefined
}

function rulesDifference({ emergency, approval, review }: RequestSpec, mapping: Mapping): string | undefined {
  if (emergency && !mapping.emergency) return `mapping "${mapping.name}" offers no emergency`
  const offered = emergency ? mapping.emergency?.approval : mapping.approval
  if (canonicalJson(approvalSnapshot(approval)) !== canonicalJson(offered))
    return `the approval rules of mapping "${mapping.name}" have changed`
  const reviewed = emergency ? mapping.emergency?.review : undefined
  return canonicalJson(review ?? null) === canonicalJson(reviewed ?? null)
    ? undefined
    : `the rules of mapping "${mapping.name}" for the review of emergencies have changed`
}

// Members of groups are not known here, so a mapping with a group may still include this person.
function mayStillAsk({ requesters }: Mapping, email: string): boolean {
  return (
    requesters.slackUserGroups.length > 0 ||
    requesters.googleGroups.length > 0 ||
    requesters.domains.includes(email.slice(email.lastIndexOf('@') + 1)) ||
    requesters.emails.some(listed => parseEmail(listed) === email)
  )
}
