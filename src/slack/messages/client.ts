// The one WebClient: no retries of its own and no hidden queue, because the caller decides when to come back.
import { LogLevel, WebClient } from '@slack/web-api'
import { retryAfterIn } from '../../domain/failed-answer.ts'
import type { Secret } from '../../domain/secret.ts'

type ClientOptions = {
  token: Secret
  /** Another address than Slack's, for the sandbox and tests. Whoever sets it has checked that it is a loopback address. */
  slackApiUrl?: string
  timeoutMs?: number
}

/** Where the client's own words would go. They may quote requests, so they go nowhere: every failure is an error too. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
}

/** For an answer of 429 that does not say how long to wait: a minute is the window of all of Slack's limits. */
const windowSeconds = 60

// The client takes a 429 for a rate limit only with a number in its Retry-After, and a proxy need not send one.
const askOnce: typeof fetch = async (address, options) => {
  const answer = await fetch(address, options)
  if (answer.status !== 429 || retryAfterIn(answer.headers.get('retry-after')) !== undefined) return answer
  await answer.body?.cancel()
  return new Response(null, { status: 429, headers: { 'retry-after': String(windowSeconds) } })
}

/** A client that makes each call once. A 429 rejects at once instead of stopping every other call. */
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
