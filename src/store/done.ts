// [I'm done], of both doors: stores the wish of the holder that their access ends. It removes nothing: the approver is
// asked to.
import type { AccessRequest, Ending } from '../api/kinds.ts'
import { sha256 } from '../domain/approval/digest.ts'
import { instant } from '../domain/asking/duration.ts'
import { refuseDone } from '../domain/ending/revoking.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import { type Account, accountOf, type DecideOptions, findTarget, type Target, whoOf } from './deciding.ts'

type DoneOptions = Pick<DecideOptions, 'requests' | 'clock'>

/** Conflicts come from the controller and from auth; more than this in a row means something is wrong. */
const attempts = 6

/** Appends the wish once and returns the request with it. Throws Refused when this person must not say it now. */
export async function storeDone(target: Target, person: Account, options: DoneOptions): Promise<AccessRequest> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const request = await findTarget(target, options)
    const refused = refuseDone(request, whoOf(person), options.clock.now())
    if (refused) throw new Refused(refused.reason, refused.message)
    const { endings = [] } = request.status ?? {}
    if (endings.some(({ verdict }) => verdict === 'Done')) return request
    const result = await options.requests.patchStatus(request, {
      endings: [...endings, doneBy(person, target, options)],
    })
    if (result !== 'conflict') return result
  }
  throw new Broken('The request changed at each attempt to store that its holder is done.')
}

function doneBy(person: Account, { uid }: Target, { clock }: Pick<DoneOptions, 'clock'>): Ending {
  const digest = sha256(JSON.stringify([uid, 'Done', accountOf(person)]))
  return { id: `done-${digest.slice(0, 12)}`, verdict: 'Done', who: whoOf(person), at: instant(clock.now()) }
}
