// Parts that several pages have: a grant in words, the comment, what the forms of the door carry, and lists.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import type { GrantSpec } from '../../api/kinds.ts'
import { maxCommentLength } from '../../domain/approval/narrowing.ts'
import { shown } from './words.ts'

/** A role, where it is granted, and its condition. */
export function grantWords({ role, resource, condition }: GrantSpec): VNode {
  return html`<span>
    <code class="role">${shown(role)}</code>
    <span class="where">on <code>${shown(resource)}</code></span>
    ${condition ? html`<span class="condition small">only while this is true<code>${shown(condition)}</code></span>` : null}
  </span>`
}

/** The reason of the requester. */
export function whyRow(reason: string): VNode {
  return html`<div class="row">
    <span class="label">Why</span>
    <div class="body">
      ${reason ? html`<blockquote>${shown(reason)}</blockquote>` : html`<span class="soft">No reason was given.</span>`}
    </div>
  </div>`
}

/**
 * The field for a comment, that `reader` can read. It is closed until somebody wants it, so that the button is on the
 * first screen of a phone.
 */
export function commentRow(value: string, reader: string): VNode {
  const hint = html`${shown(reader)} can read it, and the audit log keeps it.`
  return html`<details class="row" open=${value !== ''}>
    <summary>
      <span class="label" id="comment-label">Comment</span>
      <span class="soft small">optional</span>
    </summary>
    <textarea
      id="comment"
      name="comment"
      rows="2"
      maxlength=${maxCommentLength}
      aria-labelledby="comment-label"
      aria-describedby="comment-hint"
      value=${value}
    ></textarea>
    <p class="soft small" id="comment-hint">${hint}</p>
  </details>`
}

/** What every form of the door carries: the token of this browser, and the mark of the person for whom it was made. */
export type DoorForm = { token: string; mark: string }

/** The hidden fields of a form of the door about a request or a mapping, `namespace/name`. */
export function hiddenFields({ token, mark }: DoorForm, named: string, uid?: string): VNode {
  return html`<input type="hidden" name="form" value=${token} />
    <input type="hidden" name="as" value=${mark} />
    <input type="hidden" name="for" value=${named} />
    ${uid ? html`<input type="hidden" name="uid" value=${uid} />` : null}`
}

/** A row with a heading. */
export function section(label: string, body: ComponentChildren): VNode {
  const id = label.toLowerCase().replaceAll(' ', '-')
  return html`<section class="row" aria-labelledby=${id}>
    <h2 class="label" id=${id}>${label}</h2>
    <div class="body">${body}</div>
  </section>`
}

/** As many entries are shown of each list. */
const mostShown = 20

/** A list, and how many more there are. */
export function listed<T>(entries: readonly T[], show: (entry: T) => ComponentChildren): VNode {
  const more = entries.length - mostShown
  return html`<ul class="entries">
    ${entries.slice(0, mostShown).map(entry => html`<li class="grant"><div>${show(entry)}</div></li>`)}
    ${more > 0 ? html`<li class="soft small">… and ${more} more.</li>` : null}
  </ul>`
}
