// What Google's error codes for a sign-in mean, at the token endpoint and on the way back to the browser. The code chooses
// words only; an unknown one chooses none.
import { type Refusal, refusal } from '../outcome.ts'

/** Codes for a client that is set up wrongly: of RFC 6749, and Google's own. */
const clientCodes = [
  'invalid_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
  'disabled_client',
  'deleted_client',
  'org_internal',
  'invalid_scope',
  'unsupported_response_type',
]
/** Codes with which Workspace enforces a policy of its administrators. */
const administratorCodes = ['admin_policy_enforced', 'app_blocked', 'restricted_client']

/** Why a sign-in failed that no person can correct by trying again; undefined for every other code. */
export function signInFault(code: string): Refusal | undefined {
  if (clientCodes.includes(code))
    return refusal(
      'OAuthClientNotAccepted',
      `Google does not accept Hallpass's OAuth client (${code}). The platform team must check its id, the secret "oauth-client-secret", the registered redirect URI, and whom its consent screen admits.`,
    )
  if (administratorCodes.includes(code))
    return refusal(
      'AppBlocked',
      `The administrators of Google Workspace block Hallpass for this account (${code}). They must trust its OAuth client under "API controls".`,
    )
  return undefined
}
