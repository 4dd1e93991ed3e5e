// A socket that Slack has greeted, with the deliveries on it that are not acknowledged yet.
import { Broken } from '../../domain/outcome.ts'
import { type Delivery, openSocket, type SocketTimes } from './socket.ts'
import { inTime } from './timely.ts'

export type Line = {
  /** Resolves with a clause that says why, when Slack wants to close the socket or it has ended. */
  over: Promise<string>
  /** Resolves when it has ended. */
  ended: Promise<void>
  /** Whether it was of use: it has answered a ping, or delivered something. */
  hasServed(): boolean
  /** Waits for acknowledgements under way, as long as Slack does, and closes the socket. */
  leave(): Promise<void>
}

export type LineOptions = {
  /** Must not reject. */
  onDelivery: (delivery: Delivery) => Promise<void>
  /** Gives up on a socket that has not been greeted yet. */
  signal: AbortSignal
  times?: SocketTimes | undefined
}

/** Slack gives up on an acknowledgement after 3 s. */
const lastAnswersMs = 3_000

/** Reasons of Slack's that a person can act on; the others are routine. */
const meanings: Record<string, string> = {
  link_disabled: 'Socket Mode is switched off in the Slack app; switch it on, or set slack.mode to http',
  too_many_websockets: 'Slack allows an app ten sockets and others use all of them; run fewer gateways',
}

/** Opens a socket and waits for Slack's greeting. Rejects with Broken when it does not come. */
export async function openLine(url: string, { onDelivery, signal, times }: LineOptions): Promise<Line> {
  const [greeted, over] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
  const ended = Promise.withResolvers<void>()
  const unanswered = new Set<Promise<void>>()
  const stop = (why: string): void => {
    greeted.reject(new Broken(why, { answered: false }))
    over.resolve(why)
  }
  const socket = openSocket(
    url,
    {
      onHello: () => greeted.resolve(),
      onLeave: reason => stop(meanings[reason] ?? `Slack asked for another socket (${reason})`),
      onDelivery: delivery => keep(unanswered, delivery, onDelivery),
      onEnd: why => {
        stop(why)
        ended.resolve()
      },
    },
    times,
  )
  const giveUp = (): void => void socket.close()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await greeted.promise
  } catch (error) {
    giveUp()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
  return {
    over: over.promise,
    ended: ended.promise,
    hasServed: () => socket.hasServed(),
    leave: async () => {
      await inTime(Promise.all(unanswered), lastAnswersMs)
      await socket.close()
    },
  }
}

// A delivery is done when it is acknowledged, or when nobody will acknowledge it.
function keep(unanswered: Set<Promise<void>>, delivery: Delivery, handle: LineOptions['onDelivery']): void {
  const acknowledged = Promise.withResolvers<void>()
  const acknowledge: Delivery['acknowledge'] = async answer => {
    try {
      return await delivery.acknowledge(answer)
    } finally {
      acknowledged.resolve()
    }
  }
  const entry = Promise.race([handle({ ...delivery, acknowledge }), acknowledged.promise]).finally(
    () => void unanswered.delete(entry),
  )
  unanswered.add(entry)
}
