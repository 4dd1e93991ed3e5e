// Replaces gcloud, and lets curl reach a simulated Google, for printed commands that a real shell runs.
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

// Notes its arguments, one a line, and what it reads from standard input.
const gcloud = `#!/bin/sh
case "$*" in "auth print-access-token") printf '%s\\n' "$TOKEN"; exit 0 ;; esac
for word; do printf '%s\\n' "$word"; done >> "$NOTES"
code=0
case "$*" in
  *condition-from-file=/dev/stdin*) cat /dev/stdin >> "$NOTES" ;;
  *"roles create"*) code=$CREATED ;;
esac
printf -- '----\\n' >> "$NOTES"
exit "$code"
`
// The last argument is the address, whose host is replaced. All arguments are noted: they must not have a token.
const curl = `#!/bin/sh
for word; do printf '%s\\n' "$word"; done >> "$CALLED"
for address; do :; done
set -- "$@" "$GOOGLE/\${address#https://*/}"
count=$#
while [ "$count" -gt 0 ]; do
  word=$1; shift
  [ "$count" -eq 2 ] || set -- "$@" "$word"
  count=$((count - 1))
done
exec ${spawnSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).stdout.trim()} "$@"
`

/** The result of a run of commands. */
export type Ran = { code: number | null; err: string; calls: string[]; called: string }

/** A folder with the two programs. */
export type StandIn = {
  folder: string
  /** Runs the commands with a real shell; `calls` are the words of each call of gcloud, what it read being the last. */
  run(commands: string, more?: { created?: number; google?: string; token?: string }): Promise<Ran>
  close(): void
}

/** Makes the folder. */
export function createStandIn(): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'hallpass-gcloud-'))
  for (const [name, text] of Object.entries({ gcloud, curl })) {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), 0o755)
  }
  return {
    folder,
    run: async (commands, { created = 0, google = '', token = '' } = {}) => {
      const [notes, called] = ['notes', 'called'].map(name => join(folder, name)) as [string, string]
      for (const file of [notes, called]) writeFileSync(file, '')
      const env = {
        NOTES: notes,
        CALLED: called,
        CREATED: String(created),
        GOOGLE: google,
        TOKEN: token,
        PATH: [folder, process.env['PATH']].join(delimiter),
      }
      const { code, err } = await shell(commands, { env, cwd: folder })
      const calls = readFileSync(notes, 'utf8').split('----\n').slice(0, -1)
      return { code, err, calls, called: readFileSync(called, 'utf8') }
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

// A simulated Google in this process answers meanwhile.
function shell(commands: string, options: { env: NodeJS.ProcessEnv; cwd: string }): Promise<Pick<Ran, 'code' | 'err'>> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-eu', '-c', commands], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', reject)
    child.on('close', code => resolve({ code, err }))
  })
}

/** Whether the programs are here that change the policies of types that gcloud has no command for. */
export const hasCurlAndJq = ['curl', 'jq'].every(name => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0)
