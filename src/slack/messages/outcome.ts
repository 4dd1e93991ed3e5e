// Maps Slack's errors to the three outcomes, only by code. Messages never contain a token or text that Slack quoted.
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api'
import { after } from '../../domain/asking/duration.ts'
import { Broken, patientUntil, Refused, Waiting } from '../../domain/outcome.ts'
import { type CodeMeaning, type FinalReason, meaningOf } from './codes.ts'

/** `to` is the channel of a message, or the account of a person who is written to directly. */
type Call = { now: Date; doing: string; to?: string }

/** A code that Slack does not document: it may be temporary or not. */
export class UnknownCode extends Broken {
  readonly code: string
  constructor(code: string, doing: string) {
    super(`Slack answered "${code}" to ${doing}.`)
    this.code = code
  }
}

/**
 * The code in Slack's answer; undefined without one. The client treats any body that is not JSON as the code, such as a
 * proxy's page with status 200.
 */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof WebAPIPlatformError ? error.data.error : undefined
  return code !== undefined && /^[a-z0-9_]{1,80}$/.test(code) ? code : undefined
}

/** The outcome to throw for a failed call. */
export function outcomeOf(error: unknown, call: Call): Refused | Waiting | Broken {
  const { now, doing } = call
  if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) return error
  // HTTP 429. The queue in rate-limiter.ts decides which message is sent first afterwards.
  if (error instanceof WebAPIRateLimitedError)
    return new Waiting(patientUntil(now, error.retryAfter), `Slack asked to wait before ${doing}.`)
  if (error instanceof WebAPIHTTPError)
    return new Broken(`Slack answered ${error.statusCode} to ${doing}.`, { answered: false })
  const code = codeOf(error)
  if (code === undefined) return new Broken(`Slack did not answer to ${doing}.`, { answered: false })
  const meaning = meaningOf(code)
  return meaning ? outcomeOfCode(code, meaning, call) : new UnknownCode(code, doing)
}

function outcomeOfCode(code: string, meaning: CodeMeaning, { now, doing, to }: Call): Refused | Waiting | Broken {
  switch (meaning.is) {
    // Some limits come as an error code without Retry-After; all of Slack's limits use a window of a minute.
    case 'limit':
      return new Waiting(after(now, 60), `Slack asked to wait before ${doing}.`)
    // Tokens are rotated and scopes are granted while the process runs, so these errors may be temporary and are not
    // refusals.
    case 'passing':
    case 'setup':
      return new Broken(`Slack answered "${code}" to ${doing}.`)
    case 'final':
      return refused(code, meaning, { doing, to: to ?? '' })
  }
}

type Final = Extract<CodeMeaning, { is: 'final' }>

function refused(
  code: string,
  { reason, because = code }: Final,
  { doing, to }: { doing: string; to: string },
): Refused {
  // In a direct message, the channel is the conversation with this person.
  if (isPerson(to) && (reason === 'ChannelUnreachable' || reason === 'DirectMessageRefused'))
    return new Refused(
      'DirectMessageRefused',
      `Hallpass cannot write to Slack account "${to}" directly: ${reason === 'ChannelUnreachable' ? code : because}.`,
    )
  return new Refused(reason, sentenceOf(reason, { code, because, doing, to }))
}

function isPerson(to: string): boolean {
  return /^[UW]/.test(to)
}

type Said = { code: string; because: string; doing: string; to: string }

function sentenceOf(reason: FinalReason, { code, because, doing, to }: Said): string {
  switch (reason) {
    case 'ChannelUnreachable':
      return `Hallpass cannot write to Slack channel "${to}": ${because}.`
    case 'DirectMessageRefused':
      return `Hallpass cannot write to a person in Slack directly: ${because}.`
    case 'MessageGone':
      return `The message in Slack can no longer be changed (${code}).`
    case 'MessageRefused':
      return `Slack refused the message (${code}).`
    case 'SlackAccessDenied':
      return `The administrators of the Slack workspace do not let Hallpass ${doing} (${code}). Ask them to allow it.`
    case 'SlackPlanTooSmall':
      return 'The plan of this Slack workspace has no user groups. Name people by address instead.'
    case 'UnknownUserGroup':
      return `Slack refused to ${doing} (${code}).`
  }
}
