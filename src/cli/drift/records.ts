// The record that policies are compared with: the requests in the cluster, Hallpass's log, or an export of it.
import { createReadStream } from 'node:fs'
import { openCluster } from '../../app/cluster.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { PolicyWrite } from '../../audit/around.ts'
import { type LoggedRecord, recordFromLogging, recordInFile } from '../../audit/drift/logged-record.ts'
import { isInForce, recordedIn, type Recorded } from '../../audit/drift/record.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import type { LogReader } from '../../domain/ports.ts'
import { createRequests } from '../../store/requests.ts'
import { type Terminal, withProgress } from '../terminal.ts'

/** A record that can be asked repeatedly. */
export type RecordSource = {
  /** The requests of these uids, and all by which access is in force. Rejects when it cannot be read. */
  read(uids: ReadonlySet<string>): Promise<LoggedRecord>
  /** The resources that requests name. */
  resources(): Promise<string[]>
  /** Policy writes that came with the record; undefined when they must be read elsewhere. */
  writes?: () => Promise<{ writes: PolicyWrite[]; unreadable: number }>
}

export type RecordOptions = {
  /** `cluster`, `logging` or a file. */
  source: string
  log?: string
  /** Empty means all. */
  namespace: readonly string[]
}

/** The source that was asked for. `logs` opens Cloud Logging. Nothing is read yet. */
export function recordSource(options: RecordOptions, logs: () => Promise<LogReader>, terminal: Terminal): RecordSource {
  if (options.source === 'cluster') return inCluster(options, terminal)
  return options.source === 'logging' ? inLogging(options, logs, terminal) : inFile(options.source, terminal)
}

function inCluster({ namespace }: RecordOptions, terminal: Terminal): RecordSource {
  const each = async (look: (recorded: Recorded) => void): Promise<void> => {
    const { transport } = await openCluster(terminal.places)
    try {
      const requests = createRequests({ transport, clock: terminal }).all(namespace)
      for await (const request of withProgress(requests, { terminal, what: 'Reading requests' }))
        look(recordedIn(request))
    } finally {
      await transport.close()
    }
  }
  return {
    resources: async () => {
      const resources = new Set<string>()
      await each(({ entries }) => {
        for (const { resource } of entries) resources.add(resource)
      })
      return [...resources]
    },
    read: async uids => {
      const records = new Map<string, Recorded>()
      await each(one => {
        if (uids.has(one.uid) || isInForce(one, terminal.now())) records.set(one.uid, one)
      })
      const lacks = namespace.length > 0 && `only requests in ${namespace.join(', ')} were`
      return { records, coverage: lacks ? { lacks } : {} }
    },
  }
}

function inLogging({ log }: RecordOptions, logs: () => Promise<LogReader>, terminal: Terminal): RecordSource {
  const read: RecordSource['read'] = async uids => {
    const auditLog = log ?? readLogPlace(terminal.environment).auditLog
    if (auditLog === undefined)
      throw new NotCovered(
        'It is not known which log to ask. Name it with --log projects/PROJECT/logs/hallpass, or set HALLPASS_CONFIG to the configuration file.',
      )
    return recordFromLogging(await logs(), auditLog, { uids, now: terminal.now() })
  }
  return { read, resources: async () => resourcesIn(await read(new Set())) }
}

// A stream can be read once, and a file does not change.
function inFile(file: string, terminal: Terminal): RecordSource {
  let known: ReturnType<typeof recordInFile> | undefined
  const read = async (): ReturnType<typeof recordInFile> => {
    const stream = file === '-' ? terminal.stdin : createReadStream(file)
    return (known ??= recordInFile(withProgress(stream, { terminal, what: 'Reading the log, in pieces of 64 KiB' })))
  }
  return {
    read,
    resources: async () => resourcesIn(await read()),
    writes: read,
  }
}

function resourcesIn({ records }: LoggedRecord): string[] {
  return [...new Set([...records.values()].flatMap(({ entries }) => entries.map(({ resource }) => resource)))]
}
