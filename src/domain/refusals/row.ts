// The shape of a reason for a refusal, and the defaults that follow from its owner. Data only; it does not use a
// request.
import type { AuditEvent } from '../audit/audit-events.ts'

/** Who must act before the refused action can succeed. */
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
  /** Nobody: it is too late, or the problem ends by itself. */
  | 'nobody'
  /** Somebody changed what Hallpass had stored or signed. The platform team looks into it. */
  | 'tampering'

/** One reason for a refusal. Fields that a row leaves out follow from its owner: see `owners`. */
export type Row = {
  owner: Owner
  /** What is wrong, for a person who finds the reason in a status, an Event or a log. One sentence. */
  meaning: string
  /** What its owner should do. One sentence. */
  remedy: string
  /** HTTP status of a page that answers with it. */
  status?: number
  /** The first line of that page. */
  headline?: string
  /** The label of the button on that page; without it the page has no button. */
  button?: 'Sign in again' | 'Use another account'
  /** The field of the Slack form where it is shown. */
  field?: 'mapping' | 'duration' | 'reason' | 'start'
  /** Whether `hallpass lint` can find it in files: it follows from mappings and settings alone. */
  isInFiles?: boolean
  /** The field of the mapping that it is about; without it, it is about one of the grants. */
  mappingField?: string
  /** Whether it says only that people cannot be called, so that requests that wait can still be granted. */
  isOfCalling?: boolean
  /** Whether an attempt is noted in the request's `status.attempts` when a person who signed in gets this reason. */
  isAttempt?: boolean
}

/** The defaults by owner. */
type OwnerFacts = {
  status: number
  headline: string
  isAttempt: boolean
  /** The people whom a person in Slack should tell, when somebody else must act and the message does not say who. */
  tell?: string
  /** What must happen before asking again can help; without it, asking again can help at once. */
  againOnce?: string
  /** The additional audit event, besides `Failed`, of a request that ends for such a reason. */
  audit?: AuditEvent
}

/**
 * The approver is not blamed for problems that others must correct: no attempt is noted, the headline says who must
 * act, and the status is 500. Not 502, 503 or 504: some load balancers repeat a GET with these answers, and the sign-in's
 * code works only once.
 */
export const owners: Record<Owner, OwnerFacts> = {
  person: { status: 403, headline: 'You cannot approve this.', isAttempt: true },
  requester: { status: 403, headline: 'This request cannot be granted.', isAttempt: false },
  mappingAuthor: {
    status: 500,
    headline: 'This cannot be granted until its mapping is corrected.',
    isAttempt: false,
    againOnce: 'the mapping is corrected',
  },
  platformTeam: {
    status: 500,
    headline: 'Hallpass cannot do this until the platform team corrects its setup.',
    isAttempt: false,
    tell: 'Please tell the platform team',
    againOnce: 'the platform team has corrected the setup',
  },
  googleAdministrators: {
    status: 500,
    headline: 'Google cannot do this until your Google administrators permit it.',
    isAttempt: false,
    tell: 'Please tell your Google administrators',
    againOnce: 'your Google administrators have permitted it',
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
