// Reads a failed call: what Google answered, as codes. Errors of the clients hold tokens in their configuration, so they end
// here: they are never a cause, and only Google's own sentence is kept, shortened.

/** What Google answered instead of what was asked; `status` is undefined when it did not answer. */
export type FailedAnswer = {
  status: number | undefined
  /** google.rpc.Code by name, such as FAILED_PRECONDITION. */
  rpc: string | undefined
  /** Reason of the google.rpc.ErrorInfo, such as IAM_PERMISSION_DENIED. */
  reason: string | undefined
  metadata: Record<string, string>
  sentence: string | undefined
}

// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
const rpcNames: Record<number, string> = {
  3: 'INVALID_ARGUMENT',
  5: 'NOT_FOUND',
  7: 'PERMISSION_DENIED',
  8: 'RESOURCE_EXHAUSTED',
  9: 'FAILED_PRECONDITION',
  16: 'UNAUTHENTICATED',
}

/** The answer in an error of Google's REST clients (https://google.aip.dev/193). */
export function failedAnswer(error: unknown): FailedAnswer {
  const response = at(error, 'response')
  const status = at(response, 'status')
  const body = at(at(response, 'data'), 'error')
  const details = at(body, 'details')
  const info = (Array.isArray(details) ? details : []).find(detail =>
    String(at(detail, '@type')).endsWith('google.rpc.ErrorInfo'),
  ) as unknown
  return {
    status: typeof status === 'number' ? status : undefined,
    rpc: textOf(at(body, 'status')),
    reason: textOf(at(info, 'reason')),
    metadata: textsOf(at(info, 'metadata')),
    sentence: oneLine(textOf(at(body, 'message'))),
  }
}

/** The answer in an error of a generated (gRPC-like) client, whose `code` is a google.rpc.Code or an HTTP status. */
export function failedGaxAnswer(error: unknown): FailedAnswer {
  const [code, http] = [at(error, 'code'), at(error, 'httpStatusCode')]
  return {
    status: typeof http === 'number' ? http : undefined,
    rpc: typeof code === 'number' ? rpcNames[code] : undefined,
    reason: textOf(at(error, 'reason')),
    metadata: textsOf(at(error, 'errorInfoMetadata')),
    sentence: undefined,
  }
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

function oneLine(text: string | undefined): string | undefined {
  return text?.replace(/\s+/g, ' ').slice(0, 300)
}
