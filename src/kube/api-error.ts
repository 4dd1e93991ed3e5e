// What the API server says when it says no. Told apart by status and reason, never by text.

type Call = { method: string; path: string }

/** An error answer, or none at all (`status` 0: it is unknown whether the call took effect). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string
  readonly retryAfterSeconds: number | undefined
  constructor(
    message: string,
    facts: { status: number; reason: string; retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause })
    this.status = facts.status
    this.reason = facts.reason
    this.retryAfterSeconds = facts.retryAfterSeconds
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
/** The object itself is refused: by its schema (422), by RBAC or admission (403), or as malformed (400). */
export const isRefused = (error: unknown): boolean =>
  error instanceof ApiError && [400, 403, 413, 422].includes(error.status)

/** Reads the `Status` that the API server answers with. */
export function apiErrorOf(call: Call, status: number, body: string, retryAfter?: string | string[]): ApiError {
  const said = readStatus(body)
  const seconds = said.details?.retryAfterSeconds ?? Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter)
  return new ApiError(`${call.method} ${call.path}: ${said.message ?? `the API server answered ${status}`}`, {
    status,
    reason: said.reason ?? 'Unknown',
    retryAfterSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
  })
}

/** No answer: reset, refused, timed out. */
export function unansweredError(call: Call, cause: unknown): ApiError {
  const why = cause instanceof Error ? cause.message || cause.name : String(cause)
  return new ApiError(`${call.method} ${call.path}: no answer from the API server (${why})`, {
    status: 0,
    reason: 'NoAnswer',
    cause,
  })
}

type Status = { message?: string; reason?: string; details?: { retryAfterSeconds?: number } }

function readStatus(body: string): Status {
  try {
    const status: unknown = JSON.parse(body)
    return status !== null && typeof status === 'object' ? (status as Status) : {}
  } catch {
    return {}
  }
}
