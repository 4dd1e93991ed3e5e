#!/usr/bin/env bash
# re2js and RE2 (here through Python) differ in character classes: in re2js \p{C} includes unassigned code points, and
# \p{Emoji} and \p{Cn} exist; in RE2 not. Names of groups may have any letters in RE2, but only ASCII in re2js.
# Seen with: re2js 2.10.0, Node.js 24.21.0; google-re2 1.1.20251105, Python 3.11. Output:
#   re2js \p{C} finds U+0378: true
#   re2js \p{Emoji} finds U+1F600: true
#   re2js \p{Cn} finds U+0378: true
#   re2js (?P<é>a) finds U+0061: an error
#   RE2   \p{C} finds U+0378: false
#   RE2   \p{Emoji} finds U+1F600: an error
#   RE2   \p{Cn} finds U+0378: an error
#   RE2   (?P<é>a) finds U+0061: true
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund re2js@2.10.0 >/dev/null
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check google-re2==1.1.20251105
cat > facts.json <<'JSON'
[["\\p{C}", "0378"], ["\\p{Emoji}", "1F600"], ["\\p{Cn}", "0378"], ["(?P<é>a)", "0061"]]
JSON
cat > look.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { RE2JS } from 're2js'
for (const [pattern, code] of JSON.parse(readFileSync('facts.json', 'utf8'))) {
  let found = 'an error'
  try {
    found = RE2JS.compile(pattern).matcher(String.fromCodePoint(parseInt(code, 16))).find()
  } catch {}
  console.log(`re2js ${pattern} finds U+${code}: ${found}`)
}
JS
cat > look.py <<'PY'
import json
import re2
options = re2.Options()
options.log_errors = False
def answer(pattern, code):
    try:
        return str(re2.compile(pattern, options).search(chr(int(code, 16))) is not None).lower()
    except re2.error:
        return 'an error'
for pattern, code in json.load(open('facts.json', encoding='utf-8')):
    print(f'RE2   {pattern} finds U+{code}: {answer(pattern, code)}')
PY
seen=$(node look.mjs; PYTHONUTF8=1 python/bin/python look.py)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
