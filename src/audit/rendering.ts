// Prints answers for people (an aligned table with notes) and for programs (one stable JSON shape).
import { instant } from '../domain/asking/duration.ts'
import type { AccessReport, GrantInForce } from './access-report.ts'

/**
 * The shape of `hallpass who -o json`. Fields are only added; if the meaning of a field changes, `schema` changes too.
 */
export type WhoJson = {
  schema: 'hallpass/who/v1'
  /** The instant of the query. All instants are RFC 3339 in UTC. */
  at: string
  source: 'cluster' | 'log'
  /** The number of requests that were read, and the time of the oldest. */
  requests: number
  since: string | null
  /** Only for the log: requests with a gap in their history. */
  incomplete: number
  grants: {
    person: string
    resource: string
    role: string
    from: string
    /** The first instant without access. */
    until: string
    approvedBy: string | null
    namespace: string
    request: string
    /** True when Google never confirmed the grant. */
    isUncertain: boolean
    /** True when it was asked as an emergency. */
    isEmergency: boolean
  }[]
}

/** The answer as JSON. */
export function toJson({ query, source, requests, since, incomplete = 0, grants }: AccessReport): WhoJson {
  return {
    schema: 'hallpass/who/v1',
    at: instant(query.at),
    source,
    requests,
    since: since ? instant(since) : null,
    incomplete,
    grants: grants.map(grant => {
      const { person, resource, role, from, until, approvedBy, namespace, request, isUncertain, isEmergency } = grant
      return {
        person,
        resource,
        role,
        from: instant(from),
        until: instant(until),
        approvedBy: approvedBy ?? null,
        namespace,
        request,
        isUncertain,
        isEmergency: isEmergency ?? false,
      }
    }),
  }
}

const heading = ['PERSON', 'RESOURCE', 'ROLE', 'FROM', 'UNTIL', 'APPROVED BY', 'REQUEST']
const gap = '   '

/**
 * The answer as a table with its summary and notes, with a newline after each line. `now` decides whether the instant
 * is in the future.
 */
export function toTable(answer: AccessReport, now: Date): string {
  const { grants } = answer
  const hasMany = new Set(grants.map(({ namespace }) => namespace)).size > 1
  const table = grants.length > 0 ? aligned([heading, ...grants.map(grant => rowOf(grant, hasMany))]) : []
  return [...table, summary(answer), ...notes(answer, now)].map(line => `${line}\n`).join('')
}

function rowOf(grant: GrantInForce, hasManyNamespaces: boolean): string[] {
  const { person, resource, role, from, until, approvedBy, namespace, request, isUncertain, isEmergency } = grant
  const name = hasManyNamespaces ? `${namespace}/${request}` : request
  return [
    person,
    resource,
    role,
    sayInstant(from),
    `${sayInstant(until)}${isUncertain ? '*' : ''}`,
    approvedBy ?? '-',
    `${name}${isEmergency ? '!' : ''}`,
  ].map(ascii)
}

/** Rows as lines, with each column as wide as its widest cell. The first row is the heading. */
export function aligned(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number): string => cell.padEnd(widths[column] ?? 0)
  return rows.map(row => row.map(pad).join(gap).trimEnd())
}

function summary({ query, source, grants, requests, since }: AccessReport): string {
  const many = counted(grants.length, 'grant', 'grants')
  const read = counted(requests, 'request', 'requests')
  const from = since ? `${read} since ${instant(since).slice(0, 10)}` : 'no requests'
  return `${many} in force at ${sayInstant(query.at)} UTC. Source: ${source}, ${from}.`
}

function notes({ query, source, grants, since, incomplete }: AccessReport, now: Date): string[] {
  const isTooOld = source === 'cluster' && since !== undefined && query.at < since
  return [
    grants.some(({ isUncertain }) => isUncertain) &&
      '* Google did not confirm this grant. It may be in force until then; look at the policy itself.',
    grants.some(({ isEmergency }) => isEmergency) && '! It was asked as an emergency.',
    isTooOld &&
      'All requests in the cluster are newer than that instant, because finished ones are deleted. Ask the log (--from log).',
    incomplete && `${number(incomplete)} of these requests miss an event in what was read. Read more of the log.`,
    query.at > now && 'That instant is in the future: access may be given or end before it.',
    'Grants made through Hallpass only; standing IAM is not shown. Times are UTC; UNTIL is the actual end.',
  ].filter(note => typeof note === 'string')
}

/** An instant for people, in UTC. */
export function sayInstant(at: Date): string {
  return instant(at).slice(0, 19).replace('T', ' ')
}

/** Such as `1 grant` or `2,000 grants`. */
export function counted(n: number, one: string, many: string): string {
  return n === 1 ? `1 ${one}` : `${number(n)} ${many}`
}

function number(n: number): string {
  return n.toLocaleString('en-US')
}

/**
 * A cell in which every other character is a question mark. Addresses, roles and names of requests are ASCII; others could
 * move the cursor of a terminal, look like another address, or take two columns.
 */
export function ascii(cell: string): string {
  return cell.toWellFormed().replace(/[^ -~]/gu, '?')
}
