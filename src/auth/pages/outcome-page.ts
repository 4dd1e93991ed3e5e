// The page that says what happened to a request: all of it to a person who has signed in; to anyone else who has the link,
// only whether there is still something to decide.
import { html } from 'htm/preact'
import type { VNode } from 'preact'
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import type { Held } from '../../domain/granting/held.ts'
import { standingDecision } from '../../domain/approval/quorum.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import { render, statement } from './layout.ts'
import { type Facts, said, undecidedWords, type Words, wordsOf } from './outcome-words.ts'
import { safeLink, time } from './words.ts'

/** `anyone` has the link. `colleague` has signed in with an account of the organisation. */
export type Viewer = 'anyone' | 'colleague'

/**
 * `asksAgain`: while the request is being granted, the browser loads the page again at once, and gets it after a wait.
 * `held`: what the sign-in of this browser has shown that the requester has anyway.
 */
type Look = { now: Date; ticket: string; viewer: Viewer; asksAgain: boolean; held?: readonly Held[] }

/** What happened to the request. While it is being granted the page has a link to look again. */
export function outcomePage(
  request: AccessRequest,
  mapping: Mapping | undefined,
  { now, ticket, viewer, asksAgain, held = [] }: Look,
): string {
  const view = viewOf(request, mapping)
  const again = `/approve/outcome?t=${encodeURIComponent(ticket)}`
  const facts = { request, view, now, ticket, held }
  const words = viewer === 'colleague' ? wordsOf(facts) : fewWordsOf(facts)
  return render({
    title: words.title,
    body: html`${statement(words.tone, words.headline, words.more)}${words.canChange ? foot(again) : null}`,
    goOnTo: words.canChange && asksAgain ? again : undefined,
    request: view.name,
  })
}

function foot(again: string): VNode {
  return html`<div class="foot"><a class="button" href=${again}>Look again</a></div>`
}

/** Without a sign-in: only that it is over, and where to read more. No name, address, comment, role or resource. */
function fewWordsOf({ request, view, now, ticket }: Facts): Words {
  const { verdict, at } = standingDecision(request) ?? {}
  if (view.state === 'asking' && !verdict) return undecidedWords(ticket, request)
  const href = safeLink(request.status?.message?.permalink)
  const where = href ? html`<a href=${href} rel="noreferrer">in Slack</a>` : 'in Slack'
  const when =
    at && view.state !== 'failed' && view.state !== 'timedOut' ? html` It was decided at ${time(at, now)}.` : ''
  return said(
    'warn',
    overOf(view.state, verdict),
    html`There is nothing to decide any more.${when} Read ${where} what happened to it.`,
  )
}

function overOf(state: MessageView['state'], verdict: Decision['verdict'] | undefined): string {
  if (state === 'failed') return 'Access was not granted.'
  if (state === 'timedOut') return 'Nobody decided in time.'
  if (state === 'withdrawn' || verdict === 'Withdrawn') return 'This request was withdrawn.'
  return `This request was already ${verdict === 'Denied' ? 'denied' : 'approved'}.`
}
