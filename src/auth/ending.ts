// The page for ending access early, its form, and what comes of it. Reading it changes nothing; the form begins a login
// with Google. Nobody is refused here for who they are: Google says who may write the policy.
import { z } from 'zod'
import type { AccessRequest, RequestSpec } from '../api/kinds.ts'
import { nonceOf } from '../domain/digest.ts'
import type { Revocation } from '../domain/endings.ts'
import { refuseComment } from '../domain/narrowing.ts'
import type { Refusal } from '../domain/outcome.ts'
import { endingCommitment } from '../domain/revoking.ts'
import { oneLine } from '../domain/text.ts'
import { random, refuseForm, startLogin } from './beginning.ts'
import type { Cookies } from './cookies.ts'
import { type Dependencies, type Place, placeOf } from './dependencies.ts'
import { formToken } from './form-token.ts'
import { rememberBrowser } from './known-browser.ts'
import { choiceItem, lastChoice } from './last-choice.ts'
import { findRequest, mappingOf, openTicket, type OpenedRequest } from './opening.ts'
import { endPage } from './pages/end-page.ts'
import { endedPage, isBeingEnded } from './pages/ended-page.ts'
import type { Delivery, Visit } from './purpose.ts'
import { formNotRead, refusedReply, type Reply, statusOf } from './reply.ts'
import { revocation } from './revocation.ts'
import { isFrom, type Link, viewerOf } from './seen-entry.ts'

const purpose = 'revoke'

/** GET /revoke: what is ended, with the comment that this browser sent before; or what happened to the access. */
export async function showEnding(sealed: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
  const place = placeOf(deps)
  const refused = revocation.refuseNow(opened, deps)
  if (refused) return ended(opened, refused, { deps, sealed, cookies, place })
  const comment = lastChoice(sealed, opened.request.spec, { cookies, place })?.comment ?? ''
  return formReply({ opened, sealed, comment, cookies }, deps)
}

const one = z.string().max(4000)
const fields = z.object({ t: one, form: one, comment: one.default('') })

/** POST /revoke: checks the origin and the comment of the form, then leads the browser to Google. */
export async function beginEnding(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  const sent = fields.safeParse(delivery.body)
  if (!sent.success) return refusedReply(formNotRead())
  const { t: sealed, form: token } = sent.data
  const forged = refuseForm({ token, purpose }, delivery, deps)
  if (forged) return refusedReply(forged.refusal)
  const { cookies } = delivery
  const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
  const refused = revocation.refuseNow(opened, deps)
  if (refused) return ended(opened, refused, { deps, sealed, cookies, place: placeOf(deps) })
  // The nonce commits to the text that Slack and kubectl will show.
  const comment = oneLine(sent.data.comment)
  const problem = refuseComment(comment)
  if (problem) return formReply({ opened, sealed, comment, cookies, problem }, deps)
  const terms = { salt: random(), comment: comment || undefined }
  const nonce = nonceOf(endingCommitment(opened.request, terms))
  const kept = choiceItem(sealed, terms)
  const login = { ...terms, purpose, nonce, ticket: sealed, narrowing: undefined } as const
  return startLogin({ login, items: kept ? [kept] : [], cookies }, deps)
}

type Form = {
  opened: OpenedRequest
  sealed: string
  comment: string
  cookies: Cookies
  problem?: Refusal | undefined
}

function formReply({ opened, sealed, comment, cookies, problem }: Form, deps: Dependencies): Reply {
  const { request, mapping } = opened
  const { origin, clock, cookieKey: key } = deps
  const { token, setCookie } = formToken(cookies, { purpose, origin })
  const now = clock.now()
  const page = { request, mapping, comment, ticket: sealed, formToken: token, now, problem: problem?.message }
  return {
    status: problem ? statusOf(problem) : 200,
    outcome: problem?.reason ?? 'Shown',
    html: endPage(page),
    cookies: [setCookie, rememberBrowser({ origin, now, key })],
  }
}

/** The fields of the form as this browser sent it last for this link. */
export function chosenComment(
  sealed: string,
  spec: RequestSpec,
  at: { cookies: Cookies; place: Place },
): (readonly [string, string])[] | undefined {
  return [['comment', lastChoice(sealed, spec, at)?.comment ?? '']]
}

/** Access that cannot be ended: why, or what happened to it, to the person who ended it. */
export function ended(
  opened: OpenedRequest,
  refused: Refusal,
  { deps, ...link }: Link & { deps: Dependencies },
): Reply {
  const { request } = opened
  const mine = endingOf(request, link)
  if (viewerOf(mine !== undefined, link) === 'anyone') return refusedReply(refused, { request: request.metadata.name })
  const look = { mine, viewer: 'colleague', ticket: link.sealed, now: deps.clock.now(), asksAgain: false } as const
  return { status: statusOf(refused), outcome: refused.reason, html: endedPage(opened, look) }
}

/** The newest entry that came from this browser. */
function endingOf({ status }: AccessRequest, { cookies, place: { origin } }: Link): Revocation | undefined {
  return status?.endings?.findLast(
    (ending): ending is Revocation =>
      ending.evidence !== undefined && isFrom({ purpose, salt: ending.evidence.salt }, cookies, origin),
  )
}

/** A ticket serves until the access ends; for this long after that, a browser can read what happened to it. */
const outcomeGraceSeconds = 3600

/** GET /revoke/outcome: whether the access is removed. Only the browser that ended it waits for that. */
export async function endedOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const { request: found } = await findRequest(await openTicket({ sealed, purpose }, deps, outcomeGraceSeconds), deps)
  const link = { sealed, cookies, place: placeOf(deps) }
  const mine = endingOf(found, link)
  const { request, hasWaited } = mine
    ? await deps.held.untilAtRest(found, seen => isBeingEnded(seen, deps.clock.now()), gone)
    : { request: found, hasWaited: false }
  const viewer = viewerOf(mine !== undefined, link)
  const look = { mine, viewer, ticket: sealed, now: deps.clock.now(), asksAgain: hasWaited }
  return { status: 200, outcome: 'Shown', html: endedPage({ request, mapping: mappingOf(request, deps) }, look) }
}
