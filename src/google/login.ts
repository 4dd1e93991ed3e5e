// Google's login, code flow with PKCE: implements the login port. A code is exchanged only once. Tokens leave as
// Secrets. Nothing is stored.
import { createHash } from 'node:crypto'
import { CodeChallengeMethod } from 'google-auth-library'
import { unreadable } from '../domain/failed-answer.ts'
import { Broken, Refused, type Waiting } from '../domain/outcome.ts'
import type { AskedLogin, Clock, Login } from '../domain/ports.ts'
import { Secret } from '../domain/secret.ts'
import { signInFault } from '../domain/approval/sign-in.ts'
import { at, failedAnswer, textOf } from './answer.ts'
import { passingOutcome } from './passing.ts'
import { createOnceClient, withoutSlash } from './transport.ts'

type LoginOptions = {
  clock: Clock
  clientID: string
  clientSecret: Secret
  /** Exactly as registered with the OAuth client. */
  redirectUri: string
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}

/** The scopes of a login. */
const loginScopes: Record<AskedLogin['access'], string[]> = {
  identity: ['openid', 'email'],
  cloud: ['openid', 'email', 'https://www.googleapis.com/auth/cloud-platform'],
}

/** The login port (https://developers.google.com/identity/protocols/oauth2/web-server). */
export function createLogin(options: LoginOptions): Login {
  const { clock, clientID, clientSecret, redirectUri, rootUrl, timeoutMs } = options
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
    authorizeUrl: ({ state, nonce, codeVerifier, access, loginHint }) =>
      client.generateAuthUrl({
        access_type: 'online',
        scope: loginScopes[access],
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
        throw outcomeOf(error, clock.now())
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

/** Codes of failures on Google's side, which it also answers with 400. */
const passingCodes = ['temporarily_unavailable', 'server_error', 'internal_failure']

// Codes of https://www.rfc-editor.org/rfc/rfc6749#section-5.2. The client's error contains the code and the client's
// secret.
function outcomeOf(error: unknown, now: Date): Refused | Waiting | Broken {
  if (error instanceof Broken) return error
  const answer = failedAnswer(error)
  const code = oauthCode(error)
  // OAuth has its own codes, while Google's other APIs have a google.rpc.Code.
  const passing = passingOutcome(
    { ...answer, rpc: code, isQuota: code === 'rate_limit_exceeded' },
    { whom: 'Google', doing: 'confirm a sign-in', now },
  )
  if (passing) return passing
  if (code === undefined || passingCodes.includes(code))
    return new Broken(`Google could not confirm a sign-in (${code ?? unreadable}).`)
  if (code === 'invalid_grant')
    return new Refused(
      'CodeNotAccepted',
      'Google did not accept the sign-in: it is too old, or it was used a moment ago and may count already. Please open the link again; it shows what has happened.',
    )
  const fault = signInFault(code)
  if (fault) return new Refused(fault.reason, fault.message)
  return new Refused('SignInRefused', `Google refused the sign-in (${code}). Please open the link again.`)
}

// A proxy's page or JSON has no such code.
function oauthCode(error: unknown): string | undefined {
  const code = textOf(at(at(at(error, 'response'), 'data'), 'error'))
  return code !== undefined && /^[a-z_]{1,60}$/.test(code) ? code : undefined
}
