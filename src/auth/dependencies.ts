// The services of the approver's pages and login. It contains no logic.
import type { ExternalRequester } from '../domain/people/belonging.ts'
import type { Limits } from '../domain/asking/limits.ts'
import type { Asking } from '../store/asking.ts'
import type { EndedSessions } from './door/ended-sessions.ts'
import type { HeldAnswers } from './login/held-answers.ts'
import type { Codes } from './login/codes.ts'
import type { Opening, Tickets } from './web/tickets.ts'
import type { People } from '../domain/people/identity.ts'
import type { PageName } from '../domain/audit/metric-labels.ts'
import { Broken, Refused, type Refusal } from '../domain/outcome.ts'
import type { GoogleGroups } from '../domain/people/group-reader.ts'
import type * as ports from '../domain/ports.ts'
import type { Owner } from '../domain/refusals/row.ts'
import type { Secret } from '../domain/secret.ts'

/** The log of the pages. It must never receive a query string, a cookie, a body or a token. */
export type Log = { info(facts: object, message: string): void; warn(facts: object, message: string): void }

/** The counters: pages by their result, and tickets. All labels come from a small fixed set. */
export type Metrics = {
  /** Counts an answer; `owner` is who must act on a refusal, and empty for everything else. */
  answered(page: PageName, outcome: string, owner: Owner | ''): void
  opened(how: Opening): void
  /** Counts a request beyond a limit. */
  limited(limit: keyof Limits): void
}

export type AuthOptions = {
  clock: ports.Clock
  requests: Pick<ports.Requests, 'get' | 'patchStatus' | 'create' | 'history'>
  /** What is open and in force, for the lists of the door and for the limits. */
  standing: ports.AliveRequests
  /** How many requests a person and a mapping may have, as in Slack. */
  limits: Limits
  /** The page after an approval waits until the request changes. */
  changes: ports.RequestChanges
  mappings: ports.Mappings
  login: ports.Login
  verifier: ports.SignatureVerifier
  /** Opens tickets, with the ticket key. */
  tickets: ports.Unsealer
  /** Seals approvers' tokens for the controller only, with the token key. */
  tokens: ports.Sealer
  sealedTokens: Pick<ports.SealedTokens, 'create'>
  policies: Pick<ports.PolicyService, 'mayWrite' | 'read'>
  googleGroups: GoogleGroups
  people: People
  /** Workspace domains that approvers and requesters must belong to; an empty list accepts nobody. */
  hostedDomains: readonly string[]
  /** Partners who may ask too. */
  externalRequesters: readonly ExternalRequester[]
  oauthClientID: string
  /** The key by which browsers that opened a valid link are recognised; the same in every replica, and secret. */
  cookieKey: Secret
  /** The origin for browsers: https, or http on a loopback address. */
  publicUrl: string
  /** Aborts when the process stops: waiting answers are sent immediately. */
  stopping: AbortSignal
  /** The longest wait of an answer. Default: 10 s. */
  longestHeldMs?: number
  /** How long an approval waits for Google to show a policy. Default: 2 s. */
  longestReadMs?: number
  log: Log
  metrics: Metrics
}

/** The services of every handler. */
export type Dependencies = Omit<
  AuthOptions,
  'publicUrl' | 'tickets' | 'changes' | 'stopping' | 'longestHeldMs' | 'limits'
> & {
  origin: URL
  tickets: Tickets
  codes: Codes
  held: HeldAnswers
  /** Stores requests of the door, within the limits. */
  ask: Asking
  onFlood(limit: keyof Limits): void
  endedSessions: EndedSessions
}

/** The origin and key of the cookies, and the time. */
export type Place = { origin: URL; key: Secret; now: Date }

/** Where and when cookies are set and read. */
export function placeOf({ origin, cookieKey, clock }: Dependencies): Place {
  return { origin, key: cookieKey, now: clock.now() }
}

/** A refusal that is thrown, to be shown to the person. */
export function no({ reason, message }: Refusal): Refused {
  return new Refused(reason, message)
}

/**
 * A call to a service or key of Hallpass. When it refuses, one of our rights or settings is wrong: nothing the person did, and
 * nothing to tell them but that it did not work. The log gets the reason.
 */
export async function inHouse<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw error instanceof Refused ? new Broken(error.message, { cause: error }) : error
  }
}
