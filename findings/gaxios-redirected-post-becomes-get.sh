#!/usr/bin/env bash
# gaxios follows a redirect by itself, and a redirected POST arrives as a GET without its body.
#
# Versions: gaxios 8.3.3, the transport under google-auth-library 11 and googleapis 188; Node.js 20 and 24.
# Expected: a POST call of an API is made as a POST, or rejects.
# Seen: a 302 turns POST into GET, the body is lost, and the call succeeds with the answer of the other place. With 307 the
# method stays. `redirect: 'error'` in the options makes it reject.
# Output:
#   302: GET with 0 bytes, the call succeeded with 200
#   307: POST with 12 bytes, the call succeeded with 200
#   302 and redirect 'error': rejected
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts gaxios@8.3.3
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { request } from 'gaxios'

let status = 302
let arrived = 'nothing'
const server = createServer((incoming, response) => {
  let bytes = 0
  incoming.on('data', chunk => (bytes += chunk.length))
  incoming.on('end', () => {
    if (incoming.url === '/first') return response.writeHead(status, { location: '/second' }).end()
    arrived = `${incoming.method} with ${bytes} bytes`
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/first`
const call = options => request({ url, method: 'POST', data: { set: true }, retry: false, ...options })
const seen = []
for (status of [302, 307]) {
  const answer = await call({})
  seen.push(`${status}: ${arrived}, the call succeeded with ${answer.status}`)
}
status = 302
seen.push(`302 and redirect 'error': ${await call({ redirect: 'error' }).then(() => 'succeeded', () => 'rejected')}`)
console.log(seen.join('\n'))
const asSeen = seen[0].startsWith('302: GET with 0') && seen[1].startsWith('307: POST with 12') && seen[2].endsWith('rejected')
process.exit(asSeen ? 0 : 1)
SCRIPT
node try.mjs || exit 1
