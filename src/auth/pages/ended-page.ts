// The page after a sign-in that ends access: whether it is removed. Its words depend only on the stored state.
import { html } from 'htm/preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { after } from '../../domain/asking/duration.ts'
import { openRevocation, type Revocation } from '../../domain/ending/endings.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { viewOf } from '../../domain/view/view.ts'
import { render, statement } from './layout.ts'
import type { Viewer } from './outcome-page.ts'
import { type Facts, said, type Words, wordsOf } from './outcome-words.ts'
import { person, shown, time } from './words.ts'

/** `mine` is the entry that came from this browser. The others are as on the page after an approval. */
type Look = { mine: Revocation | undefined; viewer: Viewer; ticket: string; now: Date; asksAgain: boolean }

/** This long after the sign-in the page no longer waits for the removal. */
const patienceSeconds = 300

/** Whether somebody signed in a moment ago to end the access, and nothing has come of it yet. */
export function isBeingEnded({ status = {} }: AccessRequest, now: Date): boolean {
  const ending = openRevocation(status)
  const isInForce = status.phase === 'Approved' || status.phase === 'Provisioned'
  return isInForce && ending !== undefined && now <= after(new Date(ending.at), patienceSeconds)
}

/** What has come of ending the access. While it is being removed the page has a link to look again. */
export function endedPage(
  { request, mapping }: { request: AccessRequest; mapping: Mapping | undefined },
  look: Look,
): string {
  const { ticket, now, viewer, asksAgain } = look
  const view = viewOf(request, mapping)
  const again = `/revoke/outcome?t=${encodeURIComponent(ticket)}`
  const words = endingWords({ request, view, now, ticket, held: [] }, look)
  // With the link alone people read whether it is over, and nothing else.
  const more = viewer === 'colleague' ? words.more : null
  const foot = words.canChange ? html`<div class="foot"><a class="button" href=${again}>Look again</a></div>` : null
  return render({
    title: words.title,
    body: html`${statement(words.tone, words.headline, more)}${foot}`,
    goOnTo: words.canChange && asksAgain ? again : undefined,
    request: view.name,
  })
}

function endingWords(facts: Facts, { mine, viewer }: Look): Words {
  const { request, view, now, ticket } = facts
  if (hasEnded(request)) return viewer === 'anyone' ? said('warn', 'This access has ended.', '') : wordsOf(facts)
  const { status = {} } = request
  const open = openRevocation(status)
  const { expiresAt = '' } = view
  if (open)
    return isBeingEnded(request, now)
      ? {
          ...said('busy', 'The access is being removed…', html`With the rights of ${person(open.who)}.`),
          canChange: true,
        }
      : {
          ...said(
            'warn',
            'The access is not removed yet.',
            html`It takes longer than usual. You can close this page; the result is posted in Slack.`,
          ),
          canChange: true,
        }
  const no = mine && status.endingsRefused?.find(({ id }) => id === mine.id)
  const form = html`<a href=${`/revoke?t=${encodeURIComponent(ticket)}`}>Open the form again</a>`
  const otherwise = html`It ends by itself at ${time(expiresAt, now)}. ${form}`
  return no
    ? said('bad', 'The access was not ended.', html`${shown(no.message)} ${otherwise}`)
    : said('warn', 'Nobody has ended this access yet.', otherwise)
}
