// [I'm done]: stores the wish of the holder that their access ends. It removes nothing: the approver is asked to.
import type { AccessRequest, Ending } from '../../api/kinds.ts'
import { sha256 } from '../../domain/approval/digest.ts'
import { instant } from '../../domain/asking/duration.ts'
import { Broken } from '../../domain/outcome.ts'
import { refuseDone } from '../../domain/ending/revoking.ts'
import type { ButtonTarget } from '../messages/blocks.ts'
import { type Acting, no } from './acting.ts'
import { type DecideOptions, find } from './decide.ts'

/** Conflicts come from the controller and from auth; more than this in a row means something is wrong. */
const attempts = 6

/** Appends the wish once and returns the request with it. Throws Refused when this person must not say it now. */
export async function storeDone(target: ButtonTarget, person: Acting, options: DecideOptions): Promise<AccessRequest> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const request = await find(target, options)
    const refused = refuseDone(request, person, options.clock.now())
    if (refused) throw no(refused)
    const { endings = [] } = request.status ?? {}
    if (endings.some(({ verdict }) => verdict === 'Done')) return request
    const ending = doneBy(person, target, options)
    const result = await options.requests.patchStatus(request, { endings: [...endings, ending] })
    if (result !== 'conflict') return result
  }
  throw new Broken('The request changed at each attempt to store that its holder is done.')
}

function doneBy({ email, slackUserID }: Acting, { uid }: ButtonTarget, { clock }: DecideOptions): Ending {
  const digest = sha256(JSON.stringify([uid, 'Done', slackUserID]))
  return { id: `done-${digest.slice(0, 12)}`, verdict: 'Done', who: { email, slackUserID }, at: instant(clock.now()) }
}
