// What the API server answers to one call: all of it, or as it arrives. Straight from undici's `dispatch`, because its
// `request` puts a stream with its events between the socket and whoever reads.
import type { Dispatcher } from 'undici'

type Head = { status: number; retryAfter: string | string[] | undefined }
export type Answer<Body> = Head & { body: Body }

/** What becomes of an answer as it arrives: its head, pieces of its body, and one end, with an error or without. */
type Receiver = { head: (head: Head) => void; piece: (chunk: Buffer) => void; end: (error?: Error) => void }
type Underway = { controller?: Dispatcher.DispatchController; giveUp: (reason: Error) => void }

/** Sends a call and reads its whole answer. Rejects with whatever breaks either, and at once when `signal` aborts. */
export function answerTo(
  by: Dispatcher,
  call: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<Answer<string>> {
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

/** As many bytes wait for their reader before the server is made to wait. */
const mostWaiting = 65_536

/**
 * Sends a call; the answer's body comes piece by piece, to be read once, and ends by throwing what broke it. Who stops
 * reading ends the call.
 */
export function streamedAnswerTo(
  by: Dispatcher,
  call: Dispatcher.DispatchOptions,
  signal: AbortSignal,
): Promise<Answer<AsyncIterable<Buffer>>> {
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
      if (!over) underway.giveUp(new Error('nobody reads on'))
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
        // Of no effect once the head is there.
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
      // Given up while it waited for a connection: nothing of it is sent.
      if (hasEnded) controller.abort(reasonOf(signal))
    },
    onResponseStart: (_, status, headers) => {
      // Before 200 there may be others that only announce it.
      if (status >= 200) head({ status, retryAfter: headers['retry-after'] })
    },
    onResponseData: (_, chunk) => piece(chunk),
    onResponseEnd: () => over(),
    onResponseError: (_, error) => over(error),
  })
  return underway
}

const reasonOf = ({ reason }: AbortSignal): Error =>
  reason instanceof Error ? reason : new Error('given up', { cause: reason })

/** All pieces as text. */
function textOf(pieces: readonly Buffer[]): string {
  const [first] = pieces
  return (first && pieces.length === 1 ? first : Buffer.concat(pieces)).toString()
}
