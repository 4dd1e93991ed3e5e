// Runs programs as its child processes. When its standard input closes, because its parent stopped or was killed, it
// ends them and removes their folder. Started with a JSON description as argument; a line of standard input, the name
// of a program's log, kills that program and starts it again.
import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './programs.ts'

const { folder, programs } = JSON.parse(process.argv[2] ?? '') as { folder: string; programs: Program[] }
const children = programs.map(start)
let isStopping = false

const restarting = new Set<ChildProcess>()
createInterface(process.stdin).on('line', restart)
process.stdin.on('end', () => void stop())
process.stdin.on('error', () => void stop())
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined) // Ctrl-C reaches the whole group; the parent decides.
process.on('SIGTERM', () => void stop())

function start({ path, args, log, env }: Program): ChildProcess {
  const file = openSync(join(folder, log), 'a')
  // A separate process group, so that Ctrl-C in a terminal does not end the API server before its clients.
  const child = spawn(path, args, { stdio: ['ignore', file, file], detached: true, env: { ...process.env, ...env } })
  child.on('exit', code => {
    if (restarting.delete(child)) return
    if (!isStopping) tellEnd(log, code)
    void stop()
  })
  child.on('error', () => void stop())
  return child
}

// Without warning, like a machine that fails.
function restart(log: string): void {
  const index = programs.findIndex(program => program.log === log)
  const [program, child] = [programs[index], children[index]]
  if (!program || !child || isStopping) return
  restarting.add(child)
  child.once('exit', () => {
    if (!isStopping) children[index] = start(program)
  })
  child.kill('SIGKILL')
}

// The folder is removed, so the program's last output is printed here.
function tellEnd(log: string, code: number | null): void {
  const lines = readFileSync(join(folder, log), 'utf8').split('\n')
  // Go prints the reason at the beginning of a trace that can be hundreds of lines long.
  const why = lines.findIndex(line => /^(panic|fatal error): /.test(line))
  const told = why < 0 ? lines.slice(-20) : lines.slice(why, why + 40)
  process.stderr.write(`${log.replace('.log', '')} ended by itself (${code}):\n${told.join('\n')}\n`)
}

// In reverse order: the API server before etcd.
async function stop(): Promise<void> {
  if (isStopping) return
  isStopping = true
  for (const [index, child] of [...children.entries()].reverse()) await end(child, programs[index])
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  process.exit(0)
}

async function end(child: ChildProcess, program: Program | undefined): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const exited = new Promise(resolve => child.once('exit', resolve))
  child.kill(program?.isDisposable ? 'SIGKILL' : 'SIGTERM')
  await Promise.race([exited, pause(5_000)])
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}
