// Google's refusals because of the account or token that called, whatever it is allowed to do. Google answers some of
// them with 401 and some with 403 (https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto).
import { type Refusal, refusal } from '../domain/outcome.ts'
import type { FailedAnswer } from './answer.ts'

type About = 'account' | 'scope' | 'token'

const reasons: Record<string, About> = {
  ACCOUNT_STATE_INVALID: 'account',
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: 'scope',
  ACCESS_TOKEN_EXPIRED: 'token',
  ACCESS_TOKEN_TYPE_UNSUPPORTED: 'token',
  CREDENTIALS_MISSING: 'token',
  OVERLOADED_CREDENTIALS: 'token',
  SESSION_COOKIE_INVALID: 'token',
}

/** What about the caller Google refuses; undefined when it refuses something else. A 401 without reason is the token. */
export function callerFault({ status, reason }: FailedAnswer): About | undefined {
  const about = reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason] : undefined
  return about ?? (status === 401 ? 'token' : undefined)
}

/**
 * A fault of Hallpass's own identity that the platform team must correct; undefined for a token that Google no longer
 * accepts, because the next one may be accepted.
 */
export function ownIdentityFault(answer: FailedAnswer, whom: string): Refusal | undefined {
  const about = callerFault(answer)
  if (about === 'account')
    return refusal(
      'IdentityDisabled',
      `${whom} says that the service account of this process is disabled or deleted. The platform team must enable it or bind another one.`,
    )
  if (about === 'scope')
    return refusal(
      'IdentityScopeMissing',
      `The token of this process's identity lacks a scope that ${whom} needs. The platform team must give the identity the scope "cloud-platform".`,
    )
  return undefined
}
