// Handles a returning login: the approval is judged and stored, or the refusal is noted.
import type { AccessRequest } from '../api/kinds.ts'
import { isInside } from '../domain/evidence.ts'
import { Refused, type Refusal } from '../domain/outcome.ts'
import { noteAttempt } from './attempts.ts'
import type { Dependencies } from './dependencies.ts'
import type { KeptLogin } from './pending-login.ts'
import { signIn } from './sign-in.ts'
import { store } from './storing.ts'

/**
 * What happened to a login that returned. `unknown` when the cluster never said whether the approval was stored; `signedInAs`
 * is whom Google named, if it came that far, and `isInside` whether that is an account of the organisation.
 */
export type Approval =
  { approved: AccessRequest | 'unknown' } | { refused: Refusal; signedInAs?: string; isInside?: boolean }

/** Stores the approval that this login was begun for, or says why not. Rejects with Broken or Waiting only. */
export async function approve(login: KeptLogin, code: string, deps: Dependencies): Promise<Approval> {
  const signedIn = await refusedOr(() => signIn(login, code, deps))
  if ('refused' in signedIn) return signedIn
  const { claims, ticket } = signedIn
  const result = await refusedOr(async () => ({ approved: await store(signedIn, deps) }))
  if ('approved' in result) return result
  await noteAttempt({ ticket, who: claims.email, refused: result.refused }, deps)
  return { ...result, signedInAs: claims.email, isInside: isInside(claims, deps.hostedDomains) }
}

async function refusedOr<T>(work: () => Promise<T>): Promise<T | { refused: Refusal }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refused) return { refused: error.refusal }
    throw error
  }
}
