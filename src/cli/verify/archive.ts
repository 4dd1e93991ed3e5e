// `hallpass keys archive`: adds the certificates that Google publishes now to a file. Nothing in the file is ever changed or
// removed.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { readKeyRing } from '../../audit/verify/key-ring.ts'
import { publishedCertificates } from '../../app/published-certificates.ts'
import { parseObject } from '../../domain/json.ts'
import type { Terminal } from '../terminal.ts'

/** Writes the file and says how many certificates were added. Throws when the file is not such an archive. */
export async function archiveKeys(file: string, terminal: Terminal): Promise<void> {
  const kept = existsSync(file) ? readArchive(file) : {}
  const published = await publishedCertificates(terminal)
  readKeyRing(JSON.stringify(published))
  for (const [kid, pem] of Object.entries(published))
    if (kid in kept && kept[kid] !== pem)
      throw new Error(
        `Google publishes another certificate for key "${kid}" than "${file}" has. Nothing was written: find out why.`,
      )
  const added = Object.keys(published).filter(kid => !(kid in kept))
  if (added.length > 0) {
    // A crash leaves the old file or the new one, whole.
    writeFileSync(`${file}.new`, `${JSON.stringify({ ...kept, ...published }, null, 2)}\n`)
    renameSync(`${file}.new`, file)
  }
  const all = Object.keys(kept).length + added.length
  terminal.out(`${added.length} ${added.length === 1 ? 'certificate' : 'certificates'} added; "${file}" has ${all}.\n`)
}

function readArchive(file: string): Record<string, string> {
  try {
    const text = readFileSync(file, 'utf8')
    readKeyRing(text)
    return parseObject(text) as Record<string, string>
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`"${file}" is not an archive of certificates: ${why}. Nothing was written.`, { cause: error })
  }
}
