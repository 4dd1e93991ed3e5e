#!/usr/bin/env bash
# An answer 200 that is not JSON becomes a "platform error" of Slack whose code is the whole body.
#
# Versions: @slack/web-api 8.2.0; Node.js 20 and 24.
# Expected: a page of a proxy is reported as an answer that could not be read.
# Seen: `error.code` is slack_webapi_platform_error, as for Slack's own refusals, and `error.data.error`, which normally
# has codes such as channel_not_found, is the page. Logs that print the code print the page.
# Output:
#   slack_webapi_platform_error, data.error: "<html><body>Please sign in to the network.</body></html>"
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @slack/web-api@8.2.0
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { LogLevel, WebClient } from '@slack/web-api'

const page = '<html><body>Please sign in to the network.</body></html>'
const portal = createServer((incoming, response) => {
  incoming.resume().on('end', () => response.writeHead(200, { 'content-type': 'text/html' }).end(page))
}).listen(0, '127.0.0.1')
await once(portal, 'listening')
const client = new WebClient('xoxb-any', {
  slackApiUrl: `http://127.0.0.1:${portal.address().port}/api/`,
  retryConfig: { retries: 0 },
  logLevel: LogLevel.ERROR,
})
const error = await client.auth.test().then(() => ({}), failed => failed)
console.log(`${error.code}, data.error: "${error.data?.error}"`)
process.exit(error.code === 'slack_webapi_platform_error' && error.data?.error === page ? 0 : 1)
SCRIPT
node try.mjs || exit 1
