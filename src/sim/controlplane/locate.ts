// Finds the control-plane binaries, or makes them: KUBEBUILDER_ASSETS, our cache, Kubernetes' archive, Go modules.
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { buildWithGo, refuseGo } from './build.ts'
import { downloadArchive } from './download.ts'
import { withLock } from './lock.ts'
import { archive, type Binaries, binariesFolder, missingIn, refuseDisk } from './places.ts'

export type LocateOptions = {
  env?: NodeJS.ProcessEnv
  /** Where progress is said, a line at a time; stderr unless given. */
  say?: (line: string) => void
  download?: (folder: string) => Promise<void>
}

/**
 * The folder with etcd, kube-apiserver and kubectl. Makes them if need be, once per machine, safely beside other
 * processes. Throws one sentence with the remedy when there is no way.
 */
export async function locateBinaries(options: LocateOptions = {}): Promise<Binaries> {
  const { env = process.env, say = line => process.stderr.write(`${line}\n`) } = options
  if (env['KUBEBUILDER_ASSETS']) return fromAssets(env['KUBEBUILDER_ASSETS'])
  const folder = binariesFolder(env)
  if ((await missingIn(folder)).length === 0) return { folder, source: 'cache' }
  await mkdir(dirname(folder), { recursive: true })
  return withLock(`${folder}.lock`, say, async () => {
    if ((await missingIn(folder)).length === 0) return { folder, source: 'cache' }
    return make(folder, env, say, options.download ?? downloadArchive)
  })
}

async function fromAssets(folder: string): Promise<Binaries> {
  const missing = await missingIn(folder)
  if (missing.length === 0) return { folder, source: 'KUBEBUILDER_ASSETS' }
  throw new Error(
    `KUBEBUILDER_ASSETS is "${folder}", which lacks ${missing.join(' and ')}. Point it at a folder with etcd, kube-apiserver and kubectl, or unset it.`,
  )
}

async function make(
  folder: string,
  env: NodeJS.ProcessEnv,
  say: (line: string) => void,
  download: (folder: string) => Promise<void>,
): Promise<Binaries> {
  const noArchive = await tryArchive(folder, say, download)
  if (noArchive === undefined) return { folder, source: 'archive' }
  const noGo = await refuseGo(env)
  if (noGo !== undefined)
    throw new Error(
      `There is no Kubernetes control plane to run: ${noArchive}, and ${noGo}. Install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kubectl.`,
    )
  const noDisk = await refuseDisk(folder)
  if (noDisk !== undefined) throw new Error(noDisk)
  await buildWithGo(folder, await missingIn(folder), say)
  return { folder, source: 'go' }
}

/** Why the archive could not be used, a clause; undefined when it was. */
async function tryArchive(
  folder: string,
  say: (line: string) => void,
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
