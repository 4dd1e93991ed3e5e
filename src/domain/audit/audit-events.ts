// What can happen to a request: each audit event with its meaning and weight. Log, Kubernetes Events and the reference page
// read this table.
import { type AuditDetail, evidenceDetails, grantDetails } from './audit-details.ts'

/** Type of the Kubernetes Event on the request; `none` when another event tells people the same at about the same time. */
export type EventType = 'Normal' | 'Warning' | 'none'

type EventFacts = {
  /** What has happened when the event is written. */
  meaning: string
  /** Severity in Cloud Logging. */
  severity: 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR'
  type: EventType
  /** Whether nothing follows it: the request has ended. */
  isLast?: true
  /** The facts that it can carry. */
  details: readonly AuditDetail[]
}

const approvalDetails: readonly AuditDetail[] = [
  'decision',
  'at',
  ...evidenceDetails,
  'duration',
  'grants',
  'rules',
  'approvalsBefore',
  'group',
]

/** Every audit event, in the order in which a request can meet them. */
export const auditEvents = {
  Requested: {
    meaning: 'Somebody asked, and the request is stored. Names earlier denials.',
    severity: 'INFO',
    type: 'Normal',
    details: [
      'origin',
      'slackUserID',
      'googleSubject',
      'channel',
      'deniedBefore',
      'deniedBeforeBy',
      'follows',
      'heldInAll',
      'spec',
    ],
  },
  EmergencyRequested: {
    meaning: 'It was asked as an emergency: by smaller rules, and to be reviewed afterwards.',
    severity: 'WARNING',
    type: 'Warning',
    details: ['channel'],
  },
  Routed: {
    meaning: 'People were asked to decide; each time more people are asked.',
    severity: 'INFO',
    type: 'Normal',
    details: ['reason', 'asked', 'why'],
  },
  Escalated: {
    meaning: 'Nobody has answered in time, so the next people are asked to decide too.',
    severity: 'INFO',
    type: 'Normal',
    details: ['reason', 'asked', 'why'],
  },
  Paged: {
    meaning:
      'Nobody had answered, so people are paged. Names the route and the key of the alert. If PagerDuty refuses it, NotPaged follows.',
    severity: 'INFO',
    type: 'Normal',
    details: ['route', 'key', 'urgency'],
  },
  NotPaged: {
    meaning: 'Nobody could be paged, although nobody had answered. The reason is in the details.',
    severity: 'WARNING',
    type: 'Warning',
    details: ['reason', 'route'],
  },
  Approved: {
    meaning:
      'The controller has proved an approval. Carries the nonce, the hash of the evidence and the rules, and the Google groups that let people in.',
    severity: 'NOTICE',
    type: 'Normal',
    details: [...approvalDetails, 'requesterGroup'],
  },
  ApprovalCounted: {
    meaning:
      'The controller has proved an approval, and more people must approve. Carries the same as Approved, of this approval.',
    severity: 'NOTICE',
    type: 'Normal',
    details: approvalDetails,
  },
  ApprovalRefused: {
    meaning: 'An approval did not hold, so the request fails. The reason is in the details.',
    severity: 'WARNING',
    type: 'Warning',
    details: ['reason'],
  },
  AttemptRefused: {
    meaning:
      'Somebody tried to approve, end or review it and was refused; the reason says why. The first three are told, and then each time that their number has doubled.',
    severity: 'NOTICE',
    type: 'none',
    details: ['reason', 'at', 'count'],
  },
  Denied: {
    meaning: 'Somebody who may decide has denied the request.',
    severity: 'INFO',
    type: 'Normal',
    isLast: true,
    details: ['decision', 'slackUserID', 'comment'],
  },
  Withdrawn: {
    meaning: 'The requester withdrew the request, or it was deleted before anything was granted.',
    severity: 'INFO',
    type: 'Normal',
    isLast: true,
    details: ['decision', 'slackUserID', 'comment'],
  },
  TimedOut: {
    meaning: 'Nobody decided within the window.',
    severity: 'INFO',
    type: 'Normal',
    isLast: true,
    details: [],
  },
  GrantStarted: {
    meaning: 'Start and end are fixed. The first binding is about to be written.',
    severity: 'INFO',
    type: 'none',
    details: [...grantDetails, 'rules'],
  },
  Granted: {
    meaning: 'Google confirmed every binding.',
    severity: 'NOTICE',
    type: 'Normal',
    details: [...grantDetails, 'rules'],
  },
  GrantInDoubt: {
    meaning: 'Google did not confirm a binding that may be in force. It counts as held until it expires.',
    severity: 'ERROR',
    type: 'Warning',
    details: grantDetails,
  },
  GrantUndone: {
    meaning: 'A binding was refused, so those already written were removed again.',
    severity: 'INFO',
    type: 'Warning',
    details: ['reason', ...grantDetails],
  },
  Failed: {
    meaning: 'The request failed, and no part of it is in force. The reason is in the details.',
    severity: 'WARNING',
    type: 'Warning',
    isLast: true,
    details: ['reason', ...grantDetails],
  },
  Expired: {
    meaning: 'The access has ended at its time.',
    severity: 'INFO',
    type: 'Normal',
    isLast: true,
    details: grantDetails,
  },
  RemovalAsked: {
    meaning:
      'The holder is done, and the janitor is asked to remove the access with its own right. Names its identity.',
    severity: 'NOTICE',
    type: 'Normal',
    details: ['ending', 'janitor', 'slackUserID', 'googleSubject'],
  },
  EndingRefused: {
    meaning:
      'Somebody signed in to end the access early, or the janitor was asked to, and it was not removed. The reason is in the details.',
    severity: 'WARNING',
    type: 'Warning',
    details: ['ending', 'reason', 'wantedBy', 'states'],
  },
  Revoked: {
    meaning: 'The access was ended before its time, by the person who is named, or by the janitor for the holder.',
    severity: 'INFO',
    type: 'Normal',
    isLast: true,
    details: [...grantDetails, ...evidenceDetails, 'ending', 'wantedBy', 'states'],
  },
  ReviewAsked: {
    meaning: 'The access of an emergency has ended, and its reviewers are asked to sign it off.',
    severity: 'NOTICE',
    type: 'Normal',
    details: ['reviewBy'],
  },
  Reviewed: {
    meaning: 'A person who neither asked nor approved has signed the emergency off, with a Google login.',
    severity: 'NOTICE',
    type: 'Normal',
    isLast: true,
    details: evidenceDetails,
  },
  ReviewRefused: {
    meaning: 'Somebody signed in to review an emergency, and it does not count. The reason is in the details.',
    severity: 'WARNING',
    type: 'Warning',
    details: ['review', 'reason'],
  },
  ReviewOverdue: {
    meaning: 'Nobody reviewed the emergency in time. It stays unreviewed.',
    severity: 'ERROR',
    type: 'Warning',
    isLast: true,
    details: [],
  },
  EvidenceLost: {
    meaning:
      'The ID token of an approval, early end or review could not be published, so nobody can verify it later. The reason is in the details.',
    severity: 'ERROR',
    type: 'Warning',
    details: ['entry', 'purpose', 'evidence', 'reason'],
  },
  TamperingSeen: {
    meaning:
      'Something that was signed or sealed is not what the request says. Somebody changed stored data: investigate.',
    severity: 'ERROR',
    type: 'Warning',
    details: ['reason'],
  },
} as const satisfies Readonly<Record<string, EventFacts>>

/** What can happen to a request. */
export type AuditEvent = keyof typeof auditEvents

/** The facts of an event by its name; undefined for a name that no version of Hallpass has written. */
export function factsOfEvent(name: string): EventFacts | undefined {
  return Object.hasOwn(auditEvents, name) ? auditEvents[name as AuditEvent] : undefined
}
