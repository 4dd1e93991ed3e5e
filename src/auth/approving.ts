// The approval page and its form. Reading the page changes nothing; the form begins a login with Google and stores nothing
// but a cookie in the browser that sent it.
import { randomBytes } from 'node:crypto'
import { commitmentOf } from '../domain/approval.ts'
import { nonceOf } from '../domain/digest.ts'
import type { Cookies } from './cookies.ts'
import type { Desk } from './desk.ts'
import { formToken, refuseFormToken } from './form-token.ts'
import { rememberBrowser } from './known-browser.ts'
import { type Choice, choiceOf, durationChoices, narrowingOf, readForm, termsOf } from './narrowing.ts'
import { findRequest, openTicket, refuseNow, type Standing } from './opening.ts'
import { refuseCrossSite } from './origin.ts'
import { approvePage } from './pages/approve-page.ts'
import { keepLogin, type PendingLogin } from './pending-login.ts'
import { viewerOf } from './seen-approval.ts'
import { becameReply, formNotRead, redirect, refusedReply, type Reply, statusOf } from './reply.ts'
import { type Refusal } from '../domain/outcome.ts'

/** GET /approve: what will be granted, or what became of the request. */
export async function showApproval(sealed: string, cookies: Cookies, desk: Desk): Promise<Reply> {
  const standing = await findRequest(await openTicket(sealed, desk), desk)
  const refused = refuseNow(standing, desk)
  if (refused) return became(standing, refused, { sealed, cookies, desk })
  const choice = choiceOf(standing.request.spec, undefined, undefined)
  return formReply({ standing, choice, sealed, cookies }, desk)
}

/** A form as a browser sent it. */
export type Delivery = { body: unknown; cookies: Cookies; header: (name: string) => string | undefined }

/** POST /approve: judges where the form comes from and what it says, then sends the browser to Google. */
export async function beginLogin({ body, cookies, header }: Delivery, desk: Desk): Promise<Reply> {
  const sent = readForm(body)
  if (!sent) return refusedReply(formNotRead())
  const forged = refuseCrossSite(header, desk.origin) ?? refuseFormToken(sent.token, cookies, desk.origin)
  if (forged) return refusedReply(forged.refusal)
  const { sealed, choice } = sent
  const standing = await findRequest(await openTicket(sealed, desk), desk)
  const refused = refuseNow(standing, desk)
  if (refused) return became(standing, refused, { sealed, cookies, desk })
  const problem = refuseNow(standing, desk, termsOf(choice))
  if (problem) return formReply({ standing, choice, sealed, cookies, problem }, desk)
  const login = newLogin(standing, choice, { sealed, begunAt: desk.clock.now() })
  return redirect(
    authorizeUrl(standing, login, desk),
    'LoginBegun',
    keepLogin(login, cookies, { origin: desk.origin, key: desk.cookieKey }),
  )
}

type Opened = { sealed: string; cookies: Cookies; desk: Desk }

function became(standing: Standing, refused: Refusal, { sealed, cookies, desk }: Opened): Reply {
  const viewer = viewerOf(standing.request, cookies, desk.origin)
  return becameReply(standing, refused, { desk, ticket: sealed, viewer })
}

type Form = { standing: Standing; choice: Choice; sealed: string; cookies: Cookies; problem?: Refusal }

function formReply({ standing, choice, sealed, cookies, problem }: Form, desk: Desk): Reply {
  const { request, mapping } = standing
  const { token, setCookie } = formToken(cookies, desk.origin)
  return {
    status: problem ? statusOf(problem) : 200,
    outcome: problem?.reason ?? 'Shown',
    html: approvePage({
      request,
      choice,
      durations: durationChoices(request.spec, mapping),
      ticket: sealed,
      formToken: token,
      now: desk.clock.now(),
      problem: problem?.message,
    }),
    cookies: [setCookie, rememberBrowser({ origin: desk.origin, now: desk.clock.now(), key: desk.cookieKey })],
  }
}

function newLogin(
  { request }: Standing,
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

function authorizeUrl({ request }: Standing, login: PendingLogin, desk: Desk): string {
  const { state, verifier } = login
  return desk.login.authorizeUrl({ state, nonce: nonceOf(commitmentOf(request, login)), codeVerifier: verifier })
}
