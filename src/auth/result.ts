// The page after a sign-in that did not become an approval: why, or what happened to the request meanwhile.
import { entryOf } from '../domain/refusals.ts'
import type { Cookies } from './cookies.ts'
import { type Dependencies, placeOf } from './dependencies.ts'
import { formToken } from './form-token.ts'
import { lastChoice } from './last-choice.ts'
import { openedFor, refuseNow } from './opening.ts'
import { becameReply, failureReply, redirect, refusedReply, type Reply } from './reply.ts'
import { countedReason, findResult, type RefusedSignIn } from './sign-in-result.ts'

type Context = { cookies: Cookies; deps: Dependencies }

/** GET /approve/result. Without a result in this browser the form says all there is to say. */
export async function showResult(sealed: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const result = findResult(sealed, cookies, placeOf(deps))
  if (!result) return redirect(`/approve?t=${encodeURIComponent(sealed)}`, 'Shown')
  // It was counted when it happened.
  if ('failed' in result) return { ...failureReply(result.failed, sealed), outcome: 'Shown' }
  return { ...(await replyTo(sealed, result, { cookies, deps })), outcome: 'Shown' }
}

async function replyTo(sealed: string, result: RefusedSignIn, { cookies, deps }: Context): Promise<Reply> {
  const { refused, signedInAs } = result
  const opened = await openedFor(sealed, deps)
  const late = opened && refuseNow(opened, deps)
  if (late) return becameReply(opened, late, { deps, sealed, cookies, place: placeOf(deps) })
  const request = opened?.request.metadata.name
  const { status } = entryOf(countedReason(result))
  const { button } = entryOf(refused.reason)
  const choice = opened && lastChoice(sealed, opened.request.spec, { cookies, place: placeOf(deps) })
  if (!choice || !button) return { ...refusedReply(refused, { request, signedInAs }), status }
  const { token, setCookie } = formToken(cookies, deps.origin)
  const retry = { label: button, ticket: sealed, formToken: token, choice }
  return { ...refusedReply(refused, { request, signedInAs, retry, cookies: [setCookie] }), status }
}
