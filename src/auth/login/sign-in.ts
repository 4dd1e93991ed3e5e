// The return from Google: finds the request of the login, and the person who signed in. It checks only what is the same
// for every person, and stores nothing.
import type { SignedClaims } from '../../domain/approval/evidence.ts'
import type { Refusal } from '../../domain/outcome.ts'
import type { Login } from '../../domain/ports.ts'
import type { Ticket } from '../../domain/approval/ticket.ts'
import { type Dependencies, no } from '../dependencies.ts'
import { findRequest, openTicket, ticketOf, type OpenedRequest } from '../web/opening.ts'
import type { PendingLogin, KeptLogin } from './pending-login.ts'

/** Google's answer to the code exchange. */
export type Tokens = Awaited<ReturnType<Login['exchange']>>

/** A login about a request that has returned, with all facts for its judgement. */
export type SignedIn = {
  login: PendingLogin
  ticket: Ticket
  opened: OpenedRequest
  tokens: Tokens
  claims: SignedClaims
  /** The Google group that lets the person approve, by their address; absent when it was not needed. */
  groups?: ReadonlyMap<string, string>
}

/** Why nobody can do it to the request as it is now. */
type RefuseNow = (opened: OpenedRequest, deps: Dependencies) => Refusal | undefined

/**
 * Opens the request again and exchanges the code. For a login that Hallpass began, both are done in parallel: the
 * ticket was opened when the form was sent, so nobody else can cause calls to Google. If the request turns out to be
 * over, the exchanged code does no harm: it is used up, and its tokens are dropped unused.
 */
export async function signIn(
  login: KeptLogin,
  code: string,
  { refuseNow, deps }: { refuseNow: RefuseNow; deps: Dependencies },
): Promise<SignedIn> {
  const opening = openFor(login, refuseNow, deps)
  if (!login.isOurs) await opening
  const exchanging = inTheBackground(exchange(login, code, deps))
  const { ticket, opened } = await opening
  return { login, ticket, opened, ...(await exchanging) }
}

async function openFor(
  login: PendingLogin,
  refuseNow: RefuseNow,
  deps: Dependencies,
): Promise<Pick<SignedIn, 'ticket' | 'opened'>> {
  const ticket = await openTicket(ticketOf(login), deps)
  const opened = await findRequest(ticket, deps)
  const refused = refuseNow(opened, deps)
  if (refused) throw no(refused)
  return { ticket, opened }
}

/** Exchanges the code; Google's signature, audience and time are verified, and nothing else. */
async function exchange(
  login: PendingLogin,
  code: string,
  deps: Dependencies,
): Promise<Pick<SignedIn, 'tokens' | 'claims'>> {
  const tokens = await deps.codes.send(code, login, () => deps.login.exchange(code, login.verifier))
  return { tokens, claims: await deps.verifier.verify(tokens.idToken, deps.oauthClientID, deps.clock.now()) }
}

/**
 * Work that is awaited later, or never if something else fails first: only a caller that awaits it gets the failure.
 */
export function inTheBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
