// Runs one program in the place of this process: with its streams, its signals and its exit code.
import { spawn } from 'node:child_process'

/** Runs it and ends this process as the program ends. `env` is added to this process's environment. */
export function runAttached(program: string, args: readonly string[], env: Record<string, string> = {}): void {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => process.exit(code ?? (signal ? 130 : 1)))
}
