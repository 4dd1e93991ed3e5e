// Who may decide on a request: one ordered list of rules; the first refusal wins. Page, login, gateway and controller run
// the same list.
import type { Approver, Decision, RequestSpec, RequestStatus } from '../api/kinds.ts'
import { type Organisation, refuseOutsideRequester } from './belonging.ts'
import { after, durationSeconds } from './duration.ts'
import { sayPerson } from './display-name.ts'
import { isSamePerson, type People, type Person } from './identity.ts'
import { type Refusal, refusal } from './outcome.ts'
import { type Mapping, snapshotDifference } from './mapping.ts'
import { takes, type Verdict } from './verdicts.ts'

/** Everything an eligibility rule may look at. */
export type DecisionFacts = {
  spec: RequestSpec
  status: RequestStatus
  createdAt: Date
  isDeleted: boolean
  mapping: Mapping | undefined
  person: Person
  people: People
  organisation: Organisation
  now: Date
}

type Rule = (facts: DecisionFacts) => Refusal | undefined

/** The end of the window in which a request can be decided. */
export function decideBy(spec: RequestSpec, createdAt: Date): Date {
  return after(createdAt, durationSeconds(spec.approval.window))
}

/** The decision that counts: the first one. */
export function standingDecision(status: RequestStatus | undefined): Decision | undefined {
  return status?.decisions?.[0]
}

const stillOpen =
  (verdict: Verdict): Rule =>
  ({ status, isDeleted }) => {
    const decision = standingDecision(status)
    const who = decision?.who.email ?? 'somebody'
    if (decision?.verdict === 'Approved')
      return refusal('AlreadyDecided', `This request was already approved by ${who}.`)
    if (decision?.verdict === 'Denied') return refusal('AlreadyDecided', `This request was already denied by ${who}.`)
    const isWithdrawn = decision?.verdict === 'Withdrawn' || status.phase === 'Withdrawn'
    if (isWithdrawn || isDeleted) return refusal('AlreadyWithdrawn', 'This request was withdrawn.')
    if (status.phase === 'TimedOut') return windowClosed()
    // A request may fail before anybody has decided.
    return takes(status, verdict) ? undefined : refusal('AlreadyEnded', 'This request has already ended.')
  }

const inWindow: Rule = ({ spec, createdAt, now }) => (now < decideBy(spec, createdAt) ? undefined : windowClosed())

function windowClosed(): Refusal {
  return refusal('WindowClosed', 'The time to decide this request is over. It can be asked again.')
}

const notOneself: Rule = ({ spec, person, people }) =>
  isSamePerson(spec.requester, person, people)
    ? refusal('SelfApproval', 'You cannot approve this: you asked for it yourself.')
    : undefined

const unchanged: Rule = ({ spec, mapping }) => {
  const difference = snapshotDifference(spec, mapping)
  return difference
    ? refusal('MappingChanged', `This request can no longer be granted: ${difference}. Please ask again.`)
    : undefined
}

const belongs: Rule = ({ spec, organisation, now }) => refuseOutsideRequester(spec, organisation, { now })

const named: Rule = facts =>
  isEligible(facts)
    ? undefined
    : refusal(
        'NotAnApprover',
        `You cannot decide this request: it waits for ${sayApprovers(facts.status.approvers ?? [])}.`,
      )

/** Rules for approving, in order. */
const approvalRules: readonly Rule[] = [stillOpen('Approved'), inWindow, notOneself, unchanged, belongs, named]
/** Rules for denying: the mapping may have changed, a no is still a no. */
const denialRules: readonly Rule[] = [stillOpen('Denied'), inWindow, notOneself, named]

/** Why this person must not approve this request now; undefined when they may. */
export function refuseApproval(facts: DecisionFacts): Refusal | undefined {
  return first(approvalRules, facts)
}

/** Why this person must not deny this request now. */
export function refuseDenial(facts: DecisionFacts): Refusal | undefined {
  const no = first(denialRules, facts)
  return no?.reason === 'SelfApproval' ? refusal('SelfDenial', 'You asked for this yourself: withdraw it instead.') : no
}

/** Why this person must not withdraw this request now: only the requester may, and only while it waits. */
export function refuseWithdrawal(facts: DecisionFacts): Refusal | undefined {
  if (!isSamePerson(facts.spec.requester, facts.person, facts.people))
    return refusal('NotTheRequester', 'Only the person who asked can withdraw this request.')
  return first([stillOpen('Withdrawn'), inWindow], facts)
}

/**
 * Why an approval that was recorded at its time does not hold: everything but "still open" and "in the window", which
 * were judged when it was appended, and are judged again here against the recorded instant.
 */
export function refuseRecordedApproval(facts: DecisionFacts & { approvedAt: Date }): Refusal | undefined {
  return first([inWindow, notOneself, unchanged, belongs, named], { ...facts, now: facts.approvedAt })
}

function isEligible({ spec, status, person, people }: DecisionFacts): boolean {
  const asked = (status.approvers ?? []).some(approver => isSamePerson(approver, person, people))
  const allowed = spec.approval.allowed?.emails ?? []
  return asked || (!spec.approval.onlyOnCall && allowed.some(email => isSamePerson({ email }, person, people)))
}

function first(rules: readonly Rule[], facts: DecisionFacts): Refusal | undefined {
  for (const rule of rules) {
    const no = rule(facts)
    if (no) return no
  }
  return undefined
}

/** `ana@example.com (Ana Director) and 2 others`, `mo@example.com (Mo Manager)`, `nobody yet`. */
export function sayApprovers(approvers: readonly Approver[]): string {
  const [one, ...others] = approvers
  if (!one) return 'nobody yet'
  const [second] = others
  if (!second) return sayPerson(one)
  return `${sayPerson(one)} and ${others.length === 1 ? sayPerson(second) : `${others.length} others`}`
}
