// The errors of the simulated Google APIs, with the bodies of the real ones
// (https://cloud.google.com/apis/design/errors, google/rpc/error_details.proto, google/api/error_reason.proto).

const httpOf = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
} as const

type Status = keyof typeof httpOf

/** A google.rpc.Status on its way to the client. */
export class GoogleFailure extends Error {
  readonly status: Status
  readonly details: object[]
  constructor(status: Status, message: string, details: object[] = []) {
    super(message)
    this.status = status
    this.details = details
  }
  get http(): number {
    return httpOf[this.status]
  }
  body(): object {
    const { http: code, message, status, details } = this
    return { error: { code, message, status, ...(details.length > 0 && { details }) } }
  }
}

const reasonOf: Partial<Record<Status, [http: number, reason: string]>> = {
  INVALID_ARGUMENT: [400, 'invalid'],
  PERMISSION_DENIED: [403, 'forbidden'],
  NOT_FOUND: [404, 'notFound'],
  FAILED_PRECONDITION: [412, 'conditionNotMet'],
  ABORTED: [412, 'conditionNotMet'],
  RESOURCE_EXHAUSTED: [429, 'rateLimitExceeded'],
}

/**
 * The same as Google's older JSON APIs say it: a list of errors with other reasons, without google.rpc.Status, and
 * 412 for every condition that is not met (https://cloud.google.com/storage/docs/json_api/v1/status-codes).
 */
export class JsonFailure extends GoogleFailure {
  readonly #code: number
  readonly #reason: string
  constructor({ status, message }: GoogleFailure) {
    super(status, message)
    const [code, reason] = reasonOf[status] ?? [httpOf[status], 'required']
    this.#code = code
    this.#reason = reason
  }
  override get http(): number {
    return this.#code
  }
  override body(): object {
    const { message } = this
    const [code, reason] = [this.#code, this.#reason]
    return { error: { code, message, errors: [{ message, domain: 'global', reason }] } }
  }
}

/** 400 FAILED_PRECONDITION, or 412 of an older API. */
export function preconditionFailed(message: string): GoogleFailure {
  return new GoogleFailure('FAILED_PRECONDITION', message)
}

/** 400 INVALID_ARGUMENT. */
export function invalid(message: string): GoogleFailure {
  return new GoogleFailure('INVALID_ARGUMENT', message)
}

/** 409 ABORTED for an etag that is no longer current. */
export function conflict(): GoogleFailure {
  return new GoogleFailure(
    'ABORTED',
    'There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.',
  )
}

/** 403 for a missing right; a missing resource gives the same answer. `service` names the API without its domain. */
export function denied(permission: string, resource: string, service: string): GoogleFailure {
  return new GoogleFailure(
    'PERMISSION_DENIED',
    `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
    [errorInfo('IAM_PERMISSION_DENIED', `${service}.googleapis.com`, { permission, resource })],
  )
}

/** The API host and the full method name of a call. */
export type Target = { service: string; method: string }

/** 403 for a token whose person did not grant the scope. */
export function scopeInsufficient(metadata: Target): GoogleFailure {
  return new GoogleFailure('PERMISSION_DENIED', 'Request had insufficient authentication scopes.', [
    errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT', 'googleapis.com', metadata),
  ])
}

const expectation =
  'Expected OAuth 2 access token, login cookie or other valid authentication credential. ' +
  'See https://developers.google.com/identity/sign-in/web/devconsole-project.'

/** 401 for a missing, unknown, expired or revoked token. */
export function unauthenticated(
  reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_TYPE_UNSUPPORTED' | 'ACCESS_TOKEN_EXPIRED',
  metadata: Target,
): GoogleFailure {
  const message =
    reason === 'CREDENTIALS_MISSING'
      ? 'Request is missing required authentication credential.'
      : 'Request had invalid authentication credentials.'
  return new GoogleFailure('UNAUTHENTICATED', `${message} ${expectation}`, [
    errorInfo(reason, 'googleapis.com', metadata),
  ])
}

/** A google.rpc.ErrorInfo. */
export function errorInfo(reason: string, domain: string, metadata: object): object {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain, metadata }
}
