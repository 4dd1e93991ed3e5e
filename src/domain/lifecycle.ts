// Decides the lifecycle of a request: what is due now, and when to look again. Pure; the steps are carried out
// elsewhere.
import { type AccessRequest, accountFinalizer, type Decision, type Ending, type RequestStatus } from '../api/kinds.ts'
import { endedPhases } from '../api/phases.ts'
import { publishAt, unpublished } from './approval/kept-evidence.ts'
import { attemptsDue } from './audit/refused-attempts.ts'
import { againInstants, againSteps, type AgainStep, isPageDue } from './calling/calling-again.ts'
import { isCallDue } from './calling/calls.ts'
import { decideBy } from './approval/eligibility.ts'
import { type EndNote, owedEndNote } from './ending/end-notes.ts'
import { openRevocation, type Revocation } from './ending/endings.ts'
import { janitorUntil, type Removal, removalToAsk, removalToHeed } from './ending/removal.ts'
import { hasApprovedGrants, isApproved, isWhole } from './granting/approved-record.ts'
import { isLookStale, lookEnds } from './calling/looking.ts'
import type { Mapping } from './mapping/mapping.ts'
import { tidyAt } from './late-messages.ts'
import { owedNews, warningAt } from './view/owed-news.ts'
import { approvalsOf, standingDecision } from './approval/quorum.ts'
import {
  alertToIntend,
  type OwedReviewStep,
  owedToReviewers,
  reviewLooks,
  reviewStep,
  type ReviewStep,
} from './review/review-steps.ts'
import { isReviewAwaited } from './review/reviews.ts'
import { refreshAt, routeAt } from './calling/routing.ts'
import { type News, viewDigest, viewOf } from './view/view.ts'

/**
 * The facts for `stepsDue`. `lookedAt`: when this process last asked who is on call for the request. `lookers`: who is
 * looking at it, as this process has shown it. `evidenceAfterSeconds`: only in a sandbox, how soon evidence is published.
 * `hasJanitor`: whether a janitor is installed, which may be asked.
 */
export type LifecycleFacts = {
  request: AccessRequest
  mapping: Mapping | undefined
  lookedAt?: Date | undefined
  lookers?: string | undefined
  evidenceAfterSeconds?: number | undefined
  hasJanitor?: boolean
}

/** One step to carry out. */
export type Step =
  | { do: 'begin' }
  | { do: 'close'; phase: 'Denied' | 'Withdrawn' | 'TimedOut'; decision?: Decision }
  | { do: 'accept'; decision: Decision }
  | { do: 'count'; decision: Decision }
  | { do: 'grant' }
  | { do: 'end'; revocation: Revocation }
  | { do: 'askJanitor'; wish: Ending }
  | { do: 'heedJanitor'; removal: Removal }
  | { do: 'expire' }
  | { do: 'failForged' }
  | { do: 'markUnknown' }
  | { do: 'route' }
  | { do: 'refresh' }
  | { do: 'intend' }
  | ReviewStep
  | { do: 'raise' }
  | { do: 'noteAttempt' }
  | OwedStep
  | { do: 'settle' }
  | { do: 'release' }

/**
 * Notifications and log entries that are not sent yet. They do not depend on each other, so they can be done in
 * parallel.
 */
export type OwedStep =
  | { do: 'post' }
  | { do: 'show' }
  | { do: 'call' }
  | AgainStep
  | { do: 'tell'; news: News }
  | { do: 'remind'; note: EndNote }
  | OwedReviewStep
  | { do: 'account' }
  | { do: 'publish' }

/**
 * What is due now: at most one step of the lifecycle and one approval to count, then notifications and log entries. They are independent: when
 * Slack does not answer, expiries and audit events still happen.
 */
export function stepsDue(facts: LifecycleFacts, now: Date): Step[] {
  const { request } = facts
  if (request.status?.settled) return isHeld(request) ? [{ do: 'release' }] : []
  // Raising a page is separate, so that a search for people that fails does not prevent it.
  const raise: Step | undefined = isPageDue(request, facts.mapping, now) ? { do: 'raise' } : undefined
  const note: Step | undefined = isAttemptDue(request) ? { do: 'noteAttempt' } : undefined
  const steps = [
    lifecycleStep(facts, now) ?? reviewStep(request, now),
    countStep(facts),
    raise,
    note,
    ...owedToPeople(facts, now),
    ...owedToReviewers(request, now),
    owedToLog(request),
    isEvidenceDue(facts, now) ? { do: 'publish' as const } : undefined,
  ].filter(step => step !== undefined)
  const isAwaited = isReviewAwaited(request) || unpublished(request).length > 0
  if (steps.length > 0 || !hasEnded(request) || isAwaited) return steps
  // First the finalizer: settled requests are no longer watched, and a request that kept it could never be deleted.
  if (!isHeld(request)) return [{ do: 'settle' }]
  return now >= (tidyAt(request) ?? now) ? [{ do: 'release' }] : []
}

function lifecycleStep(facts: LifecycleFacts, now: Date): Step | undefined {
  const { metadata, status = {} } = facts.request
  if (!status.phase) return { do: 'begin' }
  if (status.phase === 'Pending') return pendingStep(facts, now)
  if (status.phase === 'Approved') {
    const isTouched = status.grants?.some(({ state }) => state !== 'Pending') ?? false
    if (metadata.deletionTimestamp && !isTouched) return { do: 'close', phase: 'Withdrawn' }
    return endStep(facts.request, now) ?? { do: 'grant' }
  }
  if (status.phase !== 'Provisioned') return undefined
  if (!isApproved(facts.request)) return { do: 'failForged' }
  if (!isWhole(facts.request)) return { do: 'markUnknown' }
  if (isOver(status, now)) return { do: 'expire' }
  return heedStep(facts.request) ?? endStep(facts.request, now) ?? askStep(facts, now)
}

function heedStep(request: AccessRequest): Step | undefined {
  const removal = removalToHeed(request)
  return removal && { do: 'heedJanitor', removal }
}

function askStep({ request, hasJanitor }: LifecycleFacts, now: Date): Step | undefined {
  const wish = hasJanitor ? removalToAsk(request, now) : undefined
  return wish && { do: 'askJanitor', wish }
}

function endStep(request: AccessRequest, now: Date): Step | undefined {
  const revocation = revocationDue(request, now)
  return revocation && { do: 'end', revocation }
}

/**
 * The early end that is carried out next. Nothing more is granted meanwhile. What is taken out is what the record names,
 * so it must be the record of this approval: else it would say that nothing is left.
 */
export function revocationDue(request: AccessRequest, now: Date): Revocation | undefined {
  const { status = {} } = request
  const isCurrent = isApproved(request) && hasApprovedGrants(request) && !isOver(status, now)
  return isCurrent ? openRevocation(status) : undefined
}

function isOver({ expiresAt }: RequestStatus, now: Date): boolean {
  return expiresAt !== undefined && now >= new Date(expiresAt)
}

// An existing decision counts before the deadline: it was made in time, or it would not have been appended.
function pendingStep({ request, lookedAt }: LifecycleFacts, now: Date): Step | undefined {
  const { spec, metadata, status = {} } = request
  const decision = standingDecision(request)
  if (decision?.verdict === 'Approved' && !metadata.deletionTimestamp) return { do: 'accept', decision }
  if (decision?.verdict === 'Denied') return { do: 'close', phase: 'Denied', decision }
  if (decision?.verdict === 'Withdrawn') return { do: 'close', phase: 'Withdrawn', decision }
  if (metadata.deletionTimestamp) return { do: 'close', phase: 'Withdrawn' }
  if (now >= decideBy(spec, new Date(metadata.creationTimestamp))) return { do: 'close', phase: 'TimedOut' }
  if (isDue(routeAt(spec, status), now)) return { do: 'route' }
  if (isDue(refreshAt(status, lookedAt), now)) return { do: 'refresh' }
  return undefined
}

// Apart from the other steps, so that people are asked, and the window ends, while Google or KMS does not answer.
function countStep({ request }: LifecycleFacts): Step | undefined {
  const { metadata, status = {} } = request
  if (status.phase !== 'Pending' || metadata.deletionTimestamp || standingDecision(request)) return undefined
  const decision = approvalsOf(request)[status.approvalsCounted ?? 0]
  return decision && { do: 'count', decision }
}

// A request that nobody has looked at yet begins first: `Requested` is the first of its events.
function isAttemptDue({ status = {} }: AccessRequest): boolean {
  return status.phase !== undefined && attemptsDue(status) !== undefined
}

function isDue(at: Date | undefined, now: Date): boolean {
  return at !== undefined && now >= at
}

/** The channel for the message, when its intent must be stored: there is somebody to ask, and no message yet. */
export function channelToIntend({ request, mapping }: Pick<LifecycleFacts, 'request' | 'mapping'>): string | undefined {
  const { status = {} } = request
  const isWanted = (status.approvers?.length ?? 0) > 0 && !status.message && !hasEnded(request)
  return status.phase && isWanted ? mapping?.channel : undefined
}

function owedToPeople(facts: LifecycleFacts, now: Date): Step[] {
  const { request } = facts
  const { status = {} } = request
  const steps: Step[] = []
  if (!status.phase) return steps
  if (channelToIntend(facts) || alertToIntend(facts)) steps.push({ do: 'intend' })
  // A post that was begun and has no result is checked even after the end, because the message may exist and still ask.
  if (status.message && !status.message.ts) steps.push({ do: 'post' })
  if (status.message?.ts && isStale(facts, now)) steps.push({ do: 'show' })
  if (isCallDue(request)) steps.push({ do: 'call' })
  steps.push(...againSteps(request, facts.mapping, now))
  const news = owedNews(request, now)
  if (news) steps.push({ do: 'tell', news })
  const note = owedEndNote(request, now)
  if (note) steps.push({ do: 'remind', note })
  return steps
}

function isStale({ request, mapping, lookers }: LifecycleFacts, now: Date): boolean {
  const isOther = request.status?.message?.shown !== viewDigest(viewOf(request, mapping))
  return isOther || isLookStale(request, lookers, now)
}

function owedToLog({ status }: AccessRequest): Step | undefined {
  return status?.audit?.length ? { do: 'account' } : undefined
}

function isEvidenceDue({ request, evidenceAfterSeconds }: LifecycleFacts, now: Date): boolean {
  return unpublished(request).some(kept => now >= publishAt(kept, evidenceAfterSeconds))
}

/** When to look again although nothing changes: the deadline, the escalation, the warning, the end, and due evidence. */
export function nextLook(facts: LifecycleFacts, now: Date): Date | undefined {
  const { request, mapping, lookedAt, evidenceAfterSeconds } = facts
  const { spec, metadata, status = {} } = request
  const instants: (Date | undefined)[] = []
  if (status.phase === 'Pending') {
    instants.push(decideBy(spec, new Date(metadata.creationTimestamp)))
    instants.push(routeAt(spec, status), refreshAt(status, lookedAt), lookEnds(request, now))
    instants.push(...againInstants(request, mapping))
  }
  if (status.phase === 'Provisioned' && status.startsAt && status.expiresAt)
    instants.push(warningAt(status.startsAt, status.expiresAt), new Date(status.expiresAt), janitorUntil(status, now))
  instants.push(...reviewLooks(request))
  instants.push(...unpublished(request).map(kept => publishAt(kept, evidenceAfterSeconds)))
  if (hasEnded(request) && isHeld(request)) instants.push(tidyAt(request))
  const future = instants.filter(at => at !== undefined && at > now).map(Number)
  return future.length > 0 ? new Date(Math.min(...future)) : undefined
}

/** Whether the request is in a phase that never changes again. */
export function hasEnded({ status }: AccessRequest): boolean {
  return endedPhases.some(phase => phase === status?.phase)
}

function isHeld({ metadata }: AccessRequest): boolean {
  return metadata.finalizers?.includes(accountFinalizer) ?? false
}
