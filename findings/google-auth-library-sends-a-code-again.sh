#!/usr/bin/env bash
# OAuth2Client.getToken sends an authorization code again after a server error, so that a sign-in that worked is reported as
# refused.
#
# Versions: google-auth-library 11.3.4; Node.js 20 and 24.
# Expected: a code serves once (RFC 6749, 4.1.2), so the exchange is made once and a 503 is reported as a 503.
# Seen: the POST is repeated. When the first one was processed and only its answer got lost, the second one is answered
# invalid_grant, and this is what the caller reads.
# Output:
#   POST /token came 2 times; the caller reads: 400 invalid_grant
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts google-auth-library@11.3.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { OAuth2Client } from 'google-auth-library'

let posts = 0
const server = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    posts += 1
    // The first exchange used the code; a load balancer lost its answer.
    if (posts === 1) return response.writeHead(503).end()
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const client = new OAuth2Client({
  clientId: 'id',
  clientSecret: 'secret',
  redirectUri: 'http://127.0.0.1/callback',
  endpoints: { oauth2TokenUrl: `http://127.0.0.1:${server.address().port}/token` },
})
const error = await client.getToken('code').then(() => ({}), failed => failed)
const said = `${error.status} ${error.response?.data?.error}`
console.log(`POST /token came ${posts} times; the caller reads: ${said}`)
process.exit(posts === 2 && said === '400 invalid_grant' ? 0 : 1)
SCRIPT
node try.mjs || exit 1
