#!/usr/bin/env bash
# When an answer is not JSON, PagerDuty's client rejects with the response itself, which is not an Error.
#
# Versions: @pagerduty/pdjs 2.2.4; Node.js 20 and 24.
# Expected: a rejection is an Error, with a message and a stack; or, as for other answers, it resolves with the status.
# Seen: a 502 with a page of a balancer rejects with the fetch response; a 404 with JSON resolves. `catch (error)` that
# prints error.message prints "undefined".
# Output:
#   404 with JSON: resolved with 404
#   502 with HTML: rejected with a Response, instanceof Error: false, status 502, message undefined
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
  if (incoming.url.startsWith('/json')) return response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{}}')
  response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>')
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const client = pdjs.api({ token: 'key' })
const get = path => client.get(path, { url: `http://127.0.0.1:${server.address().port}${path}`, requestTimeout: 0 })
const json = await get('/json').then(({ status }) => `resolved with ${status}`, () => 'rejected')
console.log(`404 with JSON: ${json}`)
const error = await get('/html').then(() => undefined, failed => failed)
const isError = error instanceof Error
console.log(
  `502 with HTML: rejected with a ${error?.constructor?.name}, instanceof Error: ${isError}, status ${error?.status}, message ${error?.message}`,
)
process.exit(json === 'resolved with 404' && error !== undefined && !isError && error.status === 502 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
