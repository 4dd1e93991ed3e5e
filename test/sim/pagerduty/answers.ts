// PagerDuty's own errors, ready to be injected with `faults.add({ route, ...answer })`: the codes and sentences of its
// documentation (developer.pagerduty.com, "Errors").
import type { Fault } from '../../../src/sim/serve.ts'

const errors = {
  'invalid input': [400, 2001, 'Invalid Input Provided'],
  'no ability': [402, 2014, 'Account does not have the abilities to perform the action'],
  'access denied': [403, 2010, 'Access Denied'],
  'not found': [404, 2100, 'Not Found'],
  'rate limit': [429, 2020, 'Rate Limit Exceeded'],
} as const

/** Every error there is here. */
export const pagerDutyErrors = Object.keys(errors) as (keyof typeof errors)[]

/** PagerDuty's answer with this error. */
export function pagerDutyAnswer(name: keyof typeof errors): Pick<Fault, 'status' | 'body'> {
  const [status, code, message] = errors[name]
  return { status, body: { error: { code, message } } }
}
