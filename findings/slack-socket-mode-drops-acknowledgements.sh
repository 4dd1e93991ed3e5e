#!/usr/bin/env bash
# When Slack asks it to connect again, Slack's Socket Mode client starts to close its socket immediately. An
# acknowledgement that the app sends after that is rejected, although Slack still waits for it: Slack's `disconnect`
# message with a warning comes some seconds before Slack closes the socket.
#
# Versions: @slack/socket-mode 3.1.0; Node.js 20 and 24. `ws` 8.18.3 plays Slack's side, and keeps the socket open.
# Expected: the acknowledgement of a command that arrived before the `disconnect` message is sent over its open socket.
# Seen: it is rejected, and Slack's side gets nothing.
# Output:
#   without a disconnect message: sent, Slack got 1
#   after a disconnect message: slack_socket_mode_send_while_not_ready_error, Slack got 0
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/socket-mode@3.1.0 ws@8.18.3
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import socketMode from '@slack/socket-mode'
import { WebSocketServer } from 'ws'

const silent = { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, getLevel: () => 'error', setName() {} }

async function acknowledgeWith(messages) {
  const got = []
  const slack = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ok: true, url: `ws://127.0.0.1:${slack.address().port}/link` }))
    })
  }).listen(0, '127.0.0.1')
  await once(slack, 'listening')
  new WebSocketServer({ server: slack }).on('connection', socket => {
    socket.on('message', data => got.push(JSON.parse(String(data))))
    const payload = { command: '/access', text: '' }
    const command = { type: 'slash_commands', envelope_id: 'e1', accepts_response_payload: true, payload }
    for (const message of [{ type: 'hello', num_connections: 1 }, command, ...messages])
      socket.send(JSON.stringify(message))
  })
  const client = new socketMode.SocketModeClient({
    appToken: 'xapp-any',
    logger: silent,
    clientOptions: { slackApiUrl: `http://127.0.0.1:${slack.address().port}/api/` },
  })
  const acknowledged = new Promise(resolve => {
    client.on('slack_event', async ({ ack }) => {
      // The app needs a moment to do what the command says.
      await pause(300)
      resolve(await ack({ text: 'done' }).then(() => 'sent', error => error.code))
    })
  })
  await client.start()
  const how = await acknowledged
  await pause(300)
  return { how, count: got.filter(message => message.envelope_id === 'e1').length }
}

const plain = await acknowledgeWith([])
console.log(`without a disconnect message: ${plain.how}, Slack got ${plain.count}`)
const warned = await acknowledgeWith([{ type: 'disconnect', reason: 'warning' }])
console.log(`after a disconnect message: ${warned.how}, Slack got ${warned.count}`)
process.exit(plain.how === 'sent' && plain.count === 1 && warned.how !== 'sent' && warned.count === 0 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
