// How large a mapping's Slack user groups may be, and why a group cannot be used.
import type { RoleMapping } from '../../api/kinds.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** A mapping's user group and its use. */
export type NamedGroup = {
  id: string
  field:
    | 'requesters.slackUserGroups'
    | 'approval.fallback.slackUserGroup'
    | 'emergency.fallback.slackUserGroup'
    | 'emergency.reviewers.slackUserGroup'
}

/** Each member of a fallback is looked up separately, and a request asks at most 20 of them. */
export const mostFallbackMembers = 50
/** Each member of a group of reviewers is recorded, because auth cannot ask Slack. As many as the CRD keeps. */
export const mostReviewingMembers = 10
/** The list of people who may ask is read again for every approval. */
const mostRequesterMembers = 1000

const limits: Record<NamedGroup['field'], { most: number; why: string; remedy: string }> = {
  'requesters.slackUserGroups': {
    most: mostRequesterMembers,
    why: 'the list is read again for every approval',
    remedy: 'Name smaller groups, or requesters.domains',
  },
  'approval.fallback.slackUserGroup': {
    most: mostFallbackMembers,
    why: 'each member is looked up separately',
    remedy: 'Name a smaller group, or approval.fallback.emails',
  },
  'emergency.fallback.slackUserGroup': {
    most: mostFallbackMembers,
    why: 'each member is looked up separately',
    remedy: 'Name a smaller group, or emergency.fallback.emails',
  },
  'emergency.reviewers.slackUserGroup': {
    most: mostReviewingMembers,
    why: 'each member is recorded in the request',
    remedy: 'Name a smaller group, or emergency.reviewers.emails',
  },
}

/** The user groups that a mapping names, each once for each use. */
export function groupsOf({ spec }: Pick<RoleMapping, 'spec'>): NamedGroup[] {
  const { fallback, reviewers } = spec.emergency ?? {}
  return [
    ...(spec.requesters.slackUserGroups ?? []).map(id => ({ id, field: 'requesters.slackUserGroups' as const })),
    ...groupIn(spec.approval.fallback, 'approval.fallback.slackUserGroup'),
    ...groupIn(fallback, 'emergency.fallback.slackUserGroup'),
    ...groupIn(reviewers, 'emergency.reviewers.slackUserGroup'),
  ]
}

function groupIn(named: { slackUserGroup?: string } | undefined, field: NamedGroup['field']): NamedGroup[] {
  return named?.slackUserGroup ? [{ id: named.slackUserGroup, field }] : []
}

/**
 * The faults of groups without members, when nobody else is named in their place, or with fewer than must approve.
 * `sizes` are by id.
 */
export function refuseEmpty(
  { spec }: Pick<RoleMapping, 'spec'>,
  sizes: ReadonlyMap<string, number | undefined>,
): Refusal[] {
  const { emails, domains, slackUserGroups = [], googleGroups } = spec.requesters
  const { onCall, fallback } = spec.approval
  const isEmpty = (id: string): boolean => sizes.get(id) === 0
  const isNobodyElse = !emails?.length && !domains?.length && !googleGroups?.length
  const nobodyAsks = isNobodyElse && slackUserGroups.length > 0 && slackUserGroups.every(isEmpty)
  const group = fallback?.slackUserGroup
  const nobodyApproves = !onCall && !fallback?.emails?.length && group !== undefined && isEmpty(group)
  const { required = 1, allowed, onlyOnCall } = spec.approval
  const besides = [...(fallback?.emails ?? []), ...(onlyOnCall ? [] : (allowed?.emails ?? []))].length
  const size = group === undefined ? undefined : sizes.get(group)
  const isOpen = !onlyOnCall && (allowed?.googleGroups?.length ?? 0) > 0
  const tooFew = size !== undefined && size > 0 && size + besides < required && !isOpen
  const { emails: reviewers, slackUserGroup: reviewing } = spec.emergency?.reviewers ?? {}
  const nobodyReviews = !reviewers?.length && reviewing !== undefined && isEmpty(reviewing)
  return [
    ...(nobodyReviews ? [emptyGroup([reviewing], 'emergency.reviewers.slackUserGroup', 'review emergencies')] : []),
    ...(tooFew && group !== undefined ? [smallGroup(group, size, required)] : []),
    ...(nobodyAsks ? [emptyGroup(slackUserGroups, 'requesters.slackUserGroups', 'ask')] : []),
    ...(nobodyApproves ? [emptyGroup([group], 'approval.fallback.slackUserGroup', 'approve')] : []),
  ]
}

function smallGroup(id: string, size: number, required: number): Refusal {
  return refusal(
    'TooFewApprovers',
    `${required} different people must approve (approval.required), and Slack user group "${id}" (approval.fallback.slackUserGroup) has ${size === 1 ? 'one member' : `${size} members`}. Add people in Slack, name more in approval.fallback, or ask for fewer approvals.`,
  )
}

function emptyGroup(ids: readonly string[], field: NamedGroup['field'], verb: string): Refusal {
  const named = ids.map(id => `"${id}"`).join(', ')
  return refusal(
    'UserGroupEmpty',
    `Nobody can ${verb}: ${ids.length === 1 ? `Slack user group ${named} (${field}) has` : `the Slack user groups ${named} (${field}) have`} no members. Add people in Slack, or name others in the mapping.`,
  )
}

/** Why a mapping cannot name this group; `size` is undefined when the group does not exist. */
export function refuseGroup({ id, field }: NamedGroup, size: number | undefined): Refusal | undefined {
  if (size === undefined)
    return refusal(
      'UnknownUserGroup',
      `Slack does not know the user group "${id}" (${field}), or it is disabled. Copy the id from the group's menu in Slack.`,
    )
  const { most, why, remedy } = limits[field]
  if (size <= most) return undefined
  return refusal(
    'UserGroupTooLarge',
    `Slack user group "${id}" (${field}) has ${size} members, and ${most} are the most: ${why}. ${remedy}.`,
  )
}
