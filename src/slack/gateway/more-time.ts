// More time, asked for with a form: the request that it continues comes back in the form, which can be forged, so it is
// checked here.
import { type Continued, continuedBy } from '../../domain/asking/more-time.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import type { Person } from '../../domain/people/identity.ts'
import type { ButtonTarget } from '../messages/blocks.ts'
import type { Dependencies } from './dependencies.ts'

/** What a form that came back continues, if its link is still true. */
export async function readContinued(
  target: ButtonTarget | undefined,
  { person, mapping }: { person: Person; mapping: Mapping },
  { requests, people, clock }: Dependencies,
): Promise<Continued | undefined> {
  if (!target || target.namespace !== mapping.namespace) return undefined
  const found = await requests.get(target).catch(unlessPassing)
  if (found?.metadata.uid !== target.uid || found.spec.roleMapping !== mapping.name) return undefined
  return continuedBy(found, person, { people, now: clock.now() })
}

// Without the link the request can still be stored.
function unlessPassing(error: unknown): undefined {
  if (!(error instanceof Broken || error instanceof Waiting)) throw error
}

/** The minute that the form shows for the end of the access: a date picker does not show seconds. */
export function shownStart({ endsAt }: Continued): number {
  const seconds = Math.floor(endsAt.getTime() / 1000)
  return seconds - (seconds % 60)
}
