// The second door: a person signs in with Google, without access to Google Cloud, and sees what concerns them. Nothing is
// changed here; a request is approved on its own page, with a separate sign-in.
import { sha256 } from '../../domain/approval/digest.ts'
import { refusal } from '../../domain/outcome.ts'
import type { Delivery } from '../login/purpose.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { formToken, refuseFormToken } from '../web/form-token.ts'
import { rememberBrowser } from '../login/known-browser.ts'
import { refuseCrossSite } from '../web/origin.ts'
import { doorPage } from '../pages/door-page.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import { formNotRead, redirect, refusedReply, type Reply } from '../web/reply.ts'
import { findResult } from '../login/sign-in-result.ts'
import { approvalPath } from './own-links.ts'
import { offeredTo, ownRequests, waitingFor } from './persons.ts'
import { findSession, forgetSession, newSession, type Session, sessionCookie } from './session.ts'
import { resultKey, type VisitKind } from './visits.ts'
import { z } from 'zod'

/** The path of the door. */
export const doorPath = '/'

/** The session as a purpose of signing in. The tokens are dropped: they were for learning who it is. */
export const sessionVisit: VisitKind = {
  access: 'identity',
  goingOn: 'Google only says who you are.',
  path: doorPath,
  arrive: async ({ person }, deps) => {
    const place = placeOf(deps)
    deps.log.info({}, 'auth: somebody of the organisation signed in at the door; the tokens were dropped')
    return { outcome: 'SignedIn', cookies: [sessionCookie(newSession(person), place), rememberBrowser(place)] }
  },
}

/** The session of this browser. */
export function sessionOf(cookies: Cookies, deps: Dependencies): Session | undefined {
  return findSession(cookies, placeOf(deps), { hostedDomains: deps.hostedDomains, ended: deps.endedSessions })
}

/** The request, `namespace/name`, that was stored a moment ago, or that the person already had when they asked. */
export type Landing = { asked: string; before: string }

/** GET /: what concerns the person, or how to sign in. */
export function showDoor({ asked, before }: Landing, cookies: Cookies, deps: Dependencies): Reply {
  const session = sessionOf(cookies, deps)
  if (!session) return askToSignIn(cookies, deps)
  const { token, setCookie } = formToken(cookies, { purpose: 'door', origin: deps.origin })
  const html = doorPage({
    session,
    asked: asked || before,
    isBefore: before !== '',
    own: ownRequests(session, deps),
    waiting: waitingFor(session, deps).map(request => ({ request, path: approvalPath(request, linkPlace(deps)) })),
    offered: offeredTo(session, deps).map(({ mapping }) => mapping),
    address: deps.origin.href,
    formToken: token,
    now: deps.clock.now(),
  })
  return { status: 200, outcome: 'Shown', html, cookies: [setCookie] }
}

/** The page for a person who has not signed in, or no longer. */
export function askToSignIn(cookies: Cookies, deps: Dependencies): Reply {
  const { token, setCookie } = formToken(cookies, { purpose: 'door', origin: deps.origin })
  const result = findResult(resultKey('session'), cookies, placeOf(deps))
  return { status: 200, outcome: 'Shown', html: signInPage({ formToken: token, result }), cookies: [setCookie] }
}

/** POST /sign-out: ends the session in this browser, and a copy of its cookie in this process. */
export function signOut({ body, cookies, header }: Delivery, deps: Dependencies): Reply {
  const sent = z.object({ form: z.string().max(100) }).safeParse(body)
  if (!sent.success) return refusedReply(formNotRead())
  const forged =
    refuseCrossSite(header, deps.origin) ??
    refuseFormToken(sent.data.form, cookies, { purpose: 'door', origin: deps.origin })
  if (forged) return refusedReply(forged.refusal)
  const session = sessionOf(cookies, deps)
  if (session) deps.endedSessions.end(session.id)
  return redirect(doorPath, 'SignedOut', [forgetSession(deps.origin)])
}

/** Marks a form with the person for whom it was made, so that it is not sent as somebody else. It proves nothing. */
export function markOf({ googleSubject }: Session): string {
  return sha256(`hallpass/form ${googleSubject}`).slice(0, 16)
}

/** What a form says that was made for another person. */
export const otherPerson = refusal(
  'AnotherPerson',
  'Somebody else has signed in with this browser since this page was opened, so nothing was asked. Open the page again.',
)

function linkPlace({ origin, cookieKey: key }: Dependencies): { origin: URL; key: Dependencies['cookieKey'] } {
  return { origin, key }
}
