// A handler's answer as data, and the pages for each kind of failure. Only the three outcomes get sentences; any other
// error is a page with a code.
import { type Refusal, refusal, Refused, Broken, Waiting } from '../../domain/outcome.ts'
import type { PageSuccess } from '../../domain/audit/metric-labels.ts'
import { entryOf, type Reason } from '../../domain/refusals.ts'
import { owners } from '../../domain/refusals/row.ts'
import type { Dependencies } from '../dependencies.ts'
import { messagePage, type Retry } from '../pages/message-page.ts'
import type { Failure } from '../login/sign-in-result.ts'

/** The label for counting an answer: a reason of the catalogue, an error by its status, or a word for a success. */
export type Outcome = Reason | `areq-${number}` | PageSuccess

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
  /** What this person cannot do: "approve this". */
  cannot?: string
  /** Where the person can go on; a button to try again takes its place. */
  link?: { label: string; href: string }
  cookies?: string[]
}

/** A refusal, addressed to the person who signed in, if known. */
export function refusedReply(refused: Refusal, more: More = {}): Reply {
  const { request, retry, link, cookies = [] } = more
  const { status } = entryOf(refused.reason)
  const tone = retry || status === 409 ? 'warn' : 'bad'
  const headline = headlineOf(refused, more)
  // People who must correct something find the reason in docs/reference/reasons.md.
  const errorCode = status >= 500 ? refused.reason : undefined
  return {
    status,
    outcome: refused.reason,
    html: messagePage({ tone, headline, message: refused.message, request, retry, link, errorCode }),
    cookies,
  }
}

// A page that says "you" shows the account, unless its sentence does.
function headlineOf({ reason, message }: Refusal, { signedInAs, cannot = 'approve this' }: More): string {
  const { headline } = entryOf(reason)
  if (headline !== owners.person.headline) return headline
  return !signedInAs || message.includes(signedInAs)
    ? `You cannot ${cannot}.`
    : `You signed in as ${signedInAs}, which cannot ${cannot}.`
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

/** After a login: the page that it was begun on, and that nothing was done. */
type Back = { href: string; nothing: string }

/** The page of a failure; after a login with a link back to its page. */
export function failureReply({ status, reason, retryAfterSeconds }: Failure, back?: Back): Reply {
  const reply = reason === undefined ? errorReply(status, back) : misconfiguredReply(reason, back)
  return retryAfterSeconds === undefined ? reply : { ...reply, retryAfterSeconds }
}

// The sentence of such a refusal may name a key or a Secret, and anyone may read this page, so it is not shown.
function misconfiguredReply(reason: Reason, back: Back | undefined): Reply {
  const { status, headline } = owners.platformTeam
  const message = 'Please tell the platform team: the log of Hallpass has the cause, and this code says what it means.'
  return { status, outcome: reason, html: faultPage({ headline, message, errorCode: reason }, back) }
}

/** As on the page for 503. */
const usualSeconds = 60

const errors: Record<number, [headline: string, message: string]> = {
  400: ['This form could not be read.', 'Please open the link in Slack again.'],
  404: ['There is no such page.', 'The links are in the messages in Slack.'],
  405: ['This page cannot be used like that.', 'Please open the link in Slack again.'],
  413: ['This form is too large.', 'Please open the link in Slack again.'],
  421: ['This is not the address of Hallpass.', 'Please open the link in Slack again.'],
  500: ['That did not work.', 'Please try again. If it goes on, tell the platform team.'],
  503: ['That is not possible at the moment.', 'Please try again in a minute. If it goes on, tell the platform team.'],
}

/** An error by its HTTP status. */
export function errorReply(status: number, back?: Back): Reply {
  const [headline, message] = errors[status] ?? errors[500] ?? ['', '']
  const errorCode = `areq-${status}` as const
  return { status, outcome: errorCode, html: faultPage({ headline, message, errorCode }, back) }
}

type Fault = { headline: string; message: string; errorCode: string }

function faultPage({ headline, message, errorCode }: Fault, back: Back | undefined): string {
  const link = back && { label: 'Open the page again', href: back.href }
  const said = back ? `${back.nothing} ${message}` : message
  return messagePage({ tone: 'bad', headline, message: said, link, errorCode })
}

/** Redirects the browser, with GET. */
export function redirect(location: string, outcome: Outcome, cookies: string[] = []): Reply {
  return { status: 303, outcome, location, cookies }
}

export const formNotRead = (): Refusal =>
  refusal('FormNotRead', 'It does not have the fields of our form. Please open the link again.')
