#!/usr/bin/env bash
# When Slack asks it to connect again, Slack's Socket Mode client closes its only socket immediately and opens the next
# one `clientPingTimeout` later (5 s unless given). Nothing is received in between.
#
# Versions: @slack/socket-mode 3.1.0; Node.js 20 and 24. `ws` 8.18.3 plays Slack's side.
# Expected: at a `disconnect` message with a warning, which Slack sends some seconds before it closes a socket, the client
# opens the next socket first, or immediately.
# Seen: the pause is clientPingTimeout: 2 s and 4 s here for 2000 and 4000.
# Output:
#   clientPingTimeout 2000: apps.connections.open came 2.0 s after the disconnect message
#   clientPingTimeout 4000: apps.connections.open came 4.0 s after the disconnect message
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/socket-mode@3.1.0 ws@8.18.3
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import socketMode from '@slack/socket-mode'
import { WebSocketServer } from 'ws'

const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error', setName() {} }

async function pauseOf(clientPingTimeout) {
  let disconnectedAt
  const reconnected = Promise.withResolvers?.() ?? deferred()
  const slack = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      if (disconnectedAt) reconnected.resolve(Date.now() - disconnectedAt)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${slack.address().port}/link` }))
    })
  }).listen(0, '127.0.0.1')
  await once(slack, 'listening')
  new WebSocketServer({ server: slack }).on('connection', socket => {
    socket.send(JSON.stringify({ type: 'hello', num_connections: 1 }))
    if (disconnectedAt) return
    setTimeout(() => {
      disconnectedAt = Date.now()
      socket.send(JSON.stringify({ type: 'disconnect', reason: 'warning' }))
    }, 200)
  })
  const client = new socketMode.SocketModeClient({
    appToken: 'xapp-any',
    clientPingTimeout,
    logger: silent,
    clientOptions: { slackApiUrl: `http://127.0.0.1:${slack.address().port}/api/` },
  })
  await client.start()
  const ms = await reconnected.promise
  console.log(`clientPingTimeout ${clientPingTimeout}: apps.connections.open came ${(ms / 1000).toFixed(1)} s after the disconnect message`)
  return ms
}

function deferred() {
  const one = {}
  one.promise = new Promise(resolve => (one.resolve = resolve))
  return one
}

const [short, long] = [await pauseOf(2000), await pauseOf(4000)]
process.exit(short >= 1800 && long >= 3800 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
