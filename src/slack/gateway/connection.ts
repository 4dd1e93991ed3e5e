// Keeps the gateway connected to Slack over a socket: the next one is open before the one that Slack wants to close is
// left, and a lost one is replaced within half a minute after Slack is back, however long it was away
// (docs/decisions/0022-our-own-socket-to-slack.md).
import { Waiting } from '../../domain/outcome.ts'
import { type Line, openLine } from './line.ts'
import { type AskAddress, AppTokenRefused } from './socket-address.ts'
import type { Delivery, SocketTimes } from './socket.ts'

/** Waiting and measuring. */
export type Timing = {
  now(): Date
  /** Milliseconds since some instant; they only grow. */
  monotonicMs(): number
  /** Resolves after `ms`, or immediately when the signal aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>
}

export type ConnectionOptions = {
  askAddress: AskAddress
  timing: Timing
  /** Hears how many sockets are open whenever that changes. */
  onCount: (open: number) => void
  times?: SocketTimes
}

type Uses = ConnectionOptions & {
  /** Must not reject. */
  onDelivery: (delivery: Delivery) => Promise<void>
  log: { warn(facts: object, message: string): void }
}

export type Connection = {
  /** Stays connected until the signal aborts; open sockets stay open then. Rejects when Slack refuses the token. */
  run(signal: AbortSignal): Promise<void>
  /** Why nothing can be received now; undefined while a socket is open. */
  notReady(): string | undefined
  /** False when no socket has been open for so long that the cause may be this process. */
  isAlive(): boolean
  /** Closes every socket, after the acknowledgements that are under way. */
  close(): Promise<void>
}

/** Pauses between tries: up to half a second at first, and never more than half a minute. */
const [firstPauseMs, longestPauseMs] = [500, 30_000]
/**
 * How long the gateway may be without a socket. Kubernetes forgets earlier restarts of a container that has run for ten
 * minutes; so even while Slack is away for hours, each restart comes at once.
 */
const longestGoneMs = 15 * 60_000

/** A connection without a socket yet. */
export function createConnection(uses: Uses): Connection {
  const { askAddress, timing, log, onCount } = uses
  const open = new Set<Line>()
  let why = 'none has been opened yet'
  let goneAt: number | undefined

  const count = (): void => {
    goneAt = open.size > 0 ? undefined : (goneAt ?? timing.monotonicMs())
    onCount(open.size)
  }

  const connect = async (signal: AbortSignal): Promise<Line | undefined> => {
    const url = await unlessAborted(askAddress(), signal)
    if (url === undefined) return undefined
    const line = await openLine(url, { ...uses, signal })
    const older = [...open]
    open.add(line)
    count()
    void line.ended.then(() => {
      open.delete(line)
      count()
    })
    for (const one of older) void one.leave()
    return line
  }

  const failed = (error: unknown): number => {
    if (!(error instanceof Error) || error instanceof AppTokenRefused) throw error
    if (error.message !== why)
      log.warn({ why: error.message }, 'gateway: a socket to Slack could not be opened; it is tried again')
    why = error.message
    return error instanceof Waiting ? error.until.getTime() - timing.now().getTime() : 0
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    count()
    for (let failures = 0; !signal.aborted;) {
      let patienceMs = 0
      const line = await connect(signal).catch((error: unknown) => void (patienceMs = failed(error)))
      if (line) why = (await unlessAborted(line.over, signal)) ?? why
      // One that ends before it was of any use counts as a failure, so that Slack is not asked all the time.
      failures = line?.hasServed() ? 0 : failures + 1
      if (failures > 0) await timing.pause(pauseMs(failures, patienceMs), signal)
    }
  }

  return {
    run,
    notReady: () => (open.size > 0 ? undefined : `no socket to Slack is open: ${why}`),
    isAlive: () => goneAt === undefined || timing.monotonicMs() - goneAt < longestGoneMs,
    close: async () => {
      await Promise.all([...open].map(line => line.leave()))
    },
  }
}

/** Half of the pause is random, so that gateways do not all come at once after an outage. */
function pauseMs(failures: number, patienceMs: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
  return Math.min(longestPauseMs, Math.max(patienceMs, ceiling * (0.5 + Math.random() / 2)))
}

/** The result; undefined when the signal aborts first. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const stop = (): void => resolve(undefined)
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
