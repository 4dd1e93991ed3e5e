// Whether this browser gave the approval that counts. Its cookie holds the salt of the decision, which nobody else's browser
// knows, so that the page after the approval can say more than the link alone.
import type { AccessRequest } from '../api/kinds.ts'
import { standingDecision } from '../domain/eligibility.ts'
import { cookieName, type Cookies, isSameSecret, setCookie } from './cookies.ts'
import type { Viewer } from './pages/outcome-page.ts'

/** Longer than anybody watches the page. */
const maxAgeSeconds = 15 * 60

/** The Set-Cookie header that marks this browser as the one that approved. */
export function rememberApproval(salt: string, origin: URL): string {
  return setCookie(nameOf(salt, origin), salt, { origin, maxAge: maxAgeSeconds })
}

/** Who looks: a colleague when this browser gave the approval that counts; else anyone. */
export function viewerOf({ status }: AccessRequest, cookies: Cookies, origin: URL): Viewer {
  const salt = standingDecision(status)?.evidence?.salt
  const held = salt && cookies[nameOf(salt, origin)]
  return salt && held && isSameSecret(salt, held) ? 'colleague' : 'anyone'
}

/** Whether the approval that counts came from the sign-in with this salt. */
export function isApprovedBy({ status }: AccessRequest, salt: string): boolean {
  const given = standingDecision(status)
  return given?.verdict === 'Approved' && given.evidence !== undefined && isSameSecret(given.evidence.salt, salt)
}

function nameOf(salt: string, origin: URL): string {
  return cookieName(`hallpass-approved-${salt.slice(0, 16)}`, origin)
}
