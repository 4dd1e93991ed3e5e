// The process's own Google identity: Workload Identity in production, a simulated token in a sandbox. It opens keys and
// writes the log; no identity of ours may ever change an IAM policy.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library'
import type { SandboxConfig } from './config.ts'

const ownScopes = ['https://www.googleapis.com/auth/cloudkms', 'https://www.googleapis.com/auth/logging.write']
/** For reading custom roles alone: IAM takes no narrower scope. What the identity may do there is left to its rights. */
export const roleReaderScopes = ['https://www.googleapis.com/auth/cloud-platform']

/** Google's client for this process. Rejects when there is no identity; no token is asked for before the first call. */
export async function ownIdentity(
  sandbox: SandboxConfig | undefined,
  scopes: readonly string[] = ownScopes,
): Promise<AuthClient> {
  if (!sandbox?.googleAccessToken) return new GoogleAuth({ scopes: [...scopes] }).getClient()
  const client = new OAuth2Client()
  client.setCredentials({ access_token: sandbox.googleAccessToken.reveal() })
  return client
}
