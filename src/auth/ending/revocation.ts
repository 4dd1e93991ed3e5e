// What a sign-in for ending access stores, and when there is nothing to end.
import { isRefusal } from '../../domain/approval/evidence.ts'
import { mayHold } from '../../domain/granting/approved-record.ts'
import { judgeRevocation, refuseToEnd, revocationId, revocationOf } from '../../domain/ending/revoking.ts'
import { isSameSecret } from '../web/cookies.ts'
import { no } from '../dependencies.ts'
import { type Recording, resourcesOf } from '../login/recording.ts'

/** Ending access early. */
export const revocation: Recording = {
  refuseNow: ({ request }, { clock }) => refuseToEnd(request, clock.now()),
  resourcesOf: ({ status }) => resourcesOf((status?.grants ?? []).filter(({ state }) => mayHold(state))),
  keepsToken: () => true,
  isRecorded: ({ status }, hash) => status?.endings?.some(({ id }) => id === revocationId(hash)) ?? false,
  isStored: ({ status }, salt) =>
    status?.endings?.some(({ evidence }) => evidence && isSameSecret(evidence.salt, salt)) ?? false,
  judge: (request, { login, tokens, claims }, { hash, deps }) => {
    const { oauthClientID: audience, hostedDomains, clock } = deps
    const now = clock.now()
    const signIn = { claims, accessToken: tokens.accessToken, audience }
    const { scopes } = tokens
    const person = judgeRevocation({ occasion: 'revoke', request, hostedDomains, now, signIn, terms: login, scopes })
    if (isRefusal(person)) throw no(person)
    return { endings: [...(request.status?.endings ?? []), revocationOf(person, login, { hash, now })] }
  },
}
