// Prints a report for a terminal, for spreadsheets and for programs.
import { formatDuration, instant } from '../../domain/asking/duration.ts'
import { aligned, count, counted, linesOf } from '../columns.ts'
import { toCsv } from '../csv.ts'
import type { Counts, Report, Row } from './report.ts'
import type { Told } from './told.ts'

/** The shape of `hallpass report -o json`. Fields are only added. */
export type ReportJson = {
  schema: 'hallpass/report/v1'
  from: string
  to: string
  source: string
  totals: Counts
  byMapping: Row[]
  byPerson: Row[]
  byApprover: Row[]
  byDay: Report['byDay']
  requests: Record<string, unknown>[]
  unreviewed: string[]
  inDoubt: string[]
  leftovers: Record<string, unknown>[] | null
  notes: string[]
}

/** The report as JSON. */
export function toReportJson(report: Report): ReportJson {
  const { from, to, requests, unreviewed, inDoubt, leftovers, ...same } = report
  return {
    schema: 'hallpass/report/v1',
    ...same,
    from: instant(from),
    to: instant(to),
    requests: requests.map(told => ({
      ...told,
      askedAt: instant(told.askedAt),
      decidedAt: told.decidedAt ? instant(told.decidedAt) : null,
      review: told.review ?? null,
    })),
    unreviewed: unreviewed.map(({ request }) => request),
    inDoubt: inDoubt.map(({ request }) => request),
    leftovers: leftovers?.map(one => ({ ...one, endedAt: instant(one.endedAt) })) ?? null,
    notes: allNotes(report),
  }
}

const fields = [
  'request',
  'namespace',
  'mapping',
  'person',
  'asked_at',
  'outcome',
  'decided_at',
  'decided_by',
  'seconds_to_decision',
  'held_seconds',
  'emergency',
  'review',
  'in_doubt',
  'uid',
]

/** Every request as a row of CSV. */
export function toReportCsv({ requests }: Report): string {
  return toCsv([fields, ...requests.map(fieldsOf)])
}

function fieldsOf(told: Told): string[] {
  const { request, namespace, mapping, person, askedAt, outcome, decidedAt, deciders } = told
  return [
    request,
    namespace,
    mapping,
    person,
    instant(askedAt),
    outcome,
    decidedAt ? instant(decidedAt) : '',
    deciders.join(' '),
    decidedAt ? String((decidedAt.getTime() - askedAt.getTime()) / 1000) : '',
    String(told.heldSeconds),
    String(told.isEmergency),
    told.review ?? '',
    String(told.isInDoubt),
    told.uid,
  ]
}

const heading = ['ASKED', 'GRANTED', 'DENIED', 'TIMED OUT', 'WITHDRAWN', 'FAILED', 'HELD', 'DECIDED IN']

/** The report as tables. */
export function toReportTable(report: Report): string {
  const { byMapping, byPerson, byApprover, unreviewed, inDoubt, leftovers } = report
  return linesOf([
    summaryOf(report),
    ...table('MAPPING', byMapping),
    ...table('PERSON', byPerson),
    ...table('APPROVER', byApprover),
    ...listOf('Emergencies that nobody has reviewed', unreviewed),
    ...listOf('Requests of which Google never confirmed a grant', inDoubt),
    ...(leftovers ?? []).map(
      one =>
        `Left over: ${one.role} on ${one.resource} of ${one.member}, expired ${instant(one.endedAt)} (${one.request})`,
    ),
    ...allNotes(report),
  ])
}

/** One sentence about everything. */
export function summaryOf({ from, to, source, totals }: Report): string {
  const { asked, granted, denied, medianDecisionSeconds: median, slowDecisionSeconds: slow } = totals
  const decided =
    median === undefined || slow === undefined
      ? ''
      : ` Half of the decisions took less than ${sayTime(median)}, nine of ten less than ${sayTime(slow)}.`
  return `${counted(asked, 'request')} from ${instant(from).slice(0, 10)} to ${instant(to).slice(0, 10)}: ${count(granted)} granted, ${count(denied)} denied. Source: ${source}.${decided}`
}

/** What the report does not know, besides what is said in it. */
export function allNotes({ notes, leftovers }: Report): string[] {
  return [
    ...notes,
    ...(leftovers
      ? []
      : [
          'Expired entries left in policies were not looked for: give an access token with --token-file, or see hallpass leftovers.',
        ]),
    'Whether access was used is not known here: hallpass did REQUEST says it for one request.',
    'Requests of Hallpass only. Times and days are UTC; a request counts on the day it was made.',
  ]
}

function table(name: string, rows: readonly Row[]): string[] {
  if (rows.length === 0) return []
  return ['', ...aligned([[name, ...heading], ...rows.map(rowOf)])]
}

function rowOf(row: Row): string[] {
  const { name, asked, granted, denied, timedOut, withdrawn, failed, heldSeconds, medianDecisionSeconds: median } = row
  const counts = [asked, granted, denied, timedOut, withdrawn, failed].map(count)
  return [name, ...counts, sayTime(heldSeconds), median === undefined ? '-' : sayTime(median)]
}

function listOf(what: string, requests: readonly Told[]): string[] {
  if (requests.length === 0) return []
  return ['', `${what}: ${requests.map(({ request, person }) => `${request} (${person})`).join(', ')}`]
}

/** A time such as `26h30m` or `12m35s`; hours come without seconds. */
export function sayTime(seconds: number): string {
  return formatDuration(seconds >= 3600 ? seconds - (seconds % 60) : seconds)
}
