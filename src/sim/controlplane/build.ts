// Builds kube-apiserver, kubectl and etcd from Go modules whose checksums are committed in modules/. The build uses a
// separate cache, which is deleted afterwards. Existing programs are not built again.
import { spawn } from 'node:child_process'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { etcdVersion, kubernetesVersions, type Minor, type Program } from './places.ts'

/** The oldest Go version that builds the pinned versions. */
const minimumGo = [1, 26] as const

type Say = (line: string) => void
type Part = { program: Program; version: string; module: string; target: string; usualSeconds: number }
/** How far the build of one program is. */
export type Step = Pick<Part, 'program' | 'version' | 'usualSeconds'> & { seconds: number; isDone: boolean }

function partsOf(minor: Minor): readonly Part[] {
  const kubernetes = { version: kubernetesVersions[minor], module: `kubernetes-${minor}` }
  const cmd = 'k8s.io/kubernetes/cmd'
  return [
    {
      program: 'etcd',
      version: etcdVersion,
      module: 'etcd',
      target: 'go.etcd.io/etcd/server/v3',
      usualSeconds: 75,
    },
    { program: 'kube-apiserver', ...kubernetes, target: `${cmd}/kube-apiserver`, usualSeconds: 220 },
    { program: 'kubectl', ...kubernetes, target: `${cmd}/kubectl`, usualSeconds: 20 },
  ]
}

/** Why Go cannot be used here, a clause; undefined when it can. */
export async function refuseGo(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, output } = await run('go', ['env', 'GOVERSION'], { env }).catch(() => ({ code: -1, output: '' }))
  if (code !== 0) return 'Go is not installed'
  const [, major = '0', minor = '0'] = /go(\d+)\.(\d+)/.exec(output) ?? []
  const isEnough = Number(major) > minimumGo[0] || (Number(major) === minimumGo[0] && Number(minor) >= minimumGo[1])
  return isEnough ? undefined : `Go is ${output.trim()}, and ${minimumGo.join('.')} is needed`
}

/** The programs to build, their folder, and who is told every second how far it is. */
export type Build = {
  folder: string
  minor: Minor
  missing: readonly Program[]
  onStep?: ((step: Step) => void) | undefined
}

/**
 * Builds the programs that are missing in the folder. A build that was interrupted continues where it was. Throws with
 * Go's last lines when a build fails.
 */
export async function buildWithGo({ folder, minor, missing, onStep }: Build, say: Say): Promise<void> {
  await mkdir(folder, { recursive: true })
  const wanted = partsOf(minor).filter(part => missing.includes(part.program))
  const names = wanted.map(part => `${part.program} ${part.version}`).join(', ')
  say(`Building ${names} from Go modules, once. On two cores this takes about ${minutesOf(wanted)} minutes.`)
  const buildOne = (part: Part): Promise<void> => buildPart(part, folder, progress(say, part, onStep))
  // Downloading and linking use one core at most, so two builds at the same time take less than one after the other.
  // kubectl is mostly made of what the API server is made of, and finds that already compiled.
  await Promise.all(wanted.filter(({ program }) => program !== 'kubectl').map(buildOne))
  for (const part of wanted.filter(({ program }) => program === 'kubectl')) await buildOne(part)
  await rm(buildCacheOf(folder), { recursive: true, force: true })
}

// kubectl is built after the longest of the others.
function minutesOf(parts: readonly Part[]): number {
  const secondsOf = (of: readonly Part[]): number => Math.max(0, ...of.map(({ usualSeconds }) => usualSeconds))
  const isLast = ({ program }: Part): boolean => program === 'kubectl'
  return Math.ceil((secondsOf(parts.filter(part => !isLast(part))) + secondsOf(parts.filter(isLast))) / 60)
}

const buildCacheOf = (folder: string): string => join(folder, 'go-build')

/**
 * Makes the compiler faster and changes nothing in the programs: no data for debuggers, and no garbage collection before
 * one of its processes holds 1 GiB. Most packages need less, and there is one process for each core.
 */
const compiler = { env: { GOGC: 'off', GOMEMLIMIT: '1GiB' }, flags: ['-gcflags=all=-dwarf=false'] }

async function buildPart(part: Part, folder: string, tick: { stop(): void }): Promise<void> {
  const temporary = join(folder, `.${part.program}.${process.pid}`)
  const args = ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', ...compiler.flags]
  const { code, output } = await run('go', [...args, '-ldflags', linkerFlags(part), '-o', temporary, part.target], {
    cwd: join(import.meta.dirname, 'modules', part.module),
    env: { ...process.env, ...compiler.env, GOCACHE: buildCacheOf(folder), CGO_ENABLED: '0', GOWORK: 'off' },
  }).finally(() => tick.stop())
  if (code !== 0)
    throw new Error(`Building ${part.program} failed:\n${output.trim().split('\n').slice(-12).join('\n')}`)
  await rename(temporary, join(folder, part.program))
}

function linkerFlags({ program, version }: Part): string {
  if (program === 'etcd') return '-s -w'
  const [major = '', minor = ''] = version.slice(1).split('.')
  const facts = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
  const sets = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap(place =>
    Object.entries(facts).map(([name, value]) => `-X ${place}.${name}=${value}`),
  )
  return ['-s -w', ...sets].join(' ')
}

function progress(say: Say, { program, version, usualSeconds }: Part, onStep: Build['onStep']): { stop(): void } {
  const began = Date.now()
  const seconds = (): number => Math.round((Date.now() - began) / 1000)
  const tell = (isDone: boolean): void => onStep?.({ program, version, usualSeconds, seconds: seconds(), isDone })
  say(`  ${program} ${version} (usually ${usualSeconds} s)`)
  const lines = setInterval(() => say(`  ${program}: ${seconds()} s of about ${usualSeconds}`), 20_000)
  const steps = setInterval(tell, 1_000, false)
  tell(false)
  return {
    stop: () => {
      clearInterval(lines)
      clearInterval(steps)
      say(`  ${program}: done after ${seconds()} s`)
      tell(true)
    },
  }
}

type RunOptions = { cwd?: string; env?: NodeJS.ProcessEnv }

/** Runs a program to its end; stdout and stderr together. Rejects when it cannot be started. It ends with this process. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const end = (): void => void child.kill()
    process.once('exit', end)
    let output = ''
    const keep = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', code => {
      process.off('exit', end)
      resolve({ code, output })
    })
  })
}
