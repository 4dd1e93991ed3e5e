// The page after an approval: what became of the request. While it is being granted, the approver's browser gets its answer
// when the grant is known.
import type { Cookies } from './cookies.ts'
import type { Desk } from './desk.ts'
import { findRequest, mappingOf, openTicket } from './opening.ts'
import { isBeingGranted, outcomePage } from './pages/outcome-page.ts'
import type { Reply } from './reply.ts'
import { viewerOf } from './seen-approval.ts'

/** A ticket serves until the window closes; what became of the request can be read for this long after. */
const outcomeGraceSeconds = 3600

/** Who asks for the page: their cookies, and a signal that aborts when their browser is gone. */
export type Visit = { cookies: Cookies; gone: AbortSignal }

/** GET /approve/outcome. Only the browser that approved is made to wait: nobody else's page has more to say later. */
export async function showOutcome(sealed: string, { cookies, gone }: Visit, desk: Desk): Promise<Reply> {
  const found = await findRequest(await openTicket(sealed, desk, outcomeGraceSeconds), desk)
  const viewer = viewerOf(found.request, cookies, desk.origin)
  const request =
    viewer === 'colleague'
      ? await desk.held.untilAtRest(found.request, seen => isBeingGranted(seen, desk.clock.now()), gone)
      : found.request
  const html = outcomePage(request, mappingOf(request, desk), { now: desk.clock.now(), ticket: sealed, viewer })
  return { status: 200, outcome: 'Shown', html }
}
