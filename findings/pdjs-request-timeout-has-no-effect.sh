#!/usr/bin/env bash
# `requestTimeout` of PagerDuty's client does not end a request.
#
# Versions: @pagerduty/pdjs 2.2.4; Node.js 20 and 24.
# Expected: a call with requestTimeout 200 rejects after some 200 ms when the server takes 1.5 s.
# Seen: it waits, and resolves with the late answer.
# Output:
#   requestTimeout 200: resolved with 200 after 1.6 s
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @pagerduty/pdjs@2.2.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import pdjs from '@pagerduty/pdjs'

const server = createServer((incoming, response) => {
  setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{"oncalls":[]}'), 1500)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const client = pdjs.api({ token: 'key' })
const began = Date.now()
const how = await client
  .get('/oncalls', { url: `http://127.0.0.1:${server.address().port}/oncalls`, requestTimeout: 200 })
  .then(({ status }) => `resolved with ${status}`, () => 'rejected')
const tookMs = Date.now() - began
console.log(`requestTimeout 200: ${how} after ${(tookMs / 1000).toFixed(1)} s`)
process.exit(how === 'resolved with 200' && tookMs >= 1400 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
