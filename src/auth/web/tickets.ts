// Opening tickets before anybody is known: everybody who knows the address can make us ask KMS. So a text without the form of a ticket is
// refused unasked, what KMS has just opened or refused is remembered, and what it does not open has a budget.
import { LRUCache } from 'lru-cache'
import { type Purpose, sha256 } from '../../domain/approval/digest.ts'
import { after } from '../../domain/asking/duration.ts'
import { byClock, validFor } from '../../domain/memory.ts'
import { Refused, Waiting } from '../../domain/outcome.ts'
import type { Clock, Unsealer } from '../../domain/ports.ts'
import type { Reason } from '../../domain/refusals.ts'
import { ticketAad } from '../../domain/approval/ticket.ts'
import { Budget } from './budget.ts'

/** What happened to a ticket that somebody wanted to open; for counting. */
export type Opening = 'malformed' | 'remembered' | 'opened' | 'refused' | 'refusedBefore' | 'overBudget' | 'failed'

/** Opens tickets: the sealed content, or undefined when Hallpass did not seal it for this purpose. */
export type Tickets = { open(sealed: string, purpose: Purpose): Promise<string | undefined> }

/** Tickets for two kinds of browsers, each with its own budget, so that strangers cannot use up that of approvers. */
export type TicketsFor = { stranger: Tickets; known: Tickets }

type Asked = { sealed: string; purpose: Purpose; digest: string }

type TicketsOptions = { unsealer: Unsealer; clock: Clock; opened: (how: Opening) => void }

/** Sealed tickets have 300 to 500 characters: the mark of the key, what KMS adds, and some 150 bytes from us. */
const form = /^[A-Za-z0-9_-]{150,1024}$/

/**
 * How long an answer of KMS is remembered. What a ticket says never changes, and it is no right: its expiry, the request and
 * the person are judged again each time.
 */
const rememberedSeconds = 60
/** For each kind; a thousand take a megabyte. */
const mostRemembered = 1000

/**
 * How many calls for tickets that KMS refuses are allowed at once, and how many more each second: about 430,000 a day,
 * which cost two dollars. A valid ticket does not count. Unknown and known browsers have separate budgets.
 */
export const forgeryBudget = { most: 100, perSecond: 5 }

/** What is wrong with the ticket itself, and not with one of our rights or settings. */
const notOurs: readonly Reason[] = ['NotAuthentic', 'KeyDiffers']

/** Openers of tickets. They reject with Waiting after too many forged ones. */
export function createTickets({ unsealer, clock, opened }: TicketsOptions): TicketsFor {
  const kept = { max: mostRemembered, ttl: validFor(rememberedSeconds), ...byClock(clock) }
  // Two, so that forged links cannot displace valid ones.
  const texts = new LRUCache<string, string>(kept)
  const refused = new LRUCache<string, true>(kept)
  const asking = new Map<string, Promise<string | undefined>>()

  const said = (how: Opening, text?: string): string | undefined => {
    opened(how)
    return text
  }
  const ask = async ({ sealed, purpose, digest }: Asked, budget: Budget): Promise<string | undefined> => {
    try {
      const text = await unsealer.unseal(sealed, ticketAad(purpose))
      texts.set(digest, text)
      budget.giveBack()
      return said('opened', text)
    } catch (error) {
      const isForged = error instanceof Refused && notOurs.includes(error.refusal.reason)
      opened(isForged ? 'refused' : 'failed')
      if (!isForged) throw error
      refused.set(digest, true)
      return undefined
    }
  }

  const openerWith = (budget: Budget): Tickets => ({
    open: async (sealed, purpose) => {
      if (!form.test(sealed)) return said('malformed')
      // What is remembered of one purpose says nothing about another.
      const digest = sha256(`${purpose}:${sealed}`)
      if (refused.get(digest)) return said('refusedBefore')
      const text = texts.get(digest)
      if (text !== undefined) return said('remembered', text)
      const underWay = asking.get(digest)
      if (underWay) return underWay
      const waitSeconds = budget.take()
      if (waitSeconds > 0) {
        opened('overBudget')
        throw new Waiting(after(clock.now(), waitSeconds), 'Too many links are being opened at the moment.')
      }
      const flight = ask({ sealed, purpose, digest }, budget).finally(() => asking.delete(digest))
      asking.set(digest, flight)
      return flight
    },
  })
  return { stranger: openerWith(new Budget(forgeryBudget, clock)), known: openerWith(new Budget(forgeryBudget, clock)) }
}
