#!/usr/bin/env bash
# PagerDuty's client repeats any call that was answered 429, a POST too, up to three times and 20 s apart, and has no
# setting against it.
#
# Versions: @pagerduty/pdjs 2.2.4; Node.js 20 and 24.
# Expected: the caller decides whether to call again, and learns of the limit when it is reached.
# Seen: four POSTs for one call, and only then the 429. `retryTimeout` (not documented) changes the pause but not the
# number; 50 ms
# here, so that this script ends soon.
# Output:
#   one post() made 4 POSTs and resolved with 429
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @pagerduty/pdjs@2.2.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import pdjs from '@pagerduty/pdjs'

let posts = 0
const server = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    posts += 1
    response.writeHead(429, { 'content-type': 'application/json' }).end('{"error":{"code":2020,"message":"Rate Limit Exceeded"}}')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const client = pdjs.api({ token: 'key' })
const url = `http://127.0.0.1:${server.address().port}/incidents`
const { status } = await client.post('/incidents', { url, data: { incident: { type: 'incident' } }, retryTimeout: 50 })
console.log(`one post() made ${posts} POSTs and resolved with ${status}`)
process.exit(posts === 4 && status === 429 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
