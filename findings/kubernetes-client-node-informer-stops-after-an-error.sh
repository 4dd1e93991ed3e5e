#!/usr/bin/env bash
# An informer of the Kubernetes client for JavaScript stops permanently when its watch is answered with 500, unless the
# program starts it again.
#
# Versions: @kubernetes/client-node 2.0.1; Node.js 24.21.0, which it needs and this script installs.
# Expected: as informers of client-go do, it lists and watches again after a pause.
# Seen: the error handler is called once, and in the next three seconds there is no call; changes in the cluster are not
# seen. The examples of the client restart the informer in their error handler.
# Output:
#   1 list, 1 watch (answered 500), 1 error, then 0 calls in 3 s
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund node@24.21.0 @kubernetes/client-node@2.0.1
PATH="$work/node_modules/.bin:$PATH"
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node'

const list = { kind: 'PodList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] }
let [lists, watches] = [0, 0]
const server = createServer((incoming, response) => {
  incoming.resume()
  const isWatch = new URL(incoming.url, 'http://server').searchParams.has('watch')
  if (isWatch) watches += 1
  else lists += 1
  response.writeHead(isWatch ? 500 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(isWatch ? { kind: 'Status', status: 'Failure', code: 500 } : list))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const config = new KubeConfig()
config.loadFromClusterAndUser({ name: 'c', server: `http://127.0.0.1:${server.address().port}`, skipTLSVerify: true }, { name: 'u', token: 't' })
const api = config.makeApiClient(CoreV1Api)
const informer = makeInformer(config, '/api/v1/namespaces/n/pods', () => api.listNamespacedPod({ namespace: 'n' }))
let errors = 0
const failed = new Promise(resolve =>
  informer.on('error', () => {
    errors += 1
    resolve()
  }),
)
await informer.start()
await failed
const before = lists + watches
const said = `${lists} list, ${watches} watch (answered 500), ${errors} error`
await pause(3000)
const after = lists + watches - before
console.log(`${said}, then ${after} calls in 3 s`)
process.exit(errors === 1 && after === 0 ? 0 : 1)
SCRIPT
node try.mjs || exit 1
