// The words about an approval: who, when, what the approver left out of the request, and their comment. Pure.
import { sayDuration } from '../../domain/duration.ts'
import type { MessageView, Narrowed } from '../../domain/view.ts'
import { escape, list, quoted, sayPerson, time } from './words.ts'

/** Without the time, for the moments before the grant. */
export function approvedShortly(view: MessageView): string {
  return `Approved by ${approverOf(view)}${onTerms(view)}`
}

function approverOf({ approvedBy }: MessageView): string {
  return sayPerson(approvedBy ?? {}, 'an approver')
}

/** Who approved it, when, and on which terms. */
export function approvedLine(view: MessageView): string {
  if (!view.approvedBy) return 'Approved.'
  return `Approved by ${approverOf(view)} at ${time(view.approvedBy.at, view.askedAt)}${onTerms(view)}`
}

/** The approval with its terms, if the approver left something out or wrote a comment; else empty. */
export function termsLine(view: MessageView): string {
  return view.narrowed || view.comment ? approvedLine(view) : ''
}

/** The end of a sentence about an approval: `, without roles/logging.viewer: "reads are enough".` */
function onTerms({ narrowed, comment, grants, seconds }: MessageView): string {
  const { without = [], insteadOf } = narrowed ?? {}
  const less = [
    without.length > 0 ? `without ${withoutWords(without, grants)}` : '',
    insteadOf ? `for ${sayDuration(seconds)} instead of ${sayDuration(insteadOf)}` : '',
  ].filter(Boolean)
  const said = comment ? `: ${quoted(comment)}` : ''
  return `${less.length > 0 ? `, ${list(less)}` : ''}${said}.`
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
