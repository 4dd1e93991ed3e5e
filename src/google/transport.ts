// Clients for Google that make each call once: no retry, no redirect, no debug log, and a time limit for every call.
// Only the one answer shows the effect of a call with a person's token.
import { OAuth2Client, type OAuth2ClientOptions } from 'google-auth-library'
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
      useCommonConnections(config)
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

/**
 * Uses the connections of the whole process, which app has told about the proxy. The library would choose a proxy by
 * itself, by other rules: for plain http and for this machine too, so that a token could reach the proxy.
 */
export function useCommonConnections(config: { agent?: unknown }): void {
  delete config.agent
}

/** The address of Google's APIs; only a sandbox has another one, which app has checked. */
export function withoutSlash(rootUrl: string): string {
  return rootUrl.replace(/\/+$/, '')
}
