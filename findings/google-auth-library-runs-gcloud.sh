#!/usr/bin/env bash
# GoogleAuth.getClient() runs a program with the name `gcloud` to find a project that nobody asked for.
#
# Versions: google-auth-library 11.3.4; Node.js 20 and 24.
# Expected: a client with the credentials of the metadata server. The project id is needed by getProjectId() only.
# Seen: `gcloud config config-helper --format json` is run first, whatever program of that name the PATH has. It takes
# seconds, and its output contains an access token of the person who is signed in there. With the option `projectId`, or
# GOOGLE_CLOUD_PROJECT, it is not run.
# Output:
#   no project given: gcloud was run
#   projectId given:  gcloud was not run
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts google-auth-library@11.3.4
mkdir bin
printf '#!/bin/sh\ntouch "%s/was-run"\n' "$work" > bin/gcloud
chmod +x bin/gcloud
cat > try.mjs <<'SCRIPT'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { GoogleAuth } from 'google-auth-library'

const metadata = createServer((incoming, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'metadata-flavor': 'Google' }).end('{}')
}).listen(0, '127.0.0.1')
await once(metadata, 'listening')
process.env.GCE_METADATA_HOST = `127.0.0.1:${metadata.address().port}`
process.env.METADATA_SERVER_DETECTION = 'assume-present'
const tried = async options => {
  rmSync('was-run', { force: true })
  await new GoogleAuth({ scopes: ['https://www.googleapis.com/auth/logging.write'], ...options }).getClient()
  return `gcloud was ${existsSync('was-run') ? '' : 'not '}run`
}
const seen = [await tried({}), await tried({ projectId: 'p' })]
console.log(`no project given: ${seen[0]}`)
console.log(`projectId given:  ${seen[1]}`)
process.exit(seen.join() === 'gcloud was run,gcloud was not run' ? 0 : 1)
SCRIPT
env -u GOOGLE_CLOUD_PROJECT -u GCLOUD_PROJECT -u GOOGLE_APPLICATION_CREDENTIALS HOME="$work" PATH="$work/bin:$PATH" node try.mjs || exit 1
