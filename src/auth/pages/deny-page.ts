// The page of the door on which a request is denied: what is asked, by whom and why, and a comment. A person who has signed
// in and may decide reads it.
import { html } from 'htm/preact'
import type { AccessRequest } from '../../api/kinds.ts'
import { decideBy } from '../../domain/approval/eligibility.ts'
import { nameOf } from '../../domain/people/display-name.ts'
import { sayWorkingOf } from '../../domain/view/working.ts'
import { askedLength, working } from './lengths.ts'
import { render } from './layout.ts'
import { commentRow, type DoorForm, grantWords, hiddenFields, whyRow } from './parts.ts'
import { firstNameOf, person, relative, shown, time } from './words.ts'

type DenyPage = {
  request: AccessRequest
  /** Of the person who denies. */
  email: string
  comment: string
  form: DoorForm
  /** What was wrong with the form as it was sent. */
  problem: string | undefined
  now: Date
}

/** The form for a denial. */
export function denyPage({ request, email, comment, form, problem, now }: DenyPage): string {
  const { spec, metadata } = request
  const who = nameOf(spec.requester)
  const until = decideBy(spec, new Date(metadata.creationTimestamp))
  const what = html`<strong>${shown(spec.roleMapping)}</strong> ${askedLength(spec, now)}`
  const urgent = spec.emergency ? ' as an emergency' : ''
  return render({
    title: `${problem ? 'Please correct: ' : ''}Deny production access to ${who}?`,
    request: metadata.name,
    body: html`<div class="head">
        <h1>Deny production access to ${shown(who)}?</h1>
        <p class="soft">${person(spec.requester)} asks for ${what}${urgent}. You deny it as ${shown(email)}.</p>
        ${working({ hours: sayWorkingOf(request) })}
      </div>
      ${problem ? html`<p class="problem" role="alert">${shown(problem)}</p>` : null}
      <form method="post" action="/deny" autocomplete="off">
        ${hiddenFields(form, `${metadata.namespace}/${metadata.name}`, metadata.uid)}
        <div class="row">
          <span class="label">What</span>
          <div class="body">${spec.grants.map(grant => html`<div class="grant">${grantWords(grant)}</div>`)}</div>
        </div>
        ${whyRow(spec.reason)} ${commentRow(comment, `${firstNameOf(spec.requester)} and everybody in the channel`)}
        <div class="foot">
          <p>Nothing is granted then. It cannot be undone: the request must be made again.</p>
          <div class="actions">
            <button type="submit">Deny</button>
            <a href="/">Back</a>
          </div>
          <p class="soft small">It waits until ${time(until, now)}, ${relative(until, now)}.</p>
        </div>
      </form>`,
  })
}
