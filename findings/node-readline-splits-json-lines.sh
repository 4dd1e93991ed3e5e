#!/usr/bin/env bash
# Node.js's readline also ends a line at U+2028 and U+2029, which JSON allows inside a text. A file with one JSON value a
# line, as log exports are, then gives pieces that are not JSON. The bytes of such a line have only one line feed, and
# wc counts one line.
# Seen with: Node.js 24.21.0. Output:
#   wc counts 1 line
#   readline gives 2 lines
#   JSON.parse refuses 2 of them
#   split at \n gives 1 line, and its reason has 12 characters
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund node@24.21.0 >/dev/null
printf '{"reason":"first\xe2\x80\xa8second"}\n' > export.jsonl
cat > look.mjs <<'JS'
import { createReadStream, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
const lines = []
for await (const line of createInterface({ input: createReadStream('export.jsonl') })) lines.push(line)
const refused = lines.filter(line => {
  try {
    JSON.parse(line)
    return false
  } catch {
    return true
  }
})
console.log(`readline gives ${lines.length} lines`)
console.log(`JSON.parse refuses ${refused.length} of them`)
const [line, ...rest] = readFileSync('export.jsonl', 'utf8').trimEnd().split('\n')
console.log(`split at \\n gives ${1 + rest.length} line, and its reason has ${JSON.parse(line).reason.length} characters`)
JS
seen=$(echo "wc counts $(wc -l < export.jsonl | tr -d ' ') line" && node_modules/.bin/node look.mjs)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
