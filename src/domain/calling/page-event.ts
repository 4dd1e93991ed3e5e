// The events of a page: what the people who are paged read in PagerDuty. Names and reasons come from people, so every text
// is one visible line. It contains the address of the message in Slack, and never a link that leads to an approval. Pure.
import type { AccessRequest } from '../../api/kinds.ts'
import { nameOf, sayPerson } from '../people/display-name.ts'
import { sayDuration } from '../asking/duration.ts'
import { sayAskedTime } from '../view/working.ts'
import { decideBy } from '../approval/eligibility.ts'
import type { PageRules } from '../mapping/mapping.ts'
import { approvalsOf, sayProgress } from '../approval/quorum.ts'
import { shortLine } from '../text.ts'

/** What an event does to the alert of its key. */
export type PageAction = 'trigger' | 'acknowledge' | 'resolve'

/** One event. A repeat with the same key changes nothing. */
export type PageEvent =
  | { action: Exclude<PageAction, 'trigger'>; dedupKey: string }
  | {
      action: 'trigger'
      dedupKey: string
      summary: string
      source: string
      /** A service with dynamic notifications pages urgently for `error`, and quietly for `warning`. */
      severity: 'error' | 'warning'
      mapping: string
      details: Record<string, string>
      links: { href: string; text: string }[]
    }

/** As PagerDuty limits it. */
const summaryLength = 1024
const detailLength = 500

/** The key of a request's alert: the same for every event about it, and for repeats. */
export function dedupKeyOf({ metadata }: Pick<AccessRequest, 'metadata'>): string {
  return `hallpass-${metadata.uid}`
}

/** The event that does this for a request's page. */
export function pageEventOf(request: AccessRequest, action: PageAction, page: PageRules | undefined): PageEvent {
  const dedupKey = dedupKeyOf(request)
  if (action !== 'trigger') return { action, dedupKey }
  const { metadata, spec, status = {} } = request
  const who = sayPerson(spec.requester)
  const details = {
    request: `${metadata.namespace}/${metadata.name}`,
    requester: who,
    mapping: spec.roleMapping,
    duration: sayAskedTime(spec),
    reason: spec.reason,
    asked: (status.approvers ?? []).map(approver => nameOf(approver)).join(', ') || 'nobody',
    decideBy: decideBy(spec, new Date(metadata.creationTimestamp)).toISOString(),
  }
  return {
    action,
    dedupKey,
    summary: shortLine(summaryOf(request, page), summaryLength),
    source: `${metadata.namespace}/${spec.roleMapping}`,
    severity: page?.urgency === 'low' ? 'warning' : 'error',
    mapping: spec.roleMapping,
    details: Object.fromEntries(Object.entries(details).map(([key, text]) => [key, shortLine(text, detailLength)])),
    links: linksTo(status.message?.permalink),
  }
}

function summaryOf(request: AccessRequest, page: PageRules | undefined): string {
  const { spec } = request
  const what = `${spec.emergency ? 'Emergency: ' : ''}${sayPerson(spec.requester)} asks for ${spec.roleMapping}`
  const decided =
    approvalsOf(request).length > 0
      ? `, ${sayProgress(request)} approved, and nobody else has decided`
      : ', and nobody has decided'
  return `${what}${decided}${page ? ` for ${sayDuration(page.afterSeconds)}` : ''}.`
}

// Slack itself gives the address. Anything but an https address is left out.
function linksTo(permalink: string | undefined): { href: string; text: string }[] {
  const isSafe = permalink !== undefined && URL.parse(permalink)?.protocol === 'https:'
  return isSafe ? [{ href: permalink, text: 'Decide in Slack' }] : []
}
