#!/usr/bin/env bash
# A Google auth client whose token has a known expiry does not get another one when the token is refused with 401.
#
# Versions: google-auth-library 11.3.4; Node.js 20 and 24.
# Expected: after a 401 the client refreshes the token and calls once more, as it does for a token whose expiry it does
# not know.
# Seen: with `expiry_date` in the future, every call fails with 401 until that time, though a refresh would help (for
# example after a token was revoked). With `forceRefreshOnFailure: true` it refreshes.
# Output:
#   expiry known:                        401, 0 refreshes
#   expiry not known:                    200, 1 refreshes
#   expiry known, forceRefreshOnFailure: 200, 1 refreshes
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts google-auth-library@11.3.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { OAuth2Client } from 'google-auth-library'

let refreshes = 0
const server = createServer((incoming, response) => {
  incoming.resume().on('end', () => {
    const json = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (incoming.url === '/token') {
      refreshes += 1
      return json(200, { access_token: 'new', expires_in: 3600, token_type: 'Bearer' })
    }
    return incoming.headers.authorization === 'Bearer new' ? json(200, {}) : json(401, { error: { code: 401 } })
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const root = `http://127.0.0.1:${server.address().port}`
const call = async (credentials, options = {}) => {
  refreshes = 0
  const client = new OAuth2Client({ clientId: 'id', clientSecret: 's', endpoints: { oauth2TokenUrl: `${root}/token` }, ...options })
  client.setCredentials({ access_token: 'old', refresh_token: 'r', ...credentials })
  const status = await client
    .request({ url: `${root}/api`, retry: false })
    .then(answer => answer.status, error => error.status ?? error.response?.status)
  return `${status}, ${refreshes} refreshes`
}
const known = { expiry_date: Date.now() + 3_600_000 }
const seen = [await call(known), await call({}), await call(known, { forceRefreshOnFailure: true })]
console.log(`expiry known:                        ${seen[0]}`)
console.log(`expiry not known:                    ${seen[1]}`)
console.log(`expiry known, forceRefreshOnFailure: ${seen[2]}`)
process.exit(seen.join() === '401, 0 refreshes,200, 1 refreshes,200, 1 refreshes' ? 0 : 1)
SCRIPT
node try.mjs || exit 1
