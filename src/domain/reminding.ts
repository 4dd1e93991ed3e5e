// When the people who were asked are reminded: once, before others are asked, and only while nobody has looked at the
// request. Pure.
import type { AccessRequest, Approver } from '../api/kinds.ts'
import { after, durationSeconds } from './duration.ts'
import { isOpen } from './looking.ts'
import type { Mapping } from './mapping.ts'

/** What `status.told` says of the reminder. */
export const reminded = 'reminded'

const called = /^asked (\d{1,2})$/

/**
 * When the reminder is due, counted from the last call; undefined when none is due any more: they were reminded, somebody
 * has looked or decided, or the next level is asked.
 */
export function remindAt(request: AccessRequest, mapping: Mapping | undefined): Date | undefined {
  const { status = {} } = request
  const { told = [], approvers = [] } = status
  const seconds = mapping ? (mapping.remindSeconds ?? usual(request)) : 0
  if (seconds === 0 || status.phase !== 'Pending' || !isOpen(request)) return undefined
  if (told.some(({ what }) => what === reminded) || status.looking?.length || status.decisions?.length) return undefined
  const last = told.find(({ what }) => called.test(what))
  const isAll = Number(called.exec(last?.what ?? '')?.[1] ?? 0) >= approvers.length
  if (!last || !isAll || isEscalated(approvers) || remindable(request).length === 0) return undefined
  return after(new Date(last.at), seconds)
}

/** A reminder sooner than this would come while people still read the first message. */
const soonest = 60

// The request's own pause: an emergency has another than the mapping.
function usual({ spec }: AccessRequest): number {
  const half = Math.floor(durationSeconds(spec.approval.escalateAfter) / 2)
  return half >= soonest ? half : 0
}

/**
 * The people to remind. Those who were mentioned for a withdrawn request are left out, as they are not mentioned for this
 * one either.
 */
export function remindable({ status = {} }: AccessRequest): Approver[] {
  const before = status.earlier?.called?.who ?? []
  return (status.approvers ?? []).filter(
    ({ slackUserID }) => slackUserID !== undefined && !before.includes(slackUserID),
  )
}

// People of another level were asked because nobody of the first one answered.
function isEscalated(approvers: readonly Approver[]): boolean {
  return approvers.some(({ level }) => level !== approvers[0]?.level)
}
