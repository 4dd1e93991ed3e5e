// The shape of a reason for a no, and what follows from who must act. Data only: nothing here looks at a request.
import type { AuditEvent } from '../audit-events.ts'

/** Who must do something before a no can become a yes. */
export type Owner =
  /** The person who acts: who approves on the page, denies or withdraws in Slack, or runs the command line. */
  | 'person'
  /** The person who asks for access. */
  | 'requester'
  /** The author of the RoleMapping. */
  | 'mappingAuthor'
  /** The platform team, which installs Hallpass and sets it up. */
  | 'platformTeam'
  /** The administrators of Google Cloud or Google Workspace in this organisation. */
  | 'googleAdministrators'
  /** Nobody: it is too late, or it passes without help. */
  | 'nobody'
  /** Somebody changed what Hallpass had stored or signed. The platform team looks into it. */
  | 'tampering'

/** One reason for a no. What a row leaves out follows from its owner: see `owners`. */
export type Row = {
  owner: Owner
  /** What is wrong, for somebody who finds the reason in a status, an Event or a log. One sentence. */
  meaning: string
  /** What its owner does about it. One sentence. */
  remedy: string
  /** HTTP status of a page that answers with it. */
  status?: number
  /** The first line of that page. */
  headline?: string
  /** What the button on that page offers; without it the page has no button. */
  button?: 'Sign in again' | 'Use another account'
  /** The field of the Slack form that it is shown at. */
  field?: 'mapping' | 'duration' | 'reason'
  /** Whether a person who signs in and meets it is noted in the request's `status.attempts`. */
  isAttempt?: boolean
}

/** What follows from an owner for every row that does not say otherwise. */
type OwnerFacts = {
  status: number
  headline: string
  isAttempt: boolean
  /** Whom a person in Slack is asked to tell, when it is neither their turn nor said in the message. */
  tell?: string
  /** The audit event that a request which ends for such a reason writes besides `Failed`. */
  audit?: AuditEvent
}

/**
 * The approver is not blamed for what others must correct: no attempt is noted, the headline says whose turn it is, and the
 * status is 500. Not 502, 503 or 504: load balancers repeat a GET that was answered so, and the sign-in's code works once.
 */
export const owners: Record<Owner, OwnerFacts> = {
  person: { status: 403, headline: 'You cannot approve this.', isAttempt: true },
  requester: { status: 403, headline: 'This request cannot be granted.', isAttempt: false },
  mappingAuthor: {
    status: 500,
    headline: 'This cannot be granted until its mapping is corrected.',
    isAttempt: false,
  },
  platformTeam: {
    status: 500,
    headline: 'Hallpass cannot do this until the platform team corrects its setup.',
    isAttempt: false,
    tell: 'Please tell the platform team',
  },
  googleAdministrators: {
    status: 500,
    headline: 'Google cannot do this until your Google administrators permit it.',
    isAttempt: false,
    tell: 'Please tell your Google administrators',
  },
  nobody: { status: 410, headline: 'This request is no longer open.', isAttempt: false },
  tampering: {
    status: 403,
    headline: 'The sign-in was not accepted.',
    isAttempt: true,
    tell: 'Please tell the platform team',
    audit: 'TamperingSeen',
  },
}
