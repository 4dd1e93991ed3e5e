// The OAuth client, as far as somebody who signs in to nothing can see it: Google's answers to a code that it never gave,
// and to a sign-in that nobody continues.
import { createLogin } from '../../google/login.ts'
import { Broken } from '../../domain/outcome.ts'
import type { AuthConfig } from '../config.ts'
import { redeem, redirectUriOf } from '../redeem.ts'
import { type Check, type Installation, ok, unknown, wrong } from './check.ts'

const client = 'Google Auth Platform, Clients'

const secret: Check = {
  id: 'oauth-secret',
  component: 'oauth',
  of: ['auth'],
  asks: 'Does Google know the OAuth client with its secret?',
  look: async ({ config }) => {
    const auth = authOf(config)
    const { code, status } = await redeem('4/0-hallpass-doctor', { auth, root: config.sandbox?.google })
    // Google looks at the client first, and at the code only if it knows the client.
    if (code === 'invalid_grant') return ok(`Google knows the client "${auth.oauthClientID}" and its secret.`)
    if (code !== undefined && ['invalid_client', 'unauthorized_client', 'deleted_client'].includes(code))
      return wrong(
        `Google does not know the client "${auth.oauthClientID}" with the secret in oauth-client-secret (${code}).`,
        `Put the secret of this client (Google Cloud console, ${client}) into the secret oauth-client-secret, or correct google.oauthClientID.`,
      )
    return unknown(`Google's answer says nothing about the client (${status}).`)
  },
}

const redirect: Check = {
  id: 'oauth-redirect',
  component: 'oauth',
  of: ['auth'],
  asks: 'Does Google begin a sign-in with this client and its redirect URI?',
  look: async installation => {
    const auth = authOf(installation.config)
    const uri = redirectUriOf(auth)
    switch (await signInAnswer(installation, auth)) {
      case 'shown':
        return ok(`Google begins a sign-in of the client "${auth.oauthClientID}" that returns to ${uri}.`)
      case 'redirect_uri_mismatch':
        return wrong(
          `The client "${auth.oauthClientID}" does not have the redirect URI ${uri}.`,
          `Add exactly ${uri} to its authorised redirect URIs (Google Cloud console, ${client}), or correct publicUrl.`,
        )
      case 'invalid_client':
      case 'deleted_client':
        return wrong(
          `Google does not know the client "${auth.oauthClientID}".`,
          `Correct google.oauthClientID, or create the client (Google Cloud console, ${client}).`,
        )
      case undefined:
        return unknown("Google's answer to a sign-in says nothing about the client.")
    }
  },
}

const faults = ['redirect_uri_mismatch', 'invalid_client', 'deleted_client'] as const

/** Whether Google shows its sign-in, the code of its error page, or undefined for another answer. */
async function signInAnswer(
  { config: { sandbox }, clock, withinMs }: Installation,
  auth: AuthConfig,
): Promise<'shown' | (typeof faults)[number] | undefined> {
  const login = createLogin({
    clock,
    clientID: auth.oauthClientID,
    clientSecret: auth.oauthClientSecret,
    redirectUri: redirectUriOf(auth),
    ...(sandbox?.google && { rootUrl: sandbox.google }),
  })
  const nobody = { state: 'hallpass-doctor', nonce: 'hallpass-doctor', codeVerifier: 'hallpass-doctor'.repeat(3) }
  const answer = await fetch(login.authorizeUrl({ ...nobody, access: 'identity' }), {
    redirect: 'manual',
    signal: AbortSignal.timeout(withinMs),
  }).catch(() => {
    throw new Broken('Google did not answer to a sign-in (accounts.google.com).', { answered: false })
  })
  const text = (await answer.text().catch(() => '')).slice(0, 100_000)
  const to = URL.parse(answer.headers.get('location') ?? '', answer.url)
  // Google's error page is a redirect with the code inside of a parameter (not documented), or a page that has it.
  const shown = `${Buffer.from(to?.searchParams.get('authError') ?? '', 'base64').toString('latin1')} ${answer.ok ? '' : text}`
  const fault = faults.find(code => shown.includes(code))
  if (fault || to?.searchParams.has('authError')) return fault
  const isGoogles = to?.hostname === 'accounts.google.com' || (sandbox?.google !== undefined && to !== null)
  return answer.ok || (answer.status >= 300 && answer.status < 400 && isGoogles) ? 'shown' : undefined
}

function authOf({ auth }: Installation['config']): AuthConfig {
  if (!auth) throw new Broken('This process has no OAuth client.')
  return auth
}

/** The OAuth client. */
export const oauthChecks: readonly Check[] = [secret, redirect]
