// A token of the process's own identity, for the port of policies, whose calls take a token each.
import type { AuthClient } from 'google-auth-library'
import { Broken } from '../domain/outcome.ts'
import { Secret } from '../domain/secret.ts'
import { inTime } from './transport.ts'

/** The longest wait for a token, in milliseconds: the metadata server is part of the machine. */
const longestMs = 10_000

/** Gives the current token, which the library renews. Broken when Google gives none for `whom`. */
export function createOwnToken(identity: AuthClient, whom = "Hallpass's own identity"): () => Promise<Secret> {
  return async () => {
    const asked = identity.getAccessToken().catch(() => {
      throw new Broken(`Google gave no token for ${whom}.`)
    })
    const { token } = await inTime(asked, longestMs, 'The metadata server')
    if (!token) throw new Broken(`Google gave no token for ${whom}.`)
    return new Secret(token)
  }
}
