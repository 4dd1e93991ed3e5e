#!/usr/bin/env bash
# Google's two engines for CEL do not agree on every time: C++ (here through Python) accepts leap seconds, small
# letters, blanks and single digits in timestamp(), and offsets beyond a day, where Go returns an error. Raw strings
# with a backslash at the end and the milliseconds of a duration differ too. The author of a rule does not always know
# which of the two will run it.
# Seen with: cel.dev/cel-go v0.33.2, Go 1.26.8; cel-expr-python 0.1.3, Python 3.11. Needs Go. Output:
#   go  timestamp("2026-12-31T23:59:60Z") > timestamp("2026-01-01T00:00:00Z") is an error
#   go  timestamp("2026-02-01t10:00:00z") > timestamp("2026-01-01T00:00:00Z") is an error
#   go  timestamp("2026-2-1T10:00:00Z") > timestamp("2026-01-01T00:00:00Z") is an error
#   go  timestamp("2026-02-01T10:00:00Z").getHours("+25:00") == 11 is an error
#   go  duration("1.5s").getMilliseconds() == 500 is false
#   go  r"\".size() == 1 is true
#   cpp timestamp("2026-12-31T23:59:60Z") > timestamp("2026-01-01T00:00:00Z") is true
#   cpp timestamp("2026-02-01t10:00:00z") > timestamp("2026-01-01T00:00:00Z") is true
#   cpp timestamp("2026-2-1T10:00:00Z") > timestamp("2026-01-01T00:00:00Z") is true
#   cpp timestamp("2026-02-01T10:00:00Z").getHours("+25:00") == 11 is true
#   cpp duration("1.5s").getMilliseconds() == 500 is true
#   cpp r"\".size() == 1 is an error
set -euo pipefail
expected=$(sed -n 's/^#   //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python && python/bin/pip install --quiet --disable-pip-version-check cel-expr-python==0.1.3
mkdir go && cat > go/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"cel.dev/cel-go/cel"
)

func main() {
	environment, _ := cel.NewEnv()
	for _, text := range os.Args[1:] {
		fmt.Printf("go  %s is %s\n", text, answer(environment, text))
	}
}

func answer(environment *cel.Env, text string) string {
	ast, issues := environment.Compile(text)
	if issues.Err() != nil {
		return "an error"
	}
	program, err := environment.Program(ast)
	if err != nil {
		return "an error"
	}
	value, _, err := program.Eval(map[string]any{})
	if err != nil {
		return "an error"
	}
	return fmt.Sprint(value.Value())
}
GO
(cd go && go mod init look && go get cel.dev/cel-go@v0.33.2 && go mod tidy && go build -o ../look .) >/dev/null 2>&1
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
    print(f'cpp {text} is', answer(text))
PY
new_year='timestamp("2026-01-01T00:00:00Z")'
texts=(
  "timestamp(\"2026-12-31T23:59:60Z\") > $new_year"
  "timestamp(\"2026-02-01t10:00:00z\") > $new_year"
  "timestamp(\"2026-2-1T10:00:00Z\") > $new_year"
  'timestamp("2026-02-01T10:00:00Z").getHours("+25:00") == 11'
  'duration("1.5s").getMilliseconds() == 500'
  'r"\".size() == 1'
)
seen=$(./look "${texts[@]}"; python/bin/python look.py "${texts[@]}" 2>/dev/null)
printf '%s\n' "$seen"
[ "$seen" = "$expected" ] || { echo 'The behaviour has changed.' >&2; exit 1; }
