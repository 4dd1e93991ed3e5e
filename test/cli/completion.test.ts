// Completion in the real shells: bash, zsh and fish each load their script and are asked about lines of a person. A
// shell that is not installed is skipped.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import * as assert from 'uvu/assert'
import { wordsOf } from '../../src/cli/completion/words.ts'
import { suite } from '../suite.ts'
import { hallpass } from './terminal.ts'

const test = suite('completion')
const shells = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof shells)[number]
const folder = mkdtempSync(join(tmpdir(), 'hallpass-completion-'))
test.before(async () => {
  writeFileSync(join(folder, 'policies.json'), '[]')
  writeFileSync(join(folder, 'ask.zsh'), askZsh)
  writeFileSync(join(folder, 'zshrc'), zshrc)
  for (const shell of shells) writeFileSync(scriptOf(shell), (await hallpass(['completion', shell])).out)
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

function scriptOf(shell: Shell): string {
  return join(folder, `hallpass.${shell}`)
}

// A zsh of its own completes a line at a pseudo terminal; every word that it would offer is printed.
const zshrc = `PROMPT=
autoload -Uz compinit
compinit -u -D
bindkey '^M' undefined
bindkey '^J' undefined
bindkey '^I' complete-word
mark() { print -r -- '###' }
compprefuncs=(mark)
comppostfuncs=(mark exit)
zstyle ':completion:*' insert-tab false
compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a hits
  builtin compadd -A hits "$@"
  (( $#hits )) && print -rl -- $hits
  builtin compadd "$@"
}
source $SCRIPT
print ok
`
const askZsh = `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "source $1"
repeat 4; do zpty -r z line; [[ $line == ok* ]] && break; done
zpty -w z "$2"$'\\t'
integer on=0
while zpty -r z; do :; done | while IFS= read -r line; do
  if [[ $line == *'###'* ]]; then (( on++ )) && exit 0 || continue; fi
  (( on )) && print -r -- "\${line%$'\\r'}"
done
`
// An empty answer with the option "default" makes bash offer files. Bash takes = as a separate word.
const askBash = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
compopt() { [[ $1 == +o ]] && offers=none; }
offers=files; _hallpass; [[ \${#COMPREPLY[@]} -gt 0 ]] && offers=words
case $offers in words) printf '%s\\n' "\${COMPREPLY[@]}" ;; files) compgen -f -- "\${COMP_WORDS[COMP_CWORD]}" ;; esac`

const asks: Record<Shell, (line: string) => { args: string[]; env?: Record<string, string> }> = {
  bash: line => ({
    args: ['--norc', '-c', askBash, 'bash', scriptOf('bash'), ...line.split(/ |(?==)|(?<==)/)],
  }),
  zsh: line => ({
    args: ['-f', join(folder, 'ask.zsh'), join(folder, 'zshrc'), line],
    env: { SCRIPT: scriptOf('zsh') },
  }),
  fish: line => ({ args: ['--no-config', '-c', `source ${scriptOf('fish')}; complete -C $argv[1]`, line] }),
}

/** The words that the shell offers; without their meanings, and without what is typed already. */
function offered(shell: Shell, line: string): string[] {
  const { args, env = {} } = asks[shell](line)
  const { stdout, stderr, error } = spawnSync(shell, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'], HOME: folder, TERM: 'dumb', ...env },
  })
  if (error) throw error
  assert.is(stderr, '')
  const words = stdout.split('\n').map(word => word.replace(/\t.*/, '').replace(/^--source=/, ''))
  return [...new Set(words)].filter(Boolean).toSorted()
}

const lines: Record<string, string[]> = {
  'hallpass wh': ['who'],
  'hallpass --v': ['--version'],
  'hallpass check-config ': ['all', 'auth', 'controller', 'gateway', 'janitor'],
  'hallpass doctor ': ['all', 'auth', 'controller', 'gateway'],
  'hallpass completion f': ['fish'],
  'hallpass help w': ['who'],
  'hallpass who --f': ['--from'],
  'hallpass who --source l': ['logging'],
  'hallpass who --source=c': ['cluster'],
  'hallpass who --source pol': ['policies.json'],
  'hallpass who -o j': ['json'],
  'hallpass who --at ': [],
  'hallpass who --at 2026-11-23T14:20:00Z --res': ['--resource'],
  'hallpass approver-rights --output ': ['commands', 'json'],
  'hallpass around pol': ['policies.json'],
  'hallpass trial --token-file pol': ['policies.json'],
  'hallpass around --he': ['--help'],
  'hallpass lint -o s': ['sarif'],
  'hallpass lint pol': ['policies.json'],
  'hallpass test -o ju': ['junit'],
  'hallpass plan pol': ['policies.json'],
  'hallpass plan --output m': ['markdown'],
}

for (const shell of shells) {
  const isInstalled = spawnSync(shell, ['--version']).status === 0
  if (!isInstalled) console.log(`SKIPPED completion in ${shell}: it is not installed.`)
  const fact = isInstalled ? test : test.skip
  for (const [line, words] of Object.entries(lines))
    fact(`${shell} completes "${line}"`, () => assert.equal(offered(shell, line), words))
}

const kubectlLines: Record<string, string[]> = {
  wh: ['who\tlist who had access through Hallpass at an instant or in a span', ':4'],
  '--v': ['--version\tprint the version', ':4'],
  'check-config al': [
    'all\trun the gateway, auth and the controller in one process, for trials: their rights are separate, their memory is not',
    ':4',
  ],
  'completion f': ['fish', ':4'],
  'help w': ['who\tlist who had access through Hallpass at an instant or in a span', ':4'],
  'who --to': [
    '--to\tthe end of the span; now unless given',
    '--token-file\tan access token for Cloud Logging, instead of your default credentials',
    ':4',
  ],
  'who --source ': ['cluster', 'logging', 'google', ':0'],
  'who --source=l': ['--source=logging', ':0'],
  'who -o j': ['json', ':4'],
  'who --at ': [':4'],
  'around pol': [':0'],
  'trial --token-file pol': [':0'],
  'around who --': ['--help\tdisplay help for command', ':0'],
}
for (const [typed, answer] of Object.entries(kubectlLines))
  test(`kubectl completes "hallpass ${typed}"`, async () => {
    const { out, err } = await hallpass(['__complete', '--', ...typed.split(' ')])
    assert.is(err, '')
    assert.equal(out.trimEnd().split('\n'), answer)
  })

test('every command and option that help shows is in every script', async () => {
  const { out } = await hallpass(['--help'])
  const commands = [...out.replace(/Example:[^]*/, '').matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name = '']) => name)
  assert.ok(commands.length > 9, commands.join())
  for (const shell of shells) {
    const { out: script } = await hallpass(['completion', shell])
    for (const name of commands) assert.ok(script.includes(name), `${shell} lacks ${name}`)
    for (const option of ['token-file', 'organization', 'version']) assert.ok(script.includes(option), option)
  }
})

test('a command with its own commands would not be completed by halves', () => {
  const program = new Command('program')
  program.command('outer').command('inner')
  assert.throws(() => wordsOf(program), /"outer" has commands/)
})

test.run()
