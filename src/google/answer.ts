// Reads Google's answer to a failed call as codes. The clients' errors contain tokens in their configuration, so they
// are not passed on: they are never a cause, and only Google's own message is kept, shortened.
import { codeIn, retryAfterIn } from '../domain/failed-answer.ts'
import { shortLine } from '../domain/text.ts'

/** A condition that the call did not meet (google.rpc.PreconditionFailure). */
export type Violation = { type: string; description: string }

/** The answer to a failed call; `status` is undefined when there was no answer. */
export type FailedAnswer = {
  status: number | undefined
  /**
   * google.rpc.Code by name, such as FAILED_PRECONDITION; for an older API, the one that its own reason means. Undefined when
   * the answer is not Google's: a proxy, a balancer or a portal in between answers 4xx too, with a page or another body.
   */
  rpc: string | undefined
  /** Reason of the google.rpc.ErrorInfo, such as IAM_PERMISSION_DENIED. */
  reason: string | undefined
  metadata: Record<string, string>
  violations: readonly Violation[]
  /** Google's own message: one line, at most 300 characters. */
  sentence: string | undefined
  /** Whether a quota is used up, which older APIs answer with 403. */
  isQuota: boolean
  retryAfterSeconds: number | undefined
}

/** The answer in an error of Google's REST clients (https://google.aip.dev/193). */
export function failedAnswer(error: unknown): FailedAnswer {
  const response = at(error, 'response')
  return read(at(response, 'status'), at(response, 'data'), headerOf(at(response, 'headers'), 'retry-after'))
}

/** A header's value. The client's fetch may use its own Headers class. */
export function headerOf(headers: unknown, name: string): unknown {
  const get = at(headers, 'get')
  return typeof get === 'function' ? (get.call(headers, name) as unknown) : undefined
}

/** The field in which google-gax keeps the body of an answer over REST, as text or parsed. */
const rawBody = Symbol.for('google-gax.rawHttpResponsePayload')

/**
 * The answer in an error of a generated client over REST. Its `code` is ignored: google-gax invents one for answers
 * that are not Google's, INVALID_ARGUMENT for any 400 and FAILED_PRECONDITION for most other 4xx.
 */
export function failedGaxAnswer(error: unknown): FailedAnswer {
  const raw = typeof error === 'object' && error !== null ? (error as Record<symbol, unknown>)[rawBody] : undefined
  return read(at(error, 'httpStatusCode'), typeof raw === 'string' ? parseJson(raw) : raw)
}

function read(status: unknown, data: unknown, retryAfter?: unknown): FailedAnswer {
  const http = typeof status === 'number' ? status : undefined
  const found = at(data, 'error')
  // Google repeats the HTTP status in its body.
  const body = http !== undefined && at(found, 'code') === http ? found : undefined
  const details = listOf(at(body, 'details'))
  const info = detailOf(details, 'ErrorInfo')
  const legacy = listOf(at(body, 'errors')).map(one => at(one, 'reason'))
  const rpc = codeIn(at(body, 'status')) ?? olderCode(legacy)
  const reason = codeIn(at(info, 'reason'))
  return {
    status: http,
    rpc,
    reason,
    metadata: textsOf(at(info, 'metadata')),
    violations: violationsIn(details),
    sentence: shortLine(textOf(at(body, 'message')) ?? '', 300) || undefined,
    isQuota: [rpc, reason, ...legacy].some(code => quotas.includes(String(code))),
    retryAfterSeconds: retryAfterIn(retryAfter) ?? delayIn(details),
  }
}

/**
 * The reasons of the older JSON APIs, which give no google.rpc.Code
 * (https://cloud.google.com/storage/docs/json_api/v1/status-codes).
 */
const olderCodes: Record<string, string> = {
  authError: 'UNAUTHENTICATED',
  backendError: 'UNAVAILABLE',
  conditionNotMet: 'FAILED_PRECONDITION',
  forbidden: 'PERMISSION_DENIED',
  accessDenied: 'PERMISSION_DENIED',
  insufficientPermissions: 'PERMISSION_DENIED',
  invalid: 'INVALID_ARGUMENT',
  notFound: 'NOT_FOUND',
  required: 'UNAUTHENTICATED',
}

function olderCode(reasons: readonly unknown[]): string | undefined {
  const known = reasons.find(reason => typeof reason === 'string' && Object.hasOwn(olderCodes, reason))
  return typeof known === 'string' ? olderCodes[known] : undefined
}

/**
 * google.rpc.Code, reasons of error_reason.proto, and the reasons that older APIs give in a list next to the message.
 */
const quotas = [
  'RESOURCE_EXHAUSTED',
  'RATE_LIMIT_EXCEEDED',
  'RESOURCE_QUOTA_EXCEEDED',
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'dailyLimitExceeded',
]

function detailOf(details: readonly unknown[], name: string): unknown {
  return details.find(detail => at(detail, '@type') === `type.googleapis.com/google.rpc.${name}`)
}

function violationsIn(details: readonly unknown[]): Violation[] {
  return listOf(at(detailOf(details, 'PreconditionFailure'), 'violations')).flatMap(violation => {
    const type = textOf(at(violation, 'type'))
    if (type === undefined) return []
    return { type: shortLine(type, 100), description: shortLine(textOf(at(violation, 'description')) ?? '', 200) }
  })
}

/** The delay of a google.rpc.RetryInfo, such as "3.5s", in whole seconds. */
function delayIn(details: readonly unknown[]): number | undefined {
  const [, seconds] =
    /^(\d{1,9}(?:\.\d+)?)s$/.exec(textOf(at(detailOf(details, 'RetryInfo'), 'retryDelay')) ?? '') ?? []
  return seconds === undefined ? undefined : Math.ceil(Number(seconds))
}

/** A field of something that may not be an object. */
export function at(object: unknown, key: string): unknown {
  return typeof object === 'object' && object !== null ? (object as Record<string, unknown>)[key] : undefined
}

/** Text that is not empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(
    entries.flatMap(([key, text]) => (typeof text === 'string' ? [[key, shortLine(text, 200)]] : [])),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
