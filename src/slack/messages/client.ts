// The one WebClient: no retries of its own and no hidden queue, because the caller decides when to come back.
import { LogLevel, WebClient } from '@slack/web-api'
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

/** A client that makes each call once. A 429 rejects at once instead of stopping every other call. */
export function createClient({ token, slackApiUrl, timeoutMs = 10_000 }: ClientOptions): WebClient {
  return new WebClient(token.reveal(), {
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    allowAbsoluteUrls: false,
    logger: silent,
    ...(slackApiUrl && { slackApiUrl }),
  })
}
