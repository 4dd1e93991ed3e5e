// `hallpass leftovers`: expired entries of Hallpass that are still in IAM policies. Reads the requests with the caller's rights
// in the cluster, or from the log, and the policies with the caller's own access token. It changes nothing.
import type { AccessRequest } from '../../api/kinds.ts'
import { openCluster } from '../../app/cluster.ts'
import { sandboxGoogle } from '../../app/config.ts'
import type { ReadPolicy } from '../../app/policies.ts'
import { leftoversReport, type LeftoversReport, type Made, madeBy, madeByEvents } from '../../audit/leftovers.ts'
import { quoted } from '../../audit/log-filters.ts'
import { lookAtPolicies } from '../../audit/looked.ts'
import { printedJson } from '../../domain/json.ts'
import type { Secret } from '../../domain/secret.ts'
import { allMappings } from '../../store/mappings.ts'
import { createRequests } from '../../store/requests.ts'
import { tokenFrom } from '../access-token.ts'
import { loggedEvents } from '../logged-events.ts'
import { type Terminal, withProgress } from '../terminal.ts'
import { commandsOf, toJson, toTable } from './text.ts'

export type LeftoversOptions = {
  /** Only the policy of this one. */
  resource?: string
  /** `-` is stdin. */
  tokenFile: string
  /** Where the requests are: `cluster`, `logging`, a file, or `-` for stdin. */
  source: string
  /** `projects/P/logs/hallpass`; the configuration's unless given. */
  log?: string
  /** Empty means all. */
  namespace: readonly string[]
  output: 'table' | 'json' | 'commands'
}

/** Its own exit codes. An answer with a gap is not one: a script would take it for "none". */
export const leftoverCodes = { none: 0, found: 1, unanswered: 2 } as const

/** Prints the answer, and gives the exit code. */
export async function printLeftovers(options: LeftoversOptions, terminal: Terminal): Promise<number> {
  const report = await lookForLeftovers(options, terminal)
  terminal.out(outputs[options.output](report, terminal.now()))
  for (const { resource, why } of report.unread) terminal.err(`The policy of "${resource}" could not be read: ${why}\n`)
  if (report.unread.length > 0) return leftoverCodes.unanswered
  return report.found.length > 0 ? leftoverCodes.found : leftoverCodes.none
}

/** The answer, for other commands too. */
export async function lookForLeftovers(options: Asked, terminal: Terminal): Promise<LeftoversReport> {
  const token = await tokenFrom(options.tokenFile, terminal)
  const read = await readerFor(token, terminal)
  const { source } = options
  const { resources, written } =
    source === 'cluster' ? await knownInCluster(options, terminal) : await knownInLog(options, token, terminal)
  return leftoversReport(await lookAtPolicies(resources, read), { written, source: sourceOf(source) }, terminal.now())
}

function sourceOf(source: string): LeftoversReport['source'] {
  return source === 'cluster' || source === 'logging' ? source : 'log'
}

const outputs: Record<LeftoversOptions['output'], (report: LeftoversReport, now: Date) => string> = {
  table: toTable,
  json: (report, now) => printedJson(toJson(report, now)),
  commands: commandsOf,
}

// Imported here, so that other commands need not load the clients of Google.
async function readerFor(token: Secret, { environment }: Terminal): Promise<ReadPolicy> {
  const { policyReader } = await import('../../app/policies.ts')
  return policyReader(token, sandboxGoogle(environment))
}

type Known = Pick<Made, 'written'> & { resources: readonly string[] }
type Asked = Omit<LeftoversOptions, 'output'>

async function knownInCluster({ namespace, resource }: Asked, terminal: Terminal): Promise<Known> {
  const { transport } = await openCluster(terminal.places)
  try {
    const store = { transport, clock: terminal }
    const mappings = await Array.fromAsync(allMappings(store, namespace))
    const requests: AsyncIterable<AccessRequest> = createRequests(store).all(namespace)
    const made = await madeBy(withProgress(requests, { terminal, what: 'Reading requests' }))
    const mapped = mappings.flatMap(({ spec }) => spec.grants.map(grant => grant.resource))
    const resources = resource === undefined ? [...new Set([...mapped, ...made.resources])].sort() : [resource]
    return { written: made.written, resources }
  } finally {
    await transport.close()
  }
}

// After the loss of a cluster, or of its requests by age, the log still knows. It names the resources too.
async function knownInLog(
  { source, log, namespace, resource }: Asked,
  token: Secret,
  terminal: Terminal,
): Promise<Known> {
  const terms = [
    'timestamp>="2020-01-01T00:00:00Z"',
    'jsonPayload.event="GrantStarted"',
    resource && `jsonPayload.grants.resource=${quoted(resource)}`,
  ]
  const events = await loggedEvents({ source, log, token, terms }, terminal)
  const made = await madeByEvents(events, namespace)
  return { written: made.written, resources: resource === undefined ? [...made.resources].sort() : [resource] }
}
