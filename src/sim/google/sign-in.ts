// Checks an authorization request as Google's authorization endpoint does: the chooser is shown only if everything is
// correct (https://developers.google.com/identity/protocols/oauth2/web-server).
import { cloudPlatform } from './tokens.ts'
import type { OAuthClient, Person } from './types.ts'

/** An authorization request that may be shown to a person. */
export type SignIn = {
  redirectUri: string
  scopes: string[]
  codeChallenge: string
  state?: string
  nonce?: string
  loginHint?: string
}

/** A fault for which Google shows its own error page and never redirects. */
export type PageFault = { http: number; code: string; message: string }

const knownScopes = ['openid', 'email', 'profile', cloudPlatform, 'https://www.googleapis.com/auth/userinfo.email']

/** The checked request, or the fault to show. */
export function judgeSignIn(query: URLSearchParams, client: OAuthClient): SignIn | PageFault {
  const repeated = [...new Set(query.keys())].find(name => query.getAll(name).length > 1)
  if (repeated) return badRequest(`Parameter given more than once: ${repeated}`)
  if (query.get('client_id') !== client.id)
    return { http: 401, code: 'invalid_client', message: 'The OAuth client was not found.' }
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!client.redirectUris.includes(redirectUri))
    return { http: 400, code: 'redirect_uri_mismatch', message: `redirect_uri=${redirectUri}` }
  const scopes = (query.get('scope') ?? '').split(' ').filter(Boolean)
  const fault = faultOf(query, scopes)
  if (fault) return badRequest(fault)
  return { redirectUri, scopes, codeChallenge: query.get('code_challenge') ?? '', ...optional(query) }
}

/** Why this person is kept out, if the application is for its own organisation only. */
export function judgePerson({ hd }: Person, { internalTo, appName }: OAuthClient): PageFault | undefined {
  if (!internalTo || (hd && internalTo.includes(hd))) return undefined
  return { http: 403, code: 'org_internal', message: `${appName} can only be used within its organization.` }
}

// PKCE with S256 and the account chooser are optional at Google. Here they are not: a login without them is a mistake.
function faultOf(query: URLSearchParams, scopes: readonly string[]): string | undefined {
  if (query.get('response_type') !== 'code') return 'Invalid response_type: only "code" is accepted'
  if (scopes.length === 0) return 'Missing required parameter: scope'
  const unknown = scopes.find(scope => !knownScopes.includes(scope))
  if (unknown) return `Some requested scopes were invalid: ${unknown}`
  if (query.get('code_challenge_method') !== 'S256') return 'code_challenge_method must be S256'
  if (!/^[A-Za-z0-9_-]{43}$/.test(query.get('code_challenge') ?? '')) return 'Invalid code_challenge'
  if (query.get('prompt') !== 'select_account') return 'prompt must be select_account'
  if (!['online', null].includes(query.get('access_type'))) return 'access_type must be online'
  return undefined
}

function optional(query: URLSearchParams): Pick<SignIn, 'state' | 'nonce' | 'loginHint'> {
  const [state, nonce, loginHint] = [query.get('state'), query.get('nonce'), query.get('login_hint')]
  return {
    ...(state !== null && { state }),
    ...(nonce !== null && { nonce }),
    ...(loginHint !== null && { loginHint: loginHint.toLowerCase() }),
  }
}

function badRequest(message: string): PageFault {
  return { http: 400, code: 'invalid_request', message }
}
