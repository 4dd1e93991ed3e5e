// One GET at PagerDuty through its client, made exactly once: no retry, no redirect, never longer than its signal. Answers
// with the status, whatever it is; users in the answers carry calendar secrets, so nothing of a body is ever logged or quoted.
import { api } from '@pagerduty/pdjs'
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'

/** What PagerDuty answered. `data` is absent when it was not JSON. */
export type Answer = { status: number; data?: unknown }
export type Query = Record<string, string | string[]>
/** Rejects only with Broken({answered: false}). */
export type Get = (path: string, query: Query, signal: AbortSignal) => Promise<Answer>

type ClientOptions = { token: Secret; rootUrl: string }

/** A getter on PagerDuty's official client, with the client's own habits taken away. */
export function createGet({ token, rootUrl }: ClientOptions): Get {
  const client = api({ token: token.reveal() })
  return async (path, query, signal) => {
    const once = onlyOnce()
    const options = {
      // The client's `server` would force https, which the sandbox does not have.
      url: `${rootUrl.replace(/\/+$/, '')}${path}`,
      queryParameters: query,
      signal,
      // Its own time-out does nothing but keep the process alive.
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
      // The cause stays out: it quotes the request.
      throw new Broken('PagerDuty did not answer.', { answered: false })
    }
  }
}

/**
 * The client repeats a call that was answered 429 three times, 20 s apart, deaf to its signal, and has no switch for it.
 * Its transport asks for an agent before each connection: refusing one the second time ends the repetition at once.
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
