// What would happen to a request, by the same rules that judge real ones: whether the mapping is sound, whether this person
// may ask for it, who would be asked, and whether a given person could approve. Nothing is stored and nobody is asked.
import type { AccessRequest, Approver, RoleMapping } from '../../api/kinds.ts'
import { newRequest, refuseAsk } from '../asking/asking.ts'
import { instant } from '../asking/duration.ts'
import { faultOfMapping } from '../mapping/alone.ts'
import { type Mapping, readMapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { Organisation } from '../people/belonging.ts'
import { addressesWith, domainOf, type Email, isSamePerson, parseEmail, type People } from '../people/identity.ts'
import { refuseDecision } from './eligibility.ts'

/** The question. */
export type Wondering = {
  stored: RoleMapping
  /** All mappings, with which this one may be in conflict; only for files, whose mappings nobody has checked. */
  others?: readonly RoleMapping[]
  person: Email
  /** Slack user groups and Google groups that the person is in. */
  userGroups: readonly string[]
  googleGroups: readonly string[]
  /** The mapping's default unless given. */
  seconds?: number | undefined
  /** Undefined when the reason is not wondered about. */
  reason?: string | undefined
  isEmergency: boolean
  approver?: Email | undefined
  /** What is known of the groups and of the people who would be asked; nothing unless given. */
  known?: Known
  organisation: Organisation
  people: People
  now: Date
}

/** What is declared instead of asked from Slack, PagerDuty and Google. */
export type Known = {
  /** The groups of Slack and Google whose members are all known. */
  groups: readonly string[]
  /** The people who would be asked, as far as they are known, and whether these are all. */
  asked: readonly Email[]
  isEveryoneAsked: boolean
  /** The Google group that lets the approver in, if one does. */
  approverGroup?: string | undefined
}

/** One rule and what it says: `unknown` when it depends on what is not known here. */
export type Judged = {
  about: 'mapping' | 'asking' | 'reason' | 'approver'
  answer: 'yes' | 'no' | 'unknown'
  refusal?: Refusal
  says: string
}

export type Explanation = {
  judged: Judged[]
  seconds: number
  /** The rules under which it would be decided. */
  approval: Mapping['approval']
  mapping: Mapping
}

/** The answer. The first `no` about mapping, asking or reason means that it would not be asked. */
export function explain(wondering: Wondering): Explanation {
  const sound = faultOfMapping(wondering)
  // What is wrong with the mapping was said; what follows is judged as if it was right.
  const mapping = { ...readMapping(wondering.stored), isReady: true, isSound: true }
  const { isEmergency, seconds = mapping.defaultSeconds } = wondering
  const approval = (isEmergency ? mapping.emergency?.approval : undefined) ?? mapping.approval
  const judged = [soundness(sound), ...asking(mapping, seconds, wondering)]
  const approver = wondering.approver === undefined ? [] : [approving(mapping, seconds, wondering, wondering.approver)]
  return { judged: [...judged, ...approver], seconds, approval, mapping }
}

function soundness(fault: Refusal | undefined): Judged {
  if (fault) return { about: 'mapping', answer: 'no', refusal: fault, says: fault.message }
  return { about: 'mapping', answer: 'yes', says: 'It has no fault that can be seen here.' }
}

/** A reason that fits every pattern is not known, so the reason is judged apart. */
function asking(mapping: Mapping, seconds: number, wondering: Wondering): Judged[] {
  const { person, userGroups, googleGroups, reason, organisation, now, isEmergency } = wondering
  const ask = { requester: { email: person, userGroups, googleGroups }, seconds, isEmergency }
  const anyReason = { ...mapping, reason: { required: false } }
  const no = refuseAsk({ ...ask, mapping: anyReason, reason: 'any' }, organisation, now)
  const { requesters } = mapping
  const isUnknown = (group: string): boolean => !wondering.known?.groups.includes(group)
  const groups = [
    ...requesters.slackUserGroups.filter(isUnknown).map(id => `the Slack user group ${id}`),
    ...requesters.googleGroups.filter(isUnknown).map(group => `the Google group ${group}`),
  ]
  if (no?.reason === 'NotARequester' && groups.length > 0) {
    const says = `Only as a member of ${groups.join(' or ')}, which is not known here.`
    return [{ about: 'asking', answer: 'unknown', refusal: no, says }]
  }
  if (no) return [{ about: 'asking', answer: 'no', refusal: no, says: plain(no.message) }]
  const may: Judged = { about: 'asking', answer: 'yes', says: `${person} may ask.` }
  if (reason === undefined) return [may]
  const unreasonable = refuseAsk({ ...ask, mapping, reason }, organisation, now)
  return unreasonable
    ? [may, { about: 'reason', answer: 'no', refusal: unreasonable, says: plain(unreasonable.message) }]
    : [may, { about: 'reason', answer: 'yes', says: 'The reason is accepted.' }]
}

function approving(mapping: Mapping, seconds: number, wondering: Wondering, approver: Email): Judged {
  const { people, organisation, now, known } = wondering
  const refusedAs = (asked: readonly Email[]): Refusal | undefined => {
    const request = imagined(mapping, seconds, wondering, asked)
    const groups = new Map(known?.approverGroup === undefined ? [] : [[approver, known.approverGroup]])
    return refuseDecision('approve', {
      request,
      mapping,
      person: { email: approver },
      people,
      organisation,
      now,
      groups,
    })
  }
  const outside = refuseOutside(approver, wondering)
  const no = refusedAs(known?.asked ?? []) ?? outside
  if (!no)
    return {
      about: 'approver',
      answer: 'yes',
      says: `${approver} could approve it, ${known ? 'by what is declared' : 'by name'}.`,
    }
  const evenThen = refusedAs([approver]) ?? outside
  if (evenThen) return { about: 'approver', answer: 'no', refusal: evenThen, says: plain(evenThen.message) }
  if (known && isDecided(known, mapping, wondering))
    return { about: 'approver', answer: 'no', refusal: no, says: plain(no.message) }
  const { approval } = imagined(mapping, seconds, wondering, []).spec
  const isNamed = approval.fallback?.emails?.some(email => isSamePerson({ email }, { email: approver }, people))
  if (isNamed)
    return { about: 'approver', answer: 'yes', says: `${approver} could approve it once the fallback is asked.` }
  const groups = approval.onlyOnCall ? [] : (approval.allowed?.googleGroups ?? [])
  if (groups.length > 0)
    return {
      about: 'approver',
      answer: 'unknown',
      refusal: no,
      says: `${approver} could approve it as a member of the Google group ${groups.join(' or ')}, or if asked. Neither is known here.`,
    }
  if (approval.onCall ?? approval.fallback?.slackUserGroup)
    return {
      about: 'approver',
      answer: 'unknown',
      refusal: no,
      says: `${approver} could approve it only if asked: on call in PagerDuty then, or in the user group of the fallback. Neither is known here.`,
    }
  return {
    about: 'approver',
    answer: 'no',
    refusal: no,
    says: `${approver} would not be asked, and is not among approval.allowed.`,
  }
}

// An approver signs in with an account of the organisation. Google says which one it is; here only addresses are known.
function refuseOutside(approver: Email, { organisation, people }: Wondering): Refusal | undefined {
  const { hostedDomains } = organisation
  const own = [approver, ...addressesWith(approver, people)].flatMap(text => parseEmail(text) ?? [])
  return own.some(email => hostedDomains.includes(domainOf(email)))
    ? undefined
    : refusal('OutsideOrganisation', `${approver} is not an account of ${hostedDomains.join(', ')}.`)
}

// Whether nobody but the declared people could be asked, or be in a group that may approve.
function isDecided({ isEveryoneAsked, groups }: Known, mapping: Mapping, wondering: Wondering): boolean {
  const { approval } = imagined(mapping, 0, wondering, []).spec
  const open = approval.onlyOnCall ? [] : (approval.allowed?.googleGroups ?? [])
  return isEveryoneAsked && open.every(group => groups.includes(group))
}

/** The request as it would be stored, with these people asked. */
function imagined(
  mapping: Mapping,
  seconds: number,
  { person, reason = '', isEmergency, now }: Wondering,
  asked: readonly Email[],
): AccessRequest {
  const { spec, metadata, ...kind } = newRequest(mapping, {
    name: `${mapping.name}-imagined`,
    seconds,
    reason,
    isEmergency,
    origin: 'web',
    requester: { email: person },
  })
  const at = instant(now)
  const approvers = asked.map((email): Approver => ({ email, level: 1, why: 'imagined', at }))
  return {
    ...kind,
    metadata: { ...metadata, uid: '00000000-0000-4000-8000-000000000000', creationTimestamp: at, resourceVersion: '0' },
    spec,
    status: { phase: 'Pending', approvers },
  }
}

// Slack's marks for bold.
function plain(message: string): string {
  return message.replace(/\*([^*\s]+)\*/g, '$1')
}
