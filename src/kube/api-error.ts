// The API server's errors. They are distinguished by status, reason and causes, never by text.

import { tlsFaultOf } from './tls-fault.ts'

type Call = { method: string; path: string }

/** One cause of an error. The validation of an object names the field concerned. */
export type Cause = { readonly reason?: string; readonly field?: string; readonly message?: string }

type Facts = {
  status: number
  reason: string
  said?: string | undefined
  causes?: readonly Cause[] | undefined
  retryAfterSeconds?: number | undefined
  continue?: string | undefined
}

/**
 * An error answer, or no answer: then `status` is 0 and the reason is `NotSent`, `NotTrusted` when TLS failed before
 * anything was sent, or `NoAnswer` when the call may have taken effect.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string
  /** The API server's own sentence, without the call; of `NotTrusted`, our own. */
  readonly said: string | undefined
  readonly causes: readonly Cause[]
  readonly retryAfterSeconds: number | undefined
  /** A token that continues the list, without consistency, after a page's token has expired. */
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

/** The API server says that there is no such object. A 404 of something in between, or for an unknown kind, does not say that. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404 && error.reason === 'NotFound'
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists'
/** Another writer changed the object in between. A 409 of something in between does not say that. */
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 409 && error.reason === 'Conflict'
/** The resource version is too old to list or watch from. */
export const isGone = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || ['Gone', 'Expired'].includes(error.reason))

/** The fields of the object that its own validation refuses; empty when something else than the validation refused. */
export const refusedFields = (error: ApiError): string[] => [
  ...new Set(error.causes.flatMap(({ field }) => (field && field !== '<nil>' ? [field] : []))),
]

/**
 * Whether an admission policy failed to evaluate: its parameters are missing, or its expression ended in an error. The
 * API server calls that Invalid (422) too, but names no field of the object. A policy's own refusal is Forbidden (403)
 * if the policy is written so; if not, it is Invalid as well, and no code tells it from a failure. It counts as a
 * failure here: to refuse for a failure would end what should only wait, and to try a refused call again costs one
 * call.
 */
export const isAdmissionFailure = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 422 && error.said !== undefined && refusedFields(error).length === 0

/**
 * The name of the admission policy whose own rule refused this, for reason Forbidden. Undefined for every other
 * refusal: by RBAC, a webhook, the object's validation, or a policy that failed.
 */
export function deniedBy(error: unknown): string | undefined {
  if (!(error instanceof ApiError) || error.status !== 403 || error.reason !== 'Forbidden') return undefined
  return policyIn(error)
}

/** The name of the admission policy that the API server's answer is about, whether it refused or failed. */
export function policyIn({ causes }: ApiError): string | undefined {
  // The name is only in this sentence. The API server itself writes its beginning.
  const sentence = /^ValidatingAdmissionPolicy '([^']+)' (?:with binding '[^']+' )?denied request: /
  return causes.map(({ message }) => sentence.exec(String(message))?.[1]).find(name => name !== undefined)
}

/** Reads the `Status` that the API server answers with. Of any other body nothing is kept: it may be anybody's. */
export function apiErrorOf(call: Call, status: number, body: string, retryAfter?: string | string[]): ApiError {
  const said = readStatus(body)
  const seconds = said.details?.retryAfterSeconds ?? Number(Array.isArray(retryAfter) ? retryAfter[0] : retryAfter)
  return new ApiError(`${call.method} ${call.path}: ${said.message ?? `unreadable answer (${status})`}`, {
    status,
    reason: codeIn(said.reason) ?? 'Unknown',
    said: said.message,
    causes: Array.isArray(said.details?.causes) ? said.details.causes : [],
    retryAfterSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : undefined,
    continue: said.metadata?.continue || undefined,
  })
}

// Failures before anything was sent, while connecting or choosing a connection. undici gives UND_ERR_CLOSED only to
// calls that it does not accept; it gives UND_ERR_DESTROYED also to calls under way.
const unsentCodes = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_CLOSED',
]

/**
 * No answer: reset, refused, timed out. The cause stays out: the HTTP parser's error holds what it could not read. With
 * the server's address, a fault of TLS is told as such.
 */
export function unansweredError(call: Call, cause: unknown, server?: string): ApiError {
  const fault = server === undefined ? undefined : tlsFaultOf(cause, server)
  if (fault !== undefined) return untrustedError(call, fault)
  if (unsentCodes.includes(String(codeOf(cause)))) return unsentError(call, cause)
  const message = `${call.method} ${call.path}: no answer from the API server (${whyOf(cause)})`
  return new ApiError(message, { status: 0, reason: 'NoAnswer' })
}

function untrustedError(call: Call, said: string): ApiError {
  return new ApiError(`${call.method} ${call.path}: ${said}`, { status: 0, reason: 'NotTrusted', said })
}

/** The call was never sent: no credentials, no connection. */
export function unsentError(call: Call, cause: unknown): ApiError {
  const message = `${call.method} ${call.path}: cannot reach the API server (${whyOf(cause)})`
  return new ApiError(message, { status: 0, reason: 'NotSent' })
}

/** Our own sentence, or the code of a failure; what other libraries put into words may quote the answer. */
function whyOf(cause: unknown): string {
  if (typeof cause === 'string') return cause
  return codeOf(cause) ?? (cause instanceof Error ? cause.name : 'unknown')
}

const codeOf = (error: unknown): string | undefined => codeIn((error as { code?: unknown } | undefined)?.code)

/** A code is one short word. */
const codeIn = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : undefined

type Status = {
  message?: string
  reason?: unknown
  details?: { retryAfterSeconds?: number; causes?: Cause[] }
  metadata?: { continue?: string }
}

/** Longest sentence of the API server that is kept; it may quote what was sent. */
const mostSaid = 1000

function readStatus(body: string): Status {
  try {
    const read = JSON.parse(body) as (Status & { kind?: unknown }) | null
    if (read?.kind !== 'Status') return {}
    const { message, ...status } = read
    return typeof message === 'string' ? { ...status, message: message.slice(0, mostSaid) } : status
  } catch {
    return {}
  }
}
