// Clients of Google's that make a call once: no retry, no redirect, no debug log, and an end to every call. What a call with
// a person's token did, only its one answer can say.
import { type AuthClient, OAuth2Client, type OAuth2ClientOptions } from 'google-auth-library'
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'

/** Longest a call may take, in milliseconds, unless told otherwise. */
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

/**
 * The process's own identity, made safe to give up on. Fetching its token may take longer than the call has, and the
 * transport beneath (node-fetch) ends the whole process when it is handed a body and a signal that has already aborted.
 * It would also follow a redirect, and make a GET of a POST on the way.
 */
export function guardIdentity<T extends AuthClient>(identity: T): T {
  // A set: guarding the same identity again changes nothing.
  identity.transporter.interceptors.request.add(guard)
  return identity
}

/** What `work` gives, or Broken at the deadline. Counts the time for fetching a token, which no client's time-out does. */
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

/** Where Google's APIs are; only a sandbox has another place, which app has checked. */
export function withoutSlash(rootUrl: string): string {
  return rootUrl.replace(/\/+$/, '')
}
