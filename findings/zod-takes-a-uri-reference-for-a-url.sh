#!/usr/bin/env bash
# fromJSONSchema of zod reads the format "uri-reference" as an absolute URL, so a schema that allows relative references, as
# that of SARIF does, refuses "a/b.yaml". In JSON Schema a uri-reference may be relative (draft-07, section 7.3.5).
# Seen with: zod 4.6.7, Node.js 24.21.0. Output:
#   uri https://example.com/a: true
#   uri a/b.yaml: false
#   uri-reference https://example.com/a: true
#   uri-reference a/b.yaml: false
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund zod@4.6.7 >/dev/null
cat > look.mjs <<'JS'
import { z } from 'zod'
for (const format of ['uri', 'uri-reference'])
  for (const text of ['https://example.com/a', 'a/b.yaml'])
    console.log(`${format} ${text}: ${z.fromJSONSchema({ type: 'string', format }).safeParse(text).success}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
