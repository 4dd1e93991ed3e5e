#!/usr/bin/env bash
# @marcbachmann/cel-js accepts three things that are not valid CEL: a comma before the bracket that closes a call, a whole
# number of more than 64 bits, and text in other bases for int().
# Seen with: @marcbachmann/cel-js 8.0.0, Node.js 24.21.0; cel-expr-python 0.1.3, Python 3.11. Output:
#   cel-js  "abc".startsWith("a",) is true
#   cel-js  9223372036854775808 > 1 is true
#   cel-js  int("0b11") == 3 is true
#   cel-cpp "abc".startsWith("a",) is an error
#   cel-cpp 9223372036854775808 > 1 is an error
#   cel-cpp int("0b11") == 3 is an error
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
texts=('"abc".startsWith("a",)' '9223372036854775808 > 1' 'int("0b11") == 3')
seen=$(node look.mjs "${texts[@]}"; python/bin/python look.py "${texts[@]}" 2>/dev/null)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
