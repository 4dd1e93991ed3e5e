// The stored wishes to end access early: which of them waits to be carried out. Pure.
import type { Ending, Evidence, RequestStatus } from '../../api/kinds.ts'
import { isSameAccount, type Person } from '../people/identity.ts'

/** An ending by a person who signed in with Google. */
export type Revocation = Ending & { verdict: 'Revoked'; evidence: Evidence }

type Endings = Pick<RequestStatus, 'endings' | 'endingsRefused'>

/** The revocation that waits to be carried out; undefined without one. */
export function openRevocation({ endings = [], endingsRefused = [] }: Endings): Revocation | undefined {
  return endings.filter(isRevocation).find(({ id }) => !endingsRefused.some(refused => refused.id === id))
}

function isRevocation(ending: Ending): ending is Revocation {
  return ending.verdict === 'Revoked' && ending.evidence !== undefined
}

/**
 * Whether this is the person who asked. The admission policy hallpass-request-status has the same rules; it does not know the
 * settings' people.
 */
export function isHolder(requester: Person, person: Person): boolean {
  if (person.googleSubject !== undefined) return isSameAccount(requester, person)
  const { email, slackUserID } = requester
  return (slackUserID !== undefined && person.slackUserID === slackUserID) || person.email === email
}

/** How `status.told` names the note to somebody who is asked to remove the access of a holder who is done. */
export const doneTold = 'endAsked'

/** Whether somebody was asked to remove the access of a holder who is done. */
export function wasAskedToEnd(told: NonNullable<RequestStatus['told']> = []): boolean {
  return told.some(({ what }) => what === doneTold)
}
