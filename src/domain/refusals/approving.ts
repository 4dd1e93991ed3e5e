// Reasons on the pages of a request: whether it can still be decided, and whether this person may approve it or end its
// access.
import type { Row } from './row.ts'

/** Reasons about deciding and ending. */
export const approving = {
  AccessDenied: {
    owner: 'person',
    meaning:
      'Google does not let the approver read or write the IAM policy of a resource, or the resource does not exist.',
    remedy: 'Somebody with the permission approves, or the platform team gives it with hallpass approver-rights.',
    button: 'Use another account',
  },
  AlreadyApproved: {
    owner: 'person',
    meaning: 'The same person has approved before, and several different people must approve.',
    remedy: 'Somebody else approves too.',
    button: 'Use another account',
  },
  AlreadyDecided: {
    owner: 'nobody',
    meaning: 'Somebody has approved or denied the request before.',
    remedy: 'Nothing is left to do.',
    status: 409,
  },
  AlreadyEnded: {
    owner: 'nobody',
    meaning: 'The request has ended, so it can no longer be decided.',
    remedy: 'The requester asks again.',
    status: 409,
  },
  AlreadyEnding: {
    owner: 'nobody',
    meaning: 'Somebody else has signed in to end the access, and it is being removed.',
    remedy: 'Nothing is left to do.',
    status: 409,
    headline: 'This access is being ended.',
  },
  AlreadyWithdrawn: {
    owner: 'nobody',
    meaning: 'The request was withdrawn or deleted, so it can no longer be decided.',
    remedy: 'The requester asks again.',
    status: 409,
  },
  ApprovedMeanwhile: {
    owner: 'person',
    meaning:
      'Somebody else approved between the beginning of this sign-in and its end, so it does not count with that approval.',
    remedy: 'Sign in again.',
    status: 409,
    headline: 'Somebody else has approved meanwhile.',
    button: 'Sign in again',
    isAttempt: false,
  },
  CommentTooLong: {
    owner: 'person',
    meaning: "The approver's comment has more characters than are stored.",
    remedy: 'Write a shorter comment.',
    status: 422,
  },
  EndedTooOften: {
    owner: 'nobody',
    meaning: 'People have signed in to end the access as often as a request can record, and it was never removed.',
    remedy: 'A person with the right removes the binding with gcloud, or it ends at its time.',
    status: 409,
    headline: 'This access cannot be ended here any more.',
  },
  Gone: {
    owner: 'nobody',
    meaning: 'The request does not exist any more.',
    remedy: 'The requester asks again.',
    status: 404,
    headline: 'This request no longer exists.',
  },
  MappingChanged: {
    owner: 'requester',
    meaning: 'The mapping no longer offers what was asked for.',
    remedy: 'Ask again.',
    status: 409,
    headline: 'This request can no longer be granted.',
  },
  NoRights: {
    owner: 'person',
    meaning: "The approver's account does not have the permission to write the IAM policy of a resource.",
    remedy: 'Somebody with the permission approves, or the platform team gives it with hallpass approver-rights.',
    button: 'Use another account',
  },
  NotADuration: {
    owner: 'person',
    meaning: 'The approver chose a time that is longer than was asked for, or shorter than the mapping allows.',
    remedy: 'Choose one of the offered times.',
    status: 422,
  },
  NotAnApprover: {
    owner: 'person',
    meaning: 'The person is not among those whom the request waits for.',
    remedy: 'One of the approvers in the status of the request decides.',
    button: 'Use another account',
  },
  NotAsked: {
    owner: 'person',
    meaning: 'The approver chose something that was not asked for.',
    remedy: 'Open the link again.',
    status: 422,
  },
  NotInForce: {
    owner: 'nobody',
    meaning: 'There is no access to end: it has ended, or it was not granted.',
    remedy: 'Nothing is left to do.',
    status: 409,
    headline: 'There is no access to end.',
  },
  NothingChosen: {
    owner: 'person',
    meaning: 'The approver chose none of the roles that were asked for.',
    remedy: 'Choose at least one line, or close the page.',
    status: 422,
  },
  NothingInCommon: {
    owner: 'person',
    meaning: 'Nothing is left that every approver chose.',
    remedy: 'Choose a line that those who approved before chose too, or deny the request.',
    status: 422,
  },
  PolicyUnreadable: {
    owner: 'person',
    meaning:
      "The approver's account may write the IAM policy of a resource but not read it, and Hallpass reads it before each change.",
    remedy: 'Somebody with both permissions approves, or the platform team gives them with hallpass approver-rights.',
    button: 'Use another account',
    isAttempt: false,
  },
  SelfApproval: {
    owner: 'person',
    meaning: 'The requester tried to approve their own request.',
    remedy: 'Another approver decides.',
  },
  WindowClosed: {
    owner: 'nobody',
    meaning: 'The time to decide the request is over.',
    remedy: 'The requester asks again.',
    headline: 'It is too late to decide this request.',
  },
} as const satisfies Record<string, Row>
