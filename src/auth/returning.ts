// The return from Google: only for the browser that began the login, and only once. It answers with a redirect in every
// case, so that neither code, state nor token stays in the address bar.
import { type Refusal, refusal } from '../domain/outcome.ts'
import { signInFault } from '../domain/sign-in.ts'
import { approve } from './approval.ts'
import type { Cookies } from './cookies.ts'
import { type Dependencies, placeOf } from './dependencies.ts'
import { keep } from './kept-cookies.ts'
import { choiceItem, forgetChoice } from './last-choice.ts'
import { notBegunHerePath } from './not-begun-here.ts'
import { openedFor, refuseNow } from './opening.ts'
import { findLogin, forgetLogin, type KeptLogin, type PendingLogin } from './pending-login.ts'
import { failureOf, type Outcome, redirect, type Reply } from './reply.ts'
import { isApprovedBy, rememberApproval } from './seen-approval.ts'
import { countedReason, forgetResult, type RefusedSignIn, resultItem, type SignInResult } from './sign-in-result.ts'

/** The parameters of Google's redirect. */
export type Returned = { state: string; code: string | undefined; error: string | undefined }

/** The page for a sign-in without an approval. */
export const resultPath = '/approve/result'

type Context = { cookies: Cookies; deps: Dependencies }

/**
 * GET /oauth/callback: stores the approval, if Google's evidence is valid and every rule allows it. Deletes the login
 * cookie in any case.
 */
export async function finishLogin(returned: Returned, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const login = findLogin(returned.state, cookies, placeOf(deps))
  // Its code was not used, so it must not stay in the address bar either.
  if (!login) return sendOn(notBegunHerePath, 'NotBegunHere')
  const context = { cookies, deps }
  const reply = await replyTo(login, returned, context).catch((error: unknown) => fail(login, error, context))
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

async function replyTo(login: KeptLogin, { code, error }: Returned, context: Context): Promise<Reply> {
  const { deps } = context
  if (error !== undefined || !code) return refuse(login, { refused: notSignedIn(error), isTyped: true }, context)
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
  const cookies = [rememberApproval(salt, origin), forgetChoice(ticket, origin), forgetResult(ticket, origin)]
  return sendOn(`/approve/outcome?t=${encodeURIComponent(ticket)}`, outcome, cookies)
}

async function refuse(login: PendingLogin, result: RefusedSignIn, context: Context): Promise<Reply> {
  const { deps } = context
  const opened = await openedFor(login.ticket, deps)
  const request = opened?.request.metadata.name
  // Something in between may send the browser's return again, when the code is used up and the approval stored.
  if (opened && isApprovedBy(opened.request, login.salt)) {
    deps.log.info({ request }, 'auth: a sign-in came back again after its approval was stored; nothing is stored twice')
    return toOutcome(login, 'Approved', deps)
  }
  deps.log.info({ request, reason: result.refused.reason }, 'auth: an approval was refused')
  const late = opened && refuseNow(opened, deps)
  return sendToResult(login, { result, outcome: late?.reason ?? countedReason(result) }, context)
}

function fail(login: PendingLogin, error: unknown, context: Context): Reply {
  const failed = failureOf(error, context.deps)
  return sendToResult(login, { result: { failed }, outcome: failed.reason ?? `areq-${failed.status}` }, context)
}

type Ending = { result: SignInResult; outcome: Outcome }

// The choice is kept again with the result, so that another try begins with what this sign-in was for.
function sendToResult(login: PendingLogin, { result, outcome }: Ending, { cookies, deps }: Context): Reply {
  const { ticket, narrowing, comment } = login
  const choice = choiceItem(ticket, { ...narrowing, comment })
  const items = [resultItem(ticket, result), ...(choice ? [choice] : [])]
  return sendOn(`${resultPath}?t=${encodeURIComponent(ticket)}`, outcome, keep(items, cookies, placeOf(deps)))
}

function notSignedIn(error: string | undefined): Refusal {
  if (error === 'access_denied') return refusal('SignInCancelled', 'You can sign in again, or close this page.')
  // The person who has this browser can write any code here: an unknown one is not shown.
  return (
    signInFault(error ?? '') ??
    refusal('SignInFailed', 'Nothing has changed. Please try again; if it happens again, tell the platform team.')
  )
}
