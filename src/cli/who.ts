// `hallpass who`: who had access at an instant. Reads only, with the caller's own rights.
import type { AccessReport, Query } from '../audit/access-report.ts'
import { eventsIn } from '../audit/log-entries.ts'
import { toJson, toTable } from '../audit/rendering.ts'
import { grantsInForce, grantsInForceFromEntries } from '../audit/who.ts'
import { openCluster } from '../app/cluster.ts'
import { createRequests } from '../store/requests.ts'
import { type Terminal, withProgress } from './terminal.ts'

export type WhoOptions = Query & {
  from: 'cluster' | 'log'
  /** Empty means all. */
  namespace: readonly string[]
  output: 'table' | 'json'
}

/** Nobody is in a log without events, which must not be read as "nobody had access". */
const emptyLog =
  'The log has no events of Hallpass, so it does not say who had access. Check the name of the log and --freshness.'

/** Prints the answer. */
export async function who(options: WhoOptions, terminal: Terminal): Promise<void> {
  const { at, resource, person } = options
  const query = { at, ...(resource && { resource }), ...(person && { person }) }
  const answer = options.from === 'log' ? await fromLog(query, terminal) : await fromCluster(query, options, terminal)
  const isJson = options.output === 'json'
  terminal.out(isJson ? `${JSON.stringify(toJson(answer), null, 2)}\n` : toTable(answer, terminal.now()))
}

async function fromCluster(query: Query, { namespace }: WhoOptions, terminal: Terminal): Promise<AccessReport> {
  const { transport } = await openCluster()
  try {
    const requests = createRequests({ transport, clock: terminal }).all(namespace)
    return await grantsInForce(withProgress(requests, { terminal, what: 'Reading requests' }), query)
  } finally {
    await transport.close()
  }
}

async function fromLog(query: Query, terminal: Terminal): Promise<AccessReport> {
  const skipped = { count: 0 }
  if (terminal.stdin.isTTY) terminal.err('Reading log entries from this terminal; Ctrl-D ends them.\n')
  const events = eventsIn(terminal.stdin, skipped)
  const answer = await grantsInForceFromEntries(withProgress(events, { terminal, what: 'Reading the log' }), query)
  if (skipped.count > 0)
    terminal.err(`Entries skipped, because they are not audit events of Hallpass: ${skipped.count}.\n`)
  if (answer.requests === 0) terminal.err(`${emptyLog}\n`)
  return answer
}
