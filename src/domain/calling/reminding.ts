// When the people who were asked are reminded: once, before others are asked, and only while nobody has looked at the
// request. Pure.
import type { AccessRequest, Approver, Decision } from '../../api/kinds.ts'
import { after, durationSeconds } from '../asking/duration.ts'
import { isOpen } from './looking.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { isSamePerson } from '../people/identity.ts'
import { approvalsOf, needsSeveral } from '../approval/quorum.ts'

/** What `status.told` says of the reminder. */
export const reminded = 'reminded'

const called = /^asked (\d{1,2})$/

/**
 * When the reminder is due, counted from the last call, or from the last approval if more people must approve; undefined
 * when none is due any more: they were reminded, somebody else has looked or decided, or the next level is asked.
 */
export function remindAt(request: AccessRequest, mapping: Mapping | undefined): Date | undefined {
  const { status = {} } = request
  const { told = [], approvers = [] } = status
  const seconds = mapping ? (mapping.remindSeconds ?? usual(request)) : 0
  if (seconds === 0 || status.phase !== 'Pending' || !isOpen(request)) return undefined
  const approvals = approvalsOf(request)
  const lookers = (status.looking ?? []).filter(look => !hasApproved(approvals, look))
  if (told.some(({ what }) => what === reminded) || lookers.length > 0) return undefined
  const last = told.find(({ what }) => called.test(what))
  const isAll = Number(called.exec(last?.what ?? '')?.[1] ?? 0) >= approvers.length
  if (!last || !isAll || isEscalated(request) || remindable(request).length === 0) return undefined
  const since = [last, ...approvals].map(({ at }) => Date.parse(at))
  return after(new Date(Math.max(...since)), seconds)
}

function hasApproved(approvals: readonly Decision[], person: Pick<Approver, 'email' | 'slackUserID'>): boolean {
  return approvals.some(({ who }) => isSamePerson(who, person))
}

/** A reminder sooner than this would come while people still read the first message. */
const soonest = 60

// The request's own pause: an emergency has another than the mapping.
function usual({ spec }: AccessRequest): number {
  const half = Math.floor(durationSeconds(spec.approval.escalateAfter) / 2)
  return half >= soonest ? half : 0
}

/**
 * The people to remind. Those who have approved are left out, and those who were mentioned for a withdrawn request, as
 * they are not mentioned for this one either.
 */
export function remindable(request: AccessRequest): Approver[] {
  const { status = {} } = request
  const before = status.earlier?.called?.who ?? []
  const approvals = approvalsOf(request)
  return (status.approvers ?? []).filter(
    person =>
      person.slackUserID !== undefined && !before.includes(person.slackUserID) && !hasApproved(approvals, person),
  )
}

// People of another level were asked because nobody of the first one answered, or because several must approve.
function isEscalated(request: AccessRequest): boolean {
  const { approvers = [] } = request.status ?? {}
  return !needsSeveral(request) && approvers.some(({ level }) => level !== approvers[0]?.level)
}
