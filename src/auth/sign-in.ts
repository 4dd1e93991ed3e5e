// The way back from Google: the request that the login was begun for, and who signed in. Nothing is judged or stored here
// beyond what speaks against everybody.
import type { SignedClaims } from '../domain/evidence.ts'
import type { Login } from '../domain/ports.ts'
import type { Ticket } from '../domain/ticket.ts'
import { type Desk, no } from './desk.ts'
import { findRequest, openTicket, refuseNow, type Standing } from './opening.ts'
import type { PendingLogin, ReturnedLogin } from './pending-login.ts'

/** What Google gave for the code. */
export type Tokens = Awaited<ReturnType<Login['exchange']>>

/** A login that has come back, and all that speaks for its approval. */
export type SignedIn = { login: PendingLogin; ticket: Ticket; opened: Standing; tokens: Tokens; claims: SignedClaims }

/**
 * Opens the request again and exchanges the code. For a login that we began the two go side by side: we opened this ticket
 * when the form was sent, so no stranger can make us ask Google about codes. A code that is exchanged although the request
 * turns out to be over does no harm: it is used up, and its tokens are dropped before anything is done with them.
 */
export async function signIn(login: ReturnedLogin, code: string, desk: Desk): Promise<SignedIn> {
  const opening = openFor(login, desk)
  if (!login.isOurs) await opening
  const exchanging = inTheBackground(exchange(login, code, desk))
  const { ticket, opened } = await opening
  return { login, ticket, opened, ...(await exchanging) }
}

async function openFor(login: PendingLogin, desk: Desk): Promise<Pick<SignedIn, 'ticket' | 'opened'>> {
  const ticket = await openTicket(login.ticket, desk)
  const opened = await findRequest(ticket, desk)
  const refused = refuseNow(opened, desk)
  if (refused) throw no(refused)
  return { ticket, opened }
}

async function exchange(
  { verifier }: PendingLogin,
  code: string,
  desk: Desk,
): Promise<Pick<SignedIn, 'tokens' | 'claims'>> {
  const tokens = await desk.login.exchange(code, verifier)
  return { tokens, claims: await desk.verifier.verify(tokens.idToken, desk.oauthClientID, desk.clock.now()) }
}

/** Work that is awaited later, or not at all when something else speaks first: a failure is told only to who awaits it. */
export function inTheBackground<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}
