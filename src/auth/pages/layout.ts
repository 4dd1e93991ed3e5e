// The frame of every page, and the only place that turns it into HTML. The renderer escapes all values.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { oneLine } from '../../domain/text.ts'
import { style } from './style.ts'
import { shown } from './words.ts'

/** The content of a page. */
export type Page = {
  title: string
  body: ComponentChildren
  /** The address that the browser goes on to at once, by itself. The body has a link to it, for those that do not. */
  goOnTo?: string | undefined
  /** Name of the request, for the person who is asked about it. */
  request?: string | undefined
  /** For errors: the code that the platform team searches for. */
  errorCode?: string | undefined
}

/** The page as HTML. */
export function render({ title, body, goOnTo, request, errorCode }: Page): string {
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="robots" content="noindex, nofollow" />
      <meta name="color-scheme" content="light dark" />
      ${goOnTo ? html`<meta http-equiv="refresh" content=${`0; url=${goOnTo}`} />` : null}
      <title>${oneLine(title)} · Hallpass</title>
      <style dangerouslySetInnerHTML=${{ __html: style }}></style>
    </head>
    <body>
      <div class="page">
        <header class="brand">${emblem()}<span>Hallpass</span></header>
        <main>${body}</main>
        ${request || errorCode ? footer(request, errorCode) : null}
      </div>
    </body>
  </html>`
  return `<!doctype html>${renderToString(page)}`
}

function footer(request: string | undefined, errorCode: string | undefined): VNode {
  return html`<footer class="name">
    ${request ? html`Request <code>${shown(request)}</code>` : null}${request && errorCode ? ' · ' : null}
    ${errorCode ? html`Code <code>${errorCode}</code>` : null}
  </footer>`
}

function emblem(): VNode {
  return html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
    <path d="M5 21V5a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v16" stroke-linecap="round" />
    <path d="M2.5 21h19" stroke-linecap="round" />
    <circle cx="15" cy="12.5" r="1.25" fill="currentColor" stroke="none" />
  </svg>`
}

/** The kind of a message. The words say it too; the icon only helps the eye. */
export type Tone = 'good' | 'warn' | 'bad' | 'busy'

const signs: Record<Tone, ComponentChildren> = {
  good: html`<path d="m7.5 12.5 3 3 6-6.5" stroke-linecap="round" stroke-linejoin="round" /><circle
      cx="12"
      cy="12"
      r="9.5"
    />`,
  warn: html`<path d="M12 7.5v5.5" stroke-linecap="round" /><circle
      cx="12"
      cy="16.5"
      r=".75"
      fill="currentColor"
    /><circle cx="12" cy="12" r="9.5" />`,
  bad: html`<path d="m8.5 8.5 7 7m0-7-7 7" stroke-linecap="round" /><circle cx="12" cy="12" r="9.5" />`,
  busy: html`<circle cx="12" cy="12" r="9.5" opacity=".25" /><path
      class="turning"
      d="M12 2.5a9.5 9.5 0 0 1 9.5 9.5"
      stroke-linecap="round"
    />`,
}

/** A headline with its icon, and the text below it. */
export function statement(tone: Tone, headline: ComponentChildren, more: ComponentChildren): VNode {
  return html`<div class=${`head state ${tone}`} role="status">
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">${signs[tone]}</svg>
    <div>
      <h1>${headline}</h1>
      ${more}
    </div>
  </div>`
}
