#!/usr/bin/env bash
# The first write of @google-cloud/logging contains a second entry that the program did not write, and is sent with
# partialSuccess.
#
# Versions: @google-cloud/logging 11.4.0; Node.js 20 and 24.
# Expected: a write of one entry sends one entry, and is stored whole or not at all unless asked otherwise.
# Seen: next to our entry there is another one in the same log that names the library and its version; with
# partialSuccess: true Logging may store one
# of the two and report success for the rest.
# Output:
#   entries with the fields: logging.googleapis.com/diagnostic | event; partialSuccess: true
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @google-cloud/logging@11.4.0 google-auth-library@10.9.1
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Logging } from '@google-cloud/logging'
import { OAuth2Client } from 'google-auth-library'

let body
const server = createServer((incoming, response) => {
  const chunks = []
  incoming.on('data', chunk => chunks.push(chunk))
  incoming.on('end', () => {
    body ??= JSON.parse(Buffer.concat(chunks).toString())
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const authClient = new OAuth2Client()
authClient.setCredentials({ access_token: 'any' })
const logging = new Logging({
  projectId: 'p',
  authClient,
  fallback: true,
  protocol: 'http',
  apiEndpoint: '127.0.0.1',
  port: server.address().port,
})
const log = logging.log('mine')
await log.write(log.entry({ resource: { type: 'global' } }, { event: 'one' }))
const fields = body.entries.map(({ jsonPayload }) => Object.keys(jsonPayload ?? {}).join())
console.log(`entries with the fields: ${fields.join(' | ')}; partialSuccess: ${body.partialSuccess}`)
process.exit(body.entries.length === 2 && body.partialSuccess === true ? 0 : 1)
SCRIPT
node try.mjs || exit 1
