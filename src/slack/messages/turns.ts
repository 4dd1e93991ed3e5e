// Decides which message may be sent next. Slack accepts about one message a second in a channel and about fifty changes
// of messages a minute. While it asks to wait, messages about decisions come before other news, and reminders come
// last. Callers never block here: those who must wait are rejected until their turn.
import { Waiting } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'

const ranks = ['decision', 'news', 'reminder'] as const
/** The priority of messages. */
export type Rank = (typeof ranks)[number]

/** A message in a queue; `id` is the same at every attempt. */
export type Turn = { line: string; id: string; rank: Rank }

/** Does `work` if it is its turn; else rejects with Waiting until it may be, and keeps its place in the queue. */
export type InTurn = <T>(turn: Turn, work: () => Promise<T>) => Promise<T>

type Place = { rank: number; arrival: number }
type Line = { waiting: Map<string, Place & { dueMs: number }>; freeMs: number; calmMs: number }

/** Most of Slack's limits are per minute. */
const crowdedMs = 60_000
/** A caller that has not come back this long after its turn is dropped, because its message has changed. */
const lostMs = 15_000
/** The number of remembered queues; beyond it queues without waiting messages are forgotten. */
const mostLines = 500

/** Queues with one rate, which is used while Slack asks a queue to wait. Without a limit, work is done immediately. */
export function createTurns({ clock, spacingMs }: { clock: Clock; spacingMs: number }): InTurn {
  const lines = new Map<string, Line>()
  let arrivals = 0
  const nowMs = (): number => clock.now().getTime()

  const lineOf = (name: string): Line => {
    const known = lines.get(name)
    if (known) return known
    if (lines.size >= mostLines) forgetCalm(lines, nowMs())
    const line = { waiting: new Map<string, Place & { dueMs: number }>(), freeMs: 0, calmMs: 0 }
    lines.set(name, line)
    return line
  }

  const wait = (turn: Turn, place: Place): Waiting => {
    const line = lineOf(turn.line)
    const dueMs = Math.max(nowMs(), line.freeMs) + before(line, turn, place) * spacingMs
    line.waiting.set(turn.id, { ...place, dueMs })
    return new Waiting(new Date(dueMs), 'Slack takes no more messages here for the moment.')
  }

  return async (turn, work) => {
    const line = lineOf(turn.line)
    forgetLost(line, nowMs())
    const place = { rank: ranks.indexOf(turn.rank), arrival: line.waiting.get(turn.id)?.arrival ?? ++arrivals }
    if (nowMs() < line.freeMs || before(line, turn, place) > 0) throw wait(turn, place)
    line.waiting.delete(turn.id)
    if (nowMs() < line.calmMs || line.waiting.size > 0) line.freeMs = nowMs() + spacingMs
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Waiting)) throw error
      const now = lineOf(turn.line)
      now.freeMs = Math.max(now.freeMs, error.until.getTime())
      now.calmMs = now.freeMs + crowdedMs
      throw wait(turn, place)
    }
  }
}

/** How many are before this one. */
function before({ waiting }: Line, { id }: Turn, { rank, arrival }: Place): number {
  const isBefore = (one: Place): boolean => one.rank < rank || (one.rank === rank && one.arrival < arrival)
  return [...waiting].filter(([other, one]) => other !== id && isBefore(one)).length
}

function forgetLost({ waiting }: Line, now: number): void {
  for (const [id, { dueMs }] of waiting) if (dueMs + lostMs < now) waiting.delete(id)
}

function forgetCalm(lines: Map<string, Line>, now: number): void {
  for (const [name, { waiting, calmMs }] of lines) if (waiting.size === 0 && calmMs <= now) lines.delete(name)
}
