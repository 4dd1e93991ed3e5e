// Reasons on the pages of auth: links and forms, the sign-in, and whether this person may approve or end access.
import type { Row } from './row.ts'

const formNotAccepted = 'This form could not be accepted.'
const notCompleted = 'Google did not complete the sign-in.'
const notAccepted = 'The sign-in was not accepted.'

/** Reasons that are shown on the pages of auth. */
export const approving = {
  AccessDenied: {
    owner: 'person',
    meaning:
      'Google does not let the approver read or write the IAM policy of a resource, or the resource does not exist.',
    remedy: 'Somebody with the permission approves, or the platform team gives it with hallpass approver-rights.',
    button: 'Use another account',
  },
  AccountSuspended: {
    owner: 'person',
    meaning: "The approver's Google account is suspended or deleted.",
    remedy: 'Somebody else approves; an administrator of Google Workspace can say more.',
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
  CodeNotAccepted: {
    owner: 'person',
    meaning:
      'Google did not accept the code of the sign-in: it is too old, or it was used before, for example because something in between sent the return again.',
    remedy: 'Open the link again: it shows whether the approval counts already. Sign in again if it does not.',
    headline: notCompleted,
    button: 'Sign in again',
  },
  CommentTooLong: {
    owner: 'person',
    meaning: "The approver's comment has more characters than are stored.",
    remedy: 'Write a shorter comment.',
    status: 422,
  },
  CrossSite: {
    owner: 'person',
    meaning: 'The form was sent from another page than its own.',
    remedy: 'Open the link again.',
    headline: formNotAccepted,
  },
  EmailNotVerified: {
    owner: 'person',
    meaning: 'Google has not verified the e-mail address of the account that signed in.',
    remedy: 'Sign in with another account.',
    button: 'Use another account',
  },
  EndedTooOften: {
    owner: 'nobody',
    meaning: 'People have signed in to end the access as often as a request can record, and it was never removed.',
    remedy: 'A person with the right removes the binding with gcloud, or it ends at its time.',
    status: 409,
    headline: 'This access cannot be ended here any more.',
  },
  EvidenceExpired: {
    owner: 'nobody',
    meaning: "The approver's sign-in had ended before access could be granted.",
    remedy: 'The approver signs in again, or the requester asks again once the request has ended.',
    status: 403,
    headline: notAccepted,
    button: 'Sign in again',
  },
  EvidenceForAnother: {
    owner: 'tampering',
    meaning: 'Google signed the sign-in for another request, or for other terms than the stored ones.',
    remedy: 'Open the link again; if it comes back, the platform team looks into who sent the sign-in.',
  },
  EvidenceNotAuthentic: {
    owner: 'tampering',
    meaning: 'The proof of the sign-in is not one that Google signed for Hallpass.',
    remedy: 'Open the link again; if it comes back, the platform team looks into who sent the sign-in.',
  },
  EvidenceNotYet: {
    owner: 'platformTeam',
    meaning: 'The sign-in is dated in the future, so the clock of Hallpass is slow.',
    remedy: 'Set the clock of the node that Hallpass runs on.',
  },
  FormNotRead: {
    owner: 'person',
    meaning: 'The sent form does not have the fields of the form.',
    remedy: 'Open the link again.',
    headline: formNotAccepted,
  },
  FormTokenMissing: {
    owner: 'person',
    meaning: 'The form is too old, or the browser refused its cookie.',
    remedy: 'Open the link again, and allow cookies for it.',
    headline: formNotAccepted,
  },
  Gone: {
    owner: 'nobody',
    meaning: 'The request does not exist any more.',
    remedy: 'The requester asks again.',
    status: 404,
    headline: 'This request no longer exists.',
  },
  LinkExpired: {
    owner: 'nobody',
    meaning: 'The link has expired.',
    remedy: 'The requester asks again.',
    headline: 'This link has expired.',
  },
  LinkNotValid: {
    owner: 'person',
    meaning: 'The address is not a link of this installation, or a part of it is missing.',
    remedy: 'Open the link from the message in Slack.',
    status: 400,
    headline: 'This link does not work.',
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
  NotBegunHere: {
    owner: 'person',
    meaning: 'The sign-in was begun in another browser, more than 15 minutes ago, or was finished before.',
    remedy: 'Open the link in Slack again.',
    headline: 'This sign-in was not begun here.',
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
  OutsideOrganisation: {
    owner: 'person',
    meaning: 'The account that signed in does not belong to a permitted Google Workspace domain.',
    remedy: 'Sign in with a work account.',
    button: 'Use another account',
  },
  PolicyUnreadable: {
    owner: 'person',
    meaning:
      "The approver's account may write the IAM policy of a resource but not read it, and Hallpass reads it before each change.",
    remedy: 'Somebody with both permissions approves, or the platform team gives them with hallpass approver-rights.',
    button: 'Use another account',
    isAttempt: false,
  },
  ScopeNotGranted: {
    owner: 'person',
    meaning: 'The sign-in does not include access to Google Cloud, because that box was left unticked.',
    remedy: 'Sign in again and tick the box.',
    headline: 'One box was left unticked.',
    button: 'Sign in again',
    isAttempt: false,
  },
  SelfApproval: {
    owner: 'person',
    meaning: 'The requester tried to approve their own request.',
    remedy: 'Another approver decides.',
  },
  SignInCancelled: {
    owner: 'person',
    meaning: "The approver cancelled on Google's page.",
    remedy: 'Sign in again, or close the page.',
    headline: 'You did not sign in, so nothing has changed.',
    button: 'Sign in again',
  },
  SignInFailed: {
    owner: 'person',
    meaning: 'Google sent the browser back with an error instead of a sign-in.',
    remedy: 'Sign in again; if it goes on, tell the platform team.',
    headline: notCompleted,
    button: 'Sign in again',
  },
  SignInRefused: {
    owner: 'person',
    meaning: 'Google refused to complete the sign-in, for a cause that Hallpass does not know.',
    remedy: 'Sign in again; if it goes on, tell the platform team.',
    headline: notCompleted,
    button: 'Sign in again',
  },
  SigningKeyGone: {
    owner: 'nobody',
    meaning:
      'Google no longer publishes the key that signed an earlier approval, so that approval can no longer be verified.',
    remedy: 'The requester asks again.',
  },
  SigningKeyUnknown: {
    owner: 'tampering',
    meaning: 'Google does not publish the key that signed the proof of the sign-in.',
    remedy: 'Open the approval link again; if it comes back, the platform team looks into who sent the sign-in.',
  },
  TokenNotAccepted: {
    owner: 'person',
    meaning: "Google no longer accepts the approver's sign-in.",
    remedy: 'Sign in again.',
    headline: 'Google no longer accepts your sign-in.',
    button: 'Sign in again',
    isAttempt: false,
  },
  WindowClosed: {
    owner: 'nobody',
    meaning: 'The time to decide the request is over.',
    remedy: 'The requester asks again.',
    headline: 'It is too late to decide this request.',
  },
} as const satisfies Record<string, Row>
