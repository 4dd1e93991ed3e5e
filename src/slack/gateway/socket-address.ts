// Asks Slack for the address of a new socket. Only an address of Slack's own is used.
import type { WebClient } from '@slack/web-api'
import { Broken } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'
import { codeOf, outcomeOf } from '../messages/outcome.ts'

/** Slack refuses the app-level token. Only a person can change that, and only a new process reads the new token. */
export class AppTokenRefused extends Error {
  override readonly name = 'AppTokenRefused'
  constructor(code: string) {
    super(
      `Slack refuses the app-level token ("${code}"). Put a valid one, with the scope connections:write, into the secret slack-app-token; it comes from the Slack app, "App-Level Tokens". Then start this process again.`,
    )
  }
}

/** Codes that stay until somebody changes the token, its scopes or the app (docs.slack.dev, "apps.connections.open"). */
const refusals = [
  'access_denied',
  'account_inactive',
  'forbidden_team',
  'invalid_auth',
  'missing_args',
  'missing_scope',
  'no_permission',
  'not_allowed_token_type',
  'not_authed',
  'team_access_not_granted',
  'team_disabled',
  'token_expired',
  'token_revoked',
  'user_removed_from_team',
]

/** Resolves to the address; rejects with AppTokenRefused, Waiting or Broken. */
export type AskAddress = () => Promise<string>

type Asking = {
  /** A client with the app-level token. */
  client: WebClient
  clock: Clock
  /** Whether Slack is a simulator on this machine. */
  isSimulated: boolean
}

/** Asks with this client. */
export function createAskAddress({ client, clock, isSimulated }: Asking): AskAddress {
  return async () => {
    const { url = '' } = await client.apps.connections.open({}).catch((error: unknown) => {
      const code = codeOf(error)
      if (code !== undefined && refusals.includes(code)) throw new AppTokenRefused(code)
      throw outcomeOf(error, { now: clock.now(), doing: 'open a socket' })
    })
    if (!isAllowed(URL.parse(url), isSimulated))
      throw new Broken('The address that Slack named for a socket is not an address of Slack.')
    return url
  }
}

function isAllowed(url: URL | null, isSimulated: boolean): boolean {
  if (!url || url.username || url.password) return false
  if (isSimulated) return url.protocol === 'ws:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  return url.protocol === 'wss:' && url.port === '' && url.hostname.endsWith('.slack.com')
}
