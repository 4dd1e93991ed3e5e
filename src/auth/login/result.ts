// The page after a sign-in that was not accepted: why, or what happened to the request meanwhile.
import type { Purpose } from '../../domain/approval/digest.ts'
import { entryOf } from '../../domain/refusals.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { formToken } from '../web/form-token.ts'
import { openedFor, type TicketFor } from '../web/opening.ts'
import { purposeRows } from './purposes.ts'
import { failureReply, redirect, refusedReply, type Reply } from '../web/reply.ts'
import { countedReason, findResult, type RefusedSignIn } from './sign-in-result.ts'

type Context = { cookies: Cookies; deps: Dependencies }

/** GET /PURPOSE/result. Without a result in this browser the form says all there is to say. */
export async function showResult(link: TicketFor, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const { sealed, purpose } = link
  const result = findResult(sealed, cookies, placeOf(deps))
  if (!result) return redirect(pageOf(link), 'Shown')
  // It was counted when it happened.
  if ('failed' in result) {
    const { nothing } = purposeRows[purpose].words
    return { ...failureReply(result.failed, { href: pageOf(link), nothing }), outcome: 'Shown' }
  }
  return { ...(await replyTo(link, result, { cookies, deps })), outcome: 'Shown' }
}

function pageOf({ sealed, purpose }: { sealed: string; purpose: Purpose }): string {
  return `/${purpose}?t=${encodeURIComponent(sealed)}`
}

async function replyTo(link: TicketFor, result: RefusedSignIn, { cookies, deps }: Context): Promise<Reply> {
  const { sealed, purpose } = link
  const { about, words } = purposeRows[purpose]
  const { refused, signedInAs } = result
  const opened = about && (await openedFor(link, deps))
  const place = placeOf(deps)
  const late = opened && about?.recording.refuseNow(opened, deps)
  if (about && late) return about.became(opened, late, { deps, sealed, cookies, place })
  const request = opened?.request.metadata.name
  const { status } = entryOf(countedReason(result))
  const { button } = entryOf(refused.reason)
  const more = { request, signedInAs, cannot: words.cannot }
  const fields = opened && about?.chosen(sealed, opened.request.spec, { cookies, place })
  if (!fields || !button) return { ...refusedReply(refused, more), status }
  const { token, setCookie } = formToken(cookies, { purpose, origin: deps.origin })
  const retry = { label: button, purpose, ticket: sealed, formToken: token, fields }
  return { ...refusedReply(refused, { ...more, retry, cookies: [setCookie] }), status }
}
