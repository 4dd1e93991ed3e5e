// Google's answers that pass by themselves, or that are not Google's: the same two outcomes for every API. What is left
// over is a no that somebody must look at.
import { passingOf } from '../domain/failed-answer.ts'
import { Broken, patientUntil, Waiting } from '../domain/outcome.ts'
import type { FailedAnswer } from './answer.ts'

/** Which service was asked to do what (`Cloud KMS`, `encrypt`). A write may have taken effect without an answer of Google's. */
export type Asked = { whom: string; doing: string; now: Date; isWrite?: boolean }

/** Google counts by the minute, and most of its APIs do not say how much of it is left: a third of one. */
const patienceSeconds = 20

/** Waiting or Broken for an answer that does not judge what was asked; undefined for Google's own no. */
export function passingOutcome(answer: FailedAnswer, asked: Asked): Waiting | Broken | undefined {
  const { status, rpc, isQuota, retryAfterSeconds = patienceSeconds } = answer
  const { whom, doing, now, isWrite = false } = asked
  if (status === undefined) return new Broken(`${whom} did not answer when asked to ${doing}.`, { answered: false })
  const passing = passingOf(status)
  if (passing === 'wait' || isQuota)
    return new Waiting(patientUntil(now, retryAfterSeconds), `${whom} asked to wait before it is asked to ${doing}.`)
  const answered = !isWrite
  // A balancer of Google's own answers 5xx with a page, too.
  if (rpc === undefined && status < 500)
    return new Broken(`${notGoogles(status)} when ${whom} was asked to ${doing}.`, { answered })
  return passing && new Broken(`${whom} answered ${status} when asked to ${doing}.`, { answered })
}

/** The beginning of a sentence about an answer that did not come from Google. */
export function notGoogles(status: number): string {
  return `Something between Hallpass and Google, such as a proxy, answered ${status}`
}
