// Prints where several sources differ: a table with notes, CSV, and one stable JSON shape.
import { instant } from '../domain/asking/duration.ts'
import type { Query } from './access-report.ts'
import { aligned, counted, linesOf } from './columns.ts'
import { type Difference, type Named, slackSeconds } from './compare.ts'
import { toCsv } from './csv.ts'
import { notesOf, sayInstant, sayQuery } from './rendering.ts'

/** The shape of `hallpass who --compare -o json`. Fields are only added. */
export type CompareJson = {
  schema: 'hallpass/who-compare/v1'
  at: string
  to: string | null
  /** Each source with what it says: how many grants, and what it does not cover. */
  sources: { name: string; grants: number; requests: number; since: string | null; notes: string[] }[]
  differences: {
    person: string
    resource: string
    role: string
    request: string
    uid: string
    from: string
    until: string
    held: string[]
    notHeld: string[]
  }[]
}

export type Compared = { query: Query; sources: readonly Named[]; found: readonly Difference[] }

/** The comparison as JSON. */
export function toCompareJson({ query, sources, found }: Compared, now: Date): CompareJson {
  return {
    schema: 'hallpass/who-compare/v1',
    at: instant(query.at),
    to: query.to ? instant(query.to) : null,
    sources: sources.map(({ name, report }) => ({
      name,
      grants: report.grants.length,
      requests: report.requests,
      since: report.since ? instant(report.since) : null,
      notes: notesOf(report, now),
    })),
    differences: found.map(one => ({ ...one, from: instant(one.from), until: instant(one.until) })),
  }
}

const heading = ['PERSON', 'RESOURCE', 'ROLE', 'REQUEST', 'FROM', 'UNTIL', 'HELD', 'NOT HELD']

/** The comparison as a table with a summary and notes. */
export function toCompareTable(compared: Compared, now: Date): string {
  const { query, sources, found } = compared
  const names = sources.map(({ name }) => name).join(', ')
  const table = found.length > 0 ? aligned([heading, ...found.map(rowOf)]) : []
  const summary =
    found.length > 0
      ? `${counted(found.length, 'difference')} ${sayQuery(query)} between ${names}.`
      : `No difference ${sayQuery(query)} between ${names}.`
  const read = sources.map(({ name, report }) => `${name}: ${counted(report.grants.length, 'grant')} in force.`)
  const notes = [...new Set(sources.flatMap(({ report }) => notesOf(report, now)))]
  const slack = `Differences of less than ${slackSeconds} s are not told: a binding is written some seconds after its time begins.`
  return linesOf([...table, summary, ...read, slack, ...notes])
}

function rowOf({ person, resource, role, request, from, until, held, notHeld }: Difference): string[] {
  return [person, resource, role, request, sayInstant(from), sayInstant(until), held.join(','), notHeld.join(',')]
}

const fields = ['person', 'resource', 'role', 'request', 'uid', 'from', 'until', 'held', 'not_held']

/** The differences as CSV. */
export function toCompareCsv({ found }: Compared): string {
  const rows = found.map(({ person, resource, role, request, uid, from, until, held, notHeld }) => {
    return [person, resource, role, request, uid, instant(from), instant(until), held.join(' '), notHeld.join(' ')]
  })
  return toCsv([fields, ...rows])
}
