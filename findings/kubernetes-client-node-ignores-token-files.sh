#!/usr/bin/env bash
# The field tokenFile of a kubeconfig has no effect: the call goes out without credentials, as system:anonymous.
#
# Versions: @kubernetes/client-node 2.0.1; Node.js 24.
# Expected: as for kubectl, the token is read from the file, and the file goes before a token in the kubeconfig
# (k8s.io/client-go/tools/clientcmd/api/v1, AuthInfo.tokenFile).
# Seen: client-node reads `token-file`, which is no field of a kubeconfig. tokenFile is neither read nor refused.
# Output:
#   tokenFile: no credentials
#   token-file: Bearer from-file
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts @kubernetes/client-node@2.0.1
printf 'from-file' > token
cat > try.mjs <<'SCRIPT'
import { KubeConfig } from '@kubernetes/client-node'
const seen = {}
for (const field of ['tokenFile', 'token-file']) {
  const config = new KubeConfig()
  config.loadFromString(JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { [field]: `${process.cwd()}/token` } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }))
  const options = {}
  await config.applyToHTTPSOptions(options)
  seen[field] = options.headers?.Authorization ?? 'no credentials'
  console.log(`${field}: ${seen[field]}`)
}
process.exit(seen.tokenFile === 'no credentials' && seen['token-file'] === 'Bearer from-file' ? 0 : 1)
SCRIPT
node try.mjs || exit 1
