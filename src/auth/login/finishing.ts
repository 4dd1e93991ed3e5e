// A returning login about a request: the entry is judged and stored, or the refusal is noted.
import { isInside } from '../../domain/approval/evidence.ts'
import { Refused, type Refusal } from '../../domain/outcome.ts'
import { noteAttempt } from '../approving/attempts.ts'
import type { Dependencies } from '../dependencies.ts'
import type { KeptLogin } from './pending-login.ts'
import type { Finished } from './purpose.ts'
import { signIn } from './sign-in.ts'
import { store, type Storing } from './storing.ts'

/** Stores the entry that a login was begun for, or says why not. It rejects with Broken or Waiting only. */
export function finishWith({
  recording,
  words,
}: Omit<Storing, 'deps'>): (login: KeptLogin, code: string, deps: Dependencies) => Promise<Finished> {
  return async (login, code, deps) => {
    const signedIn = await refusedOr(async () => signIn(login, code, { refuseNow: recording.refuseNow, deps }))
    if ('refused' in signedIn) return signedIn
    const { claims, ticket } = signedIn
    const result = await refusedOr(async () => store(signedIn, { recording, words, deps }))
    if ('stored' in result) return result
    await noteAttempt({ ticket, who: claims.email, refused: result.refused, recording }, deps)
    return { ...result, signedInAs: claims.email, isInside: isInside(claims, deps.hostedDomains) }
  }
}

async function refusedOr<T>(work: () => Promise<T>): Promise<T | { refused: Refusal }> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Refused) return { refused: error.refusal }
    throw error
  }
}
