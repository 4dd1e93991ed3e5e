// The page of the door for a person who has signed in: what waits for their decision or review, access that they may end,
// their own requests, and what they can ask for.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { sayProgress } from '../../domain/approval/quorum.ts'
import { sayDuration } from '../../domain/asking/duration.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { reviewBy } from '../../domain/review/reviews.ts'
import type { Note } from '../door/landing.ts'
import type { Waiting } from '../door/persons.ts'
import { endOf, type Session } from '../door/session.ts'
import { doorNote } from './door-note.ts'
import { sayWorking } from '../../domain/hours/words.ts'
import { sayWorkingOf } from '../../domain/view/working.ts'
import { askedLength, heldLength, working } from './lengths.ts'
import { render } from './layout.ts'
import { type OwnRow, ownRow } from './own-row.ts'
import { type DoorForm, listed, section } from './parts.ts'
import { person, relative, shown, time } from './words.ts'

/** A request with the address of the page on which something can be done with it. */
type Linked = { request: AccessRequest; path: string | undefined }

export type DoorPage = {
  session: Session
  /** What the person has just done here. */
  note: Note | undefined
  own: readonly OwnRow[]
  waiting: readonly (Waiting & { approve: string | undefined })[]
  running: readonly Linked[]
  reviews: readonly Linked[]
  offered: readonly Mapping[]
  /** The address of this page, which the requester can pass on. */
  address: string
  form: DoorForm
  now: Date
}

/** What concerns this person now. */
export function doorPage(page: DoorPage): string {
  const { session, note, now } = page
  const who = html`You signed in as ${shown(session.email)}.`
  return render({
    title: 'Production access',
    body: html`<div class="head">
        <h1>Production access</h1>
        <p class="soft">${who} This page knows you until ${time(endOf(session), now)}.</p>
      </div>
      ${note ? doorNote(note, now) : null} ${waitingRow(page)} ${reviewsRow(page)} ${runningRow(page)} ${ownRow(page)}
      ${offeredRow(page)} ${foot(page)}`,
  })
}

function waitingRow({ waiting, now }: DoorPage): VNode {
  if (waiting.length === 0) return section('For you', html`<p class="soft">No request waits for your decision.</p>`)
  return section(
    'For you',
    listed(waiting, ({ request, only, approve }) => {
      const { spec, metadata } = request
      const until = decideBy(spec, new Date(metadata.creationTimestamp))
      const what = html`<strong>${shown(spec.roleMapping)}</strong> ${askedLength(spec, now)}`
      const hidden = html`<span class="hidden"> the request ${shown(metadata.name)}</span>`
      const deny = `/deny?for=${encodeURIComponent(`${metadata.namespace}/${metadata.name}`)}`
      return html`<p>${person(spec.requester)} asks for ${what}${spec.emergency ? ' as an emergency' : ''}.</p>
        ${working({ hours: sayWorkingOf(request) })} ${sayOnly({ request, ...(only && { only }) })}
        <p class="soft small">Please decide by ${time(until, now)}, ${relative(until, now)}.</p>
        <p class="links">
          ${approve ? html`<a href=${approve}>Open${hidden}</a>` : null}
          <a href=${deny}>Deny${hidden}</a>
        </p>`
    }),
  )
}

function sayOnly({ request, only }: Waiting): VNode | null {
  if (only === 'approved')
    return html`<p class="small">You have approved it: ${sayProgress(request)} approved. Others must approve too.</p>`
  return only ? html`<p class="small">It can no longer be granted, only denied.</p>` : null
}

function reviewsRow({ reviews, now }: DoorPage): VNode | null {
  if (reviews.length === 0) return null
  return section(
    'To review',
    listed(reviews, ({ request, path }) => {
      const { spec, metadata } = request
      const until = reviewBy(request)
      const by = until ? html` Please review it by ${time(until, now)}, ${relative(until, now)}.` : ''
      return html`<p>${person(spec.requester)} had <strong>${shown(spec.roleMapping)}</strong> in an emergency.</p>
        <p class="soft small">The access has ended.${by}</p>
        ${
          path
            ? html`<p>
                <a href=${path}>Review<span class="hidden"> ${shown(metadata.name)}</span></a>
              </p>`
            : null
        }`
    }),
  )
}

function runningRow({ running, now }: DoorPage): VNode | null {
  if (running.length === 0) return null
  return section(
    'In force',
    listed(running, ({ request, path }) => {
      const { spec, status, metadata } = request
      const { window } = spec
      const until = heldLength({ ...(window && { window }), ...status }, now)
      const whose = html` the access of ${person(spec.requester)} by ${shown(metadata.name)}`
      return html`<p>${person(spec.requester)} has <strong>${shown(spec.roleMapping)}</strong>${until}.</p>
        ${working({ hours: sayWorkingOf(request) })}
        ${
          path
            ? html`<p>
                <a href=${path}>End it early<span class="hidden">:${whose}</span></a>
              </p>`
            : null
        }`
    }),
  )
}

function offeredRow({ offered }: DoorPage): VNode {
  if (offered.length === 0)
    return section(
      'Ask for',
      html`<p class="soft">
        There is nothing that you can ask for here. Mappings for user groups of Slack can be asked for in Slack only.
      </p>`,
    )
  return section(
    'Ask for',
    listed(offered, ({ namespace, name, description, maxSeconds, emergency, hours }) => {
      const path = `/ask?for=${encodeURIComponent(`${namespace}/${name}`)}`
      const urgent = emergency ? ' Also as an emergency.' : ''
      const works = hours ? ` ${sayWorking(hours)}` : ''
      return html`<p><a href=${path}>${shown(name)}</a></p>
        ${description ? html`<p class="small">${shown(description)}</p>` : null}
        <p class="soft small">At most ${sayDuration(maxSeconds)}.${urgent}${works}</p>`
    }),
  )
}

function foot({ form }: DoorPage): VNode {
  return html`<div class="foot">
    <form method="post" action="/sign-out">
      <input type="hidden" name="form" value=${form.token} />
      <div class="actions">
        <a class="button" href="/">Look again</a>
        <button type="submit" class="quiet">Sign out</button>
      </div>
    </form>
    <p class="soft small">
      Nothing is approved, ended or reviewed by this page itself: each of these takes a separate sign-in.
    </p>
    <p class="soft small">You approve for others? <a href="/me">Check your rights</a> before somebody needs them.</p>
  </div>`
}
