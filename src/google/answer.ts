// Reads a failed call: what Google answered, as codes. Errors of the clients hold tokens in their configuration, so they end
// here: they are never a cause, and only Google's own sentence is kept, shortened.
import { shortLine } from '../domain/text.ts'

/** What was answered instead of what was asked; `status` is undefined when there was no answer. */
export type FailedAnswer = {
  status: number | undefined
  /**
   * google.rpc.Code by name, such as FAILED_PRECONDITION. Undefined when the answer is not Google's: a proxy, a balancer or a
   * portal in between answers 4xx too, with a page or a body of its own.
   */
  rpc: string | undefined
  /** Reason of the google.rpc.ErrorInfo, such as IAM_PERMISSION_DENIED. */
  reason: string | undefined
  metadata: Record<string, string>
  sentence: string | undefined
}

/** The answer in an error of Google's REST clients (https://google.aip.dev/193). */
export function failedAnswer(error: unknown): FailedAnswer {
  const response = at(error, 'response')
  return read(at(response, 'status'), at(response, 'data'))
}

/** Under which google-gax keeps the body of an answer over REST, as text or parsed. */
const rawBody = Symbol.for('google-gax.rawHttpResponsePayload')

/**
 * The answer in an error of a generated client over REST. Its `code` is not looked at: google-gax invents one for answers
 * that are not Google's, INVALID_ARGUMENT for any 400 and FAILED_PRECONDITION for most other 4xx.
 */
export function failedGaxAnswer(error: unknown): FailedAnswer {
  const raw = typeof error === 'object' && error !== null ? (error as Record<symbol, unknown>)[rawBody] : undefined
  return read(at(error, 'httpStatusCode'), typeof raw === 'string' ? parseJson(raw) : raw)
}

function read(status: unknown, data: unknown): FailedAnswer {
  const http = typeof status === 'number' ? status : undefined
  const body = at(data, 'error')
  // Google repeats the HTTP status in its body.
  if (http === undefined || at(body, 'code') !== http)
    return { status: http, rpc: undefined, reason: undefined, metadata: {}, sentence: undefined }
  const details = at(body, 'details')
  const info = (Array.isArray(details) ? details : []).find(detail =>
    String(at(detail, '@type')).endsWith('google.rpc.ErrorInfo'),
  ) as unknown
  return {
    status: http,
    rpc: textOf(at(body, 'status')),
    reason: textOf(at(info, 'reason')) ?? legacyReason(body),
    metadata: textsOf(at(info, 'metadata')),
    sentence: shortLine(textOf(at(body, 'message')) ?? '', 300) || undefined,
  }
}

// Older APIs name the reason in a list beside the message, and their quotas only there, under 403.
function legacyReason(body: unknown): string | undefined {
  const errors = at(body, 'errors')
  const reasons = (Array.isArray(errors) ? errors : []).map((one: unknown) => at(one, 'reason'))
  return reasons.some(reason => reason === 'rateLimitExceeded' || reason === 'userRateLimitExceeded')
    ? 'RATE_LIMIT_EXCEEDED'
    : undefined
}

/** A field of something that may not be an object. */
export function at(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined
}

/** Text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
