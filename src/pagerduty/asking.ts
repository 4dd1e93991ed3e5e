// A question to PagerDuty: one call after the other, and which failures are answers.
import { Refused } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'
import type { Get, PagerDutyResponse, Query } from './client.ts'
import { isPagerDutys, outcomeOf } from './outcome.ts'

/** A policy or a schedule, by its id. */
export type Of = { escalationPolicy?: string; schedule?: string }
export type Call = {
  path: string
  query?: Query
  doing: string
  signal: AbortSignal
  /** Failures that mean "it does not exist". */
  unless?: (answer: PagerDutyResponse) => boolean
}
/** The body of PagerDuty's answer; undefined for a failure that the call expects. */
export type Ask = (call: Call) => Promise<unknown>
/** What is asked about, and how. */
export type Question<T> = { of: T; ask: Ask; signal: AbortSignal }

/** Asks with the getter; throws the outcome of every other failure. */
export function createAsk({ get, clock }: { get: Get; clock: Clock }): Ask {
  return async call => {
    const answer = await get(call.path, call.query ?? {}, call.signal)
    if (answer.status === 200 && answer.data !== undefined) return answer.data
    if (call.unless?.(answer)) return undefined
    throw outcomeOf(answer, { doing: call.doing, now: clock.now() })
  }
}

/** PagerDuty's newer schedules have separate paths, and each path answers 400 for the other kind. */
export function isUnknownOrOfOtherKind(answer: PagerDutyResponse): boolean {
  return isUnknown(answer) || (answer.status === 400 && isPagerDutys(answer))
}

/** PagerDuty itself says that it does not know the id. */
export function isUnknown(answer: PagerDutyResponse): boolean {
  return answer.status === 404 && isPagerDutys(answer)
}

/** The id of the policy or schedule. Refused("OnCallUnnamed") when the mapping names neither. */
export function idOf({ escalationPolicy, schedule }: Of): string {
  if (escalationPolicy !== undefined) return escalationPolicy
  if (schedule !== undefined) return schedule
  throw new Refused('OnCallUnnamed', 'The mapping names neither an escalation policy nor a schedule of PagerDuty.')
}
