// The peer that is written in Go: built once from modules whose checksums are committed, and kept in our cache folder. The
// build cache is our own and is deleted afterwards.
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { refuseGo, run } from '../../../src/sim/controlplane/build.ts'
import { withLock } from '../../../src/sim/controlplane/lock.ts'
import { binariesFolder } from '../../../src/sim/controlplane/places.ts'

const module = join(import.meta.dirname, 'controller-runtime')
const sources = ['go.mod', 'go.sum', 'main.go', 'types.go']

/** Such as v0.25.2. */
export async function controllerRuntimeVersion(): Promise<string> {
  const text = await readFile(join(module, 'go.mod'), 'utf8')
  return /controller-runtime (v\S+)/.exec(text)?.[1] ?? 'unknown'
}

/** The peer's program; undefined, and said why, when there is none. Only what stands already unless it `mayBuild`. */
export async function peerFor(
  { mayBuild }: { mayBuild: boolean },
  say: (line: string) => void,
): Promise<{ path: string } | undefined> {
  const cache = dirname(binariesFolder(process.env))
  await mkdir(cache, { recursive: true })
  const path = join(cache, `bench-controller-runtime-${await digest()}`)
  if (await isThere(path)) return { path }
  const why = mayBuild ? await refuseGo(process.env) : 'it is not built yet, and a smoke run builds nothing'
  if (why !== undefined) {
    say(`Not measured beside controller-runtime: ${why}.`)
    return undefined
  }
  return withLock(`${path}.lock`, say, async () => {
    if (await isThere(path)) return { path }
    say('Building the controller-runtime peer from Go modules, once. On two cores this takes about two minutes.')
    return build(cache, path)
  })
}

async function build(cache: string, path: string): Promise<{ path: string }> {
  const folder = await mkdtemp(join(cache, '.bench-build-'))
  try {
    const made = join(folder, 'peer')
    const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-ldflags', '-s -w', '-o', made, '.']
    const env = { ...process.env, GOCACHE: join(folder, 'go-build'), CGO_ENABLED: '0', GOWORK: 'off' }
    const { code, output } = await run('go', args, { cwd: module, env })
    if (code !== 0) throw new Error(`Building the peer failed:\n${output.trim().split('\n').slice(-12).join('\n')}`)
    await rename(made, path)
    return { path }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function digest(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  for (const source of sources) hash.update(await readFile(join(module, source)))
  return hash.digest('hex').slice(0, 12)
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
