// Emergencies: the rules by which a mapping lets people ask for less than its usual approval, and what must follow. Pure.
import type { ApprovalRules, RequestSpec, RoleMapping } from '../../api/kinds.ts'
import { durationSeconds, formatDuration } from './duration.ts'

/** The rules for the review of an emergency, as a request holds them. */
export type ReviewRules = NonNullable<RequestSpec['review']>
/** What a mapping offers in an emergency: exactly the content of a request's snapshot. */
export type EmergencyRules = { approval: ApprovalRules; review: ReviewRules }

type Declared = NonNullable<RoleMapping['spec']['emergency']>
type Approval = RoleMapping['spec']['approval']

/** How long after its end the access can be reviewed, unless the mapping says otherwise. */
const usualWithin = '72h'

/**
 * The approval of a mapping with the differences of its emergencies. What is not declared stays as it is, except that one
 * approval is enough.
 */
export function approvalInEmergency(usual: Approval, declared: Declared): Approval {
  const { window = usual.window, escalateAfter = usual.escalateAfter } = declared
  const fallback = isAnybody(declared.fallback) ? declared.fallback : usual.fallback
  const allowed = joined(usual.onlyOnCall ? undefined : usual.allowed, declared.allowed)
  return {
    ...usual,
    required: declared.required ?? 1,
    ...(window && { window }),
    ...(escalateAfter && { escalateAfter }),
    ...(fallback && { fallback }),
    allowed,
    onlyOnCall: (usual.onlyOnCall ?? false) && allowed.emails.length + allowed.googleGroups.length === 0,
  }
}

type Allowed = { emails?: string[]; googleGroups?: string[] }

function joined(usual: Allowed = {}, more: Allowed = {}): Required<Allowed> {
  return {
    emails: [...new Set([...(usual.emails ?? []), ...(more.emails ?? [])])],
    googleGroups: [...new Set([...(usual.googleGroups ?? []), ...(more.googleGroups ?? [])])],
  }
}

/** The rules for the review, as a request holds them. */
export function reviewSnapshot({ channel, reviewers, reviewWithin = usualWithin }: Declared): ReviewRules {
  const { emails = [], slackUserGroup } = reviewers
  return {
    channel,
    within: formatDuration(durationSeconds(reviewWithin)),
    reviewers: { ...(emails.length > 0 && { emails }), ...(slackUserGroup && { slackUserGroup }) },
  }
}

function isAnybody(named: Declared['fallback']): boolean {
  return named !== undefined && ((named.emails?.length ?? 0) > 0 || named.slackUserGroup !== undefined)
}
