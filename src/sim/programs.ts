// Runs programs as processes of this machine that outlive nobody: a watchdog ends them when we stop or are killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** One program; `log` is a file of the folder that takes what it prints. */
export type Program = { path: string; args: string[]; log: string; env?: Record<string, string> }

export type Programs = {
  /** Process that owns the programs. */
  pid: number
  /** Whether they have ended, by themselves or by us. When one ends, all do. */
  hasEnded(): boolean
  /** Kills the program that writes to `log` and starts it again. */
  restart(log: string): void
  /** Ends them, the last one first, and removes the folder. */
  stop(): Promise<void>
}

/** Starts programs in `folder`, which is removed when they end. */
export function startPrograms(folder: string, programs: readonly Program[]): Programs {
  const description = JSON.stringify({ folder, programs })
  const watchdog = spawn(process.execPath, [join(import.meta.dirname, 'watchdog.ts'), description], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  watchdog.stdin?.on('error', () => undefined) // It may be gone already when we stop.
  watchdog.unref()
  ;(watchdog.stdin as unknown as { unref?(): void } | null)?.unref?.()
  const restart = (log: string): void => void watchdog.stdin?.write(`${log}\n`)
  const hasEnded = (): boolean => watchdog.exitCode !== null || watchdog.signalCode !== null
  return { pid: watchdog.pid ?? 0, hasEnded, restart, stop: () => stop(watchdog, hasEnded) }
}

async function stop(watchdog: ChildProcess, hasEnded: () => boolean): Promise<void> {
  if (hasEnded()) return
  const exited = new Promise(resolve => watchdog.once('exit', resolve))
  watchdog.ref()
  watchdog.stdin?.end()
  await exited
}

// Below what systems hand out to outgoing connections by themselves (32768 on Linux, 49152 on macOS), so that a port that
// was free a moment ago is still free when its program starts.
const [lowestPort, highestPort] = [15_000, 32_000]

// A port is free until somebody takes it, and what it is for may be seconds away. So each process looks from a place of its
// own on: far from where one looks that was started before or after it, and never back.
const stride = 7919
let asked = 0

/** Free loopback ports, none of them twice. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = lowestPort + ((process.pid * stride + asked++) % (highestPort - lowestPort))
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
