// Whether the people whom a mapping names can ever ask, be asked or approve: faults that leave a mapping without any
// use, and remarks about the people who are named without effect.
import type { RoleMapping } from '../../api/kinds.ts'
import { type Organisation, refuseOutsider } from '../people/belonging.ts'
import { durationSeconds } from '../asking/duration.ts'
import { addressesWith, differentPeople, isSamePerson, type People } from '../people/identity.ts'
import { googleGroupsOf, refuseAddress } from '../people/google-groups.ts'
import { type Mapping, readMapping } from './mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'

/** The settings that decide about people, and the time. */
export type Around = { organisation: Organisation; people: People; now: Date }

/** Faults make a mapping not Ready; remarks are said of a Ready one. */
export type JudgedPeople = { faults: Refusal[]; remarks: string[] }

/** Checks requesters, approvers and escalation. What PagerDuty and Slack know is checked elsewhere. */
export function judgePeople(stored: RoleMapping, around: Around): JudgedPeople {
  const mapping = readMapping(stored)
  return joined([
    judgeRequesters(mapping, around),
    judgeEscalation(mapping),
    judgeGoogleGroups(stored, around),
    judgeApprovers(mapping, around),
    ...judgeReviewers(mapping, around),
  ])
}

function joined(parts: readonly JudgedPeople[]): JudgedPeople {
  return { faults: parts.flatMap(({ faults }) => faults), remarks: parts.flatMap(({ remarks }) => remarks) }
}

// Whether the groups can be read, and who is in them, is checked elsewhere.
function judgeGoogleGroups({ spec }: RoleMapping, { organisation: { hostedDomains }, people }: Around): JudgedPeople {
  const { requesters, approval, emergency } = spec
  const persons = [
    ...people.flat(),
    ...[requesters, approval.fallback, approval.allowed, emergency?.fallback, emergency?.allowed].flatMap(
      named => named?.emails ?? [],
    ),
  ]
  const faults = googleGroupsOf(spec).flatMap(named => refuseAddress(named, { hostedDomains, persons }) ?? [])
  return { faults, remarks: [] }
}

const nothing: JudgedPeople = { faults: [], remarks: [] }
const fault = (found: Refusal): JudgedPeople => ({ faults: [found], remarks: [] })
const remark = (said: string): JudgedPeople => ({ faults: [], remarks: [said] })

// The members of groups are not known here, so a mapping with a group may have requesters.
function judgeRequesters({ requesters }: Mapping, { organisation, now }: Around): JudgedPeople {
  const { emails, domains, slackUserGroups, googleGroups } = requesters
  const outside = [
    ...emails.filter(email => refuseOutsider({ email }, organisation, { now })),
    ...domains.filter(domain => !mayHaveRequesters(domain, organisation, now)),
  ]
  if (outside.length === 0) return nothing
  const hasGroup = slackUserGroups.length + googleGroups.length > 0
  const isUseless = !hasGroup && outside.length === emails.length + domains.length
  return isUseless
    ? fault(
        refusal(
          'RequestersOutside',
          `Nobody can ask: ${listed(outside)} ${outside.length === 1 ? 'belongs' : 'belong'} neither to hostedDomains (${organisation.hostedDomains.join(', ')}) nor to externalRequesters with a date to come. Correct requesters, or ask the platform team to change these settings.`,
        ),
      )
    : remark(
        `${listed(outside)} (requesters) cannot get access: neither hostedDomains nor externalRequesters with a date to come ${outside.length === 1 ? 'includes it' : 'include them'}.`,
      )
}

function mayHaveRequesters(domain: string, { hostedDomains, externalRequesters }: Organisation, now: Date): boolean {
  return (
    hostedDomains.includes(domain) ||
    externalRequesters.some(({ email, until }) => email.endsWith(`@${domain}`) && now < until)
  )
}

// A schedule has one level. "0s" says on purpose that nobody else is asked.
function judgeEscalation({ approval }: Mapping): JudgedPeople {
  const { escalateAfter, window, onCall, fallback } = approval
  const pause = durationSeconds(escalateAfter)
  if (pause === 0 || pause < durationSeconds(window) || !onCall) return nothing
  const late = `approval.escalateAfter (${escalateAfter}) is not shorter than approval.window (${window})`
  if (fallback)
    return remark(
      `${late}, so the fallback is asked only when PagerDuty names nobody or does not answer. Write a shorter escalateAfter to ask it when nobody decides.`,
    )
  if (!onCall.escalationPolicy) return nothing
  return fault(
    refusal(
      'NeverEscalates',
      `${late}, and there is no fallback, so nobody else is asked when the first level does not decide. Write a shorter escalateAfter, or "0s" if nobody else should be asked.`,
    ),
  )
}

function judgeApprovers({ approval, requesters, emergency }: Mapping, around: Around): JudgedPeople {
  const { onCall, fallback, allowed, onlyOnCall } = approval
  const also = onlyOnCall ? [] : (allowed?.emails ?? [])
  const named = [...(fallback?.emails ?? []), ...also]
  const parts = [
    ...(onlyOnCall && (allowed?.emails?.length || allowed?.googleGroups?.length)
      ? [remark('approval.allowed has no effect, because approval.onlyOnCall is true.')]
      : []),
    ...judgeAccounts(named, 'approval', around),
  ]
  parts.push(judgeNumber('approval', approval, around))
  if (emergency) parts.push(judgeNumber('emergency', emergency.approval, around))
  if (!onCall && !fallback?.slackUserGroup && (onlyOnCall || !allowed?.googleGroups?.length))
    parts.push(judgeThemselves({ named, required: approval.required }, requesters, around))
  return joined(parts)
}

// Who is on call is not known here. A fallback is asked in their place, so it must be enough without them.
function judgeNumber(
  field: 'approval' | 'emergency',
  { required, onCall, fallback, allowed, onlyOnCall }: Mapping['approval'],
  { people }: Around,
): JudgedPeople {
  const named = [...(fallback?.emails ?? []), ...(onlyOnCall ? [] : (allowed?.emails ?? []))]
  if (fallback?.slackUserGroup || (!onlyOnCall && allowed?.googleGroups?.length)) return nothing
  const count = differentPeople(
    named.map(email => ({ email })),
    people,
  )
  if (required === 1 || count >= required) return nothing
  if (!fallback)
    return onCall?.schedule
      ? remark(
          `${required} different people must approve, a schedule usually names one person at a time, and there is no fallback.`,
        )
      : nothing
  return fault(
    refusal(
      'TooFewApprovers',
      `${required} different people must approve (${field}.required), and ${listed(named)} (${field}) are ${count === 1 ? 'one person' : `${count} people`}. Name more people in ${field}.fallback, or ask for fewer approvals.`,
    ),
  )
}

function judgeReviewers({ emergency, approval: usual }: Mapping, around: Around): JudgedPeople[] {
  if (!emergency) return []
  const { approval, review } = emergency
  const known = new Set([...(usual.fallback?.emails ?? []), ...(usual.allowed?.emails ?? [])])
  const more = [...(approval.fallback?.emails ?? []), ...(approval.allowed?.emails ?? [])].filter(
    one => !known.has(one),
  )
  return [
    ...judgeAccounts(more, 'emergency', around),
    ...judgeAccounts(review.reviewers.emails ?? [], 'emergency.reviewers', around),
  ]
}

// Google says to which domain an account belongs, and the address alone does not prove it: so this is a remark.
function judgeAccounts(
  named: readonly string[],
  field: 'approval' | 'emergency' | 'emergency.reviewers',
  { organisation: { hostedDomains }, people }: Around,
): JudgedPeople[] {
  const isHosted = (email: string): boolean => hostedDomains.some(domain => email.toLowerCase().endsWith(`@${domain}`))
  const outside = [...new Set(named)].filter(email => !addressesWith(email, people).some(isHosted))
  if (outside.length === 0) return []
  return [
    remark(
      `${listed(outside)} (${field}) can ${field === 'emergency.reviewers' ? 'review' : 'approve'} only with an account of ${hostedDomains.join(', ')}; the address looks like another one.`,
    ),
  ]
}

// Nobody approves their own request. People who ask through a domain or a group are not known here.
function judgeThemselves(
  { named, required }: { named: readonly string[]; required: number },
  { emails, domains, slackUserGroups, googleGroups }: Mapping['requesters'],
  { people }: Around,
): JudgedPeople {
  const stuck = emails.filter(email => {
    const others = named.map(other => ({ email: other })).filter(other => !isSamePerson({ email }, other, people))
    return differentPeople(others, people) < required
  })
  if (stuck.length === 0) return nothing
  const mayOthersAsk = domains.length + slackUserGroups.length + googleGroups.length > 0
  if (stuck.length < emails.length || mayOthersAsk)
    return remark(
      required > 1
        ? `Fewer than ${required} people besides ${listed(stuck)} may approve requests of ${listed(stuck)}, so these cannot be granted.`
        : `Nobody but ${listed(stuck)} may approve requests of ${listed(stuck)}, so these cannot be granted.`,
    )
  return fault(
    refusal(
      'OnlySelfApproval',
      `Only ${listed(stuck)} may ask, and ${required > 1 ? `fewer than ${required} others` : 'nobody else'} may approve, so nothing can be granted: nobody approves their own request. Name another approver in approval.`,
    ),
  )
}

const mostListed = 3

function listed(values: readonly string[]): string {
  const shown = values.slice(0, mostListed).map(value => `"${value}"`)
  const more = values.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
