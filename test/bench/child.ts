// Programs under measurement, each a separate Node.js process, ended with us at the latest.
import { type ChildProcess, spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'

/** What is run and when it counts as ready: once `readyUrl` answers 200. */
export type Program = { args: readonly string[]; env?: Record<string, string>; readyUrl: string }

export type Child = {
  /** From the start of the process until it was ready. */
  readyMs: number
  /** SIGTERM unless another signal is given; resolves when the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
}

const readyWithinMs = 120_000
/** How finely readiness is seen. */
const lookEveryMs = 5
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** Starts a program and waits until it is ready. Rejects with what it printed when it is not. */
export async function startChild({ args, env = {}, readyUrl }: Program): Promise<Child> {
  const began = performance.now()
  const child = spawn(process.execPath, args, {
    env: {
      PATH: process.env['PATH'] ?? '',
      ...(!env['NODE_COMPILE_CACHE'] && { NODE_DISABLE_COMPILE_CACHE: '1' }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let printed = ''
  const keep = (chunk: Buffer): void => void (printed = `${printed}${chunk.toString()}`.slice(-4000))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const gone = new Promise<void>(resolve => child.once('close', () => (running.delete(child), resolve())))
  const end: Child['end'] = async (signal = 'SIGTERM') => {
    child.kill(signal)
    await gone
  }
  while (!(await answers(readyUrl))) {
    const isOver = child.exitCode !== null || performance.now() - began > readyWithinMs
    if (isOver) await end('SIGKILL')
    if (isOver) throw new Error(`${args.join(' ')} did not become ready. It printed:\n${printed}`)
    await pause(lookEveryMs)
  }
  return { readyMs: performance.now() - began, end }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
  await answer?.body?.cancel()
  return answer?.ok ?? false
}

/** One metric of a process that serves them in Prometheus' form; undefined until it exists. */
export async function metricOf(url: string, name: string): Promise<number | undefined> {
  const text = await fetch(`${url}/metrics`).then(
    answer => answer.text(),
    () => '',
  )
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]
  return value === undefined ? undefined : Number(value)
}
