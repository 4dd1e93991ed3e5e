// Whether this browser gave the approval that counts. Its cookie holds the salt of the decision, which nobody else's browser
// knows, so that the page after the approval can say more than the link alone. And who looks at a request.
import type { AccessRequest } from '../api/kinds.ts'
import { standingDecision } from '../domain/eligibility.ts'
import { cookieName, type Cookies, isSameSecret, setCookie } from './cookies.ts'
import type { Place } from './dependencies.ts'
import type { Viewer } from './pages/outcome-page.ts'
import { findResult } from './sign-in-result.ts'

/** Longer than anybody watches the page. */
const maxAgeSeconds = 15 * 60

/** A link as a browser opens it. */
export type Link = { sealed: string; cookies: Cookies; place: Place }

/** The Set-Cookie header that marks this browser as the one that approved. */
export function rememberApproval(salt: string, origin: URL): string {
  return setCookie(nameOf(salt, origin), salt, { origin, maxAge: maxAgeSeconds })
}

/** Whether this browser gave the approval that counts. */
export function hasApproved({ status }: AccessRequest, cookies: Cookies, origin: URL): boolean {
  const salt = standingDecision(status)?.evidence?.salt
  const held = salt && cookies[nameOf(salt, origin)]
  return Boolean(salt && held && isSameSecret(salt, held))
}

/**
 * Who looks: a colleague when this browser gave the approval that counts, or when somebody of the organisation signed in
 * here with this link a moment ago and was refused; else anyone.
 */
export function viewerOf(request: AccessRequest, { sealed, cookies, place }: Link): Viewer {
  if (hasApproved(request, cookies, place.origin)) return 'colleague'
  const result = findResult(sealed, cookies, place)
  return result && 'refused' in result && result.isInside ? 'colleague' : 'anyone'
}

/** Whether the approval that counts came from the sign-in with this salt. */
export function isApprovedBy({ status }: AccessRequest, salt: string): boolean {
  const given = standingDecision(status)
  return given?.verdict === 'Approved' && given.evidence !== undefined && isSameSecret(given.evidence.salt, salt)
}

function nameOf(salt: string, origin: URL): string {
  return cookieName(`hallpass-approved-${salt.slice(0, 16)}`, origin)
}
