#!/usr/bin/env bash
# A 429 for one method of Slack stops every other call of the same WebClient until its Retry-After is over.
#
# Versions: @slack/web-api 8.2.0; Node.js 20 and 24.
# Expected: Slack limits by method, and chat.postMessage by channel, so other methods continue.
# Seen: users.info, which is not limited, is sent only when the two seconds of the other method are over. With
# `rejectRateLimitedCalls: true` the limited call rejects at once and nothing waits.
# Output:
#   by default:             users.info was answered after 2.0 s
#   rejectRateLimitedCalls: users.info was answered after 0.0 s
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/web-api@8.2.0
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { LogLevel, WebClient } from '@slack/web-api'

let limited = 0
const slack = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    if (incoming.url.endsWith('/chat.postMessage') && limited++ === 0) {
      response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '2' }).end('{"ok":false,"error":"ratelimited"}')
    } else response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}')
  })
}).listen(0, '127.0.0.1')
await once(slack, 'listening')

async function waitOf(options) {
  limited = 0
  const client = new WebClient('xoxb-any', {
    slackApiUrl: `http://127.0.0.1:${slack.address().port}/api/`,
    logLevel: LogLevel.ERROR,
    ...options,
  })
  const seen429 = new Promise(resolve => client.once('rate_limited', resolve))
  const posting = client.chat.postMessage({ channel: 'C1', text: 'hello' }).catch(() => undefined)
  await seen429
  const began = Date.now()
  await client.users.info({ user: 'U1' })
  const ms = Date.now() - began
  await posting
  return ms
}
const [usual, rejecting] = [await waitOf({}), await waitOf({ rejectRateLimitedCalls: true })]
const say = ms => `users.info was answered after ${(ms / 1000).toFixed(1)} s`
console.log(`by default:             ${say(usual)}\nrejectRateLimitedCalls: ${say(rejecting)}`)
process.exit(usual >= 1800 && rejecting < 1000 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
