// Programs that say what they have reached in one line of JSON each, and what the operating system counts for them. The same
// figures for every language.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

/** A program with its arguments. */
export type Command = { program: string; args: readonly string[]; env?: Record<string, string> }

/** What a run took, from the start of its process. */
export type Usage = { seconds: number; cpuSeconds: number; peakMiB: number }
export type Fact = Record<string, number>
/** What each of the lines said, and what had been used when the first one came. */
export type Run = { facts: Fact[]; usage: Usage }

/** Linux counts the processor's time of a process in these, whatever the kernel's own tick. */
const ticksASecond = 100
const longestMs = 15 * 60_000
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Runs a program until it has said as many lines, then ends it by closing its standard input. */
export async function runMeasured({ program, args, env = {} }: Command, lines = 1): Promise<Run> {
  const began = performance.now()
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const gone = new Promise<void>(resolve => child.once('close', () => (running.delete(child), resolve())))
  const patience = setTimeout(() => child.kill('SIGKILL'), longestMs)
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = `${complaint}${chunk.toString()}`.slice(-4000)))
  try {
    const facts: Fact[] = []
    let usage: Usage | undefined
    for await (const line of createInterface(child.stdout)) {
      usage ??= { seconds: (performance.now() - began) / 1000, ...(await countedFor(child.pid ?? 0)) }
      facts.push(JSON.parse(line) as Fact)
      if (facts.length === lines) return { facts, usage }
    }
    throw new Error(`${program} ${args.join(' ').slice(0, 200)} ended early. It printed:\n${complaint}`)
  } finally {
    clearTimeout(patience)
    child.stdin.end()
    await gone
  }
}

/** Processor time and the highest resident memory of a process that still runs (proc(5)). */
async function countedFor(pid: number): Promise<{ cpuSeconds: number; peakMiB: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const peakKiB = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1])
  return { cpuSeconds: await cpuSecondsOf(pid), peakMiB: peakKiB / 1024 }
}

async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond
}

/** What a program has used since it was started. */
export type Used = { cpuSeconds: number; peakMiB: number }

/** What each of the programs that a process has started has used, by the last word that tells them apart. */
export async function programsUnder(pid: number): Promise<Record<string, Used>> {
  const used: Record<string, Used> = {}
  for (const child of await childrenOf(pid)) {
    const words = (await readFile(`/proc/${child}/cmdline`, 'utf8')).split('\0').filter(Boolean)
    // An option of a program is no name: a program of Node.js is called by its last argument, others by their file.
    const named = words.at(-1)?.startsWith('-') ? words[0] : words.at(-1)
    used[basename(named ?? '')] = await countedFor(child)
  }
  return used
}

async function childrenOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return children.trim().split(' ').map(Number)
}

/** Processor time of the programs that this process has started and that still run. */
export async function cpuSecondsUnder(pid: number): Promise<number> {
  const seconds = await Promise.all((await childrenOf(pid)).map(cpuSecondsOf))
  return seconds.reduce((sum, each) => sum + each, 0)
}
