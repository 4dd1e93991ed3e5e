// The published schema of SARIF 2.1.0, as shipped in a package of Microsoft: fetched once into our cache folder by npm.
import { createHash } from 'node:crypto'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { run } from '../../src/sim/controlplane/build.ts'
import { withLock } from '../../src/sim/controlplane/lock.ts'
import { binariesFolder } from '../../src/sim/controlplane/places.ts'

/** The pinned package (licence MIT). */
const tarball = {
  name: '@microsoft/jest-sarif',
  version: '1.0.0-beta.0',
  file: 'microsoft-jest-sarif-1.0.0-beta.0.tgz',
  sha512:
    '0357ce84f77a21ce620e4e05f583f0d6a341e1717eefe22f891ef197caf617a433424c7972963d2ec1a4dab1318852047016e3a559d29b058606e9004a4890f4',
}
const inPackage = 'package/lib/schemas/sarif-2.1.0-rtm.5.json'

/** The faults of a log by the schema, empty when it has none; a clause instead, when the schema is not available here. */
export async function sarifFaults(
  say: (line: string) => void,
): Promise<{ faultsOf: (log: unknown) => string[] } | { because: string }> {
  const cache = dirname(binariesFolder(process.env))
  await mkdir(cache, { recursive: true })
  const file = join(cache, 'sarif-2.1.0-rtm.5.json')
  return withLock(`${file}.lock`, say, async () => {
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    const because = isThere ? undefined : await fetchInto(file, cache)
    if (because !== undefined) return { because }
    const schema = z.fromJSONSchema(withoutFormats(JSON.parse(await readFile(file, 'utf8'))) as never)
    return {
      faultsOf: log =>
        (schema.safeParse(log).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`),
    }
  })
}

async function fetchInto(file: string, cache: string): Promise<string | undefined> {
  const work = await mkdtemp(join(cache, '.sarif-'))
  try {
    const packed = await run('npm', ['pack', `${tarball.name}@${tarball.version}`, '--silent'], {
      cwd: work,
      env: process.env,
    })
    if (packed.code !== 0) return `npm cannot fetch ${tarball.name}`
    const digest = createHash('sha512')
      .update(await readFile(join(work, tarball.file)))
      .digest('hex')
    if (digest !== tarball.sha512) return `npm fetched another ${tarball.name}`
    const unpacked = await run('tar', ['-xzf', tarball.file, inPackage], { cwd: work, env: process.env })
    if (unpacked.code !== 0) return `the package ${tarball.name} cannot be unpacked`
    await rename(join(work, inPackage), file)
    return undefined
  } catch {
    return 'npm or tar is not installed'
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

// The checker takes a reference, such as the name of a file, for an address that is not whole.
function withoutFormats(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutFormats)
  if (node === null || typeof node !== 'object') return node
  const kept = Object.entries(node).filter(([key, value]) => !(key === 'format' && typeof value === 'string'))
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutFormats(value)]))
}
