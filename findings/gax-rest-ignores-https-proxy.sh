#!/usr/bin/env bash
# A generated client over REST ignores HTTPS_PROXY, while the clients of `googleapis` in the same process honour it.
#
# Versions: @google-cloud/kms 6.3.0 (google-gax 6) and googleapis 188.0.0; Node.js 24.
# Expected: both go through the proxy, as both use google-auth-library and gaxios, which read HTTPS_PROXY.
# Seen: google-gax hands its own https.Agent to every call, and gaxios chooses no proxy when there is an agent. Where only
# the proxy leads outside, Cloud KMS alone is unreachable. Removing the agent in a request interceptor helps.
# Output:
#   logging: through the proxy
#   kms: not through the proxy
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @google-cloud/kms@6.3.0 googleapis@188.0.0 google-auth-library@11.3.4
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'

const asked = []
const proxy = createServer().listen(0, '127.0.0.1')
proxy.on('connect', (incoming, socket) => {
  asked.push(incoming.url)
  socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
})
await once(proxy, 'listening')
process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.address().port}`
delete process.env.NO_PROXY
delete process.env.no_proxy

const { OAuth2Client, GoogleAuth } = await import('google-auth-library')
const { KeyManagementServiceClient } = await import('@google-cloud/kms')
const { logging_v2 } = await import('googleapis/build/src/apis/logging/v2.js')
const authClient = new OAuth2Client()
authClient.setCredentials({ access_token: 'x' })
// Port 1 of this machine, so that nothing is called if the proxy is not.
const logging = new logging_v2.Logging({ auth: new GoogleAuth({ authClient }), rootUrl: 'https://127.0.0.1:1/' })
const kms = new KeyManagementServiceClient({ authClient, fallback: true, apiEndpoint: '127.0.0.1', port: 1 })
const seen = {}
const look = async (name, call) => {
  asked.length = 0
  await call().catch(() => undefined)
  seen[name] = asked.includes('127.0.0.1:1')
  console.log(`${name}: ${seen[name] ? 'through the proxy' : 'not through the proxy'}`)
}
await look('logging', () => logging.entries.write({ requestBody: { entries: [] } }, { retry: false }))
const name = 'projects/p/locations/l/keyRings/r/cryptoKeys/k'
await look('kms', () => kms.encrypt({ name, plaintext: Buffer.from('x') }, { timeout: 2000, retry: { retryCodes: [] } }))
process.exit(seen.logging && !seen.kms ? 0 : 1)
SCRIPT
node try.mjs || exit 1
