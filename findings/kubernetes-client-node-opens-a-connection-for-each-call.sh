#!/usr/bin/env bash
# The Kubernetes client for JavaScript opens a connection for each call, with a new agent each time.
#
# Versions: @kubernetes/client-node 2.0.1; Node.js 24.21.0, which it needs and this script installs.
# Expected: calls that follow each other share a connection, as in client-go; over TLS each new one costs a handshake.
# Seen: twenty calls, one after the other, twenty connections. The server keeps connections alive, and Node's own fetch uses
# one or two for the same twenty calls.
# Output:
#   20 calls of client-node: 20 connections
#   20 calls of fetch:       2 connections
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund node@24.21.0 @kubernetes/client-node@2.0.1
PATH="$work/node_modules/.bin:$PATH"
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node'

const list = JSON.stringify({ kind: 'NamespaceList', apiVersion: 'v1', metadata: {}, items: [] })
let connections = 0
const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
  incoming.resume().on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(list))
})
  .on('connection', () => (connections += 1))
  .listen(0, '127.0.0.1')
await once(server, 'listening')
const root = `http://127.0.0.1:${server.address().port}`
const config = new KubeConfig()
config.loadFromClusterAndUser({ name: 'c', server: root, skipTLSVerify: true }, { name: 'u', token: 't' })
const api = config.makeApiClient(CoreV1Api)
for (let i = 0; i < 20; i++) await api.listNamespace()
const ofClient = connections
connections = 0
for (let i = 0; i < 20; i++) await (await fetch(`${root}/api/v1/namespaces`)).json()
console.log(`20 calls of client-node: ${ofClient} connections\n20 calls of fetch:       ${connections} connections`)
process.exit(ofClient === 20 && connections <= 3 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
