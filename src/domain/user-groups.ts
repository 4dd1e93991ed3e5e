// How large a Slack user group may be that a mapping names, and what is wrong with one that cannot be used.
import type { RoleMapping } from '../api/kinds.ts'
import { type Refusal, refusal } from './outcome.ts'

/** A user group that a mapping names, and what for. */
export type NamedGroup = { id: string; field: 'requesters.slackUserGroups' | 'approval.fallback.slackUserGroup' }

/** Each member of a fallback is looked up by itself, and a request asks 20 of them at most. */
export const mostFallbackMembers = 50
/** The list of who may ask is read again for every approval. */
const mostRequesterMembers = 1000

const limits: Record<NamedGroup['field'], { most: number; why: string; remedy: string }> = {
  'requesters.slackUserGroups': {
    most: mostRequesterMembers,
    why: 'the list is read again for every approval',
    remedy: 'Name smaller groups, or requesters.domains',
  },
  'approval.fallback.slackUserGroup': {
    most: mostFallbackMembers,
    why: 'each member is looked up by itself',
    remedy: 'Name a smaller group, or approval.fallback.emails',
  },
}

/** The user groups that a mapping names, each once for each use. */
export function groupsOf({ spec }: Pick<RoleMapping, 'spec'>): NamedGroup[] {
  const { slackUserGroup } = spec.approval.fallback ?? {}
  return [
    ...(spec.requesters.slackUserGroups ?? []).map(id => ({ id, field: 'requesters.slackUserGroups' as const })),
    ...(slackUserGroup ? [{ id: slackUserGroup, field: 'approval.fallback.slackUserGroup' as const }] : []),
  ]
}

/** Why a mapping cannot name this group; `size` is undefined when Slack knows no such group. */
export function refuseGroup({ id, field }: NamedGroup, size: number | undefined): Refusal | undefined {
  if (size === undefined)
    return refusal(
      'UnknownUserGroup',
      `Slack knows no user group "${id}" (${field}), or it is disabled. Copy the id from the group's menu in Slack.`,
    )
  const { most, why, remedy } = limits[field]
  if (size <= most) return undefined
  return refusal(
    'UserGroupTooLarge',
    `Slack user group "${id}" (${field}) has ${size} members, and ${most} are the most: ${why}. ${remedy}.`,
  )
}
