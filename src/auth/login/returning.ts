// The return from Google: only for the browser that began the login, and only once. It answers with a redirect in every
// case, so that neither code, state nor token stays in the address bar.
import type { RequestSpec } from '../../api/kinds.ts'
import type { Held } from '../../domain/granting/held.ts'
import { type Refusal, refusal } from '../../domain/outcome.ts'
import { acceptedAs } from '../../domain/audit/metric-labels.ts'
import { signInFault } from '../../domain/approval/sign-in.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { keep } from '../web/kept-cookies.ts'
import { heldItem } from '../approving/held-already.ts'
import { choiceItem, forgetChoice } from '../approving/last-choice.ts'
import { notBegunHerePath } from './not-begun-here.ts'
import { openedFor, ticketOf } from '../web/opening.ts'
import { findLogin, forgetLogin, type KeptLogin, type PendingLogin } from './pending-login.ts'
import { failureOf, type Outcome, redirect, type Reply } from '../web/reply.ts'
import { purposeRows } from './purposes.ts'
import { rememberEntry } from '../approving/seen-entry.ts'
import { countedReason, forgetResult, type RefusedSignIn, resultItem, type SignInResult } from './sign-in-result.ts'

/** The parameters of Google's redirect. */
export type Returned = { state: string; code: string | undefined; error: string | undefined }

type Context = { cookies: Cookies; deps: Dependencies }

/**
 * GET /oauth/callback: finishes what the sign-in was begun for, if Google's evidence is valid and every rule allows it.
 * Deletes the login cookie in any case.
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
  const { purpose } = login
  const result = await purposeRows[purpose].finish(login, code, deps)
  if ('refused' in result) return refuse(login, result, context)
  const { stored, held = [], next } = result
  const outcome = stored === 'unknown' ? 'Unknown' : acceptedAs[purpose]
  if (stored === 'unknown')
    deps.log.warn({ purpose }, 'auth: it is not known whether a sign-in was stored; the page shows the state')
  else deps.log.info({ purpose, request: stored.metadata.name }, 'auth: a sign-in was accepted and stored')
  return next
    ? sendOn(next.page, outcome, next.cookies)
    : toOutcome(login, { outcome, ...(stored !== 'unknown' && { spec: stored.spec, held }) }, context)
}

/** What came of it, and what the sign-in has shown. */
type Seen = { outcome: Outcome; spec?: RequestSpec; held?: readonly Held[] }

/** To the page that shows what comes of it. */
function toOutcome(login: PendingLogin, { outcome, spec, held = [] }: Seen, { cookies, deps }: Context): Reply {
  const { purpose, ticket } = login
  const { origin } = deps
  const set = [rememberEntry(login, origin), forgetChoice(ticket, origin), forgetResult(ticket, origin)]
  const told = spec && held.length > 0 ? keep([heldItem(ticket, spec, held)], cookies, placeOf(deps)) : []
  return sendOn(`/${purpose}/outcome?t=${encodeURIComponent(ticket)}`, outcome, [...set, ...told])
}

async function refuse(login: PendingLogin, result: RefusedSignIn, context: Context): Promise<Reply> {
  const { deps } = context
  const { purpose, salt } = login
  const recording = purposeRows[purpose].about?.recording
  const opened = recording && (await openedFor(ticketOf(login), deps))
  const request = opened?.request.metadata.name
  // Something in between may send the browser's return again, when the code is used up and the entry stored.
  if (opened && recording?.isStored(opened.request, salt)) {
    deps.log.info({ purpose, request }, 'auth: a sign-in came back again after it was stored; nothing is stored twice')
    return toOutcome(login, { outcome: acceptedAs[purpose] }, context)
  }
  deps.log.info({ purpose, request, reason: result.refused.reason }, 'auth: a sign-in was refused')
  const late = opened && recording?.refuseNow(opened, deps)
  return sendToResult(login, { result, outcome: late?.reason ?? countedReason(result) }, context)
}

function fail(login: PendingLogin, error: unknown, context: Context): Reply {
  const failed = failureOf(error, context.deps)
  return sendToResult(login, { result: { failed }, outcome: failed.reason ?? `areq-${failed.status}` }, context)
}

type Ending = { result: SignInResult; outcome: Outcome }

// The choice is kept again with the result, so that another try begins with what this sign-in was for.
function sendToResult(login: PendingLogin, { result, outcome }: Ending, { cookies, deps }: Context): Reply {
  const { purpose, ticket, narrowing, comment } = login
  const choice = choiceItem(ticket, { ...narrowing, comment })
  const items = [resultItem(ticket, result), ...(choice ? [choice] : [])]
  return sendOn(`/${purpose}/result?t=${encodeURIComponent(ticket)}`, outcome, keep(items, cookies, placeOf(deps)))
}

/** Why there is no code. The code of the error selects words only. */
export function notSignedIn(error: string | undefined): Refusal {
  if (error === 'access_denied') return refusal('SignInCancelled', 'You can sign in again, or close this page.')
  // The person who has this browser can write any code here: an unknown one is not shown.
  return (
    signInFault(error ?? '') ??
    refusal('SignInFailed', 'Nothing has changed. Please try again; if it happens again, tell the platform team.')
  )
}
