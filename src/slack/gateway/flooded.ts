// The answer to a request beyond the limits: which limit, when the person may ask again, and which of their requests
// wait. Pure.
import type { Reached } from '../../domain/limits.ts'
import type { Answer } from './answers.ts'
import { rendered, section } from '../messages/blocks.ts'
import { bold, time } from '../messages/words.ts'
import { mine } from './own-requests.ts'
import type { Flood } from '../../store/pace.ts'

/** The answer to a request for this mapping beyond a limit. */
export function flooded({ reached, open }: Flood, mapping: string, now: Date): Answer {
  const said = sentence(reached, bold(mapping), now)
  if (open.length === 0) return rendered(said, [section(said)])
  const waiting = mine(open, { now })
  const head = `${said} Your waiting requests:`
  return rendered(`${head}\n${waiting.text}`, [section(head), ...waiting.blocks])
}

function sentence({ limit, most, againAt }: Reached, mapping: string, now: Date): string {
  const from = againAt ? ` from ${time(againAt, now)} on` : ' later'
  switch (limit) {
    case 'openPerPerson':
      return `Your request was not stored: ${most} of your requests already wait for a decision, and one person may have no more. Withdraw one that you no longer need, or ask again when one is decided.`
    case 'openPerMapping':
      return `Your request was not stored: ${most} requests for ${mapping} already wait for a decision, and no more may wait at a time. Please ask again when some are decided.`
    case 'hourlyPerPerson':
      return `Your request was not stored: you have asked ${most} times within an hour, and one person may not ask more often. You can ask again${from}.`
    case 'hourlyEmergenciesPerPerson':
      return `Your request was not stored: you have asked ${most} times as an emergency within an hour, and one person may not do so more often. You can do so again${from}, or ask without it now.`
    case 'hourlyPerMapping':
      return `Your request was not stored: ${mapping} was asked for ${most} times within an hour, and it may not be asked for more often. You can ask for it again${from}.`
  }
}
