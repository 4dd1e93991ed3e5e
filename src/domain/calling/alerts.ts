// The second channel, which is told of emergencies: the port, and who is asked there to review. Pure.
import type { AccessRequest, RequestStatus } from '../../api/kinds.ts'
import type { Links, MessageRef } from '../ports.ts'
import { isReviewAwaited, openReview, remindAt, reviewedCondition } from '../review/reviews.ts'
import type { MessageView } from '../view/view.ts'

/** A person who may review, as found in Slack. */
export type Reviewer = NonNullable<RequestStatus['reviewers']>[number]
/** The first call to the reviewers, when the access has ended, and the reminder at half the time. */
export type ReviewCall = 'reviewAsked' | 'reviewReminded'
/** What a call says, and whom it mentions. */
export type Calling = { call: ReviewCall; people: readonly Reviewer[]; links: Links }

/** Messages in the second channel. Its message says what the one message says, and more loudly. */
export type Alerts = {
  /** Posts the message with its own metadata. Rejects with Broken({answered: false}) when it may have been posted. */
  post(channel: string, view: MessageView, links: Links): Promise<MessageRef>
  /** Hallpass's alert of this request in the channel since `since`, if a crash prevented that it was recorded. */
  find(channel: string, uid: string, since: Date): Promise<MessageRef | undefined>
  /** Deletes every other alert of Hallpass about this request since `since`, which Slack posted late. */
  removeOthers(message: MessageRef, uid: string, since: Date): Promise<void>
  update(message: MessageRef, view: MessageView, links: Links): Promise<void>
  /** Asks the reviewers in the alert's thread. False without a thread. */
  mention(message: MessageRef, view: MessageView, calling: Calling): Promise<boolean>
  /** Asks one reviewer by direct message. */
  ask(slackUserID: string, view: MessageView, calling: Calling): Promise<void>
}

/** The call to the reviewers that is due; undefined without one. */
export function reviewCallDue(request: AccessRequest, now: Date): ReviewCall | undefined {
  const { status = {} } = request
  const isAwaited = isReviewAwaited(request) && reviewedCondition(status)?.reason === 'AwaitingReview'
  if (!isAwaited || openReview(status)) return undefined
  const asked = toldAt(status, 'reviewAsked')
  if (!asked) return 'reviewAsked'
  const half = remindAt(request)
  const isReminder = half !== undefined && now >= half && asked < half && !toldAt(status, 'reviewReminded')
  return isReminder ? 'reviewReminded' : undefined
}

function toldAt({ told = [] }: RequestStatus, call: ReviewCall): Date | undefined {
  const found = told.find(({ what }) => what === call)
  return found && new Date(found.at)
}
