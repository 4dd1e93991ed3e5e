// The page for ending access early: whose, which, and until when it would last. A person with the link reads it without
// signing in, so it shows only what the message shows.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { nameOf } from '../../domain/people/display-name.ts'
import type { OtherAccess } from '../../domain/ending/other-access.ts'
import { removal } from '../../domain/ending/revoking.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import type { CommentPage } from '../approving/comment-form.ts'
import { render } from './layout.ts'
import { heldLength, working } from './lengths.ts'
import { commentRow, grantWords, whyRow } from './parts.ts'
import { firstNameOf, relative, shown, time } from './words.ts'

/** `others`: what the same person has by other requests. */
type EndPage = CommentPage & { others: readonly OtherAccess[] }

/** The form for ending access. */
export function endPage(page: EndPage): string {
  const { request, mapping, comment, ticket, formToken, now, problem } = page
  const view = viewOf(request, mapping)
  const who = nameOf(view.requester)
  const body = html`<div class="head">
      <h1>End the production access of ${shown(who)} now?</h1>
      ${held(view, now)}
    </div>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null} ${stays(page)}
    <form method="post" action="/revoke" autocomplete="off">
      <input type="hidden" name="t" value=${ticket} />
      <input type="hidden" name="form" value=${formToken} />
      <div class="row">
        <span class="label">What</span>
        <div class="body">${view.grants.map(grant => html`<div class="grant">${grantWords(grant)}</div>`)}</div>
      </div>
      ${whyRow(view.reason)} ${commentRow(comment, firstNameOf(view.requester))} ${foot(view, now)}
    </form>`
  return render({
    title: `${problem ? 'Please correct: ' : ''}End the production access of ${who} now?`,
    body,
    request: view.name,
  })
}

function held(view: MessageView, now: Date): VNode {
  const { requester, mapping, state, expiresAt = now.toISOString() } = view
  const left = view.window ? '' : html` (${relative(expiresAt, now)})`
  const verb = state === 'granting' ? 'is being granted' : state === 'inDoubt' ? 'may hold part of' : 'has'
  return html`<p class="soft">
      ${shown(requester.email)} ${verb}${' '}
      <strong>${shown(mapping)}</strong>${heldLength({ ...view, expiresAt }, now)}${left}.
    </p>
    ${working(view)}`
}

// More time is another request: who ends one of the two would leave the person with the other.
function stays({ others, now }: EndPage): VNode | null {
  if (others.length === 0) return null
  const spans = others.map(({ from, until, hours }, i) => {
    const begins = from ? html`from ${time(from, now)} ` : ''
    return html`${i > 0 ? ', and ' : ''}${begins}until ${time(until, now)}${hours ? `, but only ${hours}` : ''}`
  })
  return html`<p class="note" role="note">
    The same person has this by another request too, ${spans}. That is not ended here.
  </p>`
}

// The template drops the space between a line's end and a value.
const rights =
  'You sign in with Google. The access is removed with your own rights and under your name; Hallpass has none.'

function foot({ expiresAt = '' }: MessageView, now: Date): VNode {
  return html`<div class="foot">
    <p>${rights} ${removal}</p>
    <div class="actions"><button type="submit">Sign in and end access</button></div>
    <p class="soft small">
      Not you, or not now? Close this page: nothing happens, and the access ends by itself at ${time(expiresAt, now)}.
    </p>
  </div>`
}
