// The form of the door that asks for one mapping: what would be granted, for how long, and why.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { maxReasonLength } from '../../domain/asking/asking.ts'
import { durationSeconds, parseDuration, sayDuration } from '../../domain/asking/duration.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { render } from './layout.ts'
import { shown } from './words.ts'

export type AskPage = {
  mapping: Mapping
  /** Of the person who asks. */
  email: string
  durations: readonly string[]
  /** As it was sent, when something must be corrected. */
  chosen: { duration: string; reason: string } | undefined
  formToken: string
  /** Marks the person for whom this form was made. */
  mark: string
  trigger: string
  problem: string | undefined
}

/** The form. */
export function askPage(page: AskPage): string {
  const { mapping, email, formToken, mark, trigger, problem } = page
  return render({
    title: `${problem ? 'Please correct: ' : ''}Ask for ${mapping.name}`,
    body: html`<div class="head">
        <h1>Ask for ${shown(mapping.name)}</h1>
        <p class="soft">As ${shown(email)}. ${shown(mapping.description)}</p>
      </div>
      ${problem ? html`<p class="problem" role="alert">${shown(problem)}</p>` : null}
      <form method="post" action="/ask" autocomplete="off">
        <input type="hidden" name="form" value=${formToken} />
        <input type="hidden" name="for" value=${`${mapping.namespace}/${mapping.name}`} />
        <input type="hidden" name="as" value=${mark} />
        <input type="hidden" name="trigger" value=${trigger} />
        ${what(page)} ${howLong(page)} ${why(page)}
        <div class="foot">
          <p>An approver reads exactly this, and signs in with Google to decide.</p>
          <div class="actions">
            <button type="submit">Ask</button>
            <a href="/">Back</a>
          </div>
        </div>
      </form>`,
  })
}

function what({ mapping: { grants } }: AskPage): VNode {
  return html`<section class="row" aria-labelledby="what">
    <h2 class="label" id="what">What</h2>
    <ul class="body entries">
      ${grants.map(
        ({ role, resource }) =>
          html`<li class="grant">
            <span
              ><code class="role">${shown(role)}</code
              ><span class="where">on <code>${shown(resource)}</code></span></span
            >
          </li>`,
      )}
    </ul>
  </section>`
}

function howLong({ mapping, durations, chosen }: AskPage): VNode {
  const seconds = parseDuration(chosen?.duration ?? '') ?? mapping.defaultSeconds
  return html`<div class="row fielded">
    <label class="label" for="duration">For</label>
    <div class="body grant-length">
      <select id="duration" name="duration">
        ${durations.map(
          text =>
            html`<option value=${text} selected=${durationSeconds(text) === seconds}>
              ${sayDuration(durationSeconds(text))}
            </option>`,
        )}
      </select>
      <span class="soft small">from when it is granted</span>
    </div>
  </div>`
}

function why({ mapping: { reason }, chosen }: AskPage): VNode {
  const hint = reason.hint ? html`With ${shown(reason.hint)}. ` : ''
  return html`<div class="row fielded">
    <label class="label" for="reason">Why</label>
    <div class="body">
      <textarea
        id="reason"
        name="reason"
        rows="3"
        maxlength=${maxReasonLength}
        required=${reason.required}
        aria-describedby="reason-hint"
        value=${chosen?.reason ?? ''}
      ></textarea>
      <p class="soft small" id="reason-hint">
        ${hint}The approver and everybody in the channel can read it, and the audit log keeps it.
      </p>
    </div>
  </div>`
}
