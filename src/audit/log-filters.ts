// The filters with which Cloud Logging is asked: only operators whose meaning Google documents for every type of field.
// Texts of people get into them quoted.
import { instant } from '../domain/asking/duration.ts'
import type { Query } from './access-report.ts'

/** Access lasts for a week at most, can begin a week after it was asked for, and is written within an hour of the approval. */
export const longestHours = 14 * 24 + 2
/** A request can begin long before its access: it waits for a decision, and may be asked for later. */
const historyDays = 45
/** Characters of one filter; Logging takes 20,000. */
const longestFilter = 18_000

const hoursAround = (at: Date, hours: number): string => instant(new Date(at.getTime() + hours * 3_600_000))

/** The events that say what was granted, of requests whose access may be asked about. */
export function grantEventsFilter(auditLog: string, { at, to = at, resource }: Query): string {
  return all([
    `logName=${quoted(auditLog)}`,
    `timestamp>=${quoted(hoursAround(at, -longestHours))}`,
    `timestamp<=${quoted(hoursAround(to, 1))}`,
    'jsonPayload.details.expiresAt:*',
    resource && `jsonPayload.grants.resource=${quoted(resource)}`,
  ])
}

/** All events of these requests: as many filters as their length needs. */
export function historyFilters(auditLog: string, { at }: Pick<Query, 'at'>, uids: readonly string[]): string[] {
  const filters: string[] = []
  const begin = `timestamp>=${quoted(hoursAround(at, -24 * historyDays))}`
  const rest = [...uids]
  while (rest.length > 0) {
    const some: string[] = []
    for (
      let size = 0;
      rest[0] !== undefined && size + rest[0].length < longestFilter;
      size += 10 + (some.at(-1)?.length ?? 0)
    )
      some.push(rest.shift() ?? '')
    filters.push(
      all([`logName=${quoted(auditLog)}`, begin, `jsonPayload.request.uid=(${some.map(quoted).join(' OR ')})`]),
    )
  }
  return filters
}

/** The policy writes that added or removed a binding of Hallpass, and those that do not say what they changed. */
export function policyWritesFilter({ at, to = at }: Query): string {
  return all([
    'logName:"/logs/cloudaudit.googleapis.com%2Factivity"',
    `timestamp>=${quoted(hoursAround(at, -longestHours))}`,
    `timestamp<=${quoted(hoursAround(to, longestHours))}`,
    'protoPayload.methodName=~"[sS]etI(am|AM)(Policy|Permissions)$"',
    '(protoPayload.serviceData.policyDelta.bindingDeltas.condition.title:"hallpass " OR NOT protoPayload.serviceData.policyDelta:*)',
  ])
}

/**
 * The policy writes since an instant that name a request of Hallpass in their header or a title, or change one of these
 * roles.
 */
export function writesSinceFilter(since: Date, roles: readonly string[]): string {
  const role = roles.length > 0 && roles.join('').length < longestFilter / 2
  return all([
    'logName:"/logs/cloudaudit.googleapis.com%2Factivity"',
    `timestamp>=${quoted(instant(since))}`,
    'protoPayload.methodName=~"[sS]etI(am|AM)(Policy|Permissions)$"',
    `(${[
      'protoPayload.requestMetadata.requestAttributes.reason:"hallpass "',
      'protoPayload.serviceData.policyDelta.bindingDeltas.condition.title:"hallpass "',
      ...(role ? [`protoPayload.serviceData.policyDelta.bindingDeltas.role=(${roles.map(quoted).join(' OR ')})`] : []),
    ].join(' OR ')})`,
  ])
}

/** Terms that must all hold. */
export function all(terms: readonly (string | undefined | false)[]): string {
  return terms.filter(Boolean).join(' AND ')
}

/** A text in a filter. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, sign => `\\${sign}`).replace(/[\r\n]/g, ' ')}"`
}
