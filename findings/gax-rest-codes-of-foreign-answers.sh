#!/usr/bin/env bash
# A generated Google Cloud client over REST invents a gRPC code for answers that are not Google's.
#
# Versions: google-gax 6.17.0 under @google-cloud/kms 6.3.0, google-auth-library 11.3.4; Node.js 20 and 24.
# Expected: an answer of a proxy is distinguished from one of the service, or is UNKNOWN.
# Seen: any 400 is INVALID_ARGUMENT (3), and 407, 408 and 413 are FAILED_PRECONDITION (9), though each body is an HTML
# page and the service was never reached. A program that decides by `code`, as the documentation of gRPC errors suggests,
# mistakes a proxy for the service. `httpStatusCode` of the same error has the status.
# Output:
#   400 html -> code 3 httpStatusCode 400
#   407 html -> code 9 httpStatusCode 407
#   408 html -> code 9 httpStatusCode 408
#   413 html -> code 9 httpStatusCode 413
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts google-gax@6.17.0 @google-cloud/kms@6.3.0 google-auth-library@11.3.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import kms from '@google-cloud/kms'
import { OAuth2Client } from 'google-auth-library'

let status = 200
const proxy = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Not here</h1>'))
}).listen(0, '127.0.0.1')
await once(proxy, 'listening')
const authClient = new OAuth2Client()
authClient.setCredentials({ access_token: 'any' })
const client = new kms.KeyManagementServiceClient({
  fallback: true,
  protocol: 'http',
  apiEndpoint: '127.0.0.1',
  port: proxy.address().port,
  authClient,
})
const name = 'projects/p/locations/global/keyRings/r/cryptoKeys/k'
const seen = []
for (status of [400, 407, 408, 413]) {
  const error = await client
    .decrypt({ name, ciphertext: Buffer.from('text') }, { timeout: 5000, retry: { retryCodes: [] } })
    .then(() => ({}), failed => failed)
  seen.push(`${status} html -> code ${error.code} httpStatusCode ${error.httpStatusCode}`)
}
console.log(seen.join('\n'))
const asSeen = [3, 9, 9, 9].every((code, i) => seen[i].includes(`-> code ${code} `))
process.exit(asSeen ? 0 : 1)
SCRIPT
node try.mjs || exit 1
