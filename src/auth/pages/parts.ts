// Parts of forms that several pages have: a grant in words, and the comment.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
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
