// Tries to exchange a sign-in code that Google has not given: the answer says whether Google knows the OAuth client and
// its secret, and nothing changes.
import { codeIn } from '../domain/failed-answer.ts'
import { Broken } from '../domain/outcome.ts'
import { at } from '../google/answer.ts'
import { createOnceClient, withoutSlash } from '../google/transport.ts'
import type { AuthConfig } from './config.ts'

/** `answer` is the status with the code of RFC 6749, such as `400 invalid_grant`. */
type Redeemed = { request: string; status: number; code: string | undefined; answer: string }

/** Rejects with Broken when Google does not answer. `root` is the address of a sandbox's simulator. */
export async function redeem(
  code: string,
  { auth, root }: { auth: AuthConfig; root: string | undefined },
): Promise<Redeemed> {
  const request = 'POST oauth2.googleapis.com/token'
  const fields = {
    grant_type: 'authorization_code',
    code,
    client_id: auth.oauthClientID,
    client_secret: auth.oauthClientSecret.reveal(),
    redirect_uri: redirectUriOf(auth),
  }
  const url = root ? `${withoutSlash(root)}/token` : 'https://oauth2.googleapis.com/token'
  const sent = { url, method: 'POST' as const, data: new URLSearchParams(fields) }
  const { transporter } = createOnceClient({})
  // The client's own error holds the secret, so it is dropped.
  const { status, data } = await transporter
    .request<unknown>({ ...sent, responseType: 'json', validateStatus: () => true })
    .catch(() => {
      throw new Broken(`Google did not answer ${request}.`, { answered: false })
    })
  const said = codeIn(at(data, 'error'))
  return { request, status, code: said, answer: [status, said].filter(part => part !== undefined).join(' ') }
}

/** Exactly as it must be registered with the OAuth client. */
export function redirectUriOf({ publicUrl }: Pick<AuthConfig, 'publicUrl'>): string {
  return `${publicUrl}/oauth/callback`
}
