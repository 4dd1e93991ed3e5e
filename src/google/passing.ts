// Google's temporary answers, and answers that are not Google's: the same two outcomes for every API. All other answers
// are refusals that somebody must handle.
import { passingOf } from '../domain/failed-answer.ts'
import { Broken, patientUntil, Waiting } from '../domain/outcome.ts'
import type { FailedAnswer } from './answer.ts'

/**
 * The service and the action (`Cloud KMS`, `encrypt`). A write may have taken effect even if Google's answer is
 * missing.
 */
export type Asked = { whom: string; doing: string; now: Date; isWrite?: boolean }

/**
 * Google's limits are per minute, and most of its APIs do not say how much of the minute is left: so a third of one.
 */
const patienceSeconds = 20

/** Waiting or Broken for a temporary answer; undefined for a refusal by Google. */
export function passingOutcome(answer: FailedAnswer, asked: Asked): Waiting | Broken | undefined {
  const { status, rpc, isQuota, retryAfterSeconds = patienceSeconds } = answer
  const { whom, doing, now, isWrite = false } = asked
  if (status === undefined) return new Broken(`${whom} did not answer when asked to ${doing}.`, { answered: false })
  const passing = passingOf(status)
  if (passing === 'wait' || isQuota)
    return new Waiting(patientUntil(now, retryAfterSeconds), `${whom} asked to wait before it is asked to ${doing}.`)
  const answered = !isWrite
  // Google's own load balancers also answer 5xx with a page.
  if (rpc === undefined && status < 500)
    return new Broken(`${notGoogles(status)} when ${whom} was asked to ${doing}.`, { answered })
  return passing && new Broken(`${whom} answered ${status} when asked to ${doing}.`, { answered })
}

/** The beginning of a sentence about an answer that did not come from Google. */
function notGoogles(status: number): string {
  return `Something between Hallpass and Google, such as a proxy, answered ${status}`
}
