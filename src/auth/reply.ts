// What a handler answers, as data, and the pages for each kind of no. Only the three outcomes become words; whatever else
// went wrong is a page with a code.
import { type Refusal, refusal, Refused, Broken, Waiting } from '../domain/outcome.ts'
import type { AccessRequest } from '../api/kinds.ts'
import type { Desk } from './desk.ts'
import type { Standing } from './opening.ts'
import { messagePage, type Retry } from './pages/message-page.ts'
import { outcomePage, type Viewer } from './pages/outcome-page.ts'

/** An answer. `outcome` is for counting: a word from a small fixed set. */
export type Reply = {
  status: number
  outcome: string
  html?: string
  location?: string
  cookies?: string[]
  /** When it is worth trying again. */
  retryAfterSeconds?: number
}

const statuses: Record<string, number> = {
  LinkNotValid: 400,
  LinkExpired: 410,
  Gone: 404,
  WindowClosed: 410,
  AlreadyDecided: 409,
  AlreadyWithdrawn: 409,
  AlreadyEnded: 409,
  MappingChanged: 409,
  NothingChosen: 422,
  CommentTooLong: 422,
  NotADuration: 422,
  NotAsked: 422,
}

const headlines: Record<string, string> = {
  LinkNotValid: 'This link does not work.',
  LinkExpired: 'This link has expired.',
  Gone: 'This request no longer exists.',
  WindowClosed: 'It is too late to decide this request.',
  MappingChanged: 'This request can no longer be granted.',
  RequesterOutside: 'This request cannot be granted.',
  ExternalEnded: 'This request can no longer be granted.',
  ExternalEndsSooner: 'This request can no longer be granted.',
  CrossSite: 'This form could not be accepted.',
  FormTokenMissing: 'This form could not be accepted.',
  FormNotRead: 'This form could not be accepted.',
  ScopeNotGranted: 'One box was left unticked.',
  SignInCancelled: 'You did not sign in, so nothing has changed.',
  SignInFailed: 'Google did not complete the sign-in.',
  CodeNotAccepted: 'Google did not complete the sign-in.',
  SignInRefused: 'Google did not complete the sign-in.',
  OAuthClientNotAccepted: 'Google did not complete the sign-in.',
  EvidenceNotAuthentic: 'The sign-in was not accepted.',
  EvidenceForAnother: 'The sign-in was not accepted.',
  EvidenceExpired: 'The sign-in was not accepted.',
  NotBegunHere: 'This sign-in was not begun here.',
}

/** HTTP status of a refusal. */
export function statusOf({ reason }: Refusal): number {
  return statuses[reason] ?? 403
}

type More = {
  request?: string | undefined
  retry?: Retry | undefined
  signedInAs?: string | undefined
  cookies?: string[]
}

/** A no, said to the person who signed in if it is known who that is. */
export function refusedReply(refused: Refusal, { request, retry, signedInAs, cookies = [] }: More = {}): Reply {
  const isNamed = !signedInAs || refused.message.includes(signedInAs)
  const who = isNamed ? 'You cannot approve this.' : `You signed in as ${signedInAs}, which cannot approve this.`
  const headline = headlines[refused.reason] ?? who
  const tone = retry || statusOf(refused) === 409 ? 'warn' : 'bad'
  return {
    status: statusOf(refused),
    outcome: refused.reason,
    html: messagePage({ tone, headline, message: refused.message, request, retry }),
    cookies,
  }
}

/** What became of a request that can no longer be decided. */
export function becameReply(
  { request, mapping }: Standing,
  refused: Refusal,
  { desk, ticket, viewer }: { desk: Desk; ticket: string; viewer: Viewer },
): Reply {
  const now = desk.clock.now()
  if (!isTold(refused, request)) return refusedReply(refused, { request: request.metadata.name })
  return {
    status: statusOf(refused),
    outcome: refused.reason,
    html: outcomePage(request, mapping, { now, ticket, viewer }),
  }
}

// The outcome page knows more than the refusal's sentence, as soon as the state says it.
function isTold({ reason }: Refusal, { status }: AccessRequest): boolean {
  return reason === 'AlreadyDecided' || reason === 'AlreadyEnded' || (status?.decisions?.length ?? 0) > 0
}

/** For whatever was thrown. Only refusals speak for themselves; of the rest, the kind is logged and a code is shown. */
export function failedReply(error: unknown, { log, clock }: Pick<Desk, 'log' | 'clock'>, ticket?: string): Reply {
  if (error instanceof Refused) return refusedReply(error.refusal)
  const isPassing = error instanceof Broken || error instanceof Waiting
  const why = isPassing ? error.message : error instanceof Error ? error.name : 'unknown'
  log.warn({ why }, 'a page could not be answered')
  if (!isPassing) return errorReply(500, ticket)
  const waitSeconds = error instanceof Waiting ? (error.until.getTime() - clock.now().getTime()) / 1000 : usualSeconds
  return { ...errorReply(503, ticket), retryAfterSeconds: Math.max(1, Math.ceil(waitSeconds)) }
}

/** As the page for 503 says. */
const usualSeconds = 60

const errors: Record<number, [headline: string, message: string]> = {
  400: ['This form could not be read.', 'Please open the approval link in Slack again.'],
  404: ['There is no such page.', 'Approval links are in the messages in Slack.'],
  405: ['This page cannot be used like that.', 'Please open the approval link in Slack again.'],
  413: ['This form is too large.', 'Please open the approval link in Slack again.'],
  421: ['This is not the address of Hallpass.', 'Please open the approval link in Slack again.'],
  500: ['That did not work.', 'Please try again. If it goes on, tell the platform team.'],
  503: ['That could not be done just now.', 'Please try again in a minute. If it goes on, tell the platform team.'],
}

/** An error by its HTTP status; with a ticket, for a login that approved nothing, and the way back to its request. */
export function errorReply(status: number, ticket?: string): Reply {
  const [headline, message] = errors[status] ?? errors[500] ?? ['', '']
  const errorCode = `areq-${status}`
  const link = ticket
    ? { label: 'Open the request again', href: `/approve?t=${encodeURIComponent(ticket)}` }
    : undefined
  return {
    status,
    outcome: errorCode,
    html: messagePage({
      tone: 'bad',
      headline,
      message: ticket ? `Nothing was approved. ${message}` : message,
      link,
      errorCode,
    }),
  }
}

/** Sends the browser elsewhere, with GET. */
export function redirect(location: string, outcome: string, cookies: string[] = []): Reply {
  return { status: 303, outcome, location, cookies }
}

export const formNotRead = (): Refusal =>
  refusal('FormNotRead', 'It does not have the form of ours. Please open the approval link again.')
