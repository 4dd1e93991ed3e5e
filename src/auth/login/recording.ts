// What a purpose that is about a stored request needs and stores: how a sign-in is judged, on which resources the person
// needs the right, and the status with the new entry. Types only.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Refusal } from '../../domain/outcome.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import type { Wanted } from '../../domain/granting/wanted.ts'
import type { Dependencies } from '../dependencies.ts'
import type { OpenedRequest } from '../web/opening.ts'
import type { SignedIn } from './sign-in.ts'

/** What one purpose does with a request. The sign-in of one purpose is never judged or stored for another. */
export type Recording = {
  /** Why nobody can do it to the request as it is now. Who opens a link is not known before they sign in. */
  refuseNow: (opened: OpenedRequest, deps: Dependencies) => Refusal | undefined
  /** The resources whose policies this person must be able to write. */
  resourcesOf: (request: AccessRequest, signedIn: SignedIn) => string[]
  /** The entries that it would add to policies. Absent when it adds none. */
  wantedOf?: (request: AccessRequest, signedIn: SignedIn, now: Date) => Wanted[]
  /** Looks up what the judgement needs besides. Absent when it needs nothing. */
  lookUp?: (signedIn: SignedIn, deps: Dependencies) => Promise<SignedIn>
  /** Runs every rule at this instant and returns the status with the entry. Throws Refused. */
  judge: (request: AccessRequest, signedIn: SignedIn, at: { hash: string; deps: Dependencies }) => StatusPatch
  /** Whether its access token is stored: something is written with it later. */
  keepsToken: (request: AccessRequest) => boolean
  /** Whether this sign-in is recorded already. */
  isRecorded: (request: AccessRequest, hash: string) => boolean
  /** Whether the entry that counts came from the sign-in with this salt. */
  isStored: (request: AccessRequest, salt: string) => boolean
}

/** The resources of these grants, each once. */
export function resourcesOf(grants: readonly { resource: string }[]): string[] {
  return [...new Set(grants.map(({ resource }) => resource))]
}
