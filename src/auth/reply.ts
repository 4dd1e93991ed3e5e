// A handler's answer as data, and the pages for each kind of failure. Only the three outcomes get sentences; any other
// error is a page with a code.
import { type Refusal, refusal, Refused, Broken, Waiting } from '../domain/outcome.ts'
import type { AccessRequest } from '../api/kinds.ts'
import { entryOf, type Reason } from '../domain/refusals.ts'
import { owners } from '../domain/refusals/row.ts'
import type { Dependencies } from './dependencies.ts'
import type { OpenedRequest } from './opening.ts'
import { messagePage, type Retry } from './pages/message-page.ts'
import { outcomePage } from './pages/outcome-page.ts'
import { hasApproved, type Link, viewerOf } from './seen-approval.ts'
import type { Failure } from './sign-in-result.ts'

/** The label for counting an answer: a reason of the catalogue, an error by its status, or a word for a success. */
export type Outcome = Reason | `areq-${number}` | 'Shown' | 'LoginBegun' | 'Approved' | 'Unknown'

/** An answer. */
export type Reply = {
  status: number
  outcome: Outcome
  html?: string
  location?: string
  cookies?: string[]
  /** When to try again. */
  retryAfterSeconds?: number
}

/** HTTP status of a refusal. */
export function statusOf({ reason }: Refusal): number {
  return entryOf(reason).status
}

type More = {
  request?: string | undefined
  retry?: Retry | undefined
  signedInAs?: string | undefined
  cookies?: string[]
}

/** A refusal, addressed to the person who signed in, if known. */
export function refusedReply(refused: Refusal, { request, retry, signedInAs, cookies = [] }: More = {}): Reply {
  const { status } = entryOf(refused.reason)
  const tone = retry || status === 409 ? 'warn' : 'bad'
  const headline = headlineOf(refused, signedInAs)
  // People who must correct something find the reason in docs/reference/reasons.md.
  const errorCode = status >= 500 ? refused.reason : undefined
  return {
    status,
    outcome: refused.reason,
    html: messagePage({ tone, headline, message: refused.message, request, retry, errorCode }),
    cookies,
  }
}

// A page that says "you" shows the account, unless its sentence does.
function headlineOf({ reason, message }: Refusal, signedInAs: string | undefined): string {
  const { headline } = entryOf(reason)
  if (headline !== owners.person.headline || !signedInAs || message.includes(signedInAs)) return headline
  return `You signed in as ${signedInAs}, which cannot approve this.`
}

/** What happened to a request that can no longer be decided. */
export function becameReply(
  { request, mapping }: OpenedRequest,
  refused: Refusal,
  { deps, ...link }: Link & { deps: Dependencies },
): Reply {
  const now = deps.clock.now()
  if (!isTold(refused, request)) return refusedReply(refused, { request: request.metadata.name })
  const viewer = viewerOf(request, link)
  return {
    status: statusOf(refused),
    outcome: refused.reason,
    // The page that it leads to waits for the grant.
    html: outcomePage(request, mapping, {
      now,
      ticket: link.sealed,
      viewer,
      asksAgain: hasApproved(request, link.cookies, link.place.origin),
    }),
  }
}

// The outcome page shows more than the refusal's sentence, as soon as the state contains it.
function isTold({ reason }: Refusal, { status }: AccessRequest): boolean {
  return reason === 'AlreadyDecided' || reason === 'AlreadyEnded' || (status?.decisions?.length ?? 0) > 0
}

/** The page for any thrown error. Only refusals show their sentence; for other errors a code is shown. */
export function failedReply(error: unknown, deps: Pick<Dependencies, 'log' | 'clock'>): Reply {
  return error instanceof Refused ? refusedReply(error.refusal) : failureReply(failureOf(error, deps))
}

/** What a thrown error means for the person. Its kind is logged. */
export function failureOf(error: unknown, { log, clock }: Pick<Dependencies, 'log' | 'clock'>): Failure {
  const isPassing = error instanceof Broken || error instanceof Waiting
  const why = isPassing ? error.message : error instanceof Error ? error.name : 'unknown'
  log.warn({ why }, 'auth: a page could not be answered; the person sees an error page')
  if (!isPassing) return { status: 500 }
  if (error.cause instanceof Refused) return { status: 500, reason: error.cause.refusal.reason }
  const waitSeconds = error instanceof Waiting ? (error.until.getTime() - clock.now().getTime()) / 1000 : usualSeconds
  return { status: 503, retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
}

/** The page of a failure; with a ticket, after a login without an approval, and with a link back to its request. */
export function failureReply({ status, reason, retryAfterSeconds }: Failure, ticket?: string): Reply {
  const reply = reason === undefined ? errorReply(status, ticket) : misconfiguredReply(reason, ticket)
  return retryAfterSeconds === undefined ? reply : { ...reply, retryAfterSeconds }
}

// The sentence of such a refusal may name a key or a Secret, and anyone may read this page, so it is not shown.
function misconfiguredReply(reason: Reason, ticket: string | undefined): Reply {
  const { status, headline } = owners.platformTeam
  const message = 'Please tell the platform team: the log of Hallpass has the cause, and this code says what it means.'
  return { status, outcome: reason, html: faultPage({ headline, message, errorCode: reason }, ticket) }
}

/** As on the page for 503. */
const usualSeconds = 60

const errors: Record<number, [headline: string, message: string]> = {
  400: ['This form could not be read.', 'Please open the approval link in Slack again.'],
  404: ['There is no such page.', 'Approval links are in the messages in Slack.'],
  405: ['This page cannot be used like that.', 'Please open the approval link in Slack again.'],
  413: ['This form is too large.', 'Please open the approval link in Slack again.'],
  421: ['This is not the address of Hallpass.', 'Please open the approval link in Slack again.'],
  500: ['That did not work.', 'Please try again. If it goes on, tell the platform team.'],
  503: ['That is not possible at the moment.', 'Please try again in a minute. If it goes on, tell the platform team.'],
}

/** An error by its HTTP status; the ticket is as in `failureReply`. */
export function errorReply(status: number, ticket?: string): Reply {
  const [headline, message] = errors[status] ?? errors[500] ?? ['', '']
  const errorCode = `areq-${status}` as const
  return { status, outcome: errorCode, html: faultPage({ headline, message, errorCode }, ticket) }
}

type Fault = { headline: string; message: string; errorCode: string }

function faultPage({ headline, message, errorCode }: Fault, ticket: string | undefined): string {
  const link = ticket
    ? { label: 'Open the request again', href: `/approve?t=${encodeURIComponent(ticket)}` }
    : undefined
  const said = ticket ? `Nothing was approved. ${message}` : message
  return messagePage({ tone: 'bad', headline, message: said, link, errorCode })
}

/** Redirects the browser, with GET. */
export function redirect(location: string, outcome: Outcome, cookies: string[] = []): Reply {
  return { status: 303, outcome, location, cookies }
}

export const formNotRead = (): Refusal =>
  refusal('FormNotRead', 'It does not have the fields of the approval form. Please open the approval link again.')
