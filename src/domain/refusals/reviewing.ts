// Reasons that concern the review of an emergency: on its page, and when the controller verifies it.
import type { Row } from './row.ts'

const cannotReview = 'You cannot review this.'

/** Reasons of reviews. */
export const reviewing = {
  AlreadyReviewed: {
    owner: 'nobody',
    meaning: 'Somebody has reviewed the emergency before.',
    remedy: 'Nothing is left to do.',
    status: 409,
    headline: 'This emergency has been reviewed.',
  },
  AlreadyReviewing: {
    owner: 'nobody',
    meaning: 'Somebody else has signed in to review the emergency, and it is being checked.',
    remedy: 'Nothing is left to do.',
    status: 409,
    headline: 'This emergency is being reviewed.',
  },
  NobodyToReview: {
    owner: 'mappingAuthor',
    meaning: 'Everybody who may review the emergency asked for it or approved it, or Slack knows none of them.',
    remedy: 'Name more people in emergency.reviewers of the mapping.',
  },
  NotAReviewer: {
    owner: 'person',
    meaning: 'The mapping does not name the person as a reviewer of emergencies.',
    remedy: 'One of the reviewers signs it off.',
    headline: cannotReview,
    button: 'Use another account',
  },
  NothingToReview: {
    owner: 'nobody',
    meaning: 'The request is no emergency, its access has not ended, or it gave none.',
    remedy: 'Open the link again when the access has ended.',
    status: 409,
    headline: 'There is nothing to review.',
  },
  ReviewByApprover: {
    owner: 'person',
    meaning: 'Somebody who approved the emergency tried to review it.',
    remedy: 'Somebody who did not approve it signs it off.',
    headline: cannotReview,
    button: 'Use another account',
  },
  ReviewClosed: {
    owner: 'nobody',
    meaning: 'The time to review the emergency is over, so it stays unreviewed.',
    remedy: 'Write down elsewhere what the review found; the audit log says that it was overdue.',
    headline: 'It is too late to review this emergency.',
  },
  ReviewNotAuthentic: {
    owner: 'tampering',
    meaning: 'What is stored about the review does not agree with what Google signed.',
    remedy: 'The platform team finds out who changed it; a reviewer signs in again.',
  },
  ReviewedTooOften: {
    owner: 'nobody',
    meaning: 'People have signed in to review the emergency as often as a request can record, and it never counted.',
    remedy: 'The audit log says why each did not count; write down elsewhere what the review found.',
    status: 409,
    headline: 'This emergency cannot be reviewed here any more.',
  },
  SelfReview: {
    owner: 'person',
    meaning: 'The requester tried to review their own emergency.',
    remedy: 'A reviewer who neither asked nor approved signs it off.',
    headline: cannotReview,
    button: 'Use another account',
  },
} as const satisfies Record<string, Row>
