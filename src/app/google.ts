// The process's own Google identity: Workload Identity in production, a simulated token in a sandbox. It uses the keys
// and writes the log; no identity of Hallpass may change an IAM policy.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library'
import { guardMetadata } from '../google/identity.ts'
import type { SandboxConfig } from './config.ts'

const ownScopes = ['https://www.googleapis.com/auth/cloudkms', 'https://www.googleapis.com/auth/logging.write']
/** Only for reading custom roles: IAM accepts no narrower scope. The identity's rights limit what it can do. */
export const roleReaderScopes = ['https://www.googleapis.com/auth/cloud-platform']

/**
 * Our calls name the project themselves. Without one the library looks for it, and runs a program with the name `gcloud`
 * if there is one, which may take seconds and prints a token of the person who is signed in there.
 */
const notAsked = 'not-asked'

/** Google's client for this process. Rejects when there is no identity. No token is requested before the first call. */
export async function ownIdentity(
  sandbox: SandboxConfig | undefined,
  scopes: readonly string[] = ownScopes,
): Promise<AuthClient> {
  guardMetadata()
  if (!sandbox?.googleAccessToken) return new GoogleAuth({ scopes: [...scopes], projectId: notAsked }).getClient()
  const client = new OAuth2Client()
  client.setCredentials({ access_token: sandbox.googleAccessToken.reveal() })
  return client
}
