#!/usr/bin/env bash
# A plain environment of @marcbachmann/cel-js has functions that the standard library of CEL does not have: in Google's
# engines they are extensions that must be enabled. A rule that compiles here may be refused where it is used.
# lowerAscii() also changes letters outside ASCII.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0; cel-expr-python 0.1.3, Python 3.11. Output:
#   cel-js  "Dana".lowerAscii() is taken
#   cel-js  "a-b".split("-").size() is taken
#   cel-js  "abc".substring(1) is taken
#   cel-js  " a ".trim() is taken
#   cel-js  ["a"].join("-") is taken
#   cel-js  "abc".indexOf("c") is taken
#   cel-js  "É".lowerAscii() is é
#   cel-cpp "Dana".lowerAscii() is refused
#   cel-cpp "a-b".split("-").size() is refused
#   cel-cpp "abc".substring(1) is refused
#   cel-cpp " a ".trim() is refused
#   cel-cpp ["a"].join("-") is refused
#   cel-cpp "abc".indexOf("c") is refused
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check cel-expr-python==0.1.3
cat > look.mjs <<'JS'
import { check, evaluate } from '@marcbachmann/cel-js'
for (const text of process.argv.slice(2)) console.log(`cel-js  ${text} is ${check(text).valid ? 'taken' : 'refused'}`)
console.log(`cel-js  "É".lowerAscii() is ${evaluate('"É".lowerAscii()')}`)
JS
cat > look.py <<'PY'
import sys
from cel_expr_python import cel
def answer(text):
    try:
        cel.NewEnv().compile(text)
        return 'taken'
    except Exception:
        return 'refused'
for text in sys.argv[1:]:
    print(f'cel-cpp {text} is', answer(text))
PY
calls=('"Dana".lowerAscii()' '"a-b".split("-").size()' '"abc".substring(1)' '" a ".trim()' '["a"].join("-")' '"abc".indexOf("c")')
seen=$(node look.mjs "${calls[@]}"; python/bin/python look.py "${calls[@]}")
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
