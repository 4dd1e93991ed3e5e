#!/usr/bin/env bash
# In @marcbachmann/cel-js a duration plus a timestamp evaluates to a timestamp, but its static type is a duration: a
# comparison with a timestamp fails the type check, and a comparison with a duration passes it and then fails. The other
# order is correct.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0. Output:
#   timestamp + duration has the type google.protobuf.Timestamp
#   duration + timestamp has the type google.protobuf.Duration
#   duration + timestamp evaluates to 2026-11-28T10:30:00.000Z
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
cat > look.mjs <<'JS'
import { check, evaluate } from '@marcbachmann/cel-js'
const [time, length] = ['timestamp("2026-11-28T10:00:00Z")', 'duration("1800s")']
console.log(`timestamp + duration has the type ${check(`${time} + ${length}`).type}`)
console.log(`duration + timestamp has the type ${check(`${length} + ${time}`).type}`)
console.log(`duration + timestamp evaluates to ${evaluate(`${length} + ${time}`).toISOString()}`)
JS
seen=$(node look.mjs)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
