// The approval page, its form, and what the page becomes. Reading it changes nothing; the form begins a login with Google.
import { commitmentOf } from '../../domain/approval/approval.ts'
import { nonceOf } from '../../domain/approval/digest.ts'
import type { AccessRequest, RequestSpec } from '../../api/kinds.ts'
import { type Refusal } from '../../domain/outcome.ts'
import { approvedNarrowing, standingDecision } from '../../domain/approval/quorum.ts'
import { refuseNow } from './approval.ts'
import { random, refuseForm, startLogin } from '../login/beginning.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, type Place, placeOf } from '../dependencies.ts'
import { formToken } from '../web/form-token.ts'
import { keep } from '../web/kept-cookies.ts'
import { rememberBrowser } from '../login/known-browser.ts'
import { findHeld } from './held-already.ts'
import { choiceItem, lastChoice } from './last-choice.ts'
import { type Choice, choiceOf, durationChoices, narrowingOf, readForm, termsOf } from './narrowing.ts'
import { findRequest, mappingOf, openTicket, type OpenedRequest } from '../web/opening.ts'
import { approvePage } from '../pages/approve-page.ts'
import { outcomePage } from '../pages/outcome-page.ts'
import { isBeingGranted } from '../pages/outcome-words.ts'
import type { Delivery, Visit } from '../login/purpose.ts'
import { formNotRead, redirect, refusedReply, type Reply, statusOf } from '../web/reply.ts'
import { hasApproved, type Link, viewerOf } from './seen-entry.ts'

const purpose = 'approve'

/** GET /approve: what will be granted, as this browser chose before if it did; or what happened to the request. */
export async function showApproval(sealed: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
  const place = placeOf(deps)
  const refused = refuseNow(opened, deps)
  if (refused) return approved(opened, refused, { deps, sealed, cookies, place })
  const last = lastChoice(sealed, opened.request.spec, { cookies, place })
  const problem = last && refuseNow(opened, deps, termsOf(last))
  const choice = last ?? choiceOf(opened.request.spec, approvedNarrowing(opened.request), undefined)
  return formReply({ opened, choice, sealed, cookies, problem, isAsBefore: last !== undefined }, deps)
}

/** POST /approve: checks the origin and the values of the form, then leads the browser to Google. */
export async function beginApproval(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  const sent = readForm(delivery.body)
  if (!sent) return refusedReply(formNotRead())
  const forged = refuseForm({ token: sent.token, purpose }, delivery, deps)
  if (forged) return refusedReply(forged.refusal)
  const { sealed, choice } = sent
  const { cookies } = delivery
  const opened = await findRequest(await openTicket({ sealed, purpose }, deps), deps)
  const place = placeOf(deps)
  const refused = refuseNow(opened, deps)
  if (refused) return approved(opened, refused, { deps, sealed, cookies, place })
  const kept = choiceItem(sealed, choice)
  const problem = refuseNow(opened, deps, termsOf(choice))
  if (problem && !kept) return correctionReply({ opened, choice, sealed, cookies, problem }, deps)
  const items = kept ? [kept] : []
  if (problem) return redirect(`/approve?t=${encodeURIComponent(sealed)}`, problem.reason, keep(items, cookies, place))
  return startLogin({ login: loginFor(opened, choice, sealed), items, cookies }, deps)
}

function loginFor(
  { request }: OpenedRequest,
  choice: Choice,
  sealed: string,
): Parameters<typeof startLogin>[0]['login'] {
  const narrowing = narrowingOf(choice, request.spec)
  const terms = { salt: random(), narrowing, comment: choice.comment || undefined }
  return { ...terms, purpose, nonce: nonceOf(commitmentOf(request, terms)), ticket: sealed }
}

type Form = {
  opened: OpenedRequest
  choice: Choice
  sealed: string
  cookies: Cookies
  problem?: Refusal | undefined
  isAsBefore?: boolean
}

/** A form that is larger than what a browser keeps is sent back at once. */
function correctionReply(form: Form & { problem: Refusal }, deps: Dependencies): Reply {
  const { problem } = form
  return { ...formReply(form, deps), status: statusOf(problem), outcome: problem.reason }
}

function formReply({ opened, choice, sealed, cookies, problem, isAsBefore = false }: Form, deps: Dependencies): Reply {
  const { request, mapping } = opened
  // What an earlier approver has left out cannot be chosen again.
  const { duration = request.spec.duration } = approvedNarrowing(request) ?? {}
  const { token, setCookie } = formToken(cookies, { purpose, origin: deps.origin })
  return {
    status: 200,
    outcome: 'Shown',
    html: approvePage({
      request,
      choice,
      durations: durationChoices({ ...request.spec, duration }, mapping),
      mostInSequence: mapping?.maxConsecutiveSeconds,
      ticket: sealed,
      formToken: token,
      now: deps.clock.now(),
      problem: problem?.message,
      isAsBefore,
    }),
    cookies: [setCookie, rememberBrowser({ origin: deps.origin, now: deps.clock.now(), key: deps.cookieKey })],
  }
}

/** The fields of the form as this browser chose last for this link. */
export function chosenTerms(
  sealed: string,
  spec: RequestSpec,
  at: { cookies: Cookies; place: Place },
): (readonly [string, string])[] | undefined {
  const choice = lastChoice(sealed, spec, at)
  if (!choice) return undefined
  const { duration = '', comment, grants } = choice
  return [['duration', duration], ['comment', comment], ...grants.map(index => ['grants', String(index)] as const)]
}

/** What happened to a request that can no longer be decided. */
export function approved(
  { request, mapping }: OpenedRequest,
  refused: Refusal,
  { deps, ...link }: Link & { deps: Dependencies },
): Reply {
  const now = deps.clock.now()
  if (!isTold(refused, request)) return refusedReply(refused, { request: request.metadata.name })
  const isMine = hasApproved(request, link.cookies, link.place.origin)
  // The page that it leads to waits for the grant.
  const held = isMine ? findHeld(link.sealed, request.spec, link) : []
  const look = { now, ticket: link.sealed, viewer: viewerOf(isMine, link), asksAgain: isMine, held }
  return { status: statusOf(refused), outcome: refused.reason, html: outcomePage(request, mapping, look) }
}

// The outcome page shows more than the refusal's sentence, as soon as the state contains it.
function isTold({ reason }: Refusal, request: AccessRequest): boolean {
  return reason === 'AlreadyDecided' || reason === 'AlreadyEnded' || standingDecision(request) !== undefined
}

/** A ticket serves until the window closes; for this long after that, a browser can read what happened to the request. */
const outcomeGraceSeconds = 3600

/**
 * GET /approve/outcome: what happened to the request. Only the browser that approved waits for the grant, because other
 * viewers' pages show nothing more later. A page that waited as long as it may asks again at once; every other page has a
 * link.
 */
export async function approvedOutcome(sealed: string, { cookies, gone }: Visit, deps: Dependencies): Promise<Reply> {
  const { request: found } = await findRequest(await openTicket({ sealed, purpose }, deps, outcomeGraceSeconds), deps)
  const isMine = hasApproved(found, cookies, deps.origin)
  const viewer = viewerOf(isMine, { sealed, cookies, place: placeOf(deps) })
  const { request, hasWaited } = isMine
    ? await deps.held.untilAtRest(found, seen => isBeingGranted(seen, deps.clock.now()), gone)
    : { request: found, hasWaited: false }
  const now = deps.clock.now()
  const held = isMine ? findHeld(sealed, request.spec, { cookies, place: placeOf(deps) }) : []
  const look = { now, ticket: sealed, viewer, asksAgain: hasWaited, held }
  const html = outcomePage(request, mappingOf(request, deps), look)
  return { status: 200, outcome: 'Shown', html }
}
