// Who may decide on a request: one ordered list of rules; the first refusal wins. Pages, login, gateway and controller
// use the same list, each with the rules for its occasion.
import type { AccessRequest, Approver, Decision, RequestSpec } from '../../api/kinds.ts'
import { type Organisation, refuseOutsideRequester } from '../people/belonging.ts'
import { after, durationSeconds } from '../asking/duration.ts'
import { refuseWindow } from '../asking/window.ts'
import { sayPerson } from '../people/display-name.ts'
import { isSameAccount, isSamePerson, type People, type Person } from '../people/identity.ts'
import { type Refusal, refusal } from '../outcome.ts'
import { type Mapping, snapshotDifference } from '../mapping/mapping.ts'
import { approvalsOf, sayApprovedBy, standingDecision } from './quorum.ts'
import { takes, type Verdict } from './verdicts.ts'

/** The facts for eligibility rules. */
export type DecisionFacts = {
  request: AccessRequest
  /** The current mapping; undefined when it was deleted. */
  mapping: Mapping | undefined
  person: Person
  people: People
  organisation: Organisation
  /** The instant of the judgement. */
  now: Date
  /** The approvals before this one; all approvals of the request unless given. */
  before?: readonly Decision[] | undefined
  /** The Google group of approvers that lets a person in, by the address that Google has proved. Asked just now. */
  groups?: ReadonlyMap<string, string> | undefined
}

/**
 * What is about to happen. `show`: somebody reads the approval page, and nobody has signed in yet. `approve`: an approval is
 * about to be stored. `grant`: the controller is about to act on a stored approval.
 */
export type Occasion = 'show' | 'approve' | 'grant' | 'deny' | 'withdraw'

type Rule = { refuse: (facts: DecisionFacts, occasion: Occasion) => Refusal | undefined; on: readonly Occasion[] }

/** The end of the window in which a request can be decided. */
export function decideBy(spec: RequestSpec, createdAt: Date): Date {
  return after(createdAt, durationSeconds(spec.approval.window))
}

/** Whether a request still waits for a decision; the phase may be older than the decisions. */
export function isPending(request: AccessRequest): boolean {
  return (request.status?.phase ?? 'Pending') === 'Pending' && !standingDecision(request)
}

/** Whether a request can still be decided. */
export function isOpen(request: AccessRequest, now: Date): boolean {
  const { spec, metadata } = request
  return isPending(request) && !metadata.deletionTimestamp && now < decideBy(spec, new Date(metadata.creationTimestamp))
}

/** The rules in their order, each with the occasions on which it applies. */
const rules: readonly Rule[] = [
  { refuse: notTheRequester, on: ['withdraw'] },
  // Before a grant, the existing decision is the approval itself.
  { refuse: noLongerOpen, on: ['show', 'approve', 'deny', 'withdraw'] },
  { refuse: windowOver, on: ['show', 'approve', 'grant', 'deny', 'withdraw'] },
  { refuse: oneself, on: ['approve', 'grant', 'deny'] },
  { refuse: approvedBefore, on: ['approve', 'grant'] },
  // A denial or a withdrawal gives nobody access, so it counts even if the mapping or the requester has changed.
  { refuse: mappingChanged, on: ['show', 'approve', 'grant'] },
  { refuse: timesNotOffered, on: ['show', 'approve', 'grant'] },
  { refuse: requesterOutside, on: ['show', 'approve', 'grant'] },
  { refuse: refuseUnasked, on: ['approve', 'grant', 'deny'] },
]

/** Why this person must not do this with the request now; undefined when they may. */
export function refuseDecision(occasion: Occasion, facts: DecisionFacts): Refusal | undefined {
  for (const { refuse, on } of rules) {
    const no = on.includes(occasion) ? refuse(facts, occasion) : undefined
    if (no) return no
  }
  return undefined
}

// At the door Google has said which account it is, and in Slack Slack has.
function notTheRequester({ request, person, people }: DecisionFacts): Refusal | undefined {
  const { requester } = request.spec
  const isOwn =
    person.googleSubject === undefined ? isSamePerson(requester, person, people) : isSameAccount(requester, person)
  return isOwn ? undefined : refusal('NotTheRequester', 'Only the person who asked can withdraw this request.')
}

const verdictOf: Record<Occasion, Verdict> = {
  show: 'Approved',
  approve: 'Approved',
  grant: 'Approved',
  deny: 'Denied',
  withdraw: 'Withdrawn',
}

function noLongerOpen({ request }: DecisionFacts, occasion: Occasion): Refusal | undefined {
  const { metadata, status = {} } = request
  const decision = standingDecision(request)
  const who =
    (decision?.verdict === 'Approved' && sayApprovedBy(approvalsOf(request))) || decision?.who.email || 'somebody'
  if (decision?.verdict === 'Approved') return refusal('AlreadyDecided', `This request was already approved by ${who}.`)
  if (decision?.verdict === 'Denied') return refusal('AlreadyDecided', `This request was already denied by ${who}.`)
  const isWithdrawn = decision?.verdict === 'Withdrawn' || status.phase === 'Withdrawn'
  if (isWithdrawn || metadata.deletionTimestamp) return refusal('AlreadyWithdrawn', 'This request was withdrawn.')
  if (status.phase === 'TimedOut') return windowClosed()
  // A request may fail before anybody has decided.
  return takes(request, verdictOf[occasion]) ? undefined : refusal('AlreadyEnded', 'This request has already ended.')
}

function windowOver({ request: { spec, metadata }, now }: DecisionFacts): Refusal | undefined {
  return now < decideBy(spec, new Date(metadata.creationTimestamp)) ? undefined : windowClosed()
}

function windowClosed(): Refusal {
  return refusal('WindowClosed', 'The time to decide this request is over. It can be asked again.')
}

// Nobody approves or denies their own request, under any Slack id, address or alias that is known.
function oneself({ request, person, people }: DecisionFacts, occasion: Occasion): Refusal | undefined {
  const { spec, status } = request
  if (!isSamePerson(spec.requester, person, people)) return undefined
  if (occasion === 'deny') return refusal('SelfDenial', 'You asked for this yourself: withdraw it instead.')
  const others = (status?.approvers ?? []).filter(approver => !isSamePerson(spec.requester, approver, people))
  const whoElse = others.length > 0 ? ` ${sayApprovers(others)} can.` : ''
  return refusal('SelfApproval', `You cannot approve this: you asked for it yourself.${whoElse}`)
}

// Each approval is that of another person, under all that is known of the two: whatever address, alias or Google account.
function approvedBefore({ request, person, people, before }: DecisionFacts): Refusal | undefined {
  const own = (before ?? approvalsOf(request)).find(approval =>
    identitiesOf(request, approval, people).some(identity => isSamePerson(identity, person, people)),
  )
  if (!own) return undefined
  const { required } = request.spec.approval
  return refusal(
    'AlreadyApproved',
    `You have approved this already, as ${own.who.email}. ${required} different people must approve it, so somebody else must sign in.`,
  )
}

// What is stored of an earlier approver, what Google signed, and the Slack account that was asked under that address.
function identitiesOf({ status }: AccessRequest, { who, evidence }: Decision, people: People): Person[] {
  const { email, sub } = evidence?.claims ?? {}
  const asked = (status?.approvers ?? []).filter(approver => isSamePerson({ email: approver.email }, { email }, people))
  return [who, { email, googleSubject: sub }, ...asked.map(({ slackUserID }) => ({ slackUserID }))]
}

function mappingChanged({ request: { spec }, mapping }: DecisionFacts): Refusal | undefined {
  const difference = snapshotDifference(spec, mapping)
  return difference
    ? refusal('MappingChanged', `This request can no longer be granted: ${difference}. Please ask again.`)
    : undefined
}

// The mapping may allow fewer days since it was asked, and the last of the times may be over.
function timesNotOffered({ request: { spec }, mapping, now }: DecisionFacts): Refusal | undefined {
  return mapping && refuseWindow(spec.window, { ...mapping, what: `"${mapping.name}"` }, now)
}

function requesterOutside({ request: { spec }, organisation, now }: DecisionFacts): Refusal | undefined {
  return refuseOutsideRequester(spec, organisation, { now })
}

/** Why this person was not asked to decide, and is not allowed to either. */
export function refuseUnasked({ request, person, people, groups }: DecisionFacts): Refusal | undefined {
  if (isNamed(request, person, people)) return undefined
  const asked = groupsToAsk(request, person, people)
  const through = person.email === undefined ? undefined : groups?.get(person.email)
  if (through !== undefined && asked.includes(through)) return undefined
  const { approvers = [] } = request.status ?? {}
  const others = asked.length > 0 ? `, or a member of ${asked.join(' or ')}` : ''
  return refusal('NotAnApprover', `You cannot decide this request: it waits for ${sayApprovers(approvers)}${others}.`)
}

// Asked, or permitted by address.
function isNamed({ spec: { approval }, status = {} }: AccessRequest, person: Person, people: People): boolean {
  if (status.approvers?.some(approver => isSamePerson(approver, person, people))) return true
  const { onlyOnCall, allowed } = approval
  return !onlyOnCall && (allowed?.emails?.some(email => isSamePerson({ email }, person, people)) ?? false)
}

/** The Google groups that must be asked about, because nothing else lets this person decide; empty when that is not so. */
export function groupsToAsk(request: AccessRequest, person: Person, people: People): readonly string[] {
  const { onlyOnCall, allowed } = request.spec.approval
  return onlyOnCall || isNamed(request, person, people) ? [] : (allowed?.googleGroups ?? [])
}

/** `ana@example.com (Ana Director) and 2 others`, `mo@example.com (Mo Manager)`, `nobody yet`. */
export function sayApprovers(approvers: readonly Approver[]): string {
  const [one, ...others] = approvers
  if (!one) return 'nobody yet'
  const [second] = others
  if (!second) return sayPerson(one)
  return `${sayPerson(one)} and ${others.length === 1 ? sayPerson(second) : `${others.length} others`}`
}
