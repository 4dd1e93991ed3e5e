// Finds the control-plane binaries, or makes them: KUBEBUILDER_ASSETS, our cache, Kubernetes' archive, Go modules.
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Build, buildWithGo, refuseGo } from './build.ts'
import { downloadArchive } from './download.ts'
import { withLock } from './lock.ts'
import {
  archive,
  type Binaries,
  binariesFolder,
  kubernetesVersions,
  type Minor,
  missingIn,
  programsOf,
  refuseDisk,
  usualMinor,
} from './places.ts'

type Say = (line: string) => void

export type LocateOptions = {
  env?: NodeJS.ProcessEnv
  /** Receives the progress, one line at a time. Default: stderr. */
  say?: Say
  /** Is told every second how far the build of a program is. */
  onStep?: Build['onStep']
  download?: (folder: string) => Promise<void>
}

/**
 * The folder with etcd, kube-apiserver and kubectl. Makes them if needed, once per machine; several processes may call
 * this together. Throws one sentence that says what to do when it is not possible.
 */
export async function locateBinaries(options: LocateOptions = {}): Promise<Binaries> {
  const { env = process.env } = options
  if (env['KUBEBUILDER_ASSETS']) return fromAssets(env['KUBEBUILDER_ASSETS'])
  return inCache(usualMinor, options, (folder, say) => make(folder, say, options))
}

/**
 * The path of the API server of this version, made if needed as in locateBinaries. Other versions than the usual one
 * are always built from Go modules. Throws one sentence that says what to do when it is not possible.
 */
export async function locateApiServer(minor: Minor, options: LocateOptions = {}): Promise<string> {
  if (minor === usualMinor) return join((await locateBinaries(options)).folder, 'kube-apiserver')
  const why = await refuseVersion(minor, options.env)
  if (why !== undefined) throw new Error(why)
  const { folder } = await inCache(minor, options, (place, say) => build(place, minor, say, options.onStep))
  return join(folder, 'kube-apiserver')
}

/** Why this version cannot be run here, a sentence; undefined when it can, even if it has to be built first. */
export async function refuseVersion(minor: Minor, env: NodeJS.ProcessEnv = process.env): Promise<string | undefined> {
  if (minor === usualMinor || (await missingIn(binariesFolder(env, minor), programsOf(minor))).length === 0)
    return undefined
  const noGo = await refuseGo(env)
  return noGo && `Kubernetes ${kubernetesVersions[minor]} cannot be built: ${noGo}. Install Go 1.26 or newer.`
}

type Source = Binaries['source']

async function inCache(
  minor: Minor,
  { env = process.env, say = line => process.stderr.write(`${line}\n`) }: LocateOptions,
  makeIn: (folder: string, say: Say) => Promise<Source>,
): Promise<Binaries> {
  const folder = binariesFolder(env, minor)
  const isThere = async (): Promise<boolean> => (await missingIn(folder, programsOf(minor))).length === 0
  if (await isThere()) return { folder, source: 'cache' }
  await mkdir(dirname(folder), { recursive: true })
  return withLock(`${folder}.lock`, say, async () => ({
    folder,
    source: (await isThere()) ? 'cache' : await makeIn(folder, say),
  }))
}

async function fromAssets(folder: string): Promise<Binaries> {
  const missing = await missingIn(folder)
  if (missing.length === 0) return { folder, source: 'KUBEBUILDER_ASSETS' }
  throw new Error(
    `KUBEBUILDER_ASSETS is "${folder}", which does not contain ${missing.join(' and ')}. Point it at a folder with etcd, kube-apiserver and kubectl, or unset it.`,
  )
}

async function make(folder: string, say: Say, options: LocateOptions): Promise<Source> {
  const noArchive = await tryArchive(folder, say, options.download ?? downloadArchive)
  if (noArchive === undefined) return 'archive'
  const noGo = await refuseGo(options.env ?? process.env)
  if (noGo !== undefined)
    throw new Error(
      `There is no Kubernetes control plane to run: ${noArchive}, and ${noGo}. Install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.`,
    )
  return build(folder, usualMinor, say, options.onStep)
}

async function build(folder: string, minor: Minor, say: Say, onStep: Build['onStep']): Promise<Source> {
  const noDisk = await refuseDisk(folder)
  if (noDisk !== undefined) throw new Error(noDisk)
  await buildWithGo({ folder, minor, missing: await missingIn(folder, programsOf(minor)), onStep }, say)
  return 'go'
}

/** Why the archive could not be used, a clause; undefined when it was. */
async function tryArchive(
  folder: string,
  say: Say,
  download: (folder: string) => Promise<void>,
): Promise<string | undefined> {
  if (`${process.platform}-${process.arch}` !== archive.platform)
    return `Kubernetes' archive is pinned for ${archive.platform} only`
  say(`Looking for a local control plane: downloading Kubernetes ${archive.version} (60 MB, usually 10 s).`)
  try {
    await download(folder)
    return undefined
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    say(`  The download is not possible here (${why}); building instead.`)
    return `Kubernetes' archive could not be downloaded (${why})`
  }
}
