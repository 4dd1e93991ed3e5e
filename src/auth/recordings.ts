// What each purpose of a sign-in stores: how it is judged, on which resources the person needs the right, and the status
// with the new entry. The sign-in of one purpose is never judged or stored for another.
import type { AccessRequest } from '../api/kinds.ts'
import { decisionId, decisionOf, judgeApproval } from '../domain/approval.ts'
import type { Purpose } from '../domain/digest.ts'
import { isRefusal } from '../domain/evidence.ts'
import { mayHold } from '../domain/lifecycle.ts'
import { grantsLeft } from '../domain/narrowing.ts'
import type { StatusPatch } from '../domain/ports.ts'
import { judgeRevocation, revocationId, revocationOf } from '../domain/revoking.ts'
import { type Dependencies, no } from './dependencies.ts'
import { mappingOf } from './opening.ts'
import type { SignedIn } from './sign-in.ts'

/** What a purpose needs and stores. */
export type Recording = {
  /** The resources whose policies this person must be able to write. */
  resourcesOf: (request: AccessRequest, signedIn: SignedIn) => string[]
  /** Whether this sign-in is recorded already. */
  isRecorded: (request: AccessRequest, hash: string) => boolean
  /** Runs every rule at this instant and returns the status with the entry. Throws Refused. */
  judge: (request: AccessRequest, signedIn: SignedIn, at: { hash: string; deps: Dependencies }) => StatusPatch
}

/** Every purpose. */
export const recordings: Readonly<Record<Purpose, Recording>> = {
  approve: {
    resourcesOf: ({ spec }, { login }) => unique(grantsLeft(spec, login.narrowing)),
    isRecorded: ({ status }, hash) => has(status?.decisions, decisionId(hash)),
    judge: (request, { login, tokens, claims }, { hash, deps }) => {
      const { people, oauthClientID: audience, clock } = deps
      const now = clock.now()
      const judged = judgeApproval({
        occasion: 'approve',
        request,
        mapping: mappingOf(request, deps),
        people,
        organisation: deps,
        now,
        terms: login,
        signIn: { claims, accessToken: tokens.accessToken, audience },
        scopes: tokens.scopes,
      })
      if ('refused' in judged) throw no(judged.refused)
      return { decisions: [...(request.status?.decisions ?? []), decisionOf(judged, login, { hash, now })] }
    },
  },
  revoke: {
    resourcesOf: ({ status }) => unique((status?.grants ?? []).filter(({ state }) => mayHold(state))),
    isRecorded: ({ status }, hash) => has(status?.endings, revocationId(hash)),
    judge: (request, { login, tokens, claims }, { hash, deps }) => {
      const { oauthClientID: audience, hostedDomains, clock } = deps
      const now = clock.now()
      const signIn = { claims, accessToken: tokens.accessToken, audience }
      const { scopes } = tokens
      const person = judgeRevocation({ occasion: 'revoke', request, hostedDomains, now, signIn, terms: login, scopes })
      if (isRefusal(person)) throw no(person)
      return { endings: [...(request.status?.endings ?? []), revocationOf(person, login, { hash, now })] }
    },
  },
}

function unique(grants: readonly { resource: string }[]): string[] {
  return [...new Set(grants.map(({ resource }) => resource))]
}

function has(entries: readonly { id: string }[] | undefined, id: string): boolean {
  return entries?.some(entry => entry.id === id) ?? false
}
