#!/usr/bin/env bash
# @marcbachmann/cel-js accepts every zone that Intl accepts: abbreviations, and names in upper or lower case. Google's CEL
# for C++ (here through Python) accepts only names of the IANA database, with exactly their letters. For an offset without
# a sign it is the other way round.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0; cel-expr-python 0.1.3, Python 3.11. Output:
#   cel-js  Europe/Berlin: 11
#   cel-js  europe/berlin: 11
#   cel-js  PST: 2
#   cel-js  utc: 10
#   cel-js  02:00: an error
#   cel-cpp Europe/Berlin: 11
#   cel-cpp europe/berlin: an error
#   cel-cpp PST: an error
#   cel-cpp utc: an error
#   cel-cpp 02:00: 12
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check cel-expr-python==0.1.3
cat > look.mjs <<'JS'
import { evaluate } from '@marcbachmann/cel-js'
for (const zone of process.argv.slice(2)) {
  let hours = 'an error'
  try {
    hours = evaluate(`timestamp("2026-11-28T10:15:00Z").getHours("${zone}")`)
  } catch {}
  console.log(`cel-js  ${zone}: ${hours}`)
}
JS
cat > look.py <<'PY'
import sys
from cel_expr_python import cel
for zone in sys.argv[1:]:
    value = cel.NewEnv().compile(f'timestamp("2026-11-28T10:15:00Z").getHours("{zone}")').eval()
    print(f'cel-cpp {zone}:', 'an error' if 'timezone' in str(value.value()) else value.plain_value())
PY
zones=(Europe/Berlin europe/berlin PST utc 02:00)
seen=$(TZ=UTC node look.mjs "${zones[@]}"; python/bin/python look.py "${zones[@]}")
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
