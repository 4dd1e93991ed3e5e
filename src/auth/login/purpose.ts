// The shape of a purpose of a sign-in: what its row in the table of purposes must say. Types only.
import type { AccessRequest, RequestSpec } from '../../api/kinds.ts'
import type { Held } from '../../domain/granting/held.ts'
import type { Refusal } from '../../domain/outcome.ts'
import type { AskedLogin } from '../../domain/ports.ts'
import type { Cookies } from '../web/cookies.ts'
import type { Dependencies, Place } from '../dependencies.ts'
import type { OpenedRequest } from '../web/opening.ts'
import type { KeptLogin } from './pending-login.ts'
import type { Recording } from './recording.ts'
import type { Reply } from '../web/reply.ts'
import type { Link } from '../approving/seen-entry.ts'
import type { RefusedSignIn } from './sign-in-result.ts'

/** A form as the browser sent it. */
export type Delivery = { body: unknown; cookies: Cookies; header: (name: string) => string | undefined }

/** The caller: the cookies, and a signal that aborts when the browser has gone. */
export type Visit = { cookies: Cookies; gone: AbortSignal }

/** The words in sentences that all purposes share. */
export type Words = {
  /** `You cannot …`, `which cannot …`. */
  cannot: string
  /** `Somebody who has it must …`. */
  must: string
  /** When nothing was done. */
  nothing: string
  /** While the browser goes on to Google. */
  goingOn: string
}

/**
 * What came of a login that returned: the request with the new entry, `unknown` when the cluster never said whether it was
 * stored, or a refusal. `held` is what the requester has without a time limit already. `next` leads the browser elsewhere
 * than to the page of the outcome.
 */
export type Finished =
  | { stored: AccessRequest | 'unknown'; held?: readonly Held[]; next?: { page: string; cookies: string[] } }
  | RefusedSignIn

/** What a purpose that is about a stored request adds. */
export type About = {
  recording: Recording
  /** The page of a request to which it can no longer be done. */
  became: (opened: OpenedRequest, refused: Refusal, link: Link & { deps: Dependencies }) => Reply
  /** The fields of the form as this browser sent it last; undefined when it keeps none. */
  chosen: (
    sealed: string,
    spec: RequestSpec,
    at: { cookies: Cookies; place: Place },
  ) => (readonly [name: string, value: string])[] | undefined
  /** GET /PURPOSE/outcome?t=…: what has happened since. */
  outcome: (sealed: string, visit: Visit, deps: Dependencies) => Promise<Reply>
}

/** One purpose. Its page is at `/PURPOSE`. */
export type PurposeRow = {
  /** What the login asks Google for: only who the person is, or also to act with the person's own rights. */
  access: AskedLogin['access']
  words: Words
  /** GET /PURPOSE?t=…: shows what is asked. It changes nothing. */
  show: (sealed: string, cookies: Cookies, deps: Dependencies) => Promise<Reply>
  /** POST /PURPOSE: `receiveForm`, then `startLogin` with the nonce of what the form says. */
  begin: (delivery: Delivery, deps: Dependencies) => Promise<Reply>
  /** Google has sent the browser back: verifies, judges and stores. Rejects with Broken or Waiting only. */
  finish: (login: KeptLogin, code: string, deps: Dependencies) => Promise<Finished>
  /** Absent for a purpose that is about no stored request. */
  about?: About
}
