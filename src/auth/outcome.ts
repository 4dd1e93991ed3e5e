// The page after an approval: what happened to the request. While it is being granted, the approver's browser gets its answer
// when the grant is known.
import type { Cookies } from './cookies.ts'
import { type Dependencies, placeOf } from './dependencies.ts'
import { findRequest, mappingOf, openTicket } from './opening.ts'
import { outcomePage } from './pages/outcome-page.ts'
import { isBeingGranted } from './pages/outcome-words.ts'
import type { Reply } from './reply.ts'
import { hasApproved, viewerOf } from './seen-approval.ts'

/** A ticket serves until the window closes; for this long after that, a browser can read what happened to the request. */
const outcomeGraceSeconds = 3600

/** The caller: the cookies, and a signal that aborts when the browser has gone. */
export type Visit = { cookies: Cookies; gone: AbortSignal }

/**
 * GET /approve/outcome. Only the browser that approved waits, because other viewers' pages show nothing more later. A
 * page that waited as long as it may asks again at once; every other page has a link.
 */
export async function showOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const { request: found } = await findRequest(await openTicket(sealed, deps, outcomeGraceSeconds), deps)
  const viewer = viewerOf(found, { sealed, cookies, place: placeOf(deps) })
  const { request, hasWaited } = hasApproved(found, cookies, deps.origin)
    ? await deps.held.untilAtRest(found, seen => isBeingGranted(seen, deps.clock.now()), gone)
    : { request: found, hasWaited: false }
  const now = deps.clock.now()
  const html = outcomePage(request, mappingOf(request, deps), { now, ticket: sealed, viewer, asksAgain: hasWaited })
  return { status: 200, outcome: 'Shown', html }
}
