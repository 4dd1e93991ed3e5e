// What a person did on the granted resources while the access lasted, from Cloud Audit Logs. Silence is not idleness:
// reads and writes of data are recorded only where Data Access logs are on, so whether any were seen is said with it.
import { z } from 'zod'
import { resourceOf } from '../../domain/mapping/resources.ts'
import type { LogReader } from '../../domain/ports.ts'
import { all, quoted } from '../log-filters.ts'
import type { Recording } from './recording.ts'

/** The person, the resources, and the time. */
export type Access = { request: string; person: string; resources: readonly string[]; from: Date; until: Date }
/** Calls of one method. */
export type Calls = {
  method: string
  service: string
  calls: number
  refused: number
  first: string
  last: string
  logs: string[]
}
/** Whether entries of Data Access logs of anybody were seen in a place in that time, and whether they are on. */
export type DataAccess = { place: string; isSeen: boolean; recording: Recording }

export type Did = {
  access: Access
  /** The most frequent first. */
  calls: Calls[]
  places: string[]
  /** Exactly as Logging was asked. */
  filter: string
  dataAccess: DataAccess[]
}

const entry = z.object({
  timestamp: z.string(),
  logName: z.string(),
  protoPayload: z.object({
    serviceName: z.string().default(''),
    methodName: z.string().default(''),
    status: z.object({ code: z.int().default(0) }).default({ code: 0 }),
  }),
})

/** Where is looked: the projects, folders, organisations or views, and what is recorded there now. */
export type Places = { places: readonly string[]; recordingOf: (place: string) => Promise<Recording> }

/** Asks Logging. */
export async function didDuring(reader: LogReader, access: Access, { places, recordingOf }: Places): Promise<Did> {
  const filter = filterOf(access)
  const byMethod = new Map<string, Calls>()
  for await (const logged of reader.entries({ in: places, filter })) {
    const { data } = entry.safeParse(logged)
    if (data) note(byMethod, data)
  }
  const dataAccess: DataAccess[] = []
  for (const place of places)
    dataAccess.push({
      place,
      isSeen: await isAnySeen(reader, place, access),
      recording: await recordingOf(place),
    })
  const calls = [...byMethod.values()].toSorted((a, b) => b.calls - a.calls || (a.method < b.method ? -1 : 1))
  return { access, calls, places: [...places], filter, dataAccess }
}

function note(byMethod: Map<string, Calls>, { timestamp, logName, protoPayload }: z.infer<typeof entry>): void {
  const { methodName: method, serviceName: service, status } = protoPayload
  const key = `${service} ${method}`
  const log = decodeURIComponent(logName).replace(/.*cloudaudit\.googleapis\.com\//, '')
  const known = byMethod.get(key) ?? {
    method,
    service,
    calls: 0,
    refused: 0,
    first: timestamp,
    last: timestamp,
    logs: [],
  }
  byMethod.set(key, {
    ...known,
    calls: known.calls + 1,
    refused: known.refused + (status.code === 0 ? 0 : 1),
    first: timestamp < known.first ? timestamp : known.first,
    last: timestamp > known.last ? timestamp : known.last,
    logs: known.logs.includes(log) ? known.logs : [...known.logs, log],
  })
}

const anyAuditLog = 'logName:"/logs/cloudaudit.googleapis.com%2F"'

function filterOf({ person, resources, from, until }: Access): string {
  return all([
    anyAuditLog,
    `protoPayload.authenticationInfo.principalEmail=${quoted(person)}`,
    `timestamp>=${quoted(from.toISOString())}`,
    `timestamp<${quoted(until.toISOString())}`,
    onResources(resources),
  ])
}

// A role on a project, a folder or an organisation gives access to everything in it, so all calls there count.
function onResources(resources: readonly string[]): string | undefined {
  const names = resources.map(name => (name.startsWith('//') ? (resourceOf(name)?.relative ?? name) : undefined))
  if (names.includes(undefined)) return undefined
  return `(${names.map(name => `protoPayload.resourceName:${quoted(name ?? '')}`).join(' OR ')})`
}

async function isAnySeen(reader: LogReader, place: string, { from, until }: Access): Promise<boolean> {
  const filter = all([
    'logName:"/logs/cloudaudit.googleapis.com%2Fdata_access"',
    `timestamp>=${quoted(from.toISOString())}`,
    `timestamp<${quoted(until.toISOString())}`,
  ])
  for await (const _ of reader.entries({ in: [place], filter, most: 1 })) return true
  return false
}
