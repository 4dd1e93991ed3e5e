#!/usr/bin/env bash
# With only HTTPS_PROXY set, gaxios sends plain http to the proxy too, even for addresses of the machine itself.
#
# Versions: gaxios 8.3.3, the transport under google-auth-library 11 and googleapis 188; Node.js 20 and 24.
# Expected: as with curl and Go programs, HTTPS_PROXY is for https addresses, HTTP_PROXY for http; and loopback is called
# directly, as
# Go does. The metadata servers of clouds use plain http.
# Seen: the call to http://127.0.0.1 arrives at the proxy as CONNECT.
# Output:
#   HTTPS_PROXY set, call to http://127.0.0.1: the proxy saw CONNECT, the server saw 0 calls
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts gaxios@8.3.3
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'

let [connects, calls] = [0, 0]
const proxy = createServer((incoming, response) => response.writeHead(502).end())
  .on('connect', (incoming, socket) => {
    connects += 1
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  .listen(0, '127.0.0.1')
const server = createServer((incoming, response) => {
  calls += 1
  response.writeHead(200).end('direct')
}).listen(0, '127.0.0.1')
await Promise.all([once(proxy, 'listening'), once(server, 'listening')])
for (const name of ['HTTP_PROXY', 'http_proxy', 'https_proxy', 'NO_PROXY', 'no_proxy']) delete process.env[name]
process.env.HTTPS_PROXY = `http://127.0.0.1:${proxy.address().port}`
const { Gaxios } = await import('gaxios')
await new Gaxios().request({ url: `http://127.0.0.1:${server.address().port}/`, retry: false }).catch(() => undefined)
const saw = connects > 0 ? 'saw CONNECT' : 'saw nothing'
console.log(`HTTPS_PROXY set, call to http://127.0.0.1: the proxy ${saw}, the server saw ${calls} calls`)
process.exit(connects > 0 && calls === 0 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
