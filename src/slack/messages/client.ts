// The only WebClient: without its own retries and hidden queue, because the caller decides when to try again.
import { LogLevel, WebClient } from '@slack/web-api'
import { retryAfterIn } from '../../domain/failed-answer.ts'
import type { Secret } from '../../domain/secret.ts'

type ClientOptions = {
  token: Secret
  /**
   * Another address than Slack's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  slackApiUrl?: string
  timeoutMs?: number
}

/** The client's own log. It may quote requests, so it is discarded: every failure is also an error. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
}

/** For a 429 without a waiting time: all of Slack's limits use a window of a minute. */
const windowSeconds = 60

// The client treats a 429 as a rate limit only with a number in its Retry-After, and a proxy need not send one.
const askOnce: typeof fetch = async (address, options) => {
  const answer = await fetch(address, options)
  if (answer.status !== 429 || retryAfterIn(answer.headers.get('retry-after')) !== undefined) return answer
  await answer.body?.cancel()
  return new Response(null, { status: 429, headers: { 'retry-after': String(windowSeconds) } })
}

/** A client that makes each call once. A 429 rejects immediately instead of stopping every other call. */
export function createClient({ token, slackApiUrl, timeoutMs = 10_000 }: ClientOptions): WebClient {
  return new WebClient(token.reveal(), {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    allowAbsoluteUrls: false,
    logger: silent,
    fetch: askOnce,
    ...(slackApiUrl && { slackApiUrl }),
  })
}
