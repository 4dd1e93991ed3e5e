// The page after an approval: what happened to the request. While it is being granted, the approver's browser gets its answer
// when the grant is known.
import type { Cookies } from './cookies.ts'
import type { Dependencies } from './dependencies.ts'
import { findRequest, mappingOf, openTicket } from './opening.ts'
import { outcomePage } from './pages/outcome-page.ts'
import { isBeingGranted } from './pages/outcome-words.ts'
import type { Reply } from './reply.ts'
import { viewerOf } from './seen-approval.ts'

/** A ticket serves until the window closes; for this long after that, a browser can read what happened to the request. */
const outcomeGraceSeconds = 3600

/** The caller: the cookies, and a signal that aborts when the browser has gone. */
export type Visit = { cookies: Cookies; gone: AbortSignal }

/** GET /approve/outcome. Only the browser that approved waits, because other viewers' pages show nothing more later. */
export async function showOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const found = await findRequest(await openTicket(sealed, deps, outcomeGraceSeconds), deps)
  const viewer = viewerOf(found.request, cookies, deps.origin)
  const request =
    viewer === 'colleague'
      ? await deps.held.untilAtRest(found.request, seen => isBeingGranted(seen, deps.clock.now()), gone)
      : found.request
  const html = outcomePage(request, mappingOf(request, deps), { now: deps.clock.now(), ticket: sealed, viewer })
  return { status: 200, outcome: 'Shown', html }
}
