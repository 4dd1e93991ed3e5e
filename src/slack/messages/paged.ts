// The words about the page that is raised when nobody answers, and about a page that nobody got. Pure.
import type { MessageView } from '../../domain/view/view.ts'
import { bold, time } from './words.ts'

/** What the message says of the page; empty without one. */
export function pageLines({ page, askedAt }: MessageView): string[] {
  if (!page) return []
  if ('why' in page) return [`Nobody could be paged. ${page.why}`]
  return [
    `Nobody answered, so PagerDuty pages people through the route ${bold(page.route)}, at ${time(page.raisedAt, askedAt)}.`,
  ]
}

/** What the requester is told when nobody could be paged. */
export function unpagedLine({ page }: MessageView): string {
  const why = page && 'why' in page ? page.why : 'PagerDuty does not take the page. It is tried again.'
  return `${why} The people who were asked in Slack can still decide.`
}
