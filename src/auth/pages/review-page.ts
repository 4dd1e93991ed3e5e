// The page for signing an emergency off: who asked for what and why, who approved it, what was granted, and when it began
// and ended. A person with the link reads it without signing in, so it shows only what the messages in Slack show.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { sayDuration } from '../../domain/asking/duration.ts'
import { nameOf } from '../../domain/people/display-name.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import type { CommentPage } from '../approving/comment-form.ts'
import { render } from './layout.ts'
import { commentRow, grantWords, whyRow } from './parts.ts'
import { person, relative, shown, time } from './words.ts'

/** The form for a review. */
export function reviewPage({ request, mapping, comment, ticket, formToken, now, problem }: CommentPage): string {
  const view = viewOf(request, mapping)
  const who = nameOf(view.requester)
  const body = html`<div class="head">
      <h1>Review the emergency access of ${shown(who)}</h1>
      ${due(view, now)}
    </div>
    ${problem ? html`<p class="problem" role="alert">${problem}</p>` : null}
    <form method="post" action="/review" autocomplete="off">
      <input type="hidden" name="t" value=${ticket} />
      <input type="hidden" name="form" value=${formToken} />
      <div class="row">
        <span class="label">What</span>
        <div class="body">${view.grants.map(grant => html`<div class="grant">${grantWords(grant)}</div>`)}</div>
      </div>
      ${row('Asked', html`${person(view.requester)}, ${time(view.askedAt, now)}, for ${asked(view)}`)}
      ${view.hours === undefined ? null : row('Hours', html`${shown(view.hours)}`)} ${whyRow(view.reason)}
      ${row('Approved', approved(view, now))} ${row('In force', inForce(view, now))}
      ${commentRow(comment, 'Everybody in the channels')} ${foot(view)}
    </form>`
  return render({
    title: `${problem ? 'Please correct: ' : ''}Review the emergency access of ${who}`,
    body,
    request: view.name,
  })
}

function due({ mapping, emergency }: MessageView, now: Date): VNode {
  const end = emergency?.reviewBy
  const by = end ? html` Please review it by ${time(end, now)} (${relative(end, now)}).` : ''
  return html`<p class="soft"><strong>${shown(mapping)}</strong> was asked for as an emergency.${by}</p>`
}

function row(label: string, content: VNode): VNode {
  return html`<div class="row">
    <span class="label">${label}</span>
    <div class="body">${content}</div>
  </div>`
}

function asked({ seconds, narrowed }: MessageView): string {
  return sayDuration(narrowed?.insteadOf ?? seconds)
}

function approved({ approvedBy, quorum, narrowed, comment }: MessageView, now: Date): VNode {
  if (!approvedBy) return html`<span class="soft">It is not known who approved it.</span>`
  const without = (narrowed?.without ?? []).map(({ role, resource }) => `${role} on ${resource}`)
  const less = without.length > 0 ? html`, without ${shown(without.join(', '))}` : ''
  const all = quorum?.approved ?? [{ ...approvedBy, ...(comment && { comment }) }]
  return html`<span
    >${all.map(
      one =>
        html`${person(one)}, ${time(one.at, now)}${less}.${one.comment ? html` <q>${shown(one.comment)}</q>` : ''} `,
    )}</span
  >`
}

function inForce(view: MessageView, now: Date): VNode {
  const { startsAt, endedAt, expiresAt, state, endedBy, removedFor, unknown } = view
  const end = endedAt ?? expiresAt
  if (!startsAt || !end) return html`<span class="soft">Nothing was granted.</span>`
  const by = endedBy ? html` by ${person(endedBy)}` : removedFor ? html` for ${person(removedFor)}, who was done` : ''
  const early = state === 'revoked' ? html`, ended early${by}` : ''
  const resources = [...new Set(unknown.map(({ resource }) => resource))].join(', ')
  const doubt = unknown.length > 0 ? html` Google never confirmed it for ${shown(resources)}.` : ''
  return html`<span>${time(startsAt, now)} to ${time(end, now)}${early}.${doubt}</span>`
}

function foot({ name }: MessageView): VNode {
  return html`<div class="foot">
    <p>
      You sign in with Google, which only says who you are: nothing is granted or changed. Who asked for this or
      approved it cannot review it. What was done with the access is in Google’s own audit logs.
    </p>
    <div class="actions"><button type="submit">Sign in and sign off</button></div>
    <p class="soft small">
      Not you, or not now? Close this page: nothing happens. If something is wrong, say so in the comment, and tell your
      security team about <code>${shown(name)}</code>.
    </p>
  </div>`
}
