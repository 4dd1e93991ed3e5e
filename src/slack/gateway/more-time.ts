// More time: which earlier request a new one continues, and when it begins. The link is information for people. A form can
// be forged, so it is checked here; no rule reads it afterwards.
import type { AccessRequest, NewAccessRequest } from '../../api/kinds.ts'
import { isSamePerson, type Person } from '../../domain/people/identity.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Broken, Waiting } from '../../domain/outcome.ts'
import type { ButtonTarget } from '../messages/blocks.ts'
import type { Dependencies } from './dependencies.ts'

/** The request that is continued, and the end of its access: there the new one begins, so that there is no gap. */
export type Continued = { follows: NonNullable<NewAccessRequest['spec']['follows']>; endsAt: Date }

/** What this person continues by asking again; undefined when the request gives them no access now, or later. */
export function continuedBy(
  { metadata, spec, status }: AccessRequest,
  person: Person,
  { people, clock }: Pick<Dependencies, 'people' | 'clock'>,
): Continued | undefined {
  if (status?.phase !== 'Provisioned' || !status.expiresAt || !isSamePerson(spec.requester, person, people))
    return undefined
  const endsAt = new Date(status.expiresAt)
  const { name, uid } = metadata
  return endsAt > clock.now() ? { follows: { name, uid }, endsAt } : undefined
}

/** What a form that came back continues, if its link is still true. */
export async function readContinued(
  target: ButtonTarget | undefined,
  { person, mapping }: { person: Person; mapping: Mapping },
  deps: Dependencies,
): Promise<Continued | undefined> {
  if (!target || target.namespace !== mapping.namespace) return undefined
  const found = await deps.requests.get(target).catch(unlessPassing)
  if (found?.metadata.uid !== target.uid || found.spec.roleMapping !== mapping.name) return undefined
  return continuedBy(found, person, deps)
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
