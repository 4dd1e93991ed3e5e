// Cloud Logging as the person at the terminal sees it: with their own Google credentials, or in a sandbox with those of
// the sandbox.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library'
import { Broken } from '../domain/outcome.ts'
import type { Clock, LogReader } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { guardMetadata } from '../google/identity.ts'
import { createLogReader } from '../google/log-reader.ts'
import type { LogPlace } from './log-place.ts'

/** Enough for reading every log that the person may read. */
const logScopes = ['https://www.googleapis.com/auth/logging.read']
/** The APIs of policies accept no narrower scope. */
const everyScope = ['https://www.googleapis.com/auth/cloud-platform']

/** Whose credentials are used. */
export type Caller = {
  place: LogPlace
  /** An access token, instead of the application default credentials. */
  token?: Secret | undefined
}

export type CallerLogsOptions = Caller & {
  clock: Clock
  pause?: (ms: number) => Promise<void>
}

/** The port. Rejects with Broken when there are no credentials. */
export async function openCallerLogs({
  place,
  token = place.sandbox?.token,
  clock,
  pause,
}: CallerLogsOptions): Promise<LogReader> {
  const authClient = token ? tokenClient(token) : await defaultClient(logScopes)
  const rootUrl = place.sandbox?.rootUrl
  return createLogReader({ authClient, clock, ...(rootUrl && { rootUrl }), ...(pause && { pause }) })
}

/** A client with the rights of the person, for every API. Rejects with Broken when there are no credentials. */
export async function callerClient({ place, token = place.sandbox?.token }: Caller): Promise<AuthClient> {
  return token ? tokenClient(token) : defaultClient(everyScope)
}

function tokenClient(token: Secret): AuthClient {
  const client = new OAuth2Client()
  client.setCredentials({ access_token: token.reveal() })
  return client
}

/** What to do without credentials. */
export const noCredentials =
  'You have no Google credentials here. Run gcloud auth application-default login, or give a token with --token-file <(gcloud auth print-access-token).'

async function defaultClient(scopes: string[]): Promise<AuthClient> {
  guardMetadata()
  try {
    return await new GoogleAuth({ scopes, projectId: 'not-asked' }).getClient()
  } catch {
    throw new Broken(noCredentials)
  }
}
