// Tokens of another service account, made by IAM Credentials for the process's own identity. The account's rights limit what
// they can do, and taking its rights away ends all of it.
import { type AuthClient, GoogleAuth, OAuth2Client } from 'google-auth-library'
import { iamcredentials_v1 } from 'googleapis/build/src/apis/iamcredentials/v1.js'
import { Broken } from '../domain/outcome.ts'
import { at, textOf } from './answer.ts'
import { guardIdentity, renewed } from './identity.ts'
import { callTimeoutMs, inTime, withoutSlash } from './transport.ts'

type ReaderOptions = {
  /** The service account, by its address. */
  account: string
  scope: string
  /** The process's own identity, with the scope cloud-platform: IAM Credentials accepts no narrower one that it can get. */
  source: AuthClient
  /** Another address than Google's, for the sandbox and tests. */
  rootUrl?: string
  timeoutMs?: number
}

/**
 * A client with the account's token, which it makes again when it is over. Google's own class for this prints a warning
 * to the console whenever it is created.
 */
export function readerIdentity({
  account,
  scope,
  source,
  rootUrl,
  timeoutMs = callTimeoutMs,
}: ReaderOptions): AuthClient {
  const identity = guardIdentity(source)
  const { serviceAccounts } = new iamcredentials_v1.Iamcredentials({
    auth: new GoogleAuth({ authClient: identity }),
    ...(rootUrl && { rootUrl: `${withoutSlash(rootUrl)}/` }),
  }).projects
  const asked = { name: `projects/-/serviceAccounts/${account}`, requestBody: { scope: [scope], lifetime: '3600s' } }
  const client = new OAuth2Client()
  client.refreshHandler = async () => {
    const make = async (): Promise<{ data: unknown }> =>
      serviceAccounts.generateAccessToken(asked, { retry: false, signal: AbortSignal.timeout(timeoutMs) })
    const { data } = await inTime(renewed(identity, make), timeoutMs, 'IAM Credentials')
    const token = textOf(at(data, 'accessToken'))
    const expiry = Date.parse(textOf(at(data, 'expireTime')) ?? '')
    if (token === undefined || Number.isNaN(expiry)) throw new Broken('IAM Credentials gave no token.')
    return { access_token: token, expiry_date: expiry }
  }
  return client
}
