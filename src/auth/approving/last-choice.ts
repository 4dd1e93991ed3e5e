// What this browser chose last for a link. The form shows it again after Back, after a reload, and when something in it
// must be corrected, so that no press of the button approves more than was chosen. It decides nothing.
import { z } from 'zod'
import type { RequestSpec } from '../../api/kinds.ts'
import type { Cookies } from '../web/cookies.ts'
import { find, forget, idOfTicket, type Item } from '../web/kept-cookies.ts'
import type { Place } from '../dependencies.ts'
import { type Choice, choiceOf } from './narrowing.ts'

/** Absent fields are as asked. */
type Chosen = { grants?: number[] | undefined; duration?: string | undefined; comment?: string | undefined }

/** A little more than the form accepts, so that what must be corrected is kept too. */
const stored = z.object({
  d: z.string().max(100).optional(),
  g: z.array(z.int().min(0).max(9)).max(10).optional(),
  c: z.string().max(600).optional(),
})

/** The cookie of a choice; undefined when it is larger than any that our form sends. */
export function choiceItem(sealed: string, { grants, duration, comment }: Chosen): Item | undefined {
  const facts = { d: duration, g: grants, c: comment || undefined }
  return stored.safeParse(facts).success ? { kind: 'choice', id: idOfTicket(sealed), facts } : undefined
}

/** What this browser chose last for this link, if it did. */
export function lastChoice(
  sealed: string,
  spec: RequestSpec,
  { cookies, place }: { cookies: Cookies; place: Place },
): Choice | undefined {
  const kept = find({ kind: 'choice', id: idOfTicket(sealed) }, cookies, place)
  const raw = stored.safeParse(kept?.facts)
  if (!kept?.isOurs || !raw.success) return undefined
  const { d: duration, g: grants, c } = raw.data
  return choiceOf(spec, { ...(duration !== undefined && { duration }), ...(grants && { grants }) }, c)
}

/** The Set-Cookie header that deletes it. */
export function forgetChoice(sealed: string, origin: URL): string {
  return forget({ kind: 'choice', id: idOfTicket(sealed) }, origin)
}
