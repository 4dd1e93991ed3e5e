// Google's login, code flow with PKCE: implements the login port. A code is exchanged once and never again; tokens leave as
// Secrets; nothing is stored.
import { createHash } from 'node:crypto'
import { CodeChallengeMethod } from 'google-auth-library'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Login } from '../domain/ports.ts'
import { Secret } from '../domain/secret.ts'
import { at, failedAnswer, textOf } from './answer.ts'
import { notGoogles } from './forbidden.ts'
import { createOnceClient, withoutSlash } from './transport.ts'

type LoginOptions = {
  clientID: string
  clientSecret: Secret
  /** Exactly as registered with the OAuth client. */
  redirectUri: string
  /** Another place than Google's, for the sandbox and tests. Whoever sets it has checked that it is a loopback address. */
  rootUrl?: string
  timeoutMs?: number
}

/** What a login asks for: who it is, and to act on Google Cloud for an hour. */
const loginScopes = ['openid', 'email', 'https://www.googleapis.com/auth/cloud-platform']

/** The login port (https://developers.google.com/identity/protocols/oauth2/web-server). */
export function createLogin({ clientID, clientSecret, redirectUri, rootUrl, timeoutMs }: LoginOptions): Login {
  const root = rootUrl && withoutSlash(rootUrl)
  const client = createOnceClient(
    {
      clientId: clientID,
      clientSecret: clientSecret.reveal(),
      redirectUri,
      ...(root && { endpoints: { oauth2AuthBaseUrl: `${root}/o/oauth2/v2/auth`, oauth2TokenUrl: `${root}/token` } }),
    },
    timeoutMs,
  )
  return {
    authorizeUrl: ({ state, nonce, codeVerifier, loginHint }) =>
      client.generateAuthUrl({
        access_type: 'online',
        scope: loginScopes,
        include_granted_scopes: false,
        prompt: 'select_account',
        code_challenge_method: CodeChallengeMethod.S256,
        code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
        state,
        nonce,
        ...(loginHint && { login_hint: loginHint }),
      }),
    exchange: async (code, codeVerifier) => {
      try {
        return tokensOf((await client.getToken({ code, codeVerifier })).tokens)
      } catch (error) {
        throw outcomeOf(error)
      }
    },
  }
}

function tokensOf(tokens: unknown): Awaited<ReturnType<Login['exchange']>> {
  const [access, id] = [textOf(at(tokens, 'access_token')), textOf(at(tokens, 'id_token'))]
  if (access === undefined || id === undefined) throw new Broken("Google's answer to the sign-in holds no tokens.")
  const scopes = (textOf(at(tokens, 'scope')) ?? '').split(' ').filter(Boolean)
  return { accessToken: new Secret(access), idToken: new Secret(id), scopes }
}

/** Codes that say that the client is set up wrongly; the last two are Google's own. */
const clientCodes = [
  'invalid_client',
  'unauthorized_client',
  'redirect_uri_mismatch',
  'disabled_client',
  'deleted_client',
]

// Codes of https://www.rfc-editor.org/rfc/rfc6749#section-5.2. The client's error holds the code and the client's secret.
function outcomeOf(error: unknown): Error {
  if (error instanceof Broken) return error
  const { status } = failedAnswer(error)
  const code = oauthCode(error)
  if (status === undefined) return new Broken('Google did not answer to the sign-in.', { answered: false })
  if (status >= 500 || status === 429) return new Broken(`Google answered ${status} to the sign-in.`)
  if (code === undefined) return new Broken(`${notGoogles(status)} when Google was to confirm a sign-in.`)
  if (code === 'invalid_grant')
    return new Refused(
      'CodeNotAccepted',
      'Google did not accept the sign-in; it may be too old or used already. Please open the approval link again.',
    )
  if (clientCodes.includes(code))
    return new Refused(
      'OAuthClientNotAccepted',
      `Google does not accept Hallpass's OAuth client (${code}). The platform team must check its id, the secret "oauth-client-secret" and the registered redirect URI.`,
    )
  return new Refused('SignInRefused', `Google refused the sign-in (${code}). Please open the approval link again.`)
}

// A proxy's page or JSON has no such code.
function oauthCode(error: unknown): string | undefined {
  const code = textOf(at(at(at(error, 'response'), 'data'), 'error'))
  return code !== undefined && /^[a-z_]{1,60}$/.test(code) ? code : undefined
}
