// The form of the door that asks for one mapping: what would be granted, for how long, and why, if it is an emergency, and
// whether it follows access that the person has.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import { maxReasonLength } from '../../domain/asking/asking.ts'
import { durationSeconds, parseDuration, sayDuration } from '../../domain/asking/duration.ts'
import { sayWorking } from '../../domain/hours/words.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { render } from './layout.ts'
import { type DoorForm, hiddenFields } from './parts.ts'
import { relative, shown, time } from './words.ts'

export type AskPage = {
  mapping: Mapping
  /** Of the person who asks. */
  email: string
  durations: readonly string[]
  /** As it was sent, when something must be corrected; or as the request was that it continues. */
  chosen: Chosen | undefined
  /** The request that it continues, by its name, and the end of that access. */
  continued: { name: string; endsAt: Date } | undefined
  form: DoorForm
  trigger: string
  problem: string | undefined
  now: Date
}

/** The values of the form. `isThen`: it begins when the present access ends. */
export type Chosen = { duration: string; at: string; reason: string; isEmergency: boolean; isThen: boolean }

/** The form. */
export function askPage(page: AskPage): string {
  const { mapping, email, form, continued, trigger, problem } = page
  const more = continued ? 'more time with ' : ''
  return render({
    title: `${problem ? 'Please correct: ' : ''}Ask for ${more}${mapping.name}`,
    body: html`<div class="head">
        <h1>Ask for ${more}${shown(mapping.name)}</h1>
        <p class="soft">As ${shown(email)}. ${shown(mapping.description)}</p>
      </div>
      ${problem ? html`<p class="problem" role="alert">${shown(problem)}</p>` : null}
      <form method="post" action="/ask" autocomplete="off">
        ${hiddenFields(form, `${mapping.namespace}/${mapping.name}`)}
        <input type="hidden" name="trigger" value=${trigger} />
        ${continued ? html`<input type="hidden" name="after" value=${continued.name} />` : null} ${what(page)}
        ${start(page)} ${howLong(page)} ${inHours(page)} ${why(page)} ${emergency(page)}
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

// Without a gap, unless the person wants more at once.
function start(page: AskPage): VNode {
  const { continued, chosen, now } = page
  if (!continued) return typedStart(page)
  const isThen = chosen?.isThen ?? true
  const end = html`${time(continued.endsAt, now)}, ${relative(continued.endsAt, now)}`
  return html`<div class="row" role="radiogroup" aria-labelledby="start">
    <span class="label" id="start">From</span>
    <div class="body">
      <label class="grant">
        <input type="radio" name="start" value="then" checked=${isThen} />
        <span>the end of your present access: ${end}. There is no gap.</span>
      </label>
      <label class="grant">
        <input type="radio" name="start" value="now" checked=${!isThen} />
        <span>when it is granted, in addition to your present access</span>
      </label>
      <p class="soft small">
        It is another request, which follows ${shown(continued.name)} and needs its own approval.
      </p>
    </div>
  </div>`
}

function emergency({ mapping, chosen }: AskPage): VNode | null {
  const { review } = mapping.emergency ?? {}
  if (!review) return null
  const within = sayDuration(durationSeconds(review.within))
  const hint = `By the rules for emergencies: a second channel is told, and somebody else must review it within ${within} after its end.`
  return html`<div class="row" role="group" aria-labelledby="emergency">
    <span class="label" id="emergency">Emergency</span>
    <div class="body">
      <label class="grant">
        <input type="checkbox" name="emergency" value="emergency" checked=${chosen?.isEmergency ?? false} />
        <span>This is an emergency<span class="where small">${hint}</span></span>
      </label>
    </div>
  </div>`
}

function typedStart({ mapping: { hours, recurringDays }, chosen }: AskPage): VNode {
  const opening = hours ? html` <code>opening</code> means when its hours open next.` : ''
  const several = recurringDays === undefined ? '' : html` Or on several days: <code>22:00-02:00 until Friday</code>.`
  return html`<div class="row fielded">
    <label class="label" for="at">From</label>
    <div class="body">
      <input id="at" name="at" type="text" maxlength="60" aria-describedby="at-hint" value=${chosen?.at ?? ''} />
      <p class="soft small" id="at-hint">
        Empty means when it is granted. Otherwise a time of day, such as <code>22:00</code>,${' '}
        <code>Friday 22:00</code> or${' '} <code>22:00 Europe/Berlin</code>. Without a place it is in
        UTC.${opening}${several}
      </p>
    </div>
  </div>`
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
    </div>
  </div>`
}

function inHours({ mapping: { hours } }: AskPage): VNode | null {
  if (!hours) return null
  return html`<div class="row">
    <span class="label">Hours</span>
    <div class="body"><p>${sayWorking(hours)}</p></div>
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
