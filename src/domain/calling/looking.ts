// Who pressed Approve a moment ago and may be reading the page now, so that two people do not work on one request without
// knowing of each other. It decides nothing and counts for a few minutes. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { after } from '../asking/duration.ts'
import { approvalsOf, standingDecision } from '../approval/quorum.ts'

/** A press of Approve. */
export type Look = NonNullable<RequestStatus['looking']>[number]

/** How long a press counts. The admission policy hallpass-request-status has the same time. */
const lookSeconds = 300
/** As many are stored for a request, as in the CRD, so that presses cannot write without end. */
const mostLooks = 6

/** Whether the request waits for a decision. */
export function isOpen(request: AccessRequest): boolean {
  const { metadata, status } = request
  return (status?.phase ?? 'Pending') === 'Pending' && !standingDecision(request) && !metadata.deletionTimestamp
}

/** Those who are looking at an undecided request now, and have not approved it: the last press of each person, in order. */
export function lookersOf(request: AccessRequest, now: Date): Look[] {
  if (!isOpen(request)) return []
  const hasApproved = ({ email, slackUserID }: Look): boolean =>
    approvalsOf(request).some(({ who }) => who.email === email || who.slackUserID === slackUserID)
  const looks = (request.status?.looking ?? []).filter(look => now < endOf(look.at) && !hasApproved(look))
  return looks.filter(({ slackUserID }, i) => !looks.slice(i + 1).some(later => later.slackUserID === slackUserID))
}

/** The stored looks with this one; undefined when it must not be stored, because it would tell nothing new. */
export function withLook(request: AccessRequest, look: Look): Look[] | undefined {
  const { looking = [] } = request.status ?? {}
  const now = new Date(look.at)
  const isKnown = looking.some(({ slackUserID, at }) => slackUserID === look.slackUserID && now < endOf(at))
  return isKnown || looking.length >= mostLooks || !isOpen(request) ? undefined : [...looking, look]
}

/** When somebody stops to count as looking; undefined when nobody is looking. */
export function lookEnds(request: AccessRequest, now: Date): Date | undefined {
  const ends = lookersOf(request, now).map(({ at }) => endOf(at).getTime())
  return ends.length > 0 ? new Date(Math.min(...ends)) : undefined
}

/** A name for who is looking now, to know whether the message says so. */
export function lookersKey(request: AccessRequest, now: Date): string {
  return lookersOf(request, now)
    .map(({ slackUserID }) => slackUserID)
    .join(' ')
}

/**
 * Whether the message must be edited because of who is looking. `shown` is what this process has shown; a process that
 * does not know it edits the message once.
 */
export function isLookStale(request: AccessRequest, shown: string | undefined, now: Date): boolean {
  return isOpen(request) && request.status?.looking !== undefined && shown !== lookersKey(request, now)
}

function endOf(at: string): Date {
  return after(new Date(at), lookSeconds)
}
