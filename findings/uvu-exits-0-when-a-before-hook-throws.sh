#!/usr/bin/env bash
# A test file of uvu whose `before` hook throws exits with 0, with none of its tests run.
#
# Versions: uvu 0.5.6; Node.js 20 and 24.
# Expected: an exit code that shows a script that the tests did not pass, as for a test that fails.
# Seen: exit code 0. A failing test exits with 1.
# Output:
#   before throws:  exit 0, tests run: 0
#   a test throws:  exit 1, tests run: 1
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --ignore-scripts uvu@0.5.6
cat > try.mjs <<'SCRIPT'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const run = (name, source) => {
  writeFileSync(name, `import { suite } from 'uvu'\nconst test = suite('s')\n${source}\ntest.run()\n`)
  const { status, stdout } = spawnSync(process.execPath, [name], { encoding: 'utf8' })
  return { status, ran: stdout.split('ran').length - 1 }
}
const before = run('before.mjs', `test.before(() => { throw new Error('no database') })\ntest('t', () => console.log('ran'))`)
const failing = run('failing.mjs', `test('t', () => { console.log('ran'); throw new Error('wrong') })`)
console.log(`before throws:  exit ${before.status}, tests run: ${before.ran}`)
console.log(`a test throws:  exit ${failing.status}, tests run: ${failing.ran}`)
process.exit(before.status === 0 && before.ran === 0 && failing.status === 1 ? 0 : 1)
SCRIPT
node try.mjs
