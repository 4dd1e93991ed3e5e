// The data that people see about a request: for the one message, the page and the news. Texts and blocks are made
// elsewhere.
import type { AccessRequest, Approver, GrantRecord, GrantSpec, RequestSpec } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { isUnposted, wasAsked } from '../calling/calls.ts'
import { sha256 } from '../approval/digest.ts'
import { canonicalJson } from '../json.ts'
import { durationSeconds } from '../asking/duration.ts'
import type { Earlier } from '../asking/earlier.ts'
import { decideBy } from '../approval/eligibility.ts'
import { type EmergencyView, emergencyView } from './emergency-view.ts'
import { type EndingView, endingViewOf, personOf } from './ending-view.ts'
import type { Window } from '../asking/window.ts'
import { grantedSeconds } from '../granting/expiry.ts'
import { type Held, heldIn } from '../granting/held.ts'
import { lookersOf } from '../calling/looking.ts'
import type { Hours } from '../hours/span.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { grantsLeft } from '../approval/narrowing.ts'
import { type Narrowed, narrowedBy } from './narrowed-view.ts'
import { type PageView, pageViewOf } from './page-view.ts'
import { quorumOf, type QuorumView } from './quorum-view.ts'
import { approvedNarrowing, needsSeveral, standingDecision } from '../approval/quorum.ts'
import { againOnce } from '../refusals.ts'
import { sayWorkingOf } from './working.ts'

/** News for the requester, each told once. */
export type News =
  | 'unposted'
  | 'untagged'
  | 'tooFew'
  | 'unpaged'
  | 'granted'
  | 'inDoubt'
  | 'endingSoon'
  | 'ended'
  | 'denied'
  | 'timedOut'
  | 'failed'
  | 'withdrawn'
  | 'revoked'

/** The content of the one message. */
export type MessageView = EndingView & {
  namespace: string
  name: string
  uid: string
  state:
    | 'asking'
    | 'granting'
    | 'granted'
    | 'inDoubt'
    | 'expired'
    | 'denied'
    | 'timedOut'
    | 'withdrawn'
    | 'revoked'
    | 'failed'
  requester: { email: string; name?: string | undefined; slackUserID?: string | undefined }
  /** Whether it was asked on the web, by an account that Google has confirmed. */
  isFromWeb?: true
  mapping: string
  seconds: number
  grants: GrantSpec[]
  reason: string
  approvers: Pick<Approver, 'email' | 'name' | 'slackUserID' | 'level'>[]
  /** The Google groups whose members can decide too, while somebody is asked. */
  groups?: string[]
  /** Those who are looking at it now. */
  looking?: { email: string; name?: string | undefined; slackUserID: string }[]
  askedAt: string
  decideBy: string
  /** The hours in which access works, as a sentence. Absent when at any time. */
  hours?: string
  /** When access begins, if not immediately. */
  notBefore?: string | undefined
  approvedBy?: { email: string; name?: string | undefined; slackUserID?: string | undefined; at: string } | undefined
  /** Absent when one person is enough. */
  quorum?: QuorumView
  /** What the approvers removed from the request. */
  narrowed?: Narrowed | undefined
  /** The times of access on several days, and the mapping's hours within which they are. */
  window?: Window
  within?: Hours
  startsAt?: string | undefined
  expiresAt?: string | undefined
  endedAt?: string | undefined
  /** The comment of the person who decided. */
  comment?: string | undefined
  deniedBy?: { email?: string | undefined; name?: string | undefined; slackUserID?: string | undefined } | undefined
  /** Why it is not in the channel, failed, is in doubt, or timed out without anybody being asked; a sentence. */
  why?: string | undefined
  /** For a failed request: what must happen before asking again can help, as a clause. */
  againOnce?: string | undefined
  /** Grants that may be in force although Google did not confirm them. */
  unknown: Pick<GrantRecord, 'resource' | 'role'>[]
  /** What the requester has without a time limit already, outside Hallpass. Absent when there is nothing. */
  held?: Held[]
  afterGrant?: Mapping['afterGrant'] | undefined
  /** A sentence about the effect of PagerDuty not answering. */
  note?: string | undefined
  /** The facts about earlier requests, while somebody is asked. */
  earlier?: Earlier
  /** Only of an emergency. */
  emergency?: EmergencyView
  /** The most that one person can have in sequence, in seconds, while somebody is asked about more. */
  mostInSequence?: number
  /** The name of the request that this one continues. */
  follows?: string
  /** The page that was raised because nobody answered: since when, or why nobody could be paged. While somebody is asked. */
  page?: PageView
}

/** The view of a request in its current state. */
export function viewOf(request: AccessRequest, mapping: Mapping | undefined): MessageView {
  const { metadata, spec, status = {} } = request
  const decision = standingDecision(request)
  const emergency = emergencyView(request)
  const approval = status.approvedBy && decision?.verdict === 'Approved' ? decision : undefined
  const held = heldIn(status.grants)
  const hours = sayWorkingOf(request, approval && approvedNarrowing(request))
  return {
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    state: stateOf(request),
    requester: { email: spec.requester.email, name: spec.requester.name, slackUserID: spec.requester.slackUserID },
    ...(spec.origin === 'web' && { isFromWeb: true }),
    mapping: spec.roleMapping,
    seconds: approval ? grantedSeconds(spec, approvedNarrowing(request)) : durationSeconds(spec.duration),
    grants: grantsLeft(spec, approval && approvedNarrowing(request)),
    reason: spec.reason,
    approvers: (status.approvers ?? []).map(({ email, name, slackUserID, level }) => ({
      email,
      ...(name && { name }),
      ...(slackUserID && { slackUserID }),
      level,
    })),
    ...(stateOf(request) === 'asking' && approverGroupsOf(spec)),
    askedAt: metadata.creationTimestamp,
    decideBy: decideBy(spec, new Date(metadata.creationTimestamp)).toISOString(),
    ...(hours && { hours }),
    notBefore: spec.notBefore,
    ...(spec.window && { window: spec.window }),
    ...(spec.window && spec.hours && { within: spec.hours }),
    approvedBy: approval && { ...personOf(request, approval.who.email), at: approval.at },
    ...(needsSeveral(request) && { quorum: quorumOf(request) }),
    narrowed: approval || (needsSeveral(request) && !decision) ? narrowedBy(request) : undefined,
    startsAt: status.startsAt,
    expiresAt: status.expiresAt,
    endedAt: status.endedAt,
    comment: decision?.comment,
    deniedBy:
      decision?.verdict === 'Denied' ? { ...personOf(request, decision.who.email), ...decision.who } : undefined,
    ...endingViewOf(request),
    ...(held.length > 0 && { held }),
    why: whyOf(request),
    againOnce: status.phase === 'Failed' ? againOnce(failedIn(request)?.reason) : undefined,
    unknown: (status.grants ?? [])
      .filter(grant => grant.state === 'Unknown')
      .map(({ resource, role }) => ({ resource, role })),
    afterGrant: mapping?.afterGrant,
    note: status.phase === 'Pending' ? routingNote(request) : undefined,
    ...(status.phase === 'Pending' && status.earlier && { earlier: status.earlier }),
    ...(emergency && { emergency }),
    ...(status.phase === 'Pending' && status.earlier?.held && mostOf(mapping)),
    ...(spec.follows && { follows: spec.follows.name }),
    ...pageViewOf(status),
  }
}

function approverGroupsOf({ approval: { allowed, onlyOnCall } }: RequestSpec): Pick<MessageView, 'groups'> {
  const groups = allowed?.googleGroups ?? []
  return onlyOnCall || groups.length === 0 ? {} : { groups }
}

function mostOf(mapping: Mapping | undefined): Pick<MessageView, 'mostInSequence'> {
  const { maxConsecutiveSeconds: most } = mapping ?? {}
  return most === undefined ? {} : { mostInSequence: most }
}

/** The view with those who are looking at the request now, which is not part of its digest. */
export function withLookers(view: MessageView, request: AccessRequest, now: Date): MessageView {
  const looking = lookersOf(request, now).map(({ email, slackUserID }) => ({
    ...personOf(request, email),
    slackUserID,
  }))
  return looking.length > 0 ? { ...view, looking } : view
}

/** Digest of a view's content, to know whether the message must be edited. */
export function viewDigest(view: MessageView): string {
  return sha256(canonicalJson(view))
}

function stateOf({ status }: AccessRequest): MessageView['state'] {
  switch (status?.phase) {
    case undefined:
    case 'Pending':
      return 'asking'
    case 'Approved':
      return 'granting'
    case 'Provisioned':
      return status?.grants?.some(grant => grant.state === 'Unknown') ? 'inDoubt' : 'granted'
    case 'Expired':
      return 'expired'
    case 'Denied':
      return 'denied'
    case 'TimedOut':
      return 'timedOut'
    case 'Withdrawn':
      return 'withdrawn'
    case 'Revoked':
      return 'revoked'
    case 'Failed':
      return 'failed'
  }
}

function whyOf(request: AccessRequest): string | undefined {
  if (request.status?.phase === 'Pending' && isUnposted(request.status))
    return request.status.conditions?.find(({ type }) => type === 'Routed')?.message
  if (request.status?.phase === 'Failed') return failedIn(request)?.message
  if (request.status?.phase === 'TimedOut')
    return wasAsked(request.status) ? undefined : sentenceOf(request, 'Approved', 'False')
  return sentenceOf(request, 'Complete', 'False')
}

function failedIn(request: AccessRequest): Condition | undefined {
  return ['Provisioned', 'Approved', 'Routed'].map(type => conditionOf(request, type, 'False')).find(Boolean)
}

function routingNote({ status }: AccessRequest): string | undefined {
  const routed = status?.conditions?.find(condition => condition.type === 'Routed')
  return routed && ['FallbackAsked', 'Escalated', 'TooFewToAsk'].includes(routed.reason) ? routed.message : undefined
}

function sentenceOf(request: AccessRequest, type: string, value: string): string | undefined {
  return conditionOf(request, type, value)?.message
}

function conditionOf({ status }: AccessRequest, type: string, value: string): Condition | undefined {
  return status?.conditions?.find(condition => condition.type === type && condition.status === value)
}
