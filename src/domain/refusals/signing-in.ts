// Reasons on the way through Google's login, for whatever purpose: links and forms, the sign-in, and its proof.
import type { Row } from './row.ts'

const formNotAccepted = 'This form could not be accepted.'
const notCompleted = 'Google did not complete the sign-in.'
const notAccepted = 'The sign-in was not accepted.'

/** Reasons about signing in. */
export const signingIn = {
  AccountSuspended: {
    owner: 'person',
    meaning: "The approver's Google account is suspended or deleted.",
    remedy: 'Somebody else approves; an administrator of Google Workspace can say more.',
  },
  CodeNotAccepted: {
    owner: 'person',
    meaning:
      'Google did not accept the code of the sign-in: it is too old, or it was used before, for example because something in between sent the return again.',
    remedy: 'Open the link again: it shows whether the approval counts already. Sign in again if it does not.',
    headline: notCompleted,
    button: 'Sign in again',
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
  NotBegunHere: {
    owner: 'person',
    meaning: 'The sign-in was begun in another browser, more than 15 minutes ago, or was finished before.',
    remedy: 'Open the link in Slack again.',
    headline: 'This sign-in was not begun here.',
  },
  OutsideOrganisation: {
    owner: 'person',
    meaning: 'The account that signed in does not belong to a permitted Google Workspace domain.',
    remedy: 'Sign in with a work account.',
    button: 'Use another account',
  },
  ScopeNotGranted: {
    owner: 'person',
    meaning: 'The sign-in does not include access to Google Cloud, because that box was left unticked.',
    remedy: 'Sign in again and tick the box.',
    headline: 'One box was left unticked.',
    button: 'Sign in again',
    isAttempt: false,
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
} as const satisfies Record<string, Row>
