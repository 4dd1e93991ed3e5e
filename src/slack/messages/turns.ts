// Whose turn it is to say something. Slack takes about one message a second in a channel and some fifty changes of messages
// a minute; while it asks for patience, what tells of a decision goes before other news, and reminders go last. Nobody is
// held up in here: who must wait is sent away until their turn.
import { Waiting } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'

const ranks = ['decision', 'news', 'reminder'] as const
/** What goes first when not everything can. */
export type Rank = (typeof ranks)[number]

/** Something to be said in a line; `id` is the same at every attempt. */
export type Turn = { line: string; id: string; rank: Rank }

/** Does `work` when it is this turn's; else rejects with Waiting until it may be, and keeps the place in the line. */
export type InTurn = <T>(turn: Turn, work: () => Promise<T>) => Promise<T>

type Place = { rank: number; arrival: number }
type Line = { waiting: Map<string, Place & { dueMs: number }>; freeMs: number; calmMs: number }

/** Slack counts most of its limits by the minute. */
const crowdedMs = 60_000
/** Who has not come so long after their turn comes no more: what was to be said has changed. */
const lostMs = 15_000
/** Lines that are remembered; beyond it those without a crowd are forgotten. */
const mostLines = 500

/** Lines with one pace, which holds while Slack asks for patience in a line. What nobody limits is done at once. */
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

/** How many are to go before this one. */
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
