// The process's own identity at Google. Its token comes from the metadata server directly, never through a proxy or a
// redirect, and is renewed once when a service refuses it.
import { type AuthClient, gaxios, OAuth2Client } from 'google-auth-library'
import { Broken } from '../domain/outcome.ts'
import { at } from './answer.ts'
import { useCommonConnections } from './transport.ts'

type RequestInterceptor = Extract<Parameters<AuthClient['transporter']['interceptors']['request']['add']>[0], object>

const guard: RequestInterceptor = {
  resolved: async config => {
    if (config.signal?.aborted) throw new Error('the call ended before it began')
    config.redirect = 'error'
    useCommonConnections(config)
    return config
  },
}

/**
 * The metadata server is part of the machine, without TLS. A proxy could answer in its place and give this process the
 * token of somebody else, or none.
 */
const metadataGuard: RequestInterceptor = {
  resolved: async config => {
    config.redirect = 'error'
    useCommonConnections(config)
    return config
  },
}

/** Guards the client's calls to the metadata server. Call it before the client looks for an identity. */
export function guardMetadata(): void {
  // The metadata client makes all its calls, and nobody else makes any, by this one instance.
  gaxios.instance.interceptors.request.add(metadataGuard)
}

type Asked = Partial<Record<'getRequestHeaders' | 'getRequestMetadataAsync', (url?: string | URL) => Promise<unknown>>>

/** Identities whose answers are guarded already. */
const guarded = new WeakSet<AuthClient>()

/**
 * An answer to the call for a token, of the metadata server or of the token service, must not be read as that of the API that
 * the token is for: a 403 there says nothing about a right here.
 */
function guardTokens(identity: AuthClient): void {
  if (guarded.has(identity)) return
  guarded.add(identity)
  const asked = identity as unknown as Asked
  for (const name of ['getRequestHeaders', 'getRequestMetadataAsync'] as const) {
    const ask = asked[name]?.bind(identity)
    if (ask)
      asked[name] = async url =>
        ask(url).catch(() => {
          throw new Broken("Google gave no token for Hallpass's own identity.")
        })
  }
}

/**
 * The process's own identity, so that its calls can be aborted safely. Fetching its token may take longer than the call
 * may, and the transport below (node-fetch) ends the whole process when it gets a body and a signal that has already
 * aborted. It would also follow a redirect, and turn a POST into a GET.
 */
export function guardIdentity<T extends AuthClient>(identity: T): T {
  guardMetadata()
  // A set, so that wrapping the same identity again changes nothing.
  identity.transporter.interceptors.request.add(guard)
  guardTokens(identity)
  return identity
}

/**
 * The result of `call`. If the service does not accept the identity's token (401), the token is renewed and the call is
 * made once more: a token can be revoked before its time, and the client sends it until the expiry that it was told.
 * `call` must be safe to repeat.
 */
export async function renewed<T>(identity: AuthClient, call: () => Promise<T>): Promise<T> {
  const sent = identity.credentials.access_token
  try {
    return await call()
  } catch (error) {
    if (statusOf(error) !== 401 || !canRenew(identity)) throw error
    const known = identity.credentials.access_token
    // Another call may have renewed it meanwhile.
    if (sent === undefined || known === sent) identity.setCredentials({ ...identity.credentials, expiry_date: 1 })
    return call()
  }
}

/** The status in an error of a REST client or of a generated client. */
function statusOf(error: unknown): unknown {
  return at(error, 'httpStatusCode') ?? at(at(error, 'response'), 'status')
}

// A sandbox has one fixed token and nothing that would give another.
function canRenew(identity: AuthClient): boolean {
  if (!(identity instanceof OAuth2Client)) return true
  return Boolean(identity.credentials.refresh_token ?? identity.refreshHandler)
}
