// Prints answers for people (an aligned table with notes), for spreadsheets, and for programs (one stable JSON shape).
import { instant } from '../domain/asking/duration.ts'
import { type AccessReport, type GrantInForce, never, type Query, type SourceName } from './access-report.ts'
import { aligned, count, counted, linesOf } from './columns.ts'
import { toCsv } from './csv.ts'

/**
 * The shape of `hallpass who -o json`. Fields are only added; if the meaning of a field changes, `schema` changes too.
 */
export type WhoJson = {
  schema: 'hallpass/who/v1'
  /** The instant of the query, or the beginning of its span. All instants are RFC 3339 in UTC. */
  at: string
  /** The end of the span; null for an instant. */
  to: string | null
  source: SourceName
  /** The number of requests that were read, and the time of the oldest. */
  requests: number
  since: string | null
  /** Only for the log: requests with a gap in their history. */
  incomplete: number
  /** What this answer does not cover, and what else must be known to read it: sentences. */
  notes: string[]
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
    uid: string
    /** True when Google never confirmed the grant. */
    isUncertain: boolean
    /** True when it was asked as an emergency. */
    isEmergency: boolean
    /** True when the binding has a title of Hallpass and a condition that Hallpass does not write. */
    isForeign: boolean
    /** The hours in which it works, in words; null when at any time. */
    hours: string | null
  }[]
}

/** The answer as JSON. */
export function toJson(answer: AccessReport, now: Date): WhoJson {
  const { query, source, requests, since, incomplete = 0, grants } = answer
  return {
    schema: 'hallpass/who/v1',
    at: instant(query.at),
    to: query.to ? instant(query.to) : null,
    source,
    requests,
    since: since ? instant(since) : null,
    incomplete,
    notes: notesOf(answer, now),
    grants: grants.map(grant => {
      const { person, resource, role, from, until, approvedBy, namespace, request, uid, isUncertain } = grant
      return {
        person,
        resource,
        role,
        from: instant(from),
        until: instant(until),
        approvedBy: approvedBy ?? null,
        namespace,
        request,
        uid,
        isUncertain,
        isEmergency: grant.isEmergency ?? false,
        isForeign: grant.isForeign ?? false,
        hours: grant.hours ?? null,
      }
    }),
  }
}

const heading = ['PERSON', 'RESOURCE', 'ROLE', 'FROM', 'UNTIL', 'APPROVED BY', 'REQUEST']

/**
 * The answer as a table with its summary and notes, with a newline after each line. `now` decides whether the instant
 * is in the future.
 */
export function toTable(answer: AccessReport, now: Date): string {
  const { grants } = answer
  const hasMany = new Set(grants.map(({ namespace }) => namespace)).size > 1
  const table = grants.length > 0 ? aligned([heading, ...grants.map(grant => rowOf(grant, hasMany))]) : []
  return linesOf([...table, summaryOf(answer), ...notesOf(answer, now)])
}

function rowOf(grant: GrantInForce, hasManyNamespaces: boolean): string[] {
  const { person, resource, role, from, until, approvedBy, namespace, request } = grant
  const { isUncertain, isEmergency } = grant
  const name = hasManyNamespaces ? `${namespace}/${request}` : request
  return [
    person,
    resource,
    role,
    sayInstant(from),
    `${sayInstant(until)}${isUncertain ? '*' : ''}${grant.isForeign ? '?' : ''}${grant.hours ? '+' : ''}`,
    approvedBy ?? '-',
    `${name}${isEmergency ? '!' : ''}`,
  ]
}

const fields = [
  'person',
  'resource',
  'role',
  'from',
  'until',
  'approved_by',
  'namespace',
  'request',
  'uid',
  'uncertain',
  'emergency',
  'foreign',
  'hours',
]

/** The grants as CSV. */
export function toWhoCsv({ grants }: AccessReport): string {
  const rows = grants.map(grant => {
    const { person, resource, role, from, until, approvedBy, namespace, request, uid, isUncertain } = grant
    const marks = [isUncertain, grant.isEmergency ?? false, grant.isForeign ?? false].map(String)
    return [
      person,
      resource,
      role,
      instant(from),
      instant(until),
      approvedBy ?? '',
      namespace,
      request,
      uid,
      ...marks,
      grant.hours ?? '',
    ]
  })
  return toCsv([fields, ...rows])
}

/** How many grants, and what was read. */
export function summaryOf({ query, source, grants, requests, since }: AccessReport): string {
  const read = counted(requests, 'request')
  const from = since ? `${read} since ${instant(since).slice(0, 10)}` : requests > 0 ? read : 'no requests'
  return `${counted(grants.length, 'grant')} in force ${sayQuery(query)}. Source: ${source}, ${from}.`
}

/** `at …`, or `between … and …`. */
export function sayQuery({ at, to }: Query): string {
  return to ? `between ${sayInstant(at)} and ${sayInstant(to)} UTC` : `at ${sayInstant(at)} UTC`
}

/** What this answer does not cover, and what its marks mean. */
export function notesOf({ query, grants, incomplete, notes = [] }: AccessReport, now: Date): string[] {
  return [
    grants.some(({ isUncertain }) => isUncertain) &&
      '* Google did not confirm this grant. It may be in force until then; look at the policy itself.',
    grants.some(({ isForeign }) => isForeign) &&
      '? The binding has a title of Hallpass and a condition that Hallpass does not write: somebody else made or changed it.',
    grants.some(({ isEmergency }) => isEmergency) && '! It was asked as an emergency.',
    grants.some(({ hours }) => hours !== undefined) &&
      '+ It works only in certain hours: FROM and UNTIL are those around this time.',
    incomplete && `${count(incomplete)} of these requests miss an event in what was read. Read more of the log.`,
    ...notes,
    (query.to ?? query.at) > now && 'That instant is in the future: access may be given or end before it.',
    'Grants made through Hallpass only; standing IAM is not shown. Times are UTC; UNTIL is the actual end.',
  ].filter(note => typeof note === 'string')
}

/** An instant for people, in UTC. */
export function sayInstant(at: Date): string {
  return at >= never ? 'no end' : instant(at).slice(0, 19).replace('T', ' ')
}
