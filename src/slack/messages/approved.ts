// The words about an approval: who, when, what the approver left out of the request, and their comment. Pure.
import { sayDuration } from '../../domain/asking/duration.ts'
import type { Narrowed } from '../../domain/view/narrowed-view.ts'
import type { QuorumView } from '../../domain/view/quorum-view.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { escape, list, quoted, sayPerson, time } from './words.ts'

/** Without the time, for the moments before the grant. */
export function approvedShortly(view: MessageView): string {
  return `Approved by ${approverOf(view)}${onTerms(view)}`
}

function approverOf({ approvedBy, quorum }: MessageView): string {
  return quorum ? list(quorum.approved.map(one => sayPerson(one))) : sayPerson(approvedBy ?? {}, 'an approver')
}

/** Who approved it, when, and on which terms. */
export function approvedLine(view: MessageView): string {
  if (!view.approvedBy) return 'Approved.'
  if (view.quorum) return `Approved by ${approversOf(view.quorum, view)}${onTerms(view)}`
  return `Approved by ${approverOf(view)} at ${time(view.approvedBy.at, view.askedAt)}${onTerms(view)}`
}

/** The approval with its terms, if the approver left something out or wrote a comment; else empty. */
export function termsLine(view: MessageView): string {
  const isSaid = view.quorum?.approved.some(({ comment }) => comment)
  return view.narrowed || view.comment || isSaid ? approvedLine(view) : ''
}

/** While more people must approve: how many have, who, on which terms, and how many are left. Empty before the first. */
export function progressLine(view: MessageView): string {
  const { quorum } = view
  if (!quorum) return ''
  const { required, approved } = quorum
  if (approved.length === 0) return `${required} different people must approve.`
  const left = required - approved.length
  const missing = left === 1 ? 'One more person must approve.' : `${left} more people must approve.`
  return `${approved.length} of ${required} approved: ${approversOf(quorum, view)}${onTerms(view)} ${missing}`
}

/** Whether some of several people have approved. */
export function isBegun({ quorum }: MessageView): boolean {
  return (quorum?.approved.length ?? 0) > 0
}

/** How many decided, for a sentence that says how long they had. */
export function tooFew({ quorum }: MessageView): string {
  return quorum?.approved.length ? `Only ${quorum.approved.length} of ${quorum.required} approved` : 'Nobody decided'
}

function approversOf({ approved }: QuorumView, { askedAt }: MessageView): string {
  return list(approved.map(one => `${sayPerson(one)} at ${time(one.at, askedAt)}`))
}

/** The end of a sentence about an approval: `, without roles/logging.viewer: "reads are enough".` */
function onTerms({ narrowed, comment, quorum, ...view }: MessageView): string {
  const grants = view.grants.filter(({ resource, role }) => !isWithout(narrowed, { resource, role }))
  const seconds = quorum?.seconds ?? view.seconds
  const { without = [], insteadOf } = narrowed ?? {}
  const less = [
    without.length > 0 ? `without ${withoutWords(without, grants)}` : '',
    insteadOf ? `for ${sayDuration(seconds)} instead of ${sayDuration(insteadOf)}` : '',
  ].filter(Boolean)
  const said = comment && !quorum ? `: ${quoted(comment)}` : ''
  return `${less.length > 0 ? `, ${list(less)}` : ''}${said}.${quorum ? commentsOf(quorum) : ''}`
}

function isWithout(narrowed: Narrowed | undefined, { resource, role }: Narrowed['without'][number]): boolean {
  return narrowed?.without.some(one => one.resource === resource && one.role === role) ?? false
}

function commentsOf({ approved }: QuorumView): string {
  return approved.map(one => (one.comment ? ` ${sayPerson(one)}: ${quoted(one.comment)}.` : '')).join('')
}

/** As many grants are named. */
const mostNamed = 3

// A role alone would be wrong if the same role is granted on another resource.
function withoutWords(without: Narrowed['without'], granted: MessageView['grants']): string {
  const named = without.slice(0, mostNamed).map(({ role, resource }) => {
    const isElsewhere = [...granted, ...without].some(other => other.role === role && other.resource !== resource)
    return `${escape(role)}${isElsewhere ? ` on ${escape(resource)}` : ''}`
  })
  const more = without.length - named.length
  return list(more > 0 ? [...named, `${more} more`] : named)
}
