// What a proxy does to the lines of a watch on their way: they come late, twice, out of order, or not at all.
import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** `shuffled` mixes the lines of different objects; the lines of one object keep their order, as a server promises. */
export type WatchTrouble = { late: number } | 'silent' | 'twice' | 'shuffled'

const shuffleWithinMs = 400
type Event = { type: string; object: { metadata?: { uid?: string } } }

/** Takes a stream piece by piece and gives its lines to `tell`, with whatever the trouble is at that moment. */
export function troubled(
  trouble: () => WatchTrouble | undefined,
  tell: (text: string) => void,
): (chunk: Buffer) => void {
  let rest = ''
  let everything: Promise<unknown> = Promise.resolve()
  const lines = new Map<string, Promise<unknown>>()

  // A bookmark says that all before it has been told.
  const shuffle = (line: string): void => {
    const { type, object } = JSON.parse(line) as Event
    const uid = type === 'BOOKMARK' ? undefined : object.metadata?.uid
    const before = uid === undefined ? everything : (lines.get(uid) ?? Promise.resolve())
    const told = before.then(async () => {
      if (uid !== undefined) await pause(randomInt(shuffleWithinMs))
      tell(line)
    })
    if (uid !== undefined) lines.set(uid, told)
    everything = Promise.all([everything, told])
  }

  const pass = (line: string): void => {
    const now = trouble()
    if (now === undefined) tell(line)
    else if (now === 'twice') tell(line + line)
    else if (now === 'shuffled') shuffle(line)
    else if (now !== 'silent') setTimeout(() => tell(line), now.late)
  }

  return chunk => {
    const [last = '', ...whole] = `${rest}${chunk.toString()}`.split(/(?<=\n)/).reverse()
    const isWhole = last.endsWith('\n')
    rest = isWhole ? '' : last
    for (const line of whole.reverse()) pass(line)
    if (isWhole) pass(last)
  }
}
