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

function partsOf(minor: Minor): readonly Part[] {
  const kubernetes = { version: kubernetesVersions[minor], module: `kubernetes-${minor}` }
  const cmd = 'k8s.io/kubernetes/cmd'
  return [
    {
      program: 'etcd',
      version: etcdVersion,
      module: 'etcd',
      target: 'go.etcd.io/etcd/server/v3',
      usualSeconds: 30,
    },
    { program: 'kube-apiserver', ...kubernetes, target: `${cmd}/kube-apiserver`, usualSeconds: 230 },
    { program: 'kubectl', ...kubernetes, target: `${cmd}/kubectl`, usualSeconds: 30 },
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

/** The programs to build, and their folder. */
export type Build = { folder: string; minor: Minor; missing: readonly Program[] }

/** Builds the programs that are missing in the folder. Throws with Go's last lines when a build fails. */
export async function buildWithGo({ folder, minor, missing }: Build, say: Say): Promise<void> {
  await mkdir(folder, { recursive: true })
  const buildCache = join(folder, 'go-build')
  const wanted = partsOf(minor).filter(part => missing.includes(part.program))
  const usual = wanted.reduce((sum, part) => sum + part.usualSeconds, 0)
  say(
    `Building ${wanted.map(part => `${part.program} ${part.version}`).join(', ')} from Go modules, once. On two cores this takes about ${Math.ceil(usual / 60)} minutes.`,
  )
  for (const [i, part] of wanted.entries())
    await buildPart(part, folder, buildCache, progress(say, i + 1, wanted.length, part))
  await rm(buildCache, { recursive: true, force: true })
}

async function buildPart(part: Part, folder: string, buildCache: string, tick: { stop(): void }): Promise<void> {
  const temporary = join(folder, `.${part.program}.${process.pid}`)
  const { code, output } = await run(
    'go',
    [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      linkerFlags(part),
      '-o',
      temporary,
      part.target,
    ],
    {
      cwd: join(import.meta.dirname, 'modules', part.module),
      env: { ...process.env, GOCACHE: buildCache, CGO_ENABLED: '0', GOWORK: 'off' },
    },
  )
  tick.stop()
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

function progress(say: Say, step: number, steps: number, { program, version, usualSeconds }: Part): { stop(): void } {
  const began = Date.now()
  const seconds = (): number => Math.round((Date.now() - began) / 1000)
  say(`  ${step} of ${steps}: ${program} ${version} (usually ${usualSeconds} s)`)
  const timer = setInterval(
    () => say(`  ${step} of ${steps}: ${program}, ${seconds()} s of about ${usualSeconds}`),
    20_000,
  )
  return {
    stop: () => {
      clearInterval(timer)
      say(`  ${step} of ${steps}: ${program} done after ${seconds()} s`)
    },
  }
}

type RunOptions = { cwd?: string; env?: NodeJS.ProcessEnv }

/** Runs a program to its end; stdout and stderr together. Rejects when it cannot be started. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk: Buffer): void => void (output += chunk.toString())
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', reject)
    child.on('close', code => resolve({ code, output }))
  })
}
