// The result of a check, for people and for programs. Texts from the log are made printable, because anybody who may write
// logs can have written them.
import { linesOf } from '../columns.ts'
import { type Finding, findingKinds } from './finding.ts'
import type { Late } from './intake.ts'
import type { Verified } from './verification.ts'

/** The result as JSON. */
export function toJson({ read, end, clients, late, findings }: Verified): object {
  const until = end?.toISOString() ?? null
  return { schema: 'hallpass/verify/v1', read, until, clients, late: late ?? null, findings }
}

/** The result as text: each finding in a line, what was read, and what was not covered. */
export function toTable(verified: Verified): string {
  const { findings } = verified
  const width = Math.max(0, ...findings.map(({ kind }) => kind.length))
  const lines = findings.map(({ kind, about, why }) => `${kind.padEnd(width)}  ${about}: ${why}`)
  return linesOf([...lines, ...meanings(findings), summaryOf(verified), ...notesOf(verified)])
}

function meanings(findings: readonly Finding[]): string[] {
  const kinds = [...new Set(findings.map(({ kind }) => kind))]
  return kinds.map(kind => `${kind}: ${findingKinds[kind]}`)
}

function summaryOf({ read, end, findings }: Verified): string {
  const what =
    findings.length === 0
      ? 'Nothing is wrong with'
      : `${findings.length} ${findings.length === 1 ? 'thing is' : 'things are'} wrong with`
  const until = end ? ` until ${end.toISOString()}` : ''
  return `${what} ${read.requests} requests, ${read.evidence} sign-ins and ${read.writes} policy writes in ${read.entries} entries${until}.`
}

function notesOf({ read, clients, late }: Verified): string[] {
  return [
    ...clients.map(client => `Sign-ins are for the OAuth client "${client}": compare it with that of your Hallpass.`),
    ...(late ? [lateNote(late)] : []),
    ...(read.unreceived > 0 ? [unreceivedNote(read.unreceived)] : []),
    ...(read.writes === 0
      ? ["Not covered: these files have no policy writes of Google's, so no binding was compared."]
      : []),
    ...(read.evidence === 0 ? ['Not covered: these files have no evidence, so no signature was checked.'] : []),
    ...(read.unreadable > 0
      ? [`Not covered: ${read.unreadable} entries claim to be of Hallpass and have no form that this release knows.`]
      : []),
    ...(read.unreadableWrites > 0
      ? [`Not covered: ${read.unreadableWrites} policy writes do not say what they changed. Read them in the log.`]
      : []),
    'Not covered: requests of which no entry is left, and what happened after the newest entry.',
  ]
}

function lateNote({ count, first }: Late): string {
  const who = count === 1 ? '1 entry' : `${count} entries`
  return `${who} came more than a day after being due, first of ${first}: look for an outage of Logging.`
}

function unreceivedNote(count: number): string {
  const who =
    count === 1
      ? '1 entry does not say when the log received it'
      : `${count} entries do not say when the log received them`
  return `Not covered: ${who} (receiveTimestamp).`
}
