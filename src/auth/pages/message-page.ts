// Pages for refusals and errors: why, and what the person can do. Never an internal error.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { Purpose } from '../../domain/approval/digest.ts'
import { render, statement, type Tone } from './layout.ts'
import { shown } from './words.ts'

/** A form that begins the login again, with the fields as they were sent before. */
export type Retry = {
  label: string
  purpose: Purpose
  ticket: string
  formToken: string
  fields: readonly (readonly [name: string, value: string])[]
}

type MessagePage = {
  tone: Tone
  headline: string
  message?: string | undefined
  retry?: Retry | undefined
  link?: { label: string; href: string } | undefined
  request?: string | undefined
  errorCode?: string | undefined
}

/** A headline, a sentence, and at most one action. */
export function messagePage({ tone, headline, message, retry, link, request, errorCode }: MessagePage): string {
  const more = message ? html`<p>${shown(message)}</p>` : null
  const todo = retry ? retryForm(retry) : link && html`<a class="button" href=${link.href}>${link.label}</a>`
  return render({
    title: headline,
    body: html`${statement(tone, shown(headline), more)}${todo ? html`<div class="foot">${todo}</div>` : null}`,
    request,
    errorCode,
  })
}

function retryForm({ label, purpose, ticket, formToken, fields }: Retry): VNode {
  return html`<form method="post" action=${`/${purpose}`} class="actions">
    <input type="hidden" name="t" value=${ticket} />
    <input type="hidden" name="form" value=${formToken} />
    ${fields.map(([name, value]) => html`<input type="hidden" name=${name} value=${value} />`)}
    <button type="submit">${label}</button>
  </form>`
}
