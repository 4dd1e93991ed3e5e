// Control planes that begin with a filled store. What is the same at every start (kinds, policies, roles) is applied once
// per machine; etcd's data is then kept in the cache folder and copied for each start. Keys, tokens and certificates are
// not in the store, so each start has new ones.
import { createHash } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { locateApiServer, locateBinaries } from './locate.ts'
import { withLock } from './lock.ts'
import { minorOf, storesFolder } from './places.ts'
import { type ControlPlane, startControlPlane, type StartOptions } from './start.ts'

/** What a store is filled with. */
export type Content = {
  /** The files and folders that decide what `fill` stores, the code of `fill` included. */
  files: readonly string[]
  /** What else decides it. */
  texts?: readonly string[]
  /** Fills the store of an empty control plane. */
  fill: (empty: ControlPlane) => Promise<void>
}

/** A store that nobody has used for so long is removed when another one is made. */
const keptForMs = 7 * 24 * 3_600_000

/** Starts a control plane whose store already holds the content. */
export async function startFilled(content: Content, options: StartOptions = {}): Promise<ControlPlane> {
  try {
    return await startControlPlane({ ...options, store: { copyOf: await filledStore(content, options) } })
  } catch (error) {
    if (!isNoPlace(error)) throw error
    // A cache folder that cannot be written costs time only.
    return fillHere(content, options)
  }
}

function isNoPlace(error: unknown): boolean {
  const codes = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR']
  return codes.includes((error as NodeJS.ErrnoException).code ?? '')
}

async function fillHere(content: Content, options: StartOptions): Promise<ControlPlane> {
  const empty = await startControlPlane(options)
  try {
    await content.fill(empty)
    return empty
  } catch (error) {
    await empty.stop()
    throw error
  }
}

/** The folder of etcd's data with this content, made unless it is there. */
async function filledStore(content: Content, options: StartOptions): Promise<string> {
  const place = join(storesFolder(options.env ?? process.env), await keyOf(content, options))
  await mkdir(dirname(place), { recursive: true, mode: 0o700 })
  if (!(await isThere(place)))
    await withLock(
      `${place}.lock`,
      () => undefined,
      async () => {
        if (!(await isThere(place))) await make(place, content, options)
      },
    )
  await utimes(place, new Date(), new Date())
  return place
}

async function make(place: string, content: Content, options: StartOptions): Promise<void> {
  const unfinished = `${place}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  const empty = await startControlPlane({ ...options, store: { keptIn: unfinished } })
  try {
    await content.fill(empty)
  } finally {
    await empty.stop()
  }
  await writeOut(unfinished)
  await rename(unfinished, place)
  await forgetUnused(dirname(place))
}

/**
 * The name of a store: a digest of everything that decides what is in it. The programs are known by their size and the
 * time of their last change, because they are too large to be read at each start.
 */
export async function keyOf({ files, texts = [] }: Content, options: StartOptions): Promise<string> {
  const { folder } = await locateBinaries(options)
  const apiServer = await locateApiServer(options.kubernetes ?? minorOf(options.env), options)
  const digest = createHash('sha256')
  const add = (...parts: unknown[]): void => void digest.update(`${JSON.stringify(parts)}\n`)
  for (const program of [apiServer, join(folder, 'etcd'), join(folder, 'kubectl')]) {
    const { size, mtimeMs } = await stat(program)
    add(program, size, mtimeMs)
  }
  add(options.apiServerFlags ?? [], texts)
  for (const path of [import.meta.dirname, ...files]) await addFile(path, add)
  return digest.digest('hex').slice(0, 32)
}

async function addFile(path: string, add: (...parts: unknown[]) => void): Promise<void> {
  if (!(await stat(path)).isDirectory()) return add(basename(path), await readFile(path, 'base64'))
  const names = await readdir(path)
  add(basename(path), names.sort())
  for (const name of names) await addFile(join(path, name), add)
}

// etcd does not wait for the disk here (--unsafe-no-fsync), and what is kept must survive a power cut.
async function writeOut(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    const file = await open(join(entry.parentPath, entry.name), 'r+')
    await file.sync()
    await file.close()
  }
}

async function forgetUnused(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }))
    if (Date.now() - mtimeMs > keptForMs) await rm(join(folder, name), { recursive: true, force: true })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
