// A log of as many events as are wanted, as two releases wrote it, in a file: nine tenths are of one that published no evidence.
// The rest is of today's, and one event in a hundred is evidence with a real signature of 2048 bits. The same each time except
// for the signatures.
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after } from '../../src/domain/asking/duration.ts'
import { mappingEntry } from '../../src/domain/audit/mapping-entry.ts'
import { installation, lifeOf, type Logged, mappingAt, newKey } from '../audit/verify/honest-log.ts'

/** The file with the entries, that with the certificates, how many there are, and an instant in the middle. */
export type AuditLogFile = { file: string; keys: string; events: number; signatures: number; middle: Date }

const begin = new Date('2026-05-01T08:00:00Z')
/** Somebody asks this often. */
const everySeconds = 6
/** Entries of a request of the first release, on average: 63 of twelve. Today's have seven with evidence besides. */
const perRequest = 63 / 12

/** Writes the files into a folder. */
export async function writeAuditLog(folder: string, events: number): Promise<AuditLogFile> {
  const old = Math.floor((0.9 * events) / perRequest)
  const since = after(begin, old * everySeconds + 86_400)
  const key = newKey('key-new', { bits: 2048, since })
  const spare = newKey('key-old')
  const stored = mappingAt(1)
  const [file, keys] = [join(folder, 'log.json'), join(folder, 'keys.json')]
  await writeFile(keys, JSON.stringify({ [key.kid]: key.pem }))
  const out = createWriteStream(file)
  let written = 0
  let signatures = 0
  const write = async (entries: readonly Logged[]): Promise<void> => {
    const left = entries.slice(0, events - written)
    written += left.length
    signatures += left.filter(isEvidence).length
    if (!out.write(left.map(entry => `${JSON.stringify(entry)}\n`).join(''))) await once(out, 'drain')
  }
  const { insertId, at, payload } = mappingEntry(stored, { at: after(begin, -60), installation })
  await write([{ insertId, ...placed, timestamp: at.toISOString(), jsonPayload: payload }])
  for (let n = 0; written < events; n += together) {
    const lives = Array.from({ length: together }, (_, i) => {
      const isOld = n + i < old
      const asked = isOld ? after(begin, (n + i) * everySeconds) : after(since, (n + i - old) * everySeconds)
      const entries = lifeOf({ n: n + i, at: asked, stored, key: isOld ? spare : key })
      return isOld ? entries.filter(entry => !isEvidence(entry)).map(asOlder) : entries
    })
    const inTime = lives.flat().toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
    await write(inTime.map(entry => ({ ...entry, ...placed })))
  }
  out.end()
  await once(out, 'close')
  return { file, keys, events: written, signatures, middle: after(begin, (old / 2) * everySeconds) }
}

/** So many requests overlap. */
const together = 60

/** What Logging adds to each entry. */
const placed = {
  severity: 'INFO',
  resource: { type: 'global', labels: { project_id: 'hallpass-ops' } },
} as const

function isEvidence({ jsonPayload }: Logged): boolean {
  return jsonPayload?.['schema'] === 'hallpass/evidence/v1'
}

/** As the first release wrote it. */
function asOlder(entry: Logged): Logged {
  if (!entry.jsonPayload) return entry
  const { schemaVersion: _version, hash: _hash, installation: _installation, ...jsonPayload } = entry.jsonPayload
  return { ...entry, jsonPayload }
}
