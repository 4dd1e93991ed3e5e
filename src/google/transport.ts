// Clients of Google's that make a call once: no retry, no redirect, no debug log, and an end to every call. What a call with
// a person's token did, only its one answer can say.
import { OAuth2Client, type OAuth2ClientOptions } from 'google-auth-library'
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

/** Where Google's APIs are; only a sandbox has another place, which app has checked. */
export function withoutSlash(rootUrl: string): string {
  return rootUrl.replace(/\/+$/, '')
}
