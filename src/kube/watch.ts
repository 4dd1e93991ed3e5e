// The wire format of a watch: JSON lines. Decodes them and distinguishes errors; it does not decide what to do about
// them.
import { ApiError, apiErrorOf, unansweredError } from './api-error.ts'
import type { Stored } from './resource.ts'

/** The bookmark that marks the end of the list in a streamed list. */
const listEnd = 'k8s.io/initial-events-end'

export type WatchEvent<T extends Stored> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
type Line = { type: string; object: object }

/**
 * The events of a watch as they arrive. Ends when the API server ends the watch. Throws ApiError: with the code and
 * reason of an event of type ERROR, with status 0 when the stream breaks, with 500 when the answer is not a watch.
 */
export async function* watchEvents<T extends Stored>(
  path: string,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<WatchEvent<T>> {
  for await (const text of linesOf(path, body)) {
    const { type, object } = decode(path, text)
    if (type === 'ERROR') throw errorOf(path, object)
    if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK')
      yield { type, object: object as T }
  }
}

/**
 * Whether this event completes a streamed list (kubernetes.io/docs/reference/using-api/api-concepts#streaming-lists).
 */
export function endsList({ type, object }: WatchEvent<Stored>): boolean {
  const { annotations } = object.metadata as { annotations?: Record<string, string> }
  return type === 'BOOKMARK' && annotations?.[listEnd] === 'true'
}

function errorOf(path: string, status: { code?: number }): ApiError {
  return apiErrorOf({ method: 'WATCH', path }, status.code ?? 500, JSON.stringify(status))
}

// The parser's own error would quote the object.
function decode(path: string, text: string): Line {
  try {
    return JSON.parse(text) as Line
  } catch {
    throw new ApiError(`WATCH ${path}: a line is not JSON`, { status: 500, reason: 'NotAWatch' })
  }
}

const lineEnd = 0x0a

async function* linesOf(path: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Pieces of a line whose end has not arrived yet.
  let begun: Uint8Array[] = []
  try {
    for await (const chunk of body) {
      let from = 0
      for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, from)) {
        const piece = chunk.subarray(from, end)
        const line = begun.length === 0 ? piece : Buffer.concat([...begun, piece])
        begun = []
        from = end + 1
        if (line.length > 0) yield textOf(line)
      }
      if (from < chunk.length) begun.push(chunk.subarray(from))
    }
    // A last line without a line break was cut off and is not an event.
  } catch (error) {
    throw unansweredError({ method: 'WATCH', path }, error)
  }
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('utf8')
}
