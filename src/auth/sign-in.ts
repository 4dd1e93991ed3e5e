// The way back from Google: the request that the login was begun for, and who signed in. Nothing is judged or stored here
// beyond what speaks against everybody.
import type { SignedClaims } from '../domain/evidence.ts'
import type { Login } from '../domain/ports.ts'
import type { Ticket } from '../domain/ticket.ts'
import { type Dependencies, no } from './dependencies.ts'
import { findRequest, openTicket, refuseNow, type OpenedRequest } from './opening.ts'
import type { PendingLogin, ReturnedLogin } from './pending-login.ts'

/** What Google gave for the code. */
export type Tokens = Awaited<ReturnType<Login['exchange']>>

/** A login that has come back, and all that speaks for its approval. */
export type SignedIn = {
  login: PendingLogin
  ticket: Ticket
  opened: OpenedRequest
  tokens: Tokens
  claims: SignedClaims
}

/**
 * Opens the request again and exchanges the code. For a login that we began the two go side by side: we opened this ticket
 * when the form was sent, so no stranger can make us ask Google about codes. A code that is exchanged although the request
 * turns out to be over does no harm: it is used up, and its tokens are dropped before anything is done with them.
 */
export async function signIn(login: ReturnedLogin, code: string, deps: Dependencies): Promise<SignedIn> {
  const opening = openFor(login, deps)
  if (!login.isOurs) await opening
  const exchanging = inTheBackground(exchange(login, code, deps))
  const { ticket, opened } = await opening
  return { login, ticket, opened, ...(await exchanging) }
}

async function openFor(login: PendingLogin, deps: Dependencies): Promise<Pick<SignedIn, 'ticket' | 'opened'>> {
  const ticket = await openTicket(login.ticket, deps)
  const opened = await findRequest(ticket, deps)
  const refused = refuseNow(opened, deps)
  if (refused) throw no(refused)
  return { ticket, opened }
}

async function exchange(
  { verifier }: PendingLogin,
  code: string,
  deps: Dependencies,
): Promise<Pick<SignedIn, 'tokens' | 'claims'>> {
  const tokens = await deps.login.exchange(code, verifier)
  return { tokens, claims: await deps.verifier.verify(tokens.idToken, deps.oauthClientID, deps.clock.now()) }
}

/** Work that is awaited later, or not at all when something else speaks first: a failure is told only to who awaits it. */
export function inTheBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
