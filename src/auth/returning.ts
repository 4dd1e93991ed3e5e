// The way back from Google: only to the browser that began the login, once. Where it leads on, neither code nor token stays
// in the address bar.
import { type Refusal, refusal, Refused } from '../domain/outcome.ts'
import { entryOf } from '../domain/refusals.ts'
import { signInFault } from '../domain/sign-in.ts'
import { approve } from './approval.ts'
import type { Cookies } from './cookies.ts'
import type { Desk } from './desk.ts'
import { formToken } from './form-token.ts'
import { choiceOf } from './narrowing.ts'
import { findRequest, openTicket, refuseNow, type Standing } from './opening.ts'
import type { Retry } from './pages/message-page.ts'
import { findLogin, forgetLogin, type PendingLogin, type ReturnedLogin } from './pending-login.ts'
import { rememberApproval, viewerOf } from './seen-approval.ts'
import { becameReply, failedReply, type Outcome, redirect, refusedReply, type Reply } from './reply.ts'

/** What Google appended to the redirect. */
export type Returned = { state: string; code: string | undefined; error: string | undefined }

/** Where a sign-in ends that this browser did not begin. */
export const notBegunHerePath = '/approve/not-here'

/** GET /oauth/callback: the approval, if Google vouches for it and every rule permits it. Forgets the login in any case. */
export async function finishLogin(returned: Returned, cookies: Cookies, desk: Desk): Promise<Reply> {
  const place = { origin: desk.origin, key: desk.cookieKey }
  const login = findLogin(returned.state, cookies, { ...place, now: desk.clock.now() })
  // Its code has not been used, so it must not stay in the address bar either.
  if (!login) return sendOn(notBegunHerePath, 'NotBegunHere')
  const reply = await replyTo(login, returned, { cookies, desk }).catch((error: unknown) =>
    failedReply(error, desk, login.ticket),
  )
  return { ...reply, cookies: [...(reply.cookies ?? []), forgetLogin(login, desk.origin)] }
}

/**
 * Sends the browser to a page of ours, with a fragment. Without one it would keep the one it came with
 * (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2), and Google puts tokens there when whoever composed the sign-in
 * asked for them.
 */
function sendOn(page: string, outcome: Outcome, cookies: string[] = []): Reply {
  return redirect(`${page}#_`, outcome, cookies)
}

/** GET /approve/not-here. */
export function notBegunHere(): Reply {
  return refusedReply(
    refusal(
      'NotBegunHere',
      'Sign-ins count only in the browser that began them, once, and within 15 minutes. Please open the approval link in Slack again, and do not continue sign-ins that somebody sent you.',
    ),
  )
}

type Context = { cookies: Cookies; desk: Desk }

async function replyTo(login: ReturnedLogin, { code, error }: Returned, context: Context): Promise<Reply> {
  const { desk } = context
  if (error !== undefined || !code) return refuse(login, { refused: notSignedIn(error) }, context)
  const result = await approve(login, code, desk)
  if ('refused' in result) return refuse(login, result, context)
  // The outcome page says which it is: granting, or not decided yet.
  const outcome = `/approve/outcome?t=${encodeURIComponent(login.ticket)}`
  const seen = [rememberApproval(login.salt, desk.origin)]
  if (result.approved === 'unknown') {
    desk.log.warn({}, 'it is not known whether an approval was stored')
    return sendOn(outcome, 'Unknown', seen)
  }
  desk.log.info({ request: result.approved.metadata.name }, 'an approval was stored')
  return sendOn(outcome, 'Approved', seen)
}

type Refusing = { refused: Refusal; signedInAs?: string; isInside?: boolean }

async function refuse(
  login: PendingLogin,
  { refused, signedInAs, isInside }: Refusing,
  { cookies, desk }: Context,
): Promise<Reply> {
  const standing = await standingOf(login, desk)
  const request = standing?.request.metadata.name
  desk.log.info({ request, reason: refused.reason }, 'an approval was refused')
  const late = standing && refuseNow(standing, desk)
  if (late) {
    const viewer = isInside ? 'colleague' : viewerOf(standing.request, cookies, desk.origin)
    return becameReply(standing, late, { desk, ticket: login.ticket, viewer })
  }
  const { button } = entryOf(refused.reason)
  if (!standing || !button) return refusedReply(refused, { request, signedInAs })
  const { token, setCookie } = formToken(cookies, desk.origin)
  const { narrowing, comment, ticket } = login
  const retry: Retry = {
    label: button,
    ticket,
    formToken: token,
    choice: choiceOf(standing.request.spec, narrowing, comment),
  }
  return refusedReply(refused, { request, signedInAs, retry, cookies: [setCookie] })
}

/** The request as it stands, if its ticket still opens it: a refusal is told even when it does not. */
async function standingOf({ ticket }: PendingLogin, desk: Desk): Promise<Standing | undefined> {
  try {
    return await findRequest(await openTicket(ticket, desk), desk)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function notSignedIn(error: string | undefined): Refusal {
  if (error === 'access_denied') return refusal('SignInCancelled', 'You can sign in again, or close this page.')
  // Whoever has this browser can write any code here: an unknown one is not shown.
  return (
    signInFault(error ?? '') ??
    refusal('SignInFailed', 'Nothing has changed. Please try again; if it goes on, tell the platform team.')
  )
}
