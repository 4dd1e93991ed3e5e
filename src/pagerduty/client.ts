// One GET at PagerDuty through its client, made exactly once: no retry, no redirect, never longer than its signal. It
// returns any status. Users in the answers carry calendar secrets, so no part of a body is logged or quoted.
import { api } from '@pagerduty/pdjs'
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'

/** The address of each service region: https://support.pagerduty.com/main/docs/service-regions */
export const pagerDutyUrls = { us: 'https://api.pagerduty.com', eu: 'https://api.eu.pagerduty.com' }

/** What PagerDuty answered. `data` is absent when it was not JSON. */
export type PagerDutyResponse = { status: number; data?: unknown }
export type Query = Record<string, string | string[]>
/** Rejects only with Broken({answered: false}). */
export type Get = (path: string, query: Query, signal: AbortSignal) => Promise<PagerDutyResponse>

type ClientOptions = { token: Secret; rootUrl: string }

/** A getter on PagerDuty's official client, without the client's own retries and time-outs. */
export function createGet({ token, rootUrl }: ClientOptions): Get {
  const client = api({ token: token.reveal() })
  return async (path, query, signal) => {
    const once = onlyOnce()
    const options = {
      // The client's `server` would force https, which the sandbox does not have.
      url: `${rootUrl.replace(/\/+$/, '')}${path}`,
      queryParameters: query,
      signal,
      // Its own time-out only keeps the process alive.
      requestTimeout: 0,
      redirect: 'error' as const,
      ...once.options,
    }
    try {
      const { status, data } = await client.get(path, options)
      return { status, data: data as unknown }
    } catch (error) {
      if (once.wasLimited()) return { status: 429 }
      if (isAnswer(error)) return { status: error.status }
      // The cause is left out, because it quotes the request.
      throw new Broken('PagerDuty did not answer.', { answered: false })
    }
  }
}

/**
 * After a 429 the client repeats the call three times, 20 s apart, ignores its signal, and has no setting against that.
 * Its transport asks for an agent before each connection, so refusing the second agent ends the repeats immediately.
 */
function onlyOnce(): { options: object; wasLimited: () => boolean } {
  let connections = 0
  const agent = (): undefined => {
    connections += 1
    if (connections > 1) throw new Error('a call is made once')
  }
  return { options: { agent, retryTimeout: 0 }, wasLimited: () => connections > 1 }
}

// The client rejects with the response itself when its body is not JSON.
function isAnswer(error: unknown): error is { status: number } {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
}
