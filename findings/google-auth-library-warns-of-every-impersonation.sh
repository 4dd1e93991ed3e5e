#!/usr/bin/env bash
# google-auth-library writes a warning to stderr whenever an Impersonated client is made, also when its source is a client
# object and no configuration was read from anywhere. There is no option against it, and it comes again for each client.
# Seen with: google-auth-library 11.3.4, Node.js 24.21.0. Output:
#   2 clients, 2 warnings about the credential configuration
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund google-auth-library@11.3.4 node@24.21.0 >/dev/null
cat > look.mjs <<'JS'
import { Impersonated, OAuth2Client } from 'google-auth-library'
const sourceClient = new OAuth2Client()
sourceClient.setCredentials({ access_token: 'example' })
const targets = ['reader', 'writer']
for (const name of targets)
  new Impersonated({
    sourceClient,
    targetPrincipal: `${name}@example-project.iam.gserviceaccount.com`,
    targetScopes: ['https://www.googleapis.com/auth/cloud-platform.read-only'],
  })
console.log(targets.length)
JS
clients=$(node_modules/.bin/node look.mjs 2> warnings)
seen="$clients clients, $(grep -c 'does not validate the credential configuration' warnings) warnings about the credential configuration"
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; cat warnings >&2; exit 1; }
