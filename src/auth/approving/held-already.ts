// What the requester has without a time limit already, as Google showed it to the approver's sign-in. The browser that
// approved keeps it, so that its page says so before anything is written; afterwards the stored request says it.
import { z } from 'zod'
import type { RequestSpec } from '../../api/kinds.ts'
import type { Held } from '../../domain/granting/held.ts'
import type { Place } from '../dependencies.ts'
import type { Cookies } from '../web/cookies.ts'
import { find, idOfTicket, type Item } from '../web/kept-cookies.ts'

/** By the positions in the request: names would not fit into a cookie. */
const stored = z.object({ h: z.array(z.int().min(0)).max(100) })

/** The cookie of what was seen for this link. */
export function heldItem(sealed: string, { grants }: Pick<RequestSpec, 'grants'>, held: readonly Held[]): Item {
  const h = grants.flatMap(({ role, resource }, i) =>
    held.some(one => one.role === role && one.resource === resource) ? [i] : [],
  )
  return { kind: 'held', id: idOfTicket(sealed), facts: { h } }
}

/** What this browser keeps of it. */
export function findHeld(
  sealed: string,
  { grants }: Pick<RequestSpec, 'grants'>,
  { cookies, place }: { cookies: Cookies; place: Place },
): Held[] {
  const kept = find({ kind: 'held', id: idOfTicket(sealed) }, cookies, place)
  const read = stored.safeParse(kept?.facts)
  if (!kept?.isOurs || !read.success) return []
  return read.data.h.flatMap(i => {
    const { role, resource } = grants[i] ?? {}
    return role !== undefined && resource !== undefined ? [{ role, resource }] : []
  })
}
