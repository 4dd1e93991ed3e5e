// How a sign-in begins: the form of a page is checked, and the browser that sent it is led to Google. Only cookies in that
// browser are stored.
import { randomBytes } from 'node:crypto'
import type { Purpose } from '../../domain/approval/digest.ts'
import type { Refused } from '../../domain/outcome.ts'
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { refuseFormToken } from '../web/form-token.ts'
import { type Item, keep } from '../web/kept-cookies.ts'
import { notBegunHerePath } from './not-begun-here.ts'
import { refuseCrossSite } from '../web/origin.ts'
import { goOnPage } from '../pages/go-on-page.ts'
import { findLoginById, loginId, loginItem, type PendingLogin } from './pending-login.ts'
import type { Delivery, Words } from './purpose.ts'
import { redirect, type Reply } from '../web/reply.ts'

/** Why this form was not sent from our page of this purpose. */
export function refuseForm(
  { token, purpose }: { token: string; purpose: Purpose },
  { cookies, header }: Delivery,
  { origin }: Dependencies,
): Refused | undefined {
  return refuseCrossSite(header, origin) ?? refuseFormToken(token, cookies, { purpose, origin })
}

/** 32 random bytes, base64url. */
export function random(): string {
  return randomBytes(32).toString('base64url')
}

/** What a login is begun with; `items` are kept with it. */
type Beginning = { login: Omit<PendingLogin, 'state' | 'verifier'>; items?: Item[]; cookies: Cookies }

/** Leads the browser to the page that leads to Google. */
export function startLogin({ login, items = [], cookies }: Beginning, deps: Dependencies): Reply {
  const pending = { ...login, state: random(), verifier: random() }
  const page = `/${login.purpose}/sign-in?login=${loginId(pending.state)}`
  return redirect(page, 'LoginBegun', keep([loginItem(pending), ...items], cookies, placeOf(deps)))
}

/** What a purpose asks Google for, and its words. */
type Going = { purpose: Purpose; access: 'identity' | 'cloud'; words: Words }

/** GET /PURPOSE/sign-in: leads the browser to Google, for a login of this purpose that it has begun. */
export function goOn(
  { id, cookies }: { id: string; cookies: Cookies },
  { purpose, access, words }: Going,
  deps: Dependencies,
): Reply {
  const login = findLoginById(id, cookies, placeOf(deps))
  if (!login?.isOurs || login.purpose !== purpose) return redirect(notBegunHerePath, 'NotBegunHere')
  const { state, nonce, verifier } = login
  const html = goOnPage(deps.login.authorizeUrl({ state, nonce, codeVerifier: verifier, access }), words.goingOn)
  return { status: 200, outcome: 'Shown', html }
}
