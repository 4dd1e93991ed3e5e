#!/usr/bin/env bash
# timestamp() of @marcbachmann/cel-js accepts times that are invalid in RFC 3339 and moves them to a neighbouring day;
# Google's CEL for C++ (here through Python) refuses all of them. A rule that works with the first can fail with the
# second.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0; cel-expr-python 0.1.3, Python 3.11. Output:
#   cel-js  2026-02-30T00:00:00Z is 2026-03-02T00:00:00.000Z
#   cel-js  2026-02-01T24:00:00Z is 2026-02-02T00:00:00.000Z
#   cel-js  2026-02-01 10:00:00Z is 2026-02-01T10:00:00.000Z
#   cel-cpp 2026-02-30T00:00:00Z is an error
#   cel-cpp 2026-02-01T24:00:00Z is an error
#   cel-cpp 2026-02-01 10:00:00Z is an error
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check cel-expr-python==0.1.3
cat > look.mjs <<'JS'
import { evaluate } from '@marcbachmann/cel-js'
for (const text of process.argv.slice(2)) console.log(`cel-js  ${text} is ${evaluate(`timestamp("${text}")`).toISOString()}`)
JS
cat > look.py <<'PY'
import sys
from cel_expr_python import cel
for text in sys.argv[1:]:
    value = cel.NewEnv().compile(f'timestamp("{text}")').eval()
    print(f'cel-cpp {text} is', 'an error' if 'conversion failed' in str(value.value()) else value.plain_value())
PY
times=(2026-02-30T00:00:00Z 2026-02-01T24:00:00Z '2026-02-01 10:00:00Z')
seen=$(TZ=UTC node look.mjs "${times[@]}"; python/bin/python look.py "${times[@]}")
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
