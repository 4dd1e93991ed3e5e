// The report: its counts, from the cluster and from the log, and the page that anybody may open.
import { parse } from 'node-html-parser'
import * as assert from 'uvu/assert'
import type { AccessRequest, Decision } from '../../src/api/kinds.ts'
import { eventsIn } from '../../src/audit/log-entries.ts'
import { toReportPage } from '../../src/audit/report/page.ts'
import { toReportCsv, toReportJson, toReportTable } from '../../src/audit/report/rendering.ts'
import { type Report, reportOn } from '../../src/audit/report/report.ts'
import { type Told, toldFromEvents, toldOf } from '../../src/audit/report/told.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { attack } from '../attacks.ts'
import { at, lived, noon, record, request, streamOf } from '../builders/history.ts'
import { suite } from '../suite.ts'

const test = suite('report')
const now = after(noon, 7200)

const decision = (verdict: Decision['verdict'], seconds: number, email = 'mo@example.com'): Decision => ({
  id: `d-${seconds}`,
  verdict,
  who: { email },
  at: at(seconds),
})
const lives: { now: AccessRequest; log: object[] }[] = [
  lived({ ...request({}, { name: 'a' }), status: {} }, [
    ['Requested', 0, { phase: 'Pending' }],
    ['Approved', 60, { phase: 'Approved', approvedBy: 'mo@example.com', decisions: [decision('Approved', 60)] }],
    ['GrantStarted', 60, { startsAt: at(60), expiresAt: at(1860), grants: [record(0, 'Writing')] }],
    ['Granted', 61, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
    ['Expired', 1861, { phase: 'Expired', endedAt: at(1861) }],
  ]),
  lived({ ...request({}, { name: 'b', email: 'otto@example.com' }), status: {} }, [
    ['Requested', 10, { phase: 'Pending' }],
    ['Denied', 310, { phase: 'Denied', endedAt: at(310), decisions: [decision('Denied', 310, 'ana@example.com')] }],
  ]),
  lived({ ...request({}, { name: 'c' }), status: {} }, [
    ['Requested', 20, { phase: 'Pending' }],
    ['TimedOut', 1820, { phase: 'TimedOut', endedAt: at(1820) }],
  ]),
  lived({ ...request({}, { name: 'd' }), status: {} }, [
    ['Requested', 30, { phase: 'Pending' }],
    ['Approved', 90, { phase: 'Approved', approvedBy: 'mo@example.com', decisions: [decision('Approved', 90)] }],
    ['GrantStarted', 90, { startsAt: at(90), expiresAt: at(9000), grants: [record(0, 'Writing')] }],
    ['GrantInDoubt', 91, { phase: 'Provisioned', grants: [record(0, 'Unknown')] }],
  ]),
]
const requests = lives.map(({ now: one }, n) => ({
  ...one,
  metadata: { ...one.metadata, creationTimestamp: at(n * 10) },
}))

const reportOf = (told: readonly Told[]): Report =>
  reportOn(told, { from: after(noon, -3600), to: after(noon, 86_400), source: 'cluster' })

test('everything is counted, from the cluster', () => {
  const { totals, byMapping, byPerson, byApprover, inDoubt } = reportOf(requests.map(one => toldOf(one, now)))
  const { asked, granted, denied, timedOut, heldSeconds, medianDecisionSeconds } = totals
  assert.equal({ asked, granted, denied, timedOut }, { asked: 4, granted: 2, denied: 1, timedOut: 1 })
  assert.is(heldSeconds, 1800 + 7200 - 90)
  assert.is(medianDecisionSeconds, 60)
  assert.equal(
    [byMapping, byPerson, byApprover].map(rows => rows.map(({ name, asked: count }) => `${name} ${count}`)),
    [['prod-db 4'], ['dana@example.com 3', 'otto@example.com 1'], ['mo@example.com 2', 'ana@example.com 1']],
  )
  assert.equal(
    inDoubt.map(({ request: name }) => name),
    ['d'],
  )
})

test('access with hours counts for the time in which it works, from the cluster and from the log', async () => {
  const asked = { ...request({}, { name: 'e' }), status: {} }
  asked.spec.hours = { zone: 'UTC', spans: [{ from: '12:20', to: '13:00' }] }
  const { now: one, log } = lived(asked, [
    ['Requested', 0, { phase: 'Pending' }],
    ['GrantStarted', 60, { startsAt: at(60), expiresAt: at(1860), grants: [record(0, 'Writing')] }],
    ['Granted', 61, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
  ])
  const told = [toldOf(one, now), ...(await toldFromEvents(eventsIn(streamOf(JSON.stringify(log)), { count: 0 }), now))]
  assert.equal(
    told.map(({ outcome, heldSeconds }) => [outcome, heldSeconds]),
    [
      ['granted', 660],
      ['granted', 660],
    ],
  )
})

test('the log gives the same report, in any order and said twice', async () => {
  const entries = [...lives, ...lives].flatMap(({ log }) => log).toReversed()
  const withActors = entries.map(entry => {
    const text = JSON.stringify(entry)
    const actor = text.includes('"event":"Denied"') ? 'ana@example.com' : 'mo@example.com'
    return JSON.parse(text.replace('"actor":""', `"actor":"${actor}"`)) as object
  })
  const events = eventsIn(streamOf(JSON.stringify(withActors)), { count: 0 })
  const fromLog = reportOf(await toldFromEvents(events, now))
  const fromCluster = reportOf(requests.map(one => toldOf(one, now)))
  assert.equal(fromLog.totals, fromCluster.totals)
  assert.equal(fromLog.byApprover, fromCluster.byApprover)
  assert.equal(fromLog.byDay, fromCluster.byDay)
})

test('requests outside of the span are not counted', () => {
  const told = requests.map(one => toldOf(one, now))
  const { totals, byDay } = reportOn(told, { from: after(noon, 5), to: after(noon, 25), source: 'cluster' })
  assert.equal([totals.asked, byDay.length], [2, 1])
})

test('every form has the same numbers, and says what it does not know', () => {
  const report = reportOf(requests.map(one => toldOf(one, now)))
  const table = toReportTable(report)
  assert.match(
    table,
    /^4 requests from 2026-11-23 to 2026-11-24: 2 granted, 1 denied\. Source: cluster\. Half of the decisions took less than 1m, /,
  )
  assert.match(table, 'Requests of which Google never confirmed a grant: d (dana@example.com)')
  assert.match(table, 'Whether access was used is not known here')
  assert.is(toReportCsv(report).trimEnd().split('\r\n').length, 5)
  const json = toReportJson(report)
  assert.equal([json.schema, json.totals.asked, json.leftovers], ['hallpass/report/v1', 4, null])
})

test('an empty span is a report too', () => {
  const report = reportOf([])
  assert.match(toReportTable(report), /^0 requests from/)
  assert.match(toReportPage(report), '<svg')
})

attack(test, 'names and reasons with markup, styles and addresses are in a report … 0 elements', () => {
  const evil = `x"><script src=https://evil.example></script><img src=x onerror=alert(1)>'</title></style><svg onload=alert(1)>\u202E`
  const told = requests.map(one => ({
    ...toldOf(one, now),
    mapping: evil,
    person: evil,
    request: evil,
    deciders: [evil],
  }))
  const emergency = told.map(one => ({ ...one, review: 'overdue' as const }))
  const leftovers = [{ resource: evil, role: evil, member: evil, request: evil, endedAt: noon }]
  const span = { from: after(noon, -3600), to: after(noon, 86_400), source: 'cluster' }
  const page = toReportPage(reportOn(emergency, { ...span, leftovers, notes: [evil] }))
  assert.not.ok(page.includes('\u202E'))
  assert.match(page, "default-src 'none'")
  const html = parse(page)
  const strange = html.querySelectorAll('script, img, iframe, link, object, [onload], [onerror], [src], [href]')
  const styles = html.querySelectorAll('style, title').length - html.querySelectorAll('svg title').length
  assert.is(styles, 2)
  return `${strange.length} elements`
})

test.run()
