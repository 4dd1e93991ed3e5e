// The janitor, a process with a separate right to remove, where it is installed: when the controller asks it to remove the
// access of a holder who is done, what it may carry out then, and what its answer means. Pure.
import type { AccessRequest, Ending, RequestStatus } from '../../api/kinds.ts'
import { after } from '../asking/duration.ts'
import { hasApprovedGrants, isApproved } from '../granting/approved-record.ts'
import { isHolder, openRevocation } from './endings.ts'

/** What the janitor has found out. */
export type Removal = NonNullable<RequestStatus['removal']>
/**
 * Of one grant: Google confirmed that the janitor removed it; it is gone, and nobody can say by whom; it is still there;
 * or Google did not say.
 */
export type RemovalState = Removal['states'][number]

/** The wish for which the controller asks the janitor now. A request is asked for once. */
export function removalToAsk(request: AccessRequest, now: Date): Ending | undefined {
  return request.status?.removalAsked ? undefined : removableFor(request, now)
}

/** The wish that the janitor carries out now. Two others must have written: a door the wish, the controller the ask. */
export function removalDue(request: AccessRequest, now: Date): Ending | undefined {
  const { removalAsked, removal } = request.status ?? {}
  const wish = removal ? undefined : removableFor(request, now)
  return wish && wish.id === removalAsked?.ending ? wish : undefined
}

// Only of access that is certain and recorded as it was approved: where anything is in doubt, people decide.
function removableFor(request: AccessRequest, now: Date): Ending | undefined {
  const { status = {} } = request
  const { phase, settled, expiresAt, grants = [] } = status
  const isRunning = phase === 'Provisioned' && !settled && expiresAt !== undefined && now < new Date(expiresAt)
  const isCertain = grants.length > 0 && grants.every(({ state }) => state === 'Written')
  // Somebody who signed in removes it with their own right.
  if (!isRunning || !isCertain || openRevocation(status)) return undefined
  return isApproved(request) && hasApprovedGrants(request) ? wishOf(request) : undefined
}

function wishOf({ spec, status = {} }: AccessRequest): Ending | undefined {
  const { endings = [], endingsRefused = [] } = status
  return endings.find(
    ({ id, verdict, who }) =>
      verdict === 'Done' &&
      // Slack or Google has said who it is.
      (who.slackUserID !== undefined || who.googleSubject !== undefined) &&
      isHolder(spec.requester, who) &&
      !endingsRefused.some(refused => refused.id === id),
  )
}

/** The janitor's answer that the controller has not acted on; undefined without one, or when somebody else ends it. */
export function removalToHeed(request: AccessRequest): Removal | undefined {
  const { status = {} } = request
  const { phase, removal, removalAsked, grants = [], endingsRefused = [] } = status
  const isAnswer = removal && removalAsked && removal.states.length === grants.length
  if (phase !== 'Provisioned' || !isAnswer || endingsRefused.some(({ id }) => id === removalAsked.ending))
    return undefined
  return isGone(removal) && !isByJanitor(status) ? undefined : removal
}

/** Whether nothing is left of the access. */
export function isGone({ states }: Removal): boolean {
  return states.every(state => state === 'Removed' || state === 'Gone')
}

/**
 * Whether the end is told as the janitor's: nothing is left, and if somebody signed in to end it meanwhile, Google has
 * confirmed that it was the janitor who removed everything.
 */
export function isByJanitor(status: RequestStatus): boolean {
  const { removal } = status
  if (!removal || !isGone(removal)) return false
  return removal.states.every(state => state === 'Removed') || !openRevocation(status)
}

/**
 * Whether an answer of the janitor is taken: it says what has happened, also when somebody signed in meanwhile. The admission
 * policy hallpass-request-status has the same rule.
 */
export function takesRemoval({ phase, settled, endings = [], removalAsked, removal }: RequestStatus): boolean {
  const isAskedFor = endings.some(({ id, verdict }) => verdict === 'Done' && id === removalAsked?.ending)
  return phase === 'Provisioned' && !settled && removal === undefined && isAskedFor
}

/** For so long nobody else is asked: the janitor takes two calls of Google for each policy. */
const patienceSeconds = 30

/** When the approver is asked although the janitor was asked before; undefined when it is time now. */
export function janitorUntil({ removalAsked, removal }: RequestStatus, now: Date): Date | undefined {
  if (!removalAsked || removal) return undefined
  const until = after(new Date(removalAsked.at), patienceSeconds)
  return now < until ? until : undefined
}
