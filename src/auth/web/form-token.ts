// The form token: a random value that a form carries and a cookie repeats. Only our own pages can make the two agree.
import { randomBytes } from 'node:crypto'
import type { Purpose } from '../../domain/approval/digest.ts'
import { refusal, type Refused } from '../../domain/outcome.ts'
import { cookieName, type Cookies, isSameSecret, setCookie } from './cookies.ts'
import { no } from '../dependencies.ts'

const form = /^[A-Za-z0-9_-]{43}$/
/** A page may stay open over night. */
const maxAge = 12 * 3600

/** Where a form belongs: a form of one purpose is not accepted for another. */
type FormOf = { purpose: Purpose | 'door' | 'rehearse'; origin: URL }

/** The token for a form, and the Set-Cookie header that goes with it. Tabs of one browser share it. */
export function formToken(cookies: Cookies, { purpose, origin }: FormOf): { token: string; setCookie: string } {
  const name = nameOf({ purpose, origin })
  const standing = cookies[name]
  const token = standing && form.test(standing) ? standing : randomBytes(32).toString('base64url')
  return { token, setCookie: setCookie(name, token, { origin, maxAge }) }
}

/** Refuses a form whose token differs from the cookie. */
export function refuseFormToken(given: string | undefined, cookies: Cookies, of: FormOf): Refused | undefined {
  const name = nameOf(of)
  const standing = cookies[name]
  const agrees = given !== undefined && standing !== undefined && form.test(standing) && isSameSecret(given, standing)
  return agrees
    ? undefined
    : no(
        refusal(
          'FormTokenMissing',
          `This form is too old, or its cookie was deleted or blocked. The cookie is named ${name}; this site must be allowed to set it. Please open the link again.`,
        ),
      )
}

function nameOf({ purpose, origin }: FormOf): string {
  return cookieName(purpose === 'approve' ? 'hallpass-form' : `hallpass-form-${purpose}`, origin)
}
