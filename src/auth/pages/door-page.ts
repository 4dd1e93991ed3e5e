// The page of the door for a person who has signed in: what waits for their decision, their own requests, and what they
// can ask for.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { durationSeconds, sayDuration } from '../../domain/asking/duration.ts'
import { decideBy, isPending, sayApprovers } from '../../domain/approval/eligibility.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { viewOf } from '../../domain/view/view.ts'
import { endOf, type Session } from '../door/session.ts'
import { render } from './layout.ts'
import { person, relative, shown, time } from './words.ts'

export type DoorPage = {
  session: Session
  /** `namespace/name` of the request that was stored a moment ago, or that the person already had. */
  asked: string
  /** Whether they had it before they asked. */
  isBefore: boolean
  own: readonly AccessRequest[]
  waiting: readonly { request: AccessRequest; path: string }[]
  offered: readonly Mapping[]
  /** The address of this page, which the requester can pass on. */
  address: string
  formToken: string
  now: Date
}

/** As many entries are shown of each list. */
const mostShown = 20

/** What concerns this person now. */
export function doorPage(page: DoorPage): string {
  const { session, now } = page
  const who = html`You signed in as ${shown(session.email)}.`
  return render({
    title: 'Production access',
    body: html`<div class="head">
        <h1>Production access</h1>
        <p class="soft">${who} This page knows you until ${time(endOf(session), now)}.</p>
      </div>
      ${justAsked(page)} ${waitingRow(page)} ${ownRow(page)} ${offeredRow(page)} ${foot(page)}`,
  })
}

function justAsked({ asked, own, isBefore }: DoorPage): VNode | null {
  const found = own.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === asked)
  if (!found) return null
  const { spec } = found
  const what = html`<strong>${shown(spec.roleMapping)}</strong> for ${sayDuration(durationSeconds(spec.duration))}`
  return html`<p class="note" role="status">${isBefore ? 'You have already asked' : 'You asked'} for ${what}.</p>`
}

function waitingRow({ waiting, now }: DoorPage): VNode {
  if (waiting.length === 0) return row('For you', html`<p class="soft">No request waits for your decision.</p>`)
  return row(
    'For you',
    listed(waiting, ({ request, path }) => {
      const { spec, metadata } = request
      const until = decideBy(spec, new Date(metadata.creationTimestamp))
      const what = html`<strong>${shown(spec.roleMapping)}</strong> for ${sayDuration(durationSeconds(spec.duration))}`
      return html`<p>${person(spec.requester)} asks for ${what}.</p>
        <p class="soft small">Please decide by ${time(until, now)}, ${relative(until, now)}.</p>
        <p>
          <a href=${path}>Open<span class="hidden"> the request ${shown(metadata.name)}</span></a>
        </p>`
    }),
  )
}

function ownRow(page: DoorPage): VNode {
  const { own } = page
  if (own.length === 0) return row('Yours', html`<p class="soft">You have no access and no open request.</p>`)
  return row(
    'Yours',
    listed(own, request => {
      const { spec, metadata } = request
      return html`<p><strong>${shown(spec.roleMapping)}</strong> ${stateOf(request, page)}</p>
        <p class="soft small">Request <code>${shown(metadata.name)}</code></p>`
    }),
  )
}

function stateOf(request: AccessRequest, page: DoorPage): ComponentChildren {
  const { now } = page
  const view = viewOf(request, undefined)
  const until = view.expiresAt ? html` until ${time(view.expiresAt, now)}` : ''
  switch (view.state) {
    case 'asking':
      return isPending(request) ? waits(request, page) : 'has been decided a moment ago.'
    case 'granting':
      return 'is approved and being granted.'
    case 'granted':
      return html`is granted${until}.`
    case 'inDoubt':
      return html`may be granted in part${until}.`
    case 'expired':
    case 'revoked':
      return 'has ended.'
    case 'denied':
      return html`was denied${view.comment ? html`: ${shown(view.comment)}` : '.'}`
    case 'timedOut':
      return 'was not decided in time. You can ask again.'
    case 'withdrawn':
      return 'was withdrawn.'
    case 'failed':
      return html`was not granted. ${shown(view.why ?? '')}`
  }
}

// With Slack away nobody is called, and the requester is the one who can tell an approver.
function waits(request: AccessRequest, { now, address }: DoorPage): VNode {
  const { spec, metadata, status } = request
  const until = decideBy(spec, new Date(metadata.creationTimestamp))
  const approvers = status?.approvers ?? []
  const how = html`until ${time(until, now)}, ${relative(until, now)}`
  if (approvers.length === 0) return html`waits ${how}. The people who may decide are being looked up.`
  const who = html`waits for ${shown(sayApprovers(approvers))} ${how}.`
  if (status?.message?.ts !== undefined) return who
  const where = html`they find the request at <code>${address}</code> when they sign in.`
  return html`${who} Slack has not told anybody yet. Tell them yourself: ${where}`
}

function offeredRow({ offered }: DoorPage): VNode {
  if (offered.length === 0)
    return row(
      'Ask for',
      html`<p class="soft">
        There is nothing that you can ask for here. Mappings for user groups of Slack can be asked for in Slack only.
      </p>`,
    )
  return row(
    'Ask for',
    listed(offered, ({ namespace, name, description, maxSeconds }) => {
      const path = `/ask?for=${encodeURIComponent(`${namespace}/${name}`)}`
      return html`<p><a href=${path}>${shown(name)}</a></p>
        ${description ? html`<p class="small">${shown(description)}</p>` : null}
        <p class="soft small">At most ${sayDuration(maxSeconds)}.</p>`
    }),
  )
}

function foot({ formToken }: DoorPage): VNode {
  return html`<div class="foot">
    <form method="post" action="/sign-out">
      <input type="hidden" name="form" value=${formToken} />
      <div class="actions">
        <a class="button" href="/">Look again</a>
        <button type="submit" class="quiet">Sign out</button>
      </div>
    </form>
    <p class="soft small">Nothing is approved by this page: each approval takes a separate sign-in.</p>
    <p class="soft small">You approve for others? <a href="/me">Check your rights</a> before somebody needs them.</p>
  </div>`
}

function row(label: string, body: ComponentChildren): VNode {
  const id = label.toLowerCase().replaceAll(' ', '-')
  return html`<section class="row" aria-labelledby=${id}>
    <h2 class="label" id=${id}>${label}</h2>
    <div class="body">${body}</div>
  </section>`
}

function listed<T>(entries: readonly T[], show: (entry: T) => ComponentChildren): VNode {
  const more = entries.length - mostShown
  return html`<ul class="entries">
    ${entries.slice(0, mostShown).map(entry => html`<li class="grant"><div>${show(entry)}</div></li>`)}
    ${more > 0 ? html`<li class="soft small">… and ${more} more.</li>` : null}
  </ul>`
}
