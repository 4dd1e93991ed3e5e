// Codes of sign-ins on their way to Google. Who has an approval link can send any code, as often as they like, and Google
// may limit the OAuth client of all approvers because of it. So the codes of a sign-in and of a link have budgets. And no code is
// sent twice: Google may revoke the token of a code that comes again (https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2).
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { sha256 } from '../../domain/approval/digest.ts'
import { after } from '../../domain/asking/duration.ts'
import { byClock, validFor } from '../../domain/memory.ts'
import { Refused, Waiting } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'
import { Budget } from '../web/budget.ts'

/** Lets codes go to Google. */
export type Codes = {
  /** Sends this code by `exchange`. Rejects with Refused or Waiting when it was sent before, or after too many others. */
  send<T>(code: string, login: { state: string; ticket: string }, exchange: () => Promise<T>): Promise<T>
}

/**
 * A sign-in needs one code; a balancer may repeat it. A link needs one for each approver who tries; codes that Google
 * accepts do not count.
 */
export const codeBudget = { forLogin: 3, forLink: { most: 20, perSecond: 0.1 } }

/** As long as a sign-in can come back. Longer than an empty budget takes to fill up. */
const rememberedSeconds = 15 * 60
const mostRemembered = 5000

/** The budgets of this process. */
export function createCodes(clock: Clock): Codes {
  const kept = { max: mostRemembered, ttl: validFor(rememberedSeconds), ...byClock(clock) }
  const tried = new LRUCache<string, number>(kept)
  const links = new LRUCache<string, Budget>(kept)
  const sent = new LRUCache<string, true>(kept)

  const budgetOf = (ticket: string): Budget => {
    const link = digestOf(ticket)
    const budget = links.get(link) ?? new Budget(codeBudget.forLink, clock)
    links.set(link, budget)
    return budget
  }

  return {
    send: async (code, { state, ticket }, exchange) => {
      const login = sha256(state)
      const tries = tried.get(login) ?? 0
      if (sent.get(sha256(code)) || tries >= codeBudget.forLogin) throw usedBefore()
      const budget = budgetOf(ticket)
      const waitSeconds = budget.take()
      if (waitSeconds > 0)
        throw new Waiting(after(clock.now(), waitSeconds), 'Too many sign-ins with one link come back at the moment.')
      tried.set(login, tries + 1)
      sent.set(sha256(code), true)
      const tokens = await exchange()
      budget.giveBack()
      return tokens
    },
  }
}

const usedBefore = (): Refused =>
  new Refused(
    'CodeNotAccepted',
    'This sign-in was used a moment ago and may count already. Please open the link again; it shows what has happened.',
  )

// Of what the letters mean: the last one can be written in more than one way.
function digestOf(ticket: string): string {
  return createHash('sha256').update(Buffer.from(ticket, 'base64url')).digest('base64url')
}
