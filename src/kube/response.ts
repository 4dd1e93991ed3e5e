// Reads the API server's response to one call, as a whole or piece by piece. Uses undici's `dispatch` directly, because
// its `request` puts a stream with events between the socket and the reader.
import type { Dispatcher } from 'undici'

type Head = { status: number; retryAfter: string | string[] | undefined }
/** One response of the API server. `body` is a text or a stream of pieces. */
export type ApiResponse<Body> = Head & { body: Body }

/** Receives an answer as it arrives: its head, pieces of its body, and one end, with or without an error. */
type Receiver = { head: (head: Head) => void; piece: (chunk: Buffer) => void; end: (error?: Error) => void }
type Underway = { controller?: Dispatcher.DispatchController; giveUp: (reason: Error) => void }

/** Sends a call and reads its whole answer. Rejects with the error of either, and immediately when `signal` aborts. */
export function responseTo(
  by: Dispatcher,
  call: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<ApiResponse<string>> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = []
    let head: Head
    send(by, call, signal, {
      head: received => (head = received),
      piece: chunk => void pieces.push(chunk),
      end: error => (error ? reject(error) : resolve({ ...head, body: textOf(pieces) })),
    })
  })
}

/** This many bytes may wait for their reader; then the server has to wait. */
const mostWaiting = 65_536

/**
 * Sends a call. The answer's body comes piece by piece, can be read once, and throws the error that broke it. A caller
 * that stops reading ends the call.
 */
export function streamedResponseTo(
  by: Dispatcher,
  call: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<ApiResponse<AsyncIterable<Buffer>>> {
  const pieces: Buffer[] = []
  let waiting = 0
  let over: { error?: Error | undefined } | undefined
  let wake: () => void = () => undefined

  async function* body(underway: Underway): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const piece = pieces.shift()
        if (piece) {
          waiting -= piece.length
          if (pieces.length === 0) underway.controller?.resume()
          yield piece
        } else if (!over) await new Promise<void>(resolve => (wake = resolve))
        else if (over.error) throw over.error
        else return
      }
    } finally {
      if (!over) underway.giveUp(new Error('the caller stopped reading'))
    }
  }

  return new Promise((resolve, reject) => {
    const underway = send(by, call, signal, {
      head: head => resolve({ ...head, body: body(underway) }),
      piece: chunk => {
        pieces.push(chunk)
        waiting += chunk.length
        if (waiting > mostWaiting) underway.controller?.pause()
        wake()
      },
      end: error => {
        over = { error }
        // Has no effect once the head has arrived.
        reject(error)
        wake()
      },
    })
  })
}

function send(
  by: Dispatcher,
  call: Dispatcher.DispatchOptions,
  signal: AbortSignal,
  { head, piece, end }: Receiver,
): Underway {
  const abort = (): void => underway.giveUp(reasonOf(signal))
  let hasEnded = false
  const over = (error?: Error): void => {
    if (hasEnded) return
    hasEnded = true
    signal.removeEventListener('abort', abort)
    end(error)
  }
  const underway: Underway = {
    giveUp: reason => {
      underway.controller?.abort(reason)
      over(reason)
    },
  }
  if (signal.aborted) {
    over(reasonOf(signal))
    return underway
  }
  signal.addEventListener('abort', abort, { once: true })
  by.dispatch(call, {
    onRequestStart: controller => {
      underway.controller = controller
      // The caller gave up while the call waited for a connection, so nothing is sent.
      if (hasEnded) controller.abort(reasonOf(signal))
    },
    onResponseStart: (_, status, headers) => {
      // Informational answers (1xx) may come before the real one.
      if (status >= 200) head({ status, retryAfter: headers['retry-after'] })
    },
    onResponseData: (_, chunk) => piece(chunk),
    onResponseEnd: () => over(),
    onResponseError: (_, error) => over(error),
  })
  return underway
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error('the caller gave up', { cause: reason })

/** All pieces as text. */
function textOf(pieces: readonly Buffer[]): string {
  const [first] = pieces
  return (first && pieces.length === 1 ? first : Buffer.concat(pieces)).toString()
}
