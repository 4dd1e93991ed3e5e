#!/usr/bin/env bash
# @marcbachmann/cel-js reads dates in the time zone of its process: the same expression over the same instant gives
# another day of the year, and another hour for Berlin, when TZ is a zone with summer time. CEL counts in UTC unless the
# expression names a zone. The first line is in summer; the second is an hour that does not exist in New York.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0. Output:
#   UTC: getDayOfYear() of 2026-07-04T12:00:00Z is 184
#   UTC: getHours("Europe/Berlin") of 2026-03-08T01:30:00Z is 2
#   America/New_York: getDayOfYear() of 2026-07-04T12:00:00Z is 183
#   America/New_York: getHours("Europe/Berlin") of 2026-03-08T01:30:00Z is 3
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
cat > look.mjs <<'JS'
import { evaluate } from '@marcbachmann/cel-js'
const facts = [
  ['2026-07-04T12:00:00Z', 'getDayOfYear()'],
  ['2026-03-08T01:30:00Z', 'getHours("Europe/Berlin")'],
]
for (const [instant, call] of facts)
  console.log(`${process.env.TZ}: ${call} of ${instant} is ${evaluate(`timestamp("${instant}").${call}`)}`)
JS
seen=$(for zone in UTC America/New_York; do TZ=$zone node look.mjs; done)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
