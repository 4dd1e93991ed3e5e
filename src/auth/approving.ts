// The approval page and its form. Reading the page changes nothing; the form begins a login with Google and stores only
// cookies in the browser that sent it.
import { randomBytes } from 'node:crypto'
import { commitmentOf } from '../domain/approval.ts'
import { nonceOf } from '../domain/digest.ts'
import type { Cookies } from './cookies.ts'
import { type Dependencies, placeOf } from './dependencies.ts'
import { formToken, refuseFormToken } from './form-token.ts'
import { keep } from './kept-cookies.ts'
import { rememberBrowser } from './known-browser.ts'
import { choiceItem, lastChoice } from './last-choice.ts'
import { type Choice, choiceOf, durationChoices, narrowingOf, readForm, termsOf } from './narrowing.ts'
import { notBegunHerePath } from './not-begun-here.ts'
import { findRequest, openTicket, refuseNow, type OpenedRequest } from './opening.ts'
import { refuseCrossSite } from './origin.ts'
import { approvePage } from './pages/approve-page.ts'
import { goOnPage } from './pages/go-on-page.ts'
import { findLoginById, loginId, loginItem, type PendingLogin } from './pending-login.ts'
import { becameReply, formNotRead, redirect, refusedReply, type Reply, statusOf } from './reply.ts'
import { type Refusal } from '../domain/outcome.ts'

/** GET /approve: what will be granted, as this browser chose before if it did; or what happened to the request. */
export async function showApproval(sealed: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const opened = await findRequest(await openTicket(sealed, deps), deps)
  const place = placeOf(deps)
  const refused = refuseNow(opened, deps)
  if (refused) return becameReply(opened, refused, { deps, sealed, cookies, place })
  const last = lastChoice(sealed, opened.request.spec, { cookies, place })
  const problem = last && refuseNow(opened, deps, termsOf(last))
  const choice = last ?? choiceOf(opened.request.spec, undefined, undefined)
  return formReply({ opened, choice, sealed, cookies, problem, isAsBefore: last !== undefined }, deps)
}

/** A form as the browser sent it. */
export type Delivery = { body: unknown; cookies: Cookies; header: (name: string) => string | undefined }

/** POST /approve: checks the origin and the values of the form, then leads the browser to Google. */
export async function beginLogin({ body, cookies, header }: Delivery, deps: Dependencies): Promise<Reply> {
  const sent = readForm(body)
  if (!sent) return refusedReply(formNotRead())
  const forged = refuseCrossSite(header, deps.origin) ?? refuseFormToken(sent.token, cookies, deps.origin)
  if (forged) return refusedReply(forged.refusal)
  const { sealed, choice } = sent
  const opened = await findRequest(await openTicket(sealed, deps), deps)
  const place = placeOf(deps)
  const refused = refuseNow(opened, deps)
  if (refused) return becameReply(opened, refused, { deps, sealed, cookies, place })
  const kept = choiceItem(sealed, choice)
  const problem = refuseNow(opened, deps, termsOf(choice))
  if (problem && !kept) return correctionReply({ opened, choice, sealed, cookies, problem }, deps)
  const items = kept ? [kept] : []
  if (problem) return redirect(`/approve?t=${encodeURIComponent(sealed)}`, problem.reason, keep(items, cookies, place))
  const login = newLogin(opened, choice, sealed)
  return redirect(
    `${signInPath}?login=${loginId(login.state)}`,
    'LoginBegun',
    keep([loginItem(login), ...items], cookies, place),
  )
}

/** The page that leads to Google. */
export const signInPath = '/approve/sign-in'

/** GET /approve/sign-in: leads the browser to Google, for a login that it has begun. */
export function goOn(id: string, cookies: Cookies, deps: Dependencies): Reply {
  const login = findLoginById(id, cookies, placeOf(deps))
  if (!login?.isOurs) return redirect(notBegunHerePath, 'NotBegunHere')
  const { state, nonce, verifier } = login
  const html = goOnPage(deps.login.authorizeUrl({ state, nonce, codeVerifier: verifier }))
  return { status: 200, outcome: 'Shown', html }
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
  const { token, setCookie } = formToken(cookies, deps.origin)
  return {
    status: 200,
    outcome: 'Shown',
    html: approvePage({
      request,
      choice,
      durations: durationChoices(request.spec, mapping),
      ticket: sealed,
      formToken: token,
      now: deps.clock.now(),
      problem: problem?.message,
      isAsBefore,
    }),
    cookies: [setCookie, rememberBrowser({ origin: deps.origin, now: deps.clock.now(), key: deps.cookieKey })],
  }
}

function newLogin({ request }: OpenedRequest, choice: Choice, sealed: string): PendingLogin {
  const random = (): string => randomBytes(32).toString('base64url')
  const terms = {
    salt: random(),
    narrowing: narrowingOf(choice, request.spec),
    comment: choice.comment || undefined,
  }
  const nonce = nonceOf(commitmentOf(request, terms))
  return { ...terms, state: random(), verifier: random(), nonce, ticket: sealed }
}
