// The one catalogue of reasons for a no. Pages, Slack, the controller, the command line and the docs read it here; a reason
// that is not in it does not compile.
import { approving } from './refusals/approving.ts'
import { asking } from './refusals/asking.ts'
import { google } from './refusals/google.ts'
import { granting } from './refusals/granting.ts'
import { mapping } from './refusals/mapping.ts'
import { type Owner, owners, type Row } from './refusals/row.ts'
import { services } from './refusals/services.ts'

/** The rows by where they are met, in the order in which a request meets them. */
export const chapters = { asking, approving, granting, mapping, google, services }

const rows = { ...asking, ...approving, ...granting, ...mapping, ...google, ...services }

/** A reason for a no, in CamelCase: the `reason` of conditions, Events, audit entries and metrics. */
export type Reason = keyof typeof rows

/** A row with everything that follows from its owner. */
export type Entry = Row & Required<Pick<Row, 'status' | 'headline' | 'isAttempt'>>

/** Every reason. */
export const reasons: readonly Reason[] = Object.keys(rows).filter(isReason)

/** What the catalogue says of a reason. */
export function entryOf(reason: Reason): Entry {
  const row: Row = rows[reason]
  return { ...owners[row.owner], ...row }
}

/** Whom a person in Slack is asked to tell of a reason; undefined when its message says all that they can do. */
export function whomToTell(reason: Reason): string | undefined {
  return owners[ownerOf(reason)].tell
}

/** Who must act on a reason. */
export function ownerOf(reason: Reason): Owner {
  return rows[reason].owner
}

/** Whether a text, such as the stored reason of a condition, is a reason of the catalogue. */
export function isReason(text: string | undefined): text is Reason {
  return text !== undefined && Object.hasOwn(rows, text)
}
