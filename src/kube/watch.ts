// The wire form of a watch: JSON lines. Decodes, tells errors apart, and knows nothing of what to do about them.
import { ApiError, apiErrorOf, unansweredError } from './api-error.ts'
import type { Stored } from './resource.ts'

export type WatchEvent<T extends Stored> = { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; object: T }
type Line = { type: string; object: object }

/**
 * Events of a watch, as they arrive. Ends when the API server ends it. Throws ApiError: for an event of type ERROR with
 * its code and reason, with status 0 when the stream breaks, with 500 when it is not a watch.
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

async function* linesOf(path: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  try {
    for await (const chunk of body) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      yield* lines.filter(line => line !== '')
    }
    // A last line without its end was cut off: it is not an event.
  } catch (error) {
    throw unansweredError({ method: 'WATCH', path }, error)
  }
}
