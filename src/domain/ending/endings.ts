// The stored wishes to end access early: which of them waits to be carried out. Pure.
import type { Ending, Evidence, RequestStatus } from '../../api/kinds.ts'

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
