// GET /me: what the last rehearsal in this browser found, and the form that begins another.
import type { Cookies } from '../web/cookies.ts'
import { type Dependencies, placeOf } from '../dependencies.ts'
import { formToken } from '../web/form-token.ts'
import { mePage } from '../pages/me-page.ts'
import type { Reply } from '../web/reply.ts'
import { findResult } from '../login/sign-in-result.ts'
import { findingsOf, lastRehearsal } from './rehearsing.ts'
import { resultKey } from './visits.ts'

/** The findings are shown to this browser for 15 minutes. */
export function showMe(cookies: Cookies, deps: Dependencies): Reply {
  const place = placeOf(deps)
  const { token, setCookie } = formToken(cookies, { purpose: 'rehearse', origin: deps.origin })
  const rehearsed = lastRehearsal(cookies, place)
  const last = rehearsed && { rehearsed, findings: findingsOf(rehearsed, deps) }
  const result = findResult(resultKey('rehearse'), cookies, place)
  return { status: 200, outcome: 'Shown', html: mePage({ formToken: token, result, last }), cookies: [setCookie] }
}
