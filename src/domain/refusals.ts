// The only catalogue of reasons for a refusal. Pages, Slack, the controller, the command line and the docs use it; a
// reason that is not in it does not compile.
import type { AuditEvent } from './audit/audit-events.ts'
import { approving } from './refusals/approving.ts'
import { asking } from './refusals/asking.ts'
import { door } from './refusals/door.ts'
import { google } from './refusals/google.ts'
import { granting } from './refusals/granting.ts'
import { mapping } from './refusals/mapping.ts'
import { type Owner, owners, type Row } from './refusals/row.ts'
import { removing } from './refusals/removing.ts'
import { reviewing } from './refusals/reviewing.ts'
import { services } from './refusals/services.ts'
import { signingIn } from './refusals/signing-in.ts'

/** The rows by the place where they occur, in the order of a request's life. */
export const chapters = { asking, door, signingIn, approving, granting, removing, reviewing, mapping, google, services }

const rows = {
  ...asking,
  ...door,
  ...signingIn,
  ...approving,
  ...granting,
  ...removing,
  ...reviewing,
  ...mapping,
  ...google,
  ...services,
}

/** A reason for a refusal, in CamelCase: the `reason` of conditions, Events, audit entries and metrics. */
export type Reason = keyof typeof rows

/** A row with everything that follows from its owner. */
export type Entry = Row & Required<Pick<Row, 'status' | 'headline' | 'isAttempt'>>

/** Every reason. */
export const reasons: readonly Reason[] = Object.keys(rows).filter(isReason)

/** The catalogue's entry for a reason. */
export function entryOf(reason: Reason): Entry {
  const row: Row = rows[reason]
  return { ...owners[row.owner], ...row }
}

/** The audit event that a request which ends for this reason writes in addition to `Failed`, if any. */
export function auditedAs(reason: Reason): AuditEvent | undefined {
  return owners[ownerOf(reason)].audit
}

/** The people whom a person in Slack should tell about a reason; undefined when the message already says what to do. */
export function whomToTell(reason: Reason): string | undefined {
  return owners[ownerOf(reason)].tell
}

/**
 * What must happen before asking again can help, as a clause: `the mapping is corrected`. Undefined when asking again
 * can help at once, and for a text that is no reason.
 */
export function againOnce(reason: string | undefined): string | undefined {
  return isReason(reason) ? owners[ownerOf(reason)].againOnce : undefined
}

/** Whether a stored reason says only that people cannot be called, and nothing about what is granted. */
export function isFaultOfCalling(reason: string | undefined): boolean {
  return isReason(reason) && entryOf(reason).isOfCalling === true
}

/** Who must act on a reason. */
export function ownerOf(reason: Reason): Owner {
  return rows[reason].owner
}

/** Whether a text, such as the stored reason of a condition, is a reason of the catalogue. */
export function isReason(text: string | undefined): text is Reason {
  return text !== undefined && Object.hasOwn(rows, text)
}
