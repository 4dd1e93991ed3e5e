// What `hallpass drift` compares, read with the rights of the person at the terminal.
import type { RoleMapping } from '../../api/kinds.ts'
import { ClusterUnreachable } from '../../app/cluster-unreachable.ts'
import { readLogPlace } from '../../app/log-place.ts'
import type { ReadPolicy } from '../../app/policies.ts'
import type { Unread } from '../../audit/drift/drift.ts'
import type { DriftWorld } from '../../audit/drift/look.ts'
import { writesSinceFilter } from '../../audit/log-filters.ts'
import { lookAtPolicies } from '../../audit/looked.ts'
import { NotCovered } from '../../audit/not-covered.ts'
import { resourceOf } from '../../domain/mapping/resources.ts'
import type { LogReader } from '../../domain/ports.ts'
import type { Secret } from '../../domain/secret.ts'
import { chosenMappings } from '../mappings.ts'
import type { Terminal } from '../terminal.ts'
import { openLogs } from '../who/logs.ts'
import { placeOf } from '../who/places.ts'
import { type RecordOptions, type RecordSource, recordSource } from './records.ts'
import { sayUnreadable, writesIn } from './writes.ts'

export type DriftOptions = RecordOptions & {
  /** Only the policies of this project, and of what is in it. */
  project?: string
  /** Only the policy of this one. */
  resource?: string
  /** Files and folders with mappings; empty means the cluster. */
  file: readonly string[]
  /** Where Google's log is read; empty means where the resources are. */
  in: readonly string[]
  /** Since when Google's log is read. */
  since: Date
  withoutLog?: boolean
}

/** Everything that is compared, and what else the answer must say that it does not cover. */
export async function openWorld(
  options: DriftOptions,
  token: Secret | undefined,
  terminal: Terminal,
): Promise<{ world: DriftWorld; notes: string[] }> {
  let reader: Promise<LogReader> | undefined
  const logs = async (): Promise<LogReader> => (reader ??= openLogs({ token }, terminal))
  const record = recordSource(options, logs, terminal)
  const { mappings, unread } = await mappingsFor(options, terminal)
  const resources = await resourcesFor(options, mappings, record)
  const read = await policiesOf(token, terminal)
  const places = options.in.length > 0 ? options.in : [...new Set(resources.flatMap(name => placeOf(name) ?? []))]
  const roles = [...new Set(mappings.flatMap(({ spec }) => spec.grants.map(({ role }) => role)))].toSorted()
  const writes = async (): ReturnType<NonNullable<DriftWorld['writes']>> =>
    writesIn(await logs(), places, writesSinceFilter(options.since, roles))
  return {
    world: {
      mappings,
      resources,
      unread,
      policies: async names => lookAtPolicies(names, read),
      records: uids => record.read(uids),
      ...writesFor(record, options, writes),
      now: () => terminal.now(),
    },
    notes: options.in.length > 0 ? [] : unplaced(resources),
  }
}

// An export is judged by what is in it, without a connection to Logging.
function writesFor(
  { writes: own }: RecordSource,
  { withoutLog }: DriftOptions,
  writes: NonNullable<DriftWorld['writes']>,
): Pick<DriftWorld, 'writes'> {
  if (own)
    return {
      writes: async () => {
        const { writes: found, unreadable } = await own()
        return { writes: found, unread: sayUnreadable(unreadable) }
      },
    }
  return withoutLog ? {} : { writes }
}

async function mappingsFor(
  options: DriftOptions,
  terminal: Terminal,
): Promise<{ mappings: RoleMapping[]; unread: Unread[] }> {
  try {
    return { mappings: await chosenMappings(options, terminal), unread: [] }
  } catch (error) {
    if (!(error instanceof ClusterUnreachable)) throw error
    if (options.source === 'cluster') throw new NotCovered(`${error.message} The log can answer too: --source logging.`)
    return { mappings: [], unread: [{ what: 'the mappings', why: `${error.message} Give them with --file.` }] }
  }
}

async function resourcesFor(
  { project, resource }: DriftOptions,
  mappings: readonly RoleMapping[],
  record: RecordSource,
): Promise<string[]> {
  if (resource !== undefined) return [resource]
  const mapped = mappings.flatMap(({ spec }) => spec.grants.map(grant => grant.resource))
  const all = [...new Set([...mapped, ...(await record.resources())])].toSorted()
  const chosen = project === undefined ? all : all.filter(name => resourceOf(name)?.project === project)
  if (chosen.length > 0) return chosen
  throw new NotCovered(
    project === undefined
      ? 'No mapping and no request names a resource, so it is not known which policies to read. Name one with --resource.'
      : `No mapping and no request names a resource in the project "${project}". Name one with --resource.`,
  )
}

// Imported here, so that other commands need not load the clients of Google.
async function policiesOf(token: Secret | undefined, { environment }: Terminal): Promise<ReadPolicy> {
  const { callerPolicies } = await import('../../app/policies.ts')
  return callerPolicies({ place: readLogPlace(environment), token })
}

function unplaced(resources: readonly string[]): string[] {
  const names = resources.filter(name => placeOf(name) === undefined)
  if (names.length === 0) return []
  return [
    `Google's log about ${names.join(', ')} was not read, because the name does not say the project: name it with --in.`,
  ]
}
