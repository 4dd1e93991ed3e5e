#!/usr/bin/env bash
# NO_PROXY with a network (CIDR) has no effect in gaxios: the call goes through the proxy.
#
# Versions: gaxios 8.3.3, the transport under google-auth-library 11 and googleapis 188; Node.js 20 and 24.
# Expected: as in Go programs and curl, with NO_PROXY=127.0.0.0/8 calls to 127.0.0.1 do not use the proxy. Cluster
# administrators write their pod and service networks like that.
# Seen: only names, suffixes and literal addresses count. The same with 169.254.0.0/16, the network of the clouds'
# metadata servers.
# Output:
#   NO_PROXY=127.0.0.0/8: through the proxy
#   NO_PROXY=127.0.0.1: direct
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts gaxios@8.3.3
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'

const listen = async answer => {
  const server = createServer((incoming, response) => {
    incoming.resume()
    response.writeHead(200, { 'content-type': 'text/plain' }).end(answer)
  }).listen(0, '127.0.0.1')
  server.on('connect', (incoming, socket) => {
    proxied = true
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await once(server, 'listening')
  return server.address().port
}
let proxied = false
const proxy = await listen('through the proxy')
const target = await listen('direct')
for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'])
  process.env[name] = `http://127.0.0.1:${proxy}`
const { Gaxios } = await import('gaxios')
const seen = {}
for (const noProxy of ['127.0.0.0/8', '127.0.0.1']) {
  process.env.NO_PROXY = process.env.no_proxy = noProxy
  proxied = false
  const how = await new Gaxios()
    .request({ url: `http://127.0.0.1:${target}/`, retry: false, responseType: 'text' })
    .then(({ data }) => data, () => (proxied ? 'through the proxy' : 'failed'))
  seen[noProxy] = how
  console.log(`NO_PROXY=${noProxy}: ${how}`)
}
process.exit(seen['127.0.0.0/8'] === 'through the proxy' && seen['127.0.0.1'] === 'direct' ? 0 : 1)
SCRIPT
node try.mjs || exit 1
