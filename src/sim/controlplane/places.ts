// The folders of control-plane binaries, and the pinned versions. Never uses the network.
import { access, constants, mkdir, statfs } from 'node:fs/promises'
import { homedir, platform } from 'node:os'
import { join } from 'node:path'

/** The three programs of a control plane. */
export const programs = ['etcd', 'kube-apiserver', 'kubectl'] as const
export type Program = (typeof programs)[number]

/** A folder with all three programs, and where they come from. */
export type Binaries = { folder: string; source: 'KUBEBUILDER_ASSETS' | 'cache' | 'archive' | 'go' }

/** Kubernetes that is built from Go modules (checksums in modules/kubernetes-MINOR), by its minor version. */
export const kubernetesVersions = { '1.32': 'v1.32.13', '1.36': 'v1.36.3', '1.37': 'v1.37.2' } as const
export type Minor = keyof typeof kubernetesVersions
export const isMinor = (text: string): text is Minor => Object.hasOwn(kubernetesVersions, text)
/** The default version. */
export const usualMinor: Minor = '1.36'
/** Names the version that control planes have which do not ask for one, such as 1.32. */
export const minorVariable = 'HALLPASS_KUBERNETES'

/** The version of control planes that do not ask for one. Throws a sentence when the variable names no pinned version. */
export function minorOf(env: Environment = process.env): Minor {
  const named = env[minorVariable] || usualMinor
  if (isMinor(named)) return named
  throw new Error(
    `${minorVariable} is "${named}", which is not one of the pinned versions: ${Object.keys(kubernetesVersions).join(', ')}.`,
  )
}

/** etcd and kubectl of the default version work with all of them. */
export const etcdVersion = 'v3.6.16'

/** The programs that are kept for a version: for other versions than the default, only the API server. */
export function programsOf(minor: Minor): readonly Program[] {
  return minor === usualMinor ? programs : ['kube-apiserver']
}

/** Kubernetes' own archive for tests, pinned by sha512 (github.com/kubernetes-sigs/controller-tools, envtest-releases.yaml). */
export const archive = {
  version: 'v1.36.2',
  platform: 'linux-x64',
  url: 'https://github.com/kubernetes-sigs/controller-tools/releases/download/envtest-v1.36.2/envtest-v1.36.2-linux-amd64.tar.gz',
  sha512:
    'ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dcf30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08',
} as const

type Environment = Record<string, string | undefined>

/** Our cache folder: HALLPASS_CACHE, or the platform's usual place. */
function cacheFolder(env: Environment): string {
  if (env['HALLPASS_CACHE']) return env['HALLPASS_CACHE']
  if (env['XDG_CACHE_HOME']) return join(env['XDG_CACHE_HOME'], 'hallpass')
  return platform() === 'darwin' ? join(homedir(), 'Library/Caches/hallpass') : join(homedir(), '.cache/hallpass')
}

/** Folder for etcd's data that is copied at each start. */
export function storesFolder(env: Environment): string {
  return join(cacheFolder(env), 'stores')
}

/** Folder for compiled JavaScript, which makes starts faster (nodejs.org/api/module.html#module-compile-cache). */
export function compiledFolder(env: Environment): string {
  return join(cacheFolder(env), 'compiled')
}

/** Folder for a pinned version on this kind of machine. */
export function binariesFolder(env: Environment, minor: Minor = usualMinor): string {
  return join(cacheFolder(env), `controlplane-${kubernetesVersions[minor]}-${process.platform}-${process.arch}`)
}

/** The programs that a folder lacks. */
export async function missingIn(folder: string, wanted: readonly Program[] = programs): Promise<Program[]> {
  const missing: Program[] = []
  for (const program of wanted) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (!isThere) missing.push(program)
  }
  return missing
}

/**
 * A sentence that says why there is no room for a build; undefined when there is room. A build needs 5 GB, most of it
 * only while it runs.
 */
export async function refuseDisk(folder: string, neededBytes = 5e9): Promise<string | undefined> {
  await mkdir(folder, { recursive: true })
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= neededBytes) return undefined
  return `Building the control plane needs ${(neededBytes / 1e9).toFixed(0)} GB of free disk in ${folder}; ${(free / 1e9).toFixed(1)} GB are free. Free some, or set HALLPASS_CACHE to a folder on a larger disk.`
}
