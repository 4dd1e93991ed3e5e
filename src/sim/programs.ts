// Runs programs as processes of this machine. A watchdog ends them when this process stops or is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'

/**
 * One program; `log` is the file in the folder for its output. What `isDisposable` keeps nothing that is needed
 * afterwards, and is killed when it should end.
 */
export type Program = {
  path: string
  args: string[]
  log: string
  env?: Record<string, string>
  isDisposable?: boolean
}

export type Programs = {
  /** Process that owns the programs. */
  pid: number
  /** Whether they have ended. When one ends, all do. */
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
  watchdog.stdin?.on('error', () => undefined) // It may already have ended when we stop it.
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

// Below the ports that systems use for outgoing connections (32768 on Linux, 49152 on macOS), so that a port that was
// free a moment ago is still free when its program starts.
const [lowestPort, highestPort] = [15_000, 32_000]

// A free port may be taken by someone else before it is used, which may be seconds later. So each process starts its
// search at its own place, far from that of processes started shortly before or after, and never goes back.
const stride = 7919
let asked = 0

/** Free loopback ports, each only once. */
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
