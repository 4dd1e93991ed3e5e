// The errors of the simulated API: https://developer.pagerduty.com/docs/errors

/** What is wrong: a list of sentences, or on the v3 paths a list for each field. */
type Errors = readonly string[] | Record<string, string[]>

/** Answered as `{"error":{"message","code","errors"?}}`. */
export class PagerDutyFailure extends Error {
  readonly status: number
  readonly code: number
  readonly errors: Errors | undefined
  constructor(status: number, code: number, message: string, errors?: Errors) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
  }

  get body(): Record<string, unknown> {
    return { error: { message: this.message, code: this.code, ...(this.errors && { errors: this.errors }) } }
  }
}

export const invalidInput = (error: string): PagerDutyFailure =>
  new PagerDutyFailure(400, 2001, 'Invalid Input Provided', [error])
/** The same on a v3 path. */
export const invalidField = (field: string, error: string): PagerDutyFailure =>
  new PagerDutyFailure(400, 2001, 'Invalid Request', { [field]: [error] })
export const paymentRequired = (): PagerDutyFailure =>
  new PagerDutyFailure(402, 2014, 'Account does not have the abilities to perform the action')
export const notFound = (): PagerDutyFailure => new PagerDutyFailure(404, 2100, 'Not Found')
export const unauthorized = (): PagerDutyFailure => new PagerDutyFailure(401, 2006, 'Unauthorized')
export const forbidden = (): PagerDutyFailure => new PagerDutyFailure(403, 2010, 'Access Denied')
export const rateLimited = (): PagerDutyFailure => new PagerDutyFailure(429, 2020, 'Rate Limit Exceeded')
