// Go programs that tests compare Hallpass with: built once from modules whose checksums are committed, and kept in our
// cache folder. The build cache is our own and is deleted afterwards.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { refuseGo, run } from '../src/sim/controlplane/build.ts'
import { withLock } from '../src/sim/controlplane/lock.ts'
import { binariesFolder } from '../src/sim/controlplane/places.ts'

export type GoProgram = {
  name: string
  /** Folder with go.mod, go.sum and the sources. */
  module: string
  /** The package to build, when it is not the folder's own. */
  program?: string
  /** Otherwise only an existing build is used. */
  mayBuild: boolean
  /** Whether the program's speed does not matter: then a third less time is spent on building it. */
  isHasty?: boolean
}

/**
 * The program's path; a clause instead, when it is not available here. Throws with Go's last lines when the build
 * fails.
 */
export async function goProgram(
  { name, module, program = '.', mayBuild, isHasty = false }: GoProgram,
  say: (line: string) => void,
): Promise<{ path: string } | { because: string }> {
  const cache = dirname(binariesFolder(process.env))
  await mkdir(cache, { recursive: true })
  const path = join(cache, `${name}-${await digestOf(module)}`)
  if (await isThere(path)) return { path }
  const because = mayBuild ? await refuseGo(process.env) : 'it is not built yet, and a smoke run builds nothing'
  if (because !== undefined) return { because }
  return withLock(`${path}.lock`, say, async () => {
    if (await isThere(path)) return { path }
    say(`Building ${name} from Go modules, once. On two cores this takes up to two minutes.`)
    return build({ module, program, isHasty }, cache, path)
  })
}

async function build(
  { module, program, isHasty }: Required<Pick<GoProgram, 'module' | 'program' | 'isHasty'>>,
  cache: string,
  path: string,
): Promise<{ path: string }> {
  const folder = await mkdtemp(join(cache, '.go-build-'))
  try {
    const made = join(folder, 'made')
    const flags = [
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      ...(isHasty ? ['-gcflags', 'all=-N -l -dwarf=false'] : []),
    ]
    const args = ['build', ...flags, '-ldflags', '-s -w', '-o', made, program]
    const env = { ...process.env, GOCACHE: join(folder, 'go-build'), CGO_ENABLED: '0', GOWORK: 'off' }
    const { code, output } = await run('go', args, { cwd: module, env })
    if (code !== 0) throw new Error(`Building ${path} failed:\n${output.trim().split('\n').slice(-12).join('\n')}`)
    await rename(made, path)
    return { path }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function digestOf(module: string): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}`)
  const sources = (await readdir(module)).filter(file => /\.go$|^go\.(mod|sum)$/.test(file)).sort()
  for (const source of sources) hash.update(await readFile(join(module, source)))
  return hash.digest('hex').slice(0, 12)
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

type Asking = { path: string; args?: readonly string[]; env?: NodeJS.ProcessEnv }

/** What a program answers on stdout. Rejects with what it says on stderr when it fails. */
export function ask({ path, args = [], env = process.env }: Asking, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { env })
    let [output, errors] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve(output) : reject(new Error(`${path} ended with ${code}: ${errors}`)),
    )
    child.stdin.end(input)
  })
}
