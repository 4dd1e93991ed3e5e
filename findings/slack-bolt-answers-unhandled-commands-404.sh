#!/usr/bin/env bash
# Bolt's HTTPReceiver answers a slash command that nobody listens to with 404, and an event that nobody listens to with 200.
#
# Versions: @slack/bolt 5.1.0; Node.js 20 and 24.
# Expected: both are deliveries of Slack that were received, and get the same answer.
# Seen: for a command Slack shows the person "failed because the app did not respond"; the log has a line that nobody
# acknowledged it. Events are acknowledged by Bolt itself before any listener runs.
# Output:
#   a command that nobody handles: 404
#   an event that nobody handles: 200
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/bolt@5.1.0
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import bolt from '@slack/bolt'

const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error', setName() {} }
const receiver = new bolt.HTTPReceiver({ signingSecret: 'any', signatureVerification: false, logger: silent })
new bolt.App({ receiver, authorize: async () => ({}), logger: silent })
const server = createServer(receiver.requestListener).listen(0, '127.0.0.1')
await once(server, 'listening')
const send = async (type, body) => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/slack/events`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  return answer.status
}
const command = await send(
  'application/x-www-form-urlencoded',
  'command=%2Fhello&text=&team_id=T1&user_id=U1&channel_id=C1&trigger_id=1.2.3&response_url=https%3A%2F%2Fhooks.slack.com%2Fx',
)
const event = await send(
  'application/json',
  JSON.stringify({ type: 'event_callback', team_id: 'T1', api_app_id: 'A1', event: { type: 'app_home_opened', user: 'U1', channel: 'D1', tab: 'home' } }),
)
console.log(`a command that nobody handles: ${command}\nan event that nobody handles: ${event}`)
process.exit(command === 404 && event === 200 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
