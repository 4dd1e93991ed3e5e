// The answer to a request beyond the limits: which limit, when the person may ask again, and which of their requests
// wait. Pure.
import { sayReached } from '../../domain/asking/limits.ts'
import type { Answer } from './answers.ts'
import { rendered, section } from '../messages/blocks.ts'
import { bold, time } from '../messages/words.ts'
import { mine } from './own-requests.ts'
import type { Flood } from '../../store/pace.ts'

/** The answer to a request for this mapping beyond a limit. */
export function flooded({ reached, open }: Flood, mapping: string, now: Date): Answer {
  const said = sayReached(reached, { mapping: bold(mapping), from: reached.againAt && time(reached.againAt, now) })
  if (open.length === 0) return rendered(said, [section(said)])
  const waiting = mine(open, { now })
  const head = `${said} Your waiting requests:`
  return rendered(`${head}\n${waiting.text}`, [section(head), ...waiting.blocks])
}
