// One of Hallpass's processes, started again whenever it ends, as a cluster would do it, and can be killed at any
// instant.
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

export type Kept = {
  /** Ends it at once; it is started again. */
  kill(): void
  /** Sends it a signal, such as one that freezes it. */
  signal(signal: NodeJS.Signals): void
  /** Ends it as a roll-out does, and resolves when the next one is ready. */
  restart(): Promise<void>
  /** Resolves when the process that runs now is ready. */
  ready(): Promise<void>
  /** How long each end lasted, until the next process was ready, since this was emptied last. */
  readonly downsMs: number[]
  /** How often it ended though nobody killed it, and what it printed last then. */
  readonly ends: string[]
  stop(): Promise<void>
}

type Options = {
  args: readonly string[]
  env: Record<string, string>
  /** Whether it does its work. */
  isReady: () => Promise<boolean>
  /** A new one replaces one that has ended. */
  onStart: () => void
}

const program = join(import.meta.dirname, '../../src/cli/hallpass.ts')
const readyWithinMs = 120_000
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
// The end of the run ends its processes.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Starts the process and keeps it. */
export function keep({ args, env, isReady, onStart }: Options): Kept {
  const ends: string[] = []
  let isStopping = false
  let isMeant = false
  const downsMs: number[] = []
  let printed = ''
  let child = start()

  function start(): ChildProcess {
    onStart()
    isMeant = false
    const next = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    running.add(next)
    printed = ''
    const listen = (chunk: Buffer): void => void (printed = `${printed}${chunk.toString()}`.slice(-3000))
    next.stdout.on('data', listen)
    next.stderr.on('data', listen)
    next.once('close', () => {
      running.delete(next)
      if (!isMeant) ends.push(printed)
      if (isStopping) return
      const endedAt = Date.now()
      child = start()
      void ready().then(
        () => downsMs.push(Date.now() - endedAt),
        () => undefined,
      )
    })
    return next
  }

  const gone = async (one: ChildProcess): Promise<void> => {
    while (running.has(one)) await pause(5)
  }

  const ready = async (): Promise<void> => {
    for (const until = Date.now() + readyWithinMs; Date.now() < until; await pause(50)) {
      const now = child
      if (running.has(now) && (await isReady().catch(() => false)) && now === child) return
    }
    throw new Error(
      `"${args.join(' ')}" is not ready within ${readyWithinMs / 1000} s.\n${ends.at(-1) ?? ''}\n${printed}`,
    )
  }

  return {
    ends,
    ready,
    downsMs,
    signal: signal => void child.kill(signal),
    kill: () => {
      isMeant = true
      child.kill('SIGKILL')
    },
    restart: async () => {
      isMeant = true
      const old = child
      old.kill('SIGTERM')
      await gone(old)
      await ready()
    },
    stop: async () => {
      isStopping = isMeant = true
      child.kill('SIGCONT')
      child.kill('SIGTERM')
      await Promise.race([gone(child), pause(3000)])
      child.kill('SIGKILL')
      await gone(child)
    },
  }
}
