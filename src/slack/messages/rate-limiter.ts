// Decides which message may be sent next. Slack accepts about one message a second in a channel and about fifty changes
// of messages a minute. While it asks to wait (HTTP 429), messages about decisions come before other news, and reminders come
// last. Callers never block here: those who must wait are rejected until it is their turn.
import { Waiting } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'

const ranks = ['decision', 'news', 'reminder'] as const
/** The priority of messages. */
export type Rank = (typeof ranks)[number]

/** A message in a queue; `id` is the same at every attempt. */
export type QueuedMessage = { queue: string; id: string; rank: Rank }

/** Does `work` if it is its turn; else rejects with Waiting until it may be, and keeps its place in the queue. */
export type RateLimiter = <T>(message: QueuedMessage, work: () => Promise<T>) => Promise<T>

type Place = { rank: number; arrival: number }
type Queue = { waiting: Map<string, Place & { dueMs: number }>; freeMs: number; calmMs: number }

/** Most of Slack's limits are per minute. */
const crowdedMs = 60_000
/** A caller that has not come back this long after its turn is dropped, because its message has changed. */
const lostMs = 15_000
/** The number of remembered queues; beyond it queues without waiting messages are forgotten. */
const mostQueues = 500

/** Queues with one rate, which is used while Slack asks a queue to wait. Without a limit, work is done immediately. */
export function createRateLimiter({ clock, spacingMs }: { clock: Clock; spacingMs: number }): RateLimiter {
  const queues = new Map<string, Queue>()
  let arrivals = 0
  const nowMs = (): number => clock.now().getTime()

  const queueOf = (name: string): Queue => {
    const known = queues.get(name)
    if (known) return known
    if (queues.size >= mostQueues) forgetCalm(queues, nowMs())
    const queue = { waiting: new Map<string, Place & { dueMs: number }>(), freeMs: 0, calmMs: 0 }
    queues.set(name, queue)
    return queue
  }

  const wait = (message: QueuedMessage, place: Place): Waiting => {
    const queue = queueOf(message.queue)
    const dueMs = Math.max(nowMs(), queue.freeMs) + before(queue, message, place) * spacingMs
    queue.waiting.set(message.id, { ...place, dueMs })
    return new Waiting(new Date(dueMs), 'Slack takes no more messages here for the moment.')
  }

  return async (message, work) => {
    const queue = queueOf(message.queue)
    forgetLost(queue, nowMs())
    const place = { rank: ranks.indexOf(message.rank), arrival: queue.waiting.get(message.id)?.arrival ?? ++arrivals }
    if (nowMs() < queue.freeMs || before(queue, message, place) > 0) throw wait(message, place)
    queue.waiting.delete(message.id)
    if (nowMs() < queue.calmMs || queue.waiting.size > 0) queue.freeMs = nowMs() + spacingMs
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Waiting)) throw error
      const now = queueOf(message.queue)
      now.freeMs = Math.max(now.freeMs, error.until.getTime())
      now.calmMs = now.freeMs + crowdedMs
      throw wait(message, place)
    }
  }
}

/** How many are before this one. */
function before({ waiting }: Queue, { id }: QueuedMessage, { rank, arrival }: Place): number {
  const isBefore = (one: Place): boolean => one.rank < rank || (one.rank === rank && one.arrival < arrival)
  return [...waiting].filter(([other, one]) => other !== id && isBefore(one)).length
}

function forgetLost({ waiting }: Queue, now: number): void {
  for (const [id, { dueMs }] of waiting) if (dueMs + lostMs < now) waiting.delete(id)
}

function forgetCalm(queues: Map<string, Queue>, now: number): void {
  for (const [name, { waiting, calmMs }] of queues) if (waiting.size === 0 && calmMs <= now) queues.delete(name)
}
