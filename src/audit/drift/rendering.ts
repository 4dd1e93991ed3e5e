// The answer for people and for programs. Titles, roles and members were written by anybody who may change a policy, so each
// stays in its line and shows everything that it holds.
import { instant } from '../../domain/asking/duration.ts'
import { aligned, counted, linesOf } from '../columns.ts'
import { sayInstant } from '../rendering.ts'
import type { DriftReport } from './drift.ts'
import { driftKinds, type Finding } from './finding.ts'

/** The answer as JSON. Fields are only added; if the meaning of a field changes, `schema` changes too. */
export function toJson({ findings, writes, ...report }: DriftReport, now: Date): object {
  return {
    schema: 'hallpass/drift/v1',
    at: instant(now),
    policies: report.policies,
    requests: report.requests,
    writes: writes ?? null,
    findings: findings.map(({ kind, resource, role, member, title, why, request, since, next, command }) => ({
      kind,
      resource,
      role,
      member,
      title,
      why,
      namespace: request?.namespace ?? null,
      request: request?.name ?? null,
      mapping: request?.mapping ?? null,
      since: since ? instant(since.at) : null,
      by: since?.by ?? null,
      next,
      command: command ?? null,
    })),
    standing: report.standing,
    unread: report.unread.map(({ what, why }) => ({ what, why })),
    notes: report.notes,
  }
}

const heading = ['#', 'KIND', 'RESOURCE', 'ROLE', 'MEMBER', 'REQUEST', 'SINCE']

/** The answer as a table, what to do about each finding, and what is not covered. */
export function toTable(report: DriftReport): string {
  const { findings, standing } = report
  const table = findings.length > 0 ? aligned([heading, ...findings.map(rowOf)]) : []
  const steps = findings.map(stepOf).join('\n')
  return [
    linesOf([...table, ...meanings(findings), summaryOf(report)]),
    steps === '' ? '' : `\n${steps}`,
    standing.length > 0 ? `\n${linesOf(standingLines(report))}` : '',
    `\n${linesOf(notesOf(report))}`,
  ].join('')
}

function rowOf({ kind, resource, role, member, request, since }: Finding, n: number): string[] {
  const made = request ? `${request.namespace}/${request.name}` : '-'
  return [String(n + 1), kind, resource, role || '-', member || '-', made, since ? sayInstant(since.at) : '-']
}

function meanings(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ kind }) => kind))].map(kind => `${kind}: ${driftKinds[kind]}`)
}

function summaryOf({ findings, policies, requests, writes, unread }: DriftReport): string {
  const what = findings.length === 0 ? 'No difference' : counted(findings.length, 'difference')
  const log = writes === undefined ? '' : `, ${counted(writes, 'policy write')}`
  const gap =
    unread.length > 0 ? ` ${counted(unread.length, 'thing')} could not be read, so this is not the whole answer.` : ''
  return `${what} between ${counted(policies, 'policy', 'policies')}${log} and ${counted(requests, 'request')} on record.${gap}`
}

// A command must not be indented, because a here-document ends at the beginning of a line.
function stepOf({ why, since, next, command }: Finding, n: number): string {
  const written = since ? ` Written at ${sayInstant(since.at)} by ${since.by}.` : ''
  const lines = linesOf([`# ${n + 1}: ${why}.${written}`, `# ${next}`])
  return command === undefined ? lines : `${lines}${command}\n`
}

function standingLines({ standing }: DriftReport): string[] {
  const rows = standing.map(({ resource, role, member, mapping }) => [resource, role, member, mapping])
  return [
    `${counted(standing.length, 'entry gives', 'entries give')} without a condition what people could ask for. This is no difference from the record. Remove it if they should ask instead.`,
    ...aligned([['RESOURCE', 'ROLE', 'MEMBER', 'MAPPING'], ...rows]),
  ]
}

function notesOf({ unread, notes }: DriftReport): string[] {
  return [
    ...unread.map(({ what, why }) => `Not answered: ${what}: ${why}`),
    ...notes,
    'Times are UTC. Nothing was changed.',
  ]
}
