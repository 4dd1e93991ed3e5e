// Which of the people to ask were called so far: mentioned in the channel, or written to directly when they are not in
// it. An edit of the message notifies nobody, so people who are asked later need a new message. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import { standingDecision } from '../approval/quorum.ts'

type Told = NonNullable<RequestStatus['told']>

/**
 * The progress, as numbers of `status.approvers` from the first on: so many were mentioned, and for so many nothing is
 * left to do.
 */
export type Calls = { mentioned: number; asked: number }

const entry = /^(mentioned|asked) (\d{1,2})$/

/**
 * The progress that is recorded. A message mentions at least the people who were known when its intent was stored, also
 * when a crash prevented the record.
 */
export function callsIn({ told = [], message, approvers = [] }: RequestStatus): Calls {
  const { ts, intentAt } = message ?? {}
  const atFirst = ts && intentAt ? approvers.filter(({ at }) => at <= intentAt).length : 0
  const count = (kind: string): number =>
    Math.max(0, ...told.map(({ what }) => entry.exec(what)).map(found => (found?.[1] === kind ? Number(found[2]) : 0)))
  const asked = count('asked')
  return { mentioned: Math.max(asked, count('mentioned'), atFirst), asked }
}

/** `told` with this progress instead of the earlier one. */
export function withCalls(told: Told = [], { mentioned, asked }: Calls, at: string): Told {
  const others = told.filter(({ what }) => !entry.test(what))
  const progress = [...(mentioned > asked ? [`mentioned ${mentioned}`] : []), ...(asked > 0 ? [`asked ${asked}`] : [])]
  return [...others, ...progress.map(what => ({ what, at }))]
}

/** Whether Slack does not take the message in the channel, so that direct messages take its place. */
export function isUnposted({ message, conditions }: RequestStatus): boolean {
  const routed = conditions?.find(({ type }) => type === 'Routed')?.reason
  return message?.ts === undefined && (routed === 'MessageRefused' || routed === 'AskedDirectly')
}

/** Whether the message in the channel mentions nobody, because Slack knows none of the people who are asked. */
export function isUntagged({ message, approvers = [] }: RequestStatus): boolean {
  return message?.ts !== undefined && approvers.length > 0 && approvers.every(({ slackUserID }) => !slackUserID)
}

/** Whether there were people to decide, and a message that asked them: in the channel, or by direct message. */
export function wasAsked(status: RequestStatus): boolean {
  const isDirect = status.conditions?.some(({ type, reason }) => type === 'Routed' && reason === 'AskedDirectly')
  return (status.approvers?.length ?? 0) > 0 && (status.message?.ts !== undefined || isDirect === true)
}

/** Whether somebody who is asked was not called yet, while a decision is awaited. */
export function isCallDue(request: AccessRequest): boolean {
  const { metadata, status = {} } = request
  const isOpen = status.phase === 'Pending' && !metadata.deletionTimestamp && !standingDecision(request)
  const canBeCalled = status.message?.ts !== undefined || isUnposted(status)
  return isOpen && canBeCalled && callsIn(status).asked < (status.approvers?.length ?? 0)
}
