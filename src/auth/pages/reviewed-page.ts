// The page after a sign-in that reviews an emergency: whether it counts. Its words depend only on the stored state.
import { html } from 'htm/preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { after } from '../../domain/asking/duration.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { openReview, type Review } from '../../domain/review/reviews.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import { render, statement } from './layout.ts'
import type { Viewer } from './outcome-page.ts'
import { said, type Words } from './outcome-words.ts'
import { person, shown } from './words.ts'

/** `mine` is the entry that came from this browser. The others are as on the page after an approval. */
type Look = { mine: Review | undefined; viewer: Viewer; ticket: string; now: Date; asksAgain: boolean }

/** This long after the sign-in the page no longer waits for the controller. */
const patienceSeconds = 300

/** Whether somebody signed in a moment ago to review it, and it is not verified yet. */
export function isBeingVerified({ status = {} }: AccessRequest, now: Date): boolean {
  const open = openReview(status)
  return open !== undefined && now <= after(new Date(open.at), patienceSeconds)
}

/** What has come of a review. While it is being verified the page has a link to look again. */
export function reviewedPage(
  { request, mapping }: { request: AccessRequest; mapping: Mapping | undefined },
  look: Look,
): string {
  const { ticket, viewer, asksAgain } = look
  const view = viewOf(request, mapping)
  const again = `/review/outcome?t=${encodeURIComponent(ticket)}`
  const words = wordsOf(request, view, look)
  // With the link alone people read whether it is reviewed, and nothing else.
  const more = viewer === 'colleague' ? words.more : null
  const foot = words.canChange ? html`<div class="foot"><a class="button" href=${again}>Look again</a></div>` : null
  return render({
    title: words.title,
    body: html`${statement(words.tone, words.headline, more)}${foot}`,
    goOnTo: words.canChange && asksAgain ? again : undefined,
    request: view.name,
  })
}

function wordsOf(request: AccessRequest, { emergency }: MessageView, { mine, ticket, now }: Look): Words {
  const { status = {} } = request
  const by = emergency?.reviewedBy
  if (by) {
    const comment = by.comment ? html` <q>${shown(by.comment)}</q>` : ''
    return said('good', 'This emergency is reviewed.', html`By ${person(by)}.${comment} You can close this page.`)
  }
  if (emergency?.review === 'overdue') return said('warn', 'Nobody reviewed this emergency in time.', '')
  if (openReview(status)) return openWords(request, now)
  const form = html`<a href=${`/review?t=${encodeURIComponent(ticket)}`}>Open the form again</a>`
  const no = mine && status.reviewsRefused?.find(({ id }) => id === mine.id)
  return no
    ? said('bad', 'Your review does not count.', html`${shown(no.message)} ${form}`)
    : said('warn', 'Nobody has reviewed this emergency yet.', form)
}

function openWords(request: AccessRequest, now: Date): Words {
  const words = isBeingVerified(request, now)
    ? said('busy', 'Your review is being verified…', 'This takes a moment.')
    : said('warn', 'The review is not verified yet.', 'It takes longer than usual. You can close this page.')
  return { ...words, canChange: true }
}
