#!/usr/bin/env bash
# Slack's WebClient treats a late answer as a failure and calls again, chat.postMessage too: one message becomes
# several.
#
# Versions: @slack/web-api 8.2.0; Node.js 20 and 24.
# Expected: a method that is not idempotent is not repeated when it may have taken effect.
# Seen: with a `timeout`, each late answer is followed by another post, as often as `retryConfig` says (10 times unless it
# is
# given). The server here stores each message at once and answers a second later.
# Output:
#   chat.postMessage called once, timeout 300 ms, 3 retries: 4 messages posted, the call rejected
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/web-api@8.2.0
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { LogLevel, WebClient } from '@slack/web-api'

let posted = 0
const slack = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    posted += 1
    const answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end(`{"ok":true,"ts":"${posted}.0"}`)
    setTimeout(answer, 1000)
  })
}).listen(0, '127.0.0.1')
await once(slack, 'listening')
const client = new WebClient('xoxb-any', {
  slackApiUrl: `http://127.0.0.1:${slack.address().port}/api/`,
  timeout: 300,
  retryConfig: { retries: 3, minTimeout: 50, maxTimeout: 100 },
  logLevel: LogLevel.ERROR,
})
const how = await client.chat.postMessage({ channel: 'C1', text: 'hello' }).then(() => 'resolved', () => 'rejected')
console.log(`chat.postMessage called once, timeout 300 ms, 3 retries: ${posted} messages posted, the call ${how}`)
process.exit(posted === 4 && how === 'rejected' ? 0 : 1)
SCRIPT
node try.mjs || exit 1
