// `hallpass who`: who had access at an instant or in a span. Reads only, with the caller's own rights, and never answers
// "nobody" from a source that does not reach to the time of the question.
import type { AccessReport, Query } from '../../audit/access-report.ts'
import { linesOf } from '../../audit/columns.ts'
import { differences, type Named, slackSeconds } from '../../audit/compare.ts'
import { toCompareCsv, toCompareJson, toCompareTable } from '../../audit/compare-rendering.ts'
import { notesOf, summaryOf, toJson, toTable, toWhoCsv } from '../../audit/rendering.ts'
import { Ended } from '../ended.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'
import { type Sources, openSources, type SourceOptions } from './sources.ts'
import { printedJson } from '../../domain/json.ts'

export type WhoOptions = SourceOptions &
  Query & {
    /** The sources to ask; empty means the cluster, and the log where the cluster does not reach. */
    source: readonly string[]
    compare?: boolean
    output: 'table' | 'json' | 'csv'
  }

/** Prints the answer, or where the sources differ. */
export async function who(options: WhoOptions, terminal: Terminal): Promise<void> {
  const { at, to, resource, person } = options
  const query: Query = { at, ...(to && { to }), ...(resource && { resource }), ...(person && { person }) }
  const sources = openSources(options, terminal)
  await answering(async () => {
    if (options.compare) return compare(query, { sources, options, terminal })
    const answer = await ask(query, options.source, sources)
    print(answer, options, terminal)
  })
}

async function ask(query: Query, names: readonly string[], sources: Sources): Promise<AccessReport> {
  const [name] = names
  if (name !== undefined) return sources.only(name, query)
  return sources.standard(query)
}

function print(answer: AccessReport, { output }: WhoOptions, terminal: Terminal): void {
  const now = terminal.now()
  if (output === 'table') return terminal.out(toTable(answer, now))
  if (output === 'json') return terminal.out(printedJson(toJson(answer, now)))
  terminal.out(toWhoCsv(answer))
  terminal.err(linesOf([summaryOf(answer), ...notesOf(answer, now)]))
}

type Comparing = { sources: Sources; options: WhoOptions; terminal: Terminal }

/** Prints the differences, and ends with the exit code for a difference when there is one. */
async function compare(query: Query, { sources, options, terminal }: Comparing): Promise<void> {
  // What begins or ends just outside of the question explains what is inside.
  const wide = { ...query, slackSeconds }
  const names = options.source.length > 0 ? options.source : ['cluster', 'logging', 'google']
  const reports: Named[] = []
  for (const name of names) reports.push(...(await sources.each(name, wide)))
  if (reports.length < 2)
    throw new Error('There is only one source to compare. Give two or more, such as --source logging --source google.')
  const compared = { query, sources: reports, found: differences(reports, query) }
  const now = terminal.now()
  if (options.output === 'json') terminal.out(printedJson(toCompareJson(compared, now)))
  else terminal.out(options.output === 'csv' ? toCompareCsv(compared) : toCompareTable(compared, now))
  if (compared.found.length > 0) throw new Ended(answerCodes.different)
}
