// The page for ending access early: whose, which, and until when it would last. A person with the link reads it without
// signing in, so it shows only what the message shows.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { nameOf } from '../../domain/display-name.ts'
import { removal } from '../../domain/revoking.ts'
import { type MessageView, viewOf } from '../../domain/view.ts'
import type { CommentPage } from '../comment-form.ts'
import { render } from './layout.ts'
import { commentRow, grantWords, whyRow } from './parts.ts'
import { firstNameOf, relative, shown, time } from './words.ts'

/** The form for ending access. */
export function endPage({ request, mapping, comment, ticket, formToken, now, problem }: CommentPage): string {
  const view = viewOf(request, mapping)
  const who = nameOf(view.requester)
  const body = html`<div class="head">
      <h1>End the production access of ${shown(who)} now?</h1>
      ${held(view, now)}
    </div>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
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
  const verb = state === 'granting' ? 'is being granted' : state === 'inDoubt' ? 'may hold part of' : 'has'
  const until = html`until ${time(expiresAt, now)} (${relative(expiresAt, now)})`
  return html`<p class="soft">${shown(requester.email)} ${verb} <strong>${shown(mapping)}</strong> ${until}.</p>`
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
