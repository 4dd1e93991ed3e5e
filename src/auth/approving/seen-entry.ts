// Whether a stored entry came from this browser. Its cookie holds the salt of the entry, which nobody else's browser
// knows, so that the page after the sign-in can say more than the link alone. And who looks at a request.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Purpose } from '../../domain/approval/digest.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { cookieName, type Cookies, isSameSecret, setCookie } from '../web/cookies.ts'
import type { Place } from '../dependencies.ts'
import type { Viewer } from '../pages/outcome-page.ts'
import { findResult } from '../login/sign-in-result.ts'

/** Longer than anybody watches the page. */
const maxAgeSeconds = 15 * 60

/** A link as a browser opens it. */
export type Link = { sealed: string; cookies: Cookies; place: Place }

/** An entry by the purpose and the salt of its sign-in. */
export type EntryOf = { purpose: Purpose; salt: string }

/** The Set-Cookie header that marks this browser as the one that the entry came from. */
export function rememberEntry({ purpose, salt }: EntryOf, origin: URL): string {
  return setCookie(nameOf({ purpose, salt }, origin), salt, { origin, maxAge: maxAgeSeconds })
}

/** Whether the entry came from this browser. */
export function isFrom(entry: EntryOf, cookies: Cookies, origin: URL): boolean {
  const held = cookies[nameOf(entry, origin)]
  return Boolean(held && isSameSecret(entry.salt, held))
}

/** Whether this browser gave an approval that counts. */
export function hasApproved(request: AccessRequest, cookies: Cookies, origin: URL): boolean {
  return approvalsOf(request).some(
    ({ evidence }) => evidence && isFrom({ purpose: 'approve', salt: evidence.salt }, cookies, origin),
  )
}

/**
 * Who looks: a colleague when an entry that counts came from this browser, or when somebody of the organisation signed in
 * here with this link a moment ago and was refused; else anyone.
 */
export function viewerOf(isMine: boolean, { sealed, cookies, place }: Link): Viewer {
  if (isMine) return 'colleague'
  const result = findResult(sealed, cookies, place)
  return result && 'refused' in result && result.isInside ? 'colleague' : 'anyone'
}

function nameOf({ purpose, salt }: EntryOf, origin: URL): string {
  return cookieName(`hallpass-${purpose === 'approve' ? 'approved' : purpose}-${salt.slice(0, 16)}`, origin)
}
