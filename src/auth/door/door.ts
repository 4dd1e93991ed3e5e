// The second door: a person signs in with Google, without access to Google Cloud, and sees what concerns them. Nothing is
// changed here; a request is approved on its own page, with a separate sign-in.
import { z } from 'zod'
import { sha256 } from '../../domain/approval/digest.ts'
import { refusal } from '../../domain/outcome.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { rememberBrowser } from '../login/known-browser.ts'
import type { Delivery } from '../login/purpose.ts'
import { findResult } from '../login/sign-in-result.ts'
import { doorPage } from '../pages/door-page.ts'
import { signInPage } from '../pages/sign-in-page.ts'
import type { Cookies } from '../web/cookies.ts'
import { formToken, refuseFormToken } from '../web/form-token.ts'
import { refuseCrossSite } from '../web/origin.ts'
import { formNotRead, redirect, refusedReply, type Reply } from '../web/reply.ts'
import { type Landing, noteOf } from './landing.ts'
import { pathTo } from './own-links.ts'
import { endableBy, offeredTo, ownRequests, reviewableBy, waitingFor } from './persons.ts'
import { findSession, forgetSession, newSession, type Session, sessionCookie } from './session.ts'
import { resultKey, type VisitKind } from './visits.ts'

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

/** GET /: what concerns the person, or how to sign in. */
export async function showDoor(landing: Landing | undefined, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const session = sessionOf(cookies, deps)
  if (!session) return askToSignIn(cookies, deps)
  const { token, setCookie } = formToken(cookies, { purpose: 'door', origin: deps.origin })
  const { origin, cookieKey: key } = deps
  const link = (purpose: Parameters<typeof pathTo>[0], request: Parameters<typeof pathTo>[1]): string | undefined =>
    pathTo(purpose, request, { origin, key })
  const [waiting, offered] = await Promise.all([waitingFor(session, deps), offeredTo(session, deps)])
  const html = doorPage({
    session,
    note: await noteOf(landing, session, deps),
    own: ownRequests(session, deps).map(own => ({ ...own, end: own.mayEnd ? link('revoke', own.request) : undefined })),
    waiting: waiting.map(one => ({
      ...one,
      approve: one.only ? undefined : link('approve', one.request),
    })),
    running: endableBy(session, deps).map(request => ({ request, path: link('revoke', request) })),
    reviews: reviewableBy(session, deps).map(request => ({ request, path: link('review', request) })),
    offered: offered.map(({ mapping }) => mapping),
    address: origin.href,
    form: { token, mark: markOf(session) },
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
const otherPerson = refusal(
  'AnotherPerson',
  'Somebody else has signed in with this browser since this page was opened, so nothing was done. Open the page again.',
)

/**
 * The person who sent a form of the door: it comes from our own page, was made in this browser for this person, and the
 * session is not over. Otherwise the answer that says so.
 */
export function senderOf(
  { form, as }: { form: string; as: string },
  { cookies, header }: Delivery,
  deps: Dependencies,
): { session: Session } | { answer: Reply } {
  const forged =
    refuseCrossSite(header, deps.origin) ?? refuseFormToken(form, cookies, { purpose: 'door', origin: deps.origin })
  if (forged) return { answer: refusedReply(forged.refusal) }
  const session = sessionOf(cookies, deps)
  if (!session) return { answer: askToSignIn(cookies, deps) }
  return as === markOf(session) ? { session } : { answer: refusedReply(otherPerson) }
}
