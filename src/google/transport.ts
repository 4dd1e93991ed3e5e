// Clients for Google that make each call once: no retry, no redirect, no debug log, and a time limit for every call.
// Only the one answer shows the effect of a call with a person's token.
import { type AuthClient, OAuth2Client, type OAuth2ClientOptions } from 'google-auth-library'
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'

/** The longest time for a call, in milliseconds, by default. */
export const callTimeoutMs = 10_000

/** An OAuth client whose own calls (code exchange, certificates) are made once and end in time. */
export function createOnceClient(options: OAuth2ClientOptions, timeoutMs = callTimeoutMs): OAuth2Client {
  // The library's own interceptors would print headers and bodies when an environment variable says so.
  const client = new OAuth2Client({ ...options, useAuthRequestParameters: false })
  client.transporter.interceptors.request.add({
    resolved: async config => {
      config.retry = false
      delete config.retryConfig
      config.redirect = 'error'
      config.signal = AbortSignal.timeout(timeoutMs)
      return config
    },
  })
  return client
}

/** A client that carries this one access token, cannot get another, and is thrown away after the call. */
export function personClient(token: Secret, timeoutMs = callTimeoutMs): OAuth2Client {
  const client = createOnceClient({}, timeoutMs)
  client.setCredentials({ access_token: token.reveal() })
  return client
}

type RequestInterceptor = Extract<Parameters<AuthClient['transporter']['interceptors']['request']['add']>[0], object>

const guard: RequestInterceptor = {
  resolved: async config => {
    if (config.signal?.aborted) throw new Error('the call ended before it began')
    config.redirect = 'error'
    return config
  },
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
  // A set, so that wrapping the same identity again changes nothing.
  identity.transporter.interceptors.request.add(guard)
  guardTokens(identity)
  return identity
}

/**
 * The result of `work`, or Broken at the deadline. Includes the time for fetching a token, unlike the clients'
 * time-outs.
 */
export async function inTime<T>(work: Promise<T>, timeoutMs: number, whose: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken(`${whose} did not answer in time.`, { answered: false })), timeoutMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The address of Google's APIs; only a sandbox has another one, which app has checked. */
export function withoutSlash(rootUrl: string): string {
  return rootUrl.replace(/\/+$/, '')
}
