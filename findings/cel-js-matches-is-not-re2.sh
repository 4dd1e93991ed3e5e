#!/usr/bin/env bash
# matches() of @marcbachmann/cel-js uses JavaScript's regular expressions, but CEL specifies RE2: POSIX classes have
# another meaning, flags inside a pattern are an error, and back references are accepted.
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0; cel-expr-python 0.1.3, Python 3.11. Output:
#   cel-js  "a".matches("^[[:alpha:]]$") is false
#   cel-js  "a".matches("(?i)A") is an error
#   cel-js  "aa".matches("^(a)\\1$") is true
#   cel-cpp "a".matches("^[[:alpha:]]$") is true
#   cel-cpp "a".matches("(?i)A") is true
#   cel-cpp "aa".matches("^(a)\\1$") is an error
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @marcbachmann/cel-js@8.0.0 >/dev/null
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check cel-expr-python==0.1.3
cat > look.mjs <<'JS'
import { evaluate } from '@marcbachmann/cel-js'
for (const text of process.argv.slice(2)) {
  let answer = 'an error'
  try {
    answer = evaluate(text)
  } catch {}
  console.log(`cel-js  ${text} is ${answer}`)
}
JS
cat > look.py <<'PY'
import sys
from cel_expr_python import cel
def answer(text):
    try:
        value = cel.NewEnv().compile(text).eval().value()
    except Exception:
        return 'an error'
    return str(value).lower() if isinstance(value, bool) else 'an error'
for text in sys.argv[1:]:
    print(f'cel-cpp {text} is', answer(text))
PY
calls=('"a".matches("^[[:alpha:]]$")' '"a".matches("(?i)A")' '"aa".matches("^(a)\\1$")')
seen=$(node look.mjs "${calls[@]}"; python/bin/python look.py "${calls[@]}" 2>/dev/null)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
