// Downloads Kubernetes' own archive of test binaries, and uses it only if it has the pinned sha512.
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent, request } from 'undici'
import { run } from './build.ts'
import { archive, programs } from './places.ts'

/** A firewall that drops packets must not delay the first start for longer than this. */
const connectTimeoutMs = 5_000

/** Fetches, checks and unpacks the archive into `folder`. Throws with a clause that says why not. */
export async function downloadArchive(
  folder: string,
  source: { url: string; sha512: string } = archive,
): Promise<void> {
  const bytes = await fetchBytes(source.url)
  const digest = createHash('sha512').update(bytes).digest('hex')
  if (digest !== source.sha512) throw new Error('the archive does not have the pinned checksum, so it was not used')
  await mkdir(folder, { recursive: true })
  const temporary = await mkdtemp(join(folder, '.unpack-'))
  try {
    const file = join(temporary, 'archive.tar.gz')
    await writeFile(file, bytes)
    const { code, output } = await run('tar', ['-xzf', file, '-C', temporary])
    if (code !== 0) throw new Error(`tar could not unpack the archive: ${output.trim()}`)
    for (const program of programs)
      await rename(join(temporary, 'controller-tools/envtest', program), join(folder, program))
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

async function fetchBytes(url: string, redirects = 5): Promise<Buffer> {
  const agent = new Agent({ connect: { timeout: connectTimeoutMs }, headersTimeout: 15_000, bodyTimeout: 60_000 })
  try {
    const { statusCode, headers, body } = await request(url, { dispatcher: agent })
    const location = headers['location']
    if (statusCode >= 300 && statusCode < 400 && typeof location === 'string' && redirects > 0) {
      await body.dump()
      return await fetchBytes(new URL(location, url).href, redirects - 1)
    }
    if (statusCode !== 200) throw new Error(`the server answered ${statusCode}`)
    return Buffer.from(await body.arrayBuffer())
  } finally {
    await agent.close()
  }
}
