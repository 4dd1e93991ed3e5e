// The approval page and its form. Reading the page changes nothing; the form begins a login with Google and stores only
// a cookie in the browser that sent it.
import { randomBytes } from 'node:crypto'
import { commitmentOf } from '../domain/approval.ts'
import { nonceOf } from '../domain/digest.ts'
import type { Cookies } from './cookies.ts'
import type { Dependencies } from './dependencies.ts'
import { formToken, refuseFormToken } from './form-token.ts'
import { rememberBrowser } from './known-browser.ts'
import { type Choice, choiceOf, durationChoices, narrowingOf, readForm, termsOf } from './narrowing.ts'
import { findRequest, openTicket, refuseNow, type OpenedRequest } from './opening.ts'
import { refuseCrossSite } from './origin.ts'
import { approvePage } from './pages/approve-page.ts'
import { keepLogin, type PendingLogin } from './pending-login.ts'
import { viewerOf } from './seen-approval.ts'
import { becameReply, formNotRead, redirect, refusedReply, type Reply, statusOf } from './reply.ts'
import { type Refusal } from '../domain/outcome.ts'

/** GET /approve: what will be granted, or what happened to the request. */
export async function showApproval(sealed: string, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const opened = await findRequest(await openTicket(sealed, deps), deps)
  const refused = refuseNow(opened, deps)
  if (refused) return became(opened, refused, { sealed, cookies, deps })
  const choice = choiceOf(opened.request.spec, undefined, undefined)
  return formReply({ opened, choice, sealed, cookies }, deps)
}

/** A form as the browser sent it. */
export type Delivery = { body: unknown; cookies: Cookies; header: (name: string) => string | undefined }

/** POST /approve: checks the origin and the values of the form, then redirects the browser to Google. */
export async function beginLogin({ body, cookies, header }: Delivery, deps: Dependencies): Promise<Reply> {
  const sent = readForm(body)
  if (!sent) return refusedReply(formNotRead())
  const forged = refuseCrossSite(header, deps.origin) ?? refuseFormToken(sent.token, cookies, deps.origin)
  if (forged) return refusedReply(forged.refusal)
  const { sealed, choice } = sent
  const opened = await findRequest(await openTicket(sealed, deps), deps)
  const refused = refuseNow(opened, deps)
  if (refused) return became(opened, refused, { sealed, cookies, deps })
  const problem = refuseNow(opened, deps, termsOf(choice))
  if (problem) return formReply({ opened, choice, sealed, cookies, problem }, deps)
  const login = newLogin(opened, choice, { sealed, begunAt: deps.clock.now() })
  return redirect(
    authorizeUrl(opened, login, deps),
    'LoginBegun',
    keepLogin(login, cookies, { origin: deps.origin, key: deps.cookieKey }),
  )
}

type Link = { sealed: string; cookies: Cookies; deps: Dependencies }

function became(opened: OpenedRequest, refused: Refusal, { sealed, cookies, deps }: Link): Reply {
  const viewer = viewerOf(opened.request, cookies, deps.origin)
  return becameReply(opened, refused, { deps, ticket: sealed, viewer })
}

type Form = { opened: OpenedRequest; choice: Choice; sealed: string; cookies: Cookies; problem?: Refusal }

function formReply({ opened, choice, sealed, cookies, problem }: Form, deps: Dependencies): Reply {
  const { request, mapping } = opened
  const { token, setCookie } = formToken(cookies, deps.origin)
  return {
    status: problem ? statusOf(problem) : 200,
    outcome: problem?.reason ?? 'Shown',
    html: approvePage({
      request,
      choice,
      durations: durationChoices(request.spec, mapping),
      ticket: sealed,
      formToken: token,
      now: deps.clock.now(),
      problem: problem?.message,
    }),
    cookies: [setCookie, rememberBrowser({ origin: deps.origin, now: deps.clock.now(), key: deps.cookieKey })],
  }
}

function newLogin(
  { request }: OpenedRequest,
  choice: Choice,
  { sealed, begunAt }: { sealed: string; begunAt: Date },
): PendingLogin {
  const random = (): string => randomBytes(32).toString('base64url')
  return {
    state: random(),
    verifier: random(),
    salt: random(),
    ticket: sealed,
    narrowing: narrowingOf(choice, request.spec),
    comment: choice.comment || undefined,
    begunAt,
  }
}

function authorizeUrl({ request }: OpenedRequest, login: PendingLogin, deps: Dependencies): string {
  const { state, verifier } = login
  return deps.login.authorizeUrl({ state, nonce: nonceOf(commitmentOf(request, login)), codeVerifier: verifier })
}
