// The page that asks for approval: exactly what will be granted, from the stored request, and what the approver may
// remove. A person with the link reads it without signing in, so it shows only this: no names or addresses of other
// people.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { nameOf } from '../../domain/people/display-name.ts'
import { durationSeconds, parseDuration, sayDuration } from '../../domain/asking/duration.ts'
import type { Recurring } from '../../domain/asking/window.ts'
import { eachTime, sayWindow } from '../../domain/asking/window-words.ts'
import { sayHeld } from '../../domain/asking/earlier.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { promise } from '../../domain/granting/expiry.ts'
import { sayWorkingIn } from '../../domain/view/working.ts'
import { grantsLeft } from '../../domain/approval/narrowing.ts'
import { approvalsOf, approvedNarrowing } from '../../domain/approval/quorum.ts'
import type { Choice } from '../approving/narrowing.ts'
import { render } from './layout.ts'
import { commentRow, grantWords, whyRow } from './parts.ts'
import { firstNameOf, relative, safeLink, shown, time, timeAgo } from './words.ts'

type ApprovePage = {
  request: AccessRequest
  choice: Choice
  durations: readonly string[]
  ticket: string
  formToken: string
  now: Date
  /** What was wrong with the form as it was sent. */
  problem?: string | undefined
  /** The most that one person can have in sequence, in seconds, if the mapping limits it. */
  mostInSequence?: number | undefined
  /** Whether this browser sent the form before, and it shows that choice again. */
  isAsBefore?: boolean
}

/** The approval form. */
export function approvePage(page: ApprovePage): string {
  const { request, problem } = page
  const { spec, metadata } = request
  const who = nameOf(spec.requester)
  const body = html`<div class="head">
      <h1>Give ${shown(who)} production access?</h1>
      ${asked(page)}
    </div>
    ${urgent(page)} ${problem ? html`<p class="problem" role="alert">${problem}</p>` : asBefore(page)}
    ${deniedBefore(page)} ${alreadyHeld(page)} ${inSequence(page)} ${approvedBefore(page)}
    <form method="post" action="/approve" autocomplete="off">
      <input type="hidden" name="t" value=${page.ticket} />
      <input type="hidden" name="form" value=${page.formToken} />
      ${what(page)} ${howLong(page)} ${inHours(page)} ${whyRow(spec.reason)}
      ${commentRow(page.choice.comment, firstNameOf(spec.requester))} ${foot(page)}
    </form>`
  return render({
    title: `${problem ? 'Please correct: ' : ''}Give ${who} production access?`,
    body,
    request: metadata.name,
  })
}

function asked({ request: { spec, metadata, status }, now }: ApprovePage): VNode {
  const link = safeLink(status?.message?.permalink)
  const where =
    spec.origin === 'web' ? ' on the web' : link ? html` <a href=${link} rel="noreferrer">in Slack</a>` : ' in Slack'
  const what = html`${shown(spec.requester.email)} asked for <strong>${shown(spec.roleMapping)}</strong>`
  return html`<p class="soft">${what} at ${timeAgo(metadata.creationTimestamp, now)}${where}.</p>`
}

function urgent({ request: { spec } }: ApprovePage): VNode | null {
  if (!spec.emergency) return null
  return html`<p class="note" role="note">
    <strong>This was asked as an emergency.</strong> If you approve it, somebody who neither asked nor approved reviews
    it afterwards. You cannot be that person.
  </p>`
}

function asBefore({ isAsBefore }: ApprovePage): VNode | null {
  return isAsBefore ? html`<p class="note" role="note">The form is filled in as you chose before.</p>` : null
}

function deniedBefore({ request: { status }, now }: ApprovePage): VNode | null {
  const { denial } = status?.earlier ?? {}
  if (!denial) return null
  const { at, comment } = denial
  return html`<div class="row" role="note">
    <span class="label">Before</span>
    <div class="body">
      <p>The same request was denied at ${timeAgo(at, now)}${comment ? ':' : ', without a comment.'}</p>
      ${comment ? html`<blockquote>${shown(comment)}</blockquote>` : null}
    </div>
  </div>`
}

function alreadyHeld({ request: { status }, now }: ApprovePage): VNode | null {
  const { holding } = status?.earlier ?? {}
  if (!holding || new Date(holding.until) <= now) return null
  const begins = holding.from && new Date(holding.from) > now ? html` from ${time(holding.from, now)}` : ''
  const until = html`until ${time(holding.until, now)} (${relative(holding.until, now)})`
  const only = holding.hours ? `, but only ${holding.hours}` : ''
  return html`<div class="row" role="note">
    <span class="label">Now</span>
    <div class="body">
      <p>The same person already has access by an earlier request for the same,${begins} ${until}${only}.</p>
    </div>
  </div>`
}

// Who has approved is not said to a person who has only the link.
function approvedBefore({ request, now }: ApprovePage): VNode | null {
  const { required } = request.spec.approval
  if (required === 1) return null
  const approvals = approvalsOf(request)
  const last = approvals.at(-1)
  const so = last ? html` ${approvals.length} of ${required} approved, the last one at ${timeAgo(last.at, now)}.` : null
  return html`<div class="row" role="note">
    <span class="label">Together</span>
    <div class="body">
      <p>${required} different people must approve.${so}</p>
      ${approvedNarrowing(request) ? html`<p class="soft">What they left out cannot be chosen here.</p>` : null}
    </div>
  </div>`
}

function inSequence({ request: { spec, status }, mostInSequence }: ApprovePage): VNode | null {
  const { held } = status?.earlier ?? {}
  const { follows } = spec
  if (!held && !follows) return null
  return html`<div class="row" role="note">
    <span class="label">In all</span>
    <div class="body">
      ${held ? html`<p>${sayHeld(held, mostInSequence)}</p>` : null}
      ${follows ? html`<p class="soft">It follows request ${shown(follows.name)}.</p>` : null}
    </div>
  </div>`
}

function what({ request, choice }: ApprovePage): VNode {
  const { grants } = request.spec
  const offered = grantsLeft(request.spec, approvedNarrowing(request))
  const [only] = offered
  if (only && offered.length === 1)
    return html`<div class="row">
      <span class="label">What</span>
      <div class="body">
        <input type="hidden" name="grants" value=${String(grants.indexOf(only))} />
        <div class="grant">${grantWords(only)}</div>
      </div>
    </div>`
  return html`<div class="row" role="group" aria-labelledby="what">
    <span class="label" id="what">What</span>
    <div class="body">
      ${offered.map(grant => {
        const index = grants.indexOf(grant)
        return html`<label class="grant">
          <input type="checkbox" name="grants" value=${String(index)} checked=${choice.grants.includes(index)} />
          ${grantWords(grant)}
        </label>`
      })}
    </div>
  </div>`
}

function howLong({ request: { spec }, choice, durations, now }: ApprovePage): VNode {
  const { window, hours, duration } = spec
  if (window) return eachDay({ window, hours }, { duration, now })
  const begins =
    spec.notBefore && new Date(spec.notBefore) > now
      ? html`from ${time(spec.notBefore, now)}`
      : 'from when it is granted'
  const chosen = parseDuration(choice.duration ?? spec.duration)
  return html`<div class="row fielded">
    <label class="label" for="duration">For</label>
    <div class="body grant-length">
      <select id="duration" name="duration">
        ${durations.map(text => durationOption(text, chosen))}
      </select>
      <span class="soft small">${begins}</span>
    </div>
  </div>`
}

// For the duration that is chosen: without a script the page cannot follow another choice.
function inHours({ request: { spec }, choice, now }: ApprovePage): VNode | null {
  const narrowing = choice.duration === undefined ? undefined : { duration: choice.duration }
  const works = sayWorkingIn(spec, promise(spec, narrowing, now))
  if (!works) return null
  return html`<div class="row">
    <span class="label">Hours</span>
    <div class="body"><p>${works}</p></div>
  </div>`
}

// Each time as it is left now: exactly what the approver signs in for.
function eachDay(recurring: Recurring, { duration, now }: { duration: string; now: Date }): VNode {
  const times = eachTime(recurring, now)
  return html`<div class="row" role="group" aria-labelledby="times">
    <span class="label" id="times">For</span>
    <div class="body">
      <input type="hidden" name="duration" value=${duration} />
      <p>${shown(sayWindow(recurring, now))}.</p>
      <ul class="entries">
        ${times.map(({ from, until }) => html`<li class="small">${shown(from)} to ${shown(until)}</li>`)}
      </ul>
      <p class="soft small">Between these times the access is closed by IAM. To end all of it early, revoke it.</p>
    </div>
  </div>`
}

function durationOption(text: string, chosen: number | undefined): VNode {
  const seconds = durationSeconds(text)
  return html`<option value=${text} selected=${seconds === chosen}>${sayDuration(seconds)}</option>`
}

// Who comes earlier lends no rights: they are only asked about.
function whoseRights(request: AccessRequest): string {
  const isLast = approvalsOf(request).length + 1 >= request.spec.approval.required
  return isLast
    ? 'The change is made with your own rights and under your name; Hallpass has none.'
    : 'Others must approve after you. Your rights are only checked: the change is made with those of the last person; Hallpass has none.'
}

// Which group is not said to a person who has only the link.
function members({ approval: { allowed, onlyOnCall } }: AccessRequest['spec']): VNode | null {
  if (onlyOnCall || !allowed?.googleGroups?.length) return null
  return html`<p class="soft small">Members of a Google group that the mapping names can decide this too.</p>`
}

function foot({ request, now }: ApprovePage): VNode {
  const { spec, metadata, status } = request
  const link = safeLink(status?.message?.permalink)
  const until = decideBy(spec, new Date(metadata.creationTimestamp))
  const deadline = html`Please decide by ${time(until, now)}, ${relative(until, now)}.`
  const deny = link ? html`<a href=${link} rel="noreferrer">Deny in Slack</a>` : 'Deny in Slack'
  return html`<div class="foot">
    <p>You sign in with Google. ${whoseRights(request)}</p>
    <div class="actions">
      <button type="submit">Sign in and approve</button>
      <span class="soft small">${deadline}</span>
    </div>
    ${members(spec)}
    <p class="soft small">
      Not you, or not now? ${deny} or <a href="/">on the web</a>, or close this page: nothing happens.
    </p>
  </div>`
}
