#!/usr/bin/env bash
# Intl.supportedValuesOf('timeZone') of Node.js does not list all names that Intl accepts: UTC and the present names of
# Kolkata and Kyiv are missing. So the list cannot show whether a name is valid. Trying the name does not show it
# either, because Intl also accepts abbreviations, and names in upper or lower case.
# Seen with: Node.js 24.21.0. Output:
#   UTC is not listed and taken as UTC
#   Asia/Kolkata is not listed and taken as Asia/Calcutta
#   Europe/Kyiv is not listed and taken as Europe/Kiev
#   Europe/Berlin is listed and taken as Europe/Berlin
#   europe/berlin is not listed and taken as Europe/Berlin
#   PST is not listed and taken as America/Los_Angeles
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund node@24.21.0 >/dev/null
cat > look.mjs <<'JS'
const listed = Intl.supportedValuesOf('timeZone')
for (const timeZone of ['UTC', 'Asia/Kolkata', 'Europe/Kyiv', 'Europe/Berlin', 'europe/berlin', 'PST']) {
  const taken = new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone
  console.log(`${timeZone} is ${listed.includes(timeZone) ? '' : 'not '}listed and taken as ${taken}`)
}
JS
seen=$(./node_modules/.bin/node look.mjs)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
