// The events in one file, each once: by the insertId that Hallpass gives it, whatever Logging and Pub/Sub repeat.
import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'

/** A checked entry. `isRead`: it has a form that this program knows. */
export type Taken = {
  insertId: string
  timestamp: string
  jsonPayload: Record<string, unknown>
  isRead: boolean
}
export type EventTable = {
  /** `differs`: another content came under the same id. The first one stays, and the other is kept next to it. */
  take(entry: Taken): 'taken' | 'repeated' | 'differs'
  /** The newest event of each request, by its number and not by its arrival. */
  latest(): { uid: string; seq: number; event: string }[]
  close(): void
}

const tables = `
  CREATE TABLE IF NOT EXISTS events (
    insert_id TEXT PRIMARY KEY, digest TEXT NOT NULL, at TEXT NOT NULL, uid TEXT, seq INTEGER, event TEXT NOT NULL,
    is_read INTEGER NOT NULL, payload TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS differing (
    insert_id TEXT NOT NULL, digest TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (insert_id, digest)) STRICT;
`

/** Opens the file, or `:memory:`. */
export function openTable(file: string): EventTable {
  const database = new DatabaseSync(file)
  database.exec(tables)
  const insert = database.prepare('INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const known = database.prepare('SELECT digest FROM events WHERE insert_id = ?')
  const beside = database.prepare('INSERT OR IGNORE INTO differing VALUES (?, ?, ?)')
  const newest = database.prepare(
    'SELECT uid, max(seq) AS seq, event FROM events WHERE is_read = 1 AND seq IS NOT NULL GROUP BY uid ORDER BY uid',
  )
  return {
    take: ({ insertId, timestamp, jsonPayload, isRead }) => {
      const { request, seq, event } = jsonPayload as { request?: { uid?: string }; seq?: number; event: string }
      const payload = sorted(jsonPayload)
      const digest = createHash('sha256').update(`${timestamp} ${payload}`).digest('hex')
      const [uid, number] = isRead ? [request?.uid ?? null, seq ?? null] : [null, null]
      const { changes } = insert.run(insertId, digest, timestamp, uid, number, event, isRead ? 1 : 0, payload)
      if (changes === 1) return 'taken'
      if (known.get(insertId)?.['digest'] === digest) return 'repeated'
      beside.run(insertId, digest, payload)
      return 'differs'
    },
    latest: () => newest.all() as { uid: string; seq: number; event: string }[],
    close: () => database.close(),
  }
}

/** JSON with sorted keys: Logging does not keep their order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
