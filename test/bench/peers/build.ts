// The peer that is written in Go, and its version.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { goProgram } from '../../go-program.ts'

const module = join(import.meta.dirname, 'controller-runtime')

/** Such as v0.25.2. */
export async function controllerRuntimeVersion(): Promise<string> {
  const text = await readFile(join(module, 'go.mod'), 'utf8')
  return /controller-runtime (v\S+)/.exec(text)?.[1] ?? 'unknown'
}

/**
 * The peer's program; undefined, with a printed reason, when it is missing. Only an existing one unless it `mayBuild`.
 */
export async function peerFor(
  { mayBuild }: { mayBuild: boolean },
  say: (line: string) => void,
): Promise<{ path: string } | undefined> {
  const built = await goProgram({ name: 'bench-controller-runtime', module, mayBuild }, say)
  if ('path' in built) return built
  say(`Not compared with controller-runtime: ${built.because}.`)
  return undefined
}
