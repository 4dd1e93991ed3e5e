// Maps PagerDuty's answers to the three outcomes, by status and by whether the body is from PagerDuty.
import { after } from '../domain/asking/duration.ts'
import { passingOf } from '../domain/failed-answer.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import type { PagerDutyResponse } from './client.ts'

/**
 * How long to wait after a 429. The client hides when the limit resets. Limits are counted per minute, so this is a
 * quarter of a minute.
 */
const patienceSeconds = 15

type Call = { doing: string; now: Date }

/**
 * Whether PagerDuty itself refused. A proxy in between answers 4xx too, with a page or its own body
 * (https://developer.pagerduty.com/docs/errors).
 */
export function isPagerDutys({ data }: PagerDutyResponse): boolean {
  const error = typeof data === 'object' && data !== null && 'error' in data ? data.error : undefined
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number'
}

/** The outcome to throw for an answer that is not a success. */
export function outcomeOf(answer: PagerDutyResponse, { doing, now }: Call): Refused | Waiting | Broken {
  const { status } = answer
  const passing = passingOf(status)
  if (passing === 'wait')
    return new Waiting(after(now, patienceSeconds), `PagerDuty asked to wait before it is asked to ${doing}.`)
  // PagerDuty answers a wrong key with a page, too.
  if (status === 401)
    return new Refused(
      'PagerDutyKeyRefused',
      `PagerDuty does not accept the API key, so Hallpass cannot ${doing}. Put a valid key into the secret "pagerduty-token".`,
    )
  if (status >= 400 && status < 500 && !isPagerDutys(answer))
    return new Broken(
      `Something between Hallpass and PagerDuty, such as a proxy, answered ${status} when PagerDuty was asked to ${doing}.`,
    )
  if (passing) return new Broken(`PagerDuty answered ${status} when asked to ${doing}.`)
  if (status === 402)
    return new Refused(
      'PagerDutyPlanTooSmall',
      `The plan of the PagerDuty account does not include what is needed to ${doing}. Use a plan that has it, or name something else in approval.onCall.`,
    )
  if (status === 403)
    return new Refused(
      'PagerDutyKeyTooNarrow',
      `The API key in the secret "pagerduty-token" may not ${doing}. Give it read access to on-calls, schedules, escalation policies and users.`,
    )
  return new Refused('PagerDutyRefused', `PagerDuty refused to ${doing} (it answered ${status}).`)
}
