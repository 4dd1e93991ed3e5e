// What the API server says when it says no. Told apart by status, reason and causes, never by text.

type Call = { method: string; path: string }

/** One cause of a no. The validation of an object names the field that it is about. */
export type Cause = { readonly reason?: string; readonly field?: string; readonly message?: string }

type Facts = {
  status: number
  reason: string
  said?: string | undefined
  causes?: readonly Cause[] | undefined
  retryAfterSeconds?: number | undefined
  continue?: string | undefined
}

/** An error answer, or none at all: `status` 0 with reason `NotSent` or, when it may have taken effect, `NoAnswer`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string
  /** The API server's own sentence, without the call. */
  readonly said: string | undefined
  readonly causes: readonly Cause[]
  readonly retryAfterSeconds: number | undefined
  /** Where to go on listing, without consistency, after a page's token has expired. */
  readonly continue: string | undefined
  constructor(message: string, facts: Facts, options?: ErrorOptions) {
    super(message, options)
    this.status = facts.status
    this.reason = facts.reason
    this.said = facts.said
    this.causes = facts.causes ?? []
    this.retryAfterSeconds = facts.retryAfterSeconds
    this.continue = facts.continue
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
/** Somebody else changed the object in between. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists'
/** The resource version is too old to list or watch from. */
export const isGone = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || ['Gone', 'Expired'].includes(error.reason))

/** The fields of the object that its own validation refuses; none when it was not the validation that refused. */
export const refusedFields = (error: ApiError): string[] => [
  ...new Set(error.causes.flatMap(({ field }) => (field && field !== '<nil>' ? [field] : []))),
]

/**
 * Whether admission failed instead of judging: a policy lacks its parameters, or its expression ended in an error. The API
 * server calls that Invalid (422) too, but names no field of the object. A policy's own no is Forbidden (403), if it says so.
 */
export const isAdmissionFailure = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 422 && refusedFields(error).length === 0

/**
 * The name of the admission policy whose own rule refused this, for reason Forbidden. Undefined for every other no: RBAC's,
 * a webhook's, an object's validation, a policy that failed.
 */
export function deniedBy(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.status !== 403 || error.reason !== 'Forbidden') return undefined
  // The name stands in this sentence only, whose beginning is the API server's own.
  const sentence = /^ValidatingAdmissionPolicy '([^']+)' (?:with binding '[^']+' )?denied request: /
  return error.causes.map(({ message = '' }) => sentence.exec(message)?.[1]).find(name => name !== undefined)
}

/** Reads the `Status` that the API server answers with. */
export function apiErrorOf(call: Call, status: number, body: string, retryAfter?: string | string[]): ApiError {
  const said = readStatus(body)
  const seconds = said.details?.retryAfterSeconds ?? Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter)
  return new ApiError(`${call.method} ${call.path}: ${said.message ?? `the API server answered ${status}`}`, {
    status,
    reason: said.reason ?? 'Unknown',
    said: said.message,
    causes: said.details?.causes,
    retryAfterSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    continue: said.metadata?.continue || undefined,
  })
}

// Failures before anything was sent: of connecting, and of choosing a connection. undici says UND_ERR_CLOSED only to a call
// that it does not take; UND_ERR_DESTROYED it also says to those under way.
const unsentCodes = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
]

/** No answer: reset, refused, timed out. */
export function unansweredError(call: Call, cause: unknown): ApiError {
  if (unsentCodes.includes(String((cause as { code?: unknown } | undefined)?.code))) return unsentError(call, cause)
  const message = `${call.method} ${call.path}: no answer from the API server (${whyOf(cause)})`
  return new ApiError(message, { status: 0, reason: 'NoAnswer' }, { cause })
}

/** The call was never sent: no credentials, no connection. */
export function unsentError(call: Call, cause: unknown): ApiError {
  const message = `${call.method} ${call.path}: cannot reach the API server (${whyOf(cause)})`
  return new ApiError(message, { status: 0, reason: 'NotSent' }, { cause })
}

const whyOf = (cause: unknown): string => (cause instanceof Error ? cause.message || cause.name : String(cause))

type Status = {
  message?: string
  reason?: string
  details?: { retryAfterSeconds?: number; causes?: Cause[] }
  metadata?: { continue?: string }
}

function readStatus(body: string): Status {
  try {
    const status: unknown = JSON.parse(body)
    return status !== null && typeof status === 'object' ? (status as Status) : {}
  } catch {
    return {}
  }
}
