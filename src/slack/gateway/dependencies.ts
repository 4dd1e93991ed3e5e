// The services of the gateway's flows. It contains no logic.
import type { Organisation } from '../../domain/people/belonging.ts'
import type { People } from '../../domain/people/identity.ts'
import type { AliveRequests, Clock, Directory, Mappings, Requests } from '../../domain/ports.ts'
import type { GoogleGroups } from '../../domain/people/group-reader.ts'
import type { Acting } from './acting.ts'
import type { Asking } from '../../store/asking.ts'
import type { Actor } from './payload.ts'
import type { Forms, Respond } from './responder.ts'

/** The gateway's log. It must never receive a body, an address or a token. */
export type Log = { warn(facts: object, message: string): void }

/** The ports and settings of the gateway's flows. */
export type Dependencies = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'patchStatus' | 'ofRequester'>
  mappings: Mappings
  standing: Pick<AliveRequests, 'ofApprover' | 'ofReviewer'>
  directory: Directory
  googleGroups: GoogleGroups
  people: People
  organisation: Organisation
  forms: Forms
  respond: Respond
  /** The command that reaches every mapping. */
  command: string
  whoActs: (actor: Actor) => Promise<Acting>
  ask: Asking
  /** Whether a janitor is installed, so that people are not told that nobody can remove their access. */
  hasJanitor: boolean
  /** Counts requests beyond a limit. */
  onFlood: (limit: string) => void
  log: Log
}
