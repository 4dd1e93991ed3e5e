// The return from Google: only for the browser that began the login, and only once. After the redirect neither code nor
// token is in the address bar.
import { type Refusal, refusal, Refused } from '../domain/outcome.ts'
import { entryOf, isReason } from '../domain/refusals.ts'
import { signInFault } from '../domain/sign-in.ts'
import { approve } from './approval.ts'
import type { Cookies } from './cookies.ts'
import type { Dependencies } from './dependencies.ts'
import { formToken } from './form-token.ts'
import { choiceOf } from './narrowing.ts'
import { findRequest, openTicket, refuseNow, type OpenedRequest } from './opening.ts'
import type { Retry } from './pages/message-page.ts'
import { findLogin, forgetLogin, type PendingLogin, type ReturnedLogin } from './pending-login.ts'
import { isApprovedBy, rememberApproval, viewerOf } from './seen-approval.ts'
import { becameReply, failedReply, type Outcome, redirect, refusedReply, type Reply } from './reply.ts'

/** The parameters of Google's redirect. */
export type Returned = { state: string; code: string | undefined; error: string | undefined }

/** The page for a sign-in that this browser did not begin. */
export const notBegunHerePath = '/approve/not-here'

/**
 * GET /oauth/callback: stores the approval, if Google's evidence is valid and every rule allows it. Deletes the login
 * cookie in any case.
 */
export async function finishLogin(returned: Returned, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const place = { origin: deps.origin, key: deps.cookieKey }
  const login = findLogin(returned.state, cookies, { ...place, now: deps.clock.now() })
  // Its code was not used, so it must not stay in the address bar either.
  if (!login) return sendOn(notBegunHerePath, 'NotBegunHere')
  const reply = await replyTo(login, returned, { cookies, deps }).catch((error: unknown) =>
    failedReply(error, deps, login.ticket),
  )
  return { ...reply, cookies: [...(reply.cookies ?? []), forgetLogin(login, deps.origin)] }
}

/**
 * Sends the browser to one of our pages, with a fragment. Without one it would keep the one it came with
 * (https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2), and Google puts tokens there when the person who composed the sign-in
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

type Context = { cookies: Cookies; deps: Dependencies }

async function replyTo(login: ReturnedLogin, { code, error }: Returned, context: Context): Promise<Reply> {
  const { deps } = context
  if (error !== undefined || !code) return asTyped(await refuse(login, { refused: notSignedIn(error) }, context))
  const result = await approve(login, code, deps)
  if ('refused' in result) return refuse(login, result, context)
  if (result.approved === 'unknown') {
    deps.log.warn({}, 'auth: it is not known whether an approval was stored; the page shows the state')
    return toOutcome(login, 'Unknown', deps)
  }
  deps.log.info({ request: result.approved.metadata.name }, 'auth: an approval was stored')
  return toOutcome(login, 'Approved', deps)
}

/** To the page that shows whether it is being granted or not decided yet. */
function toOutcome({ ticket, salt }: PendingLogin, outcome: Outcome, { origin }: Dependencies): Reply {
  return sendOn(`/approve/outcome?t=${encodeURIComponent(ticket)}`, outcome, [rememberApproval(salt, origin)])
}

type Refusing = { refused: Refusal; signedInAs?: string; isInside?: boolean }

async function refuse(
  login: PendingLogin,
  { refused, signedInAs, isInside }: Refusing,
  { cookies, deps }: Context,
): Promise<Reply> {
  const opened = await openedFor(login, deps)
  const request = opened?.request.metadata.name
  // Something in between may send the browser's return again, when the code is used up and the approval stored.
  if (opened && isApprovedBy(opened.request, login.salt)) {
    deps.log.info({ request }, 'auth: a sign-in came back again after its approval was stored; nothing is stored twice')
    return toOutcome(login, 'Approved', deps)
  }
  deps.log.info({ request, reason: refused.reason }, 'auth: an approval was refused')
  const late = opened && refuseNow(opened, deps)
  if (late) {
    const viewer = isInside ? 'colleague' : viewerOf(opened.request, cookies, deps.origin)
    return becameReply(opened, late, { deps, ticket: login.ticket, viewer })
  }
  const { button } = entryOf(refused.reason)
  if (!opened || !button) return refusedReply(refused, { request, signedInAs })
  const { token, setCookie } = formToken(cookies, deps.origin)
  const { narrowing, comment, ticket } = login
  const retry: Retry = {
    label: button,
    ticket,
    formToken: token,
    choice: choiceOf(opened.request.spec, narrowing, comment),
  }
  return refusedReply(refused, { request, signedInAs, retry, cookies: [setCookie] })
}

/** The request as it is now, if its ticket still opens it: a refusal is told even when it does not. */
async function openedFor({ ticket }: PendingLogin, deps: Dependencies): Promise<OpenedRequest | undefined> {
  try {
    return await findRequest(await openTicket(ticket, deps), deps)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

/**
 * Anyone can type an error code into this address, so it only selects words: it is not counted as a fault of the setup,
 * because people are alerted on these.
 */
function asTyped(reply: Reply): Reply {
  if (!isReason(reply.outcome) || entryOf(reply.outcome).status < 500) return reply
  return { ...reply, status: entryOf('SignInFailed').status, outcome: 'SignInFailed' }
}

function notSignedIn(error: string | undefined): Refusal {
  if (error === 'access_denied') return refusal('SignInCancelled', 'You can sign in again, or close this page.')
  // The person who has this browser can write any code here: an unknown one is not shown.
  return (
    signInFault(error ?? '') ??
    refusal('SignInFailed', 'Nothing has changed. Please try again; if it happens again, tell the platform team.')
  )
}
