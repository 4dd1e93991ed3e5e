// Maps Slack's errors to the three outcomes, only by code. Messages never contain a token or text that Slack quoted.
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api'
import { after } from '../../domain/duration.ts'
import { Broken, patientUntil, Refused, Waiting } from '../../domain/outcome.ts'

type Call = { now: Date; doing: string; channel?: string }

const unreachable: Record<string, string> = {
  channel_not_found: 'Slack does not know it, or Hallpass is not a member of it; invite Hallpass there',
  not_in_channel: 'Hallpass is not a member of it; invite Hallpass there',
  is_archived: 'it is archived; name another channel in the mapping',
  restricted_action: 'posting is restricted there; permit Hallpass to post',
}
const gone = ['message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed', 'is_inactive']
const refusedForms = ['msg_too_long', 'no_text', 'invalid_blocks', 'invalid_blocks_format', 'invalid_arguments']

/**
 * The code in Slack's answer; undefined without one. The client treats any body that is not JSON as the code, such as a
 * proxy's page with status 200.
 */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof WebAPIPlatformError ? error.data.error : undefined
  return code !== undefined && /^[a-z0-9_]{1,80}$/.test(code) ? code : undefined
}

/** The outcome to throw for a failed call. */
export function outcomeOf(error: unknown, { now, doing, channel }: Call): Refused | Waiting | Broken {
  if (error instanceof Refused || error instanceof Waiting || error instanceof Broken) return error
  // HTTP 429. The queue in rate-limiter.ts decides which message is sent first afterwards.
  if (error instanceof WebAPIRateLimitedError)
    return new Waiting(patientUntil(now, error.retryAfter), `Slack asked to wait before ${doing}.`)
  if (error instanceof WebAPIHTTPError)
    return new Broken(`Slack answered ${error.statusCode} to ${doing}.`, { answered: false })
  const code = codeOf(error)
  if (code === undefined) return new Broken(`Slack did not answer to ${doing}.`, { answered: false })
  return outcomeOfCode(code, { now, doing, ...(channel && { channel }) })
}

function outcomeOfCode(code: string, { now, doing, channel }: Call): Refused | Waiting | Broken {
  // Some limits come as an error code without Retry-After; all of Slack's limits use a window of a minute.
  if (code === 'ratelimited' || code === 'rate_limited')
    return new Waiting(after(now, 60), `Slack asked to wait before ${doing}.`)
  if (code === 'plan_upgrade_required')
    return new Refused(
      'SlackPlanTooSmall',
      'The plan of this Slack workspace has no user groups. Name people by address instead.',
    )
  const because = unreachable[code]
  if (because)
    return new Refused('ChannelUnreachable', `Hallpass cannot write to Slack channel "${channel ?? ''}": ${because}.`)
  if (gone.includes(code)) return new Refused('MessageGone', `The message in Slack can no longer be changed (${code}).`)
  if (refusedForms.includes(code)) return new Refused('MessageRefused', `Slack refused the message (${code}).`)
  // Tokens are rotated and scopes are granted while the process runs, so these errors may be temporary and are not
  // refusals.
  return new Broken(`Slack answered "${code}" to ${doing}.`)
}
