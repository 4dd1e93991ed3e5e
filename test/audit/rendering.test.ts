// Answers as people and programs see them.
import * as assert from 'uvu/assert'
import type { AccessReport, GrantInForce } from '../../src/audit/access-report.ts'
import { toHistoryText } from '../../src/audit/story/rendering.ts'
import { toJson, toTable } from '../../src/audit/rendering.ts'
import { suite } from '../suite.ts'

const test = suite('answers')
const at = new Date('2026-11-23T14:20:00Z')
const now = new Date('2026-11-24T09:00:00Z')

const dana: GrantInForce = {
  person: 'dana@example.com',
  resource: 'projects/prod-eu',
  role: 'roles/cloudsql.client',
  from: new Date('2026-11-23T14:05:12Z'),
  until: new Date('2026-11-23T14:35:12Z'),
  approvedBy: 'mo@example.com',
  namespace: 'hallpass',
  request: 'prod-db-7f3k2',
  uid: '22222222-0000-4000-8000-000000000001',
  isUncertain: false,
}
const answer = (change: Partial<AccessReport> = {}): AccessReport => ({
  query: { at },
  source: 'cluster',
  grants: [dana],
  requests: 1204,
  since: new Date('2026-08-25T07:00:00Z'),
  ...change,
})

test('the table is aligned and explains itself', () => {
  assert.is(
    toTable(answer(), now),
    `PERSON             RESOURCE           ROLE                    FROM                  UNTIL                 APPROVED BY      REQUEST
dana@example.com   projects/prod-eu   roles/cloudsql.client   2026-11-23 14:05:12   2026-11-23 14:35:12   mo@example.com   prod-db-7f3k2
1 grant in force at 2026-11-23 14:20:00 UTC. Source: cluster, 1,204 requests since 2026-08-25.
Grants made through Hallpass only; standing IAM is not shown. Times are UTC; UNTIL is the actual end.
`,
  )
})

test('the widest cell decides its column', () => {
  const lines = toTable(answer({ grants: [dana, { ...dana, person: 'a.very.long.name@example.com' }] }), now).split(
    '\n',
  )
  assert.equal([...new Set(lines.slice(0, 3).map(line => line.search(/RESOURCE|projects\//)))], [31])
})

test('nobody is an answer too', () => {
  const text = toTable(answer({ grants: [], requests: 0 }), now)
  assert.match(text, /^0 grants in force at 2026-11-23 14:20:00 UTC\./)
})

test('a grant in doubt is marked, and the mark explained', () => {
  const text = toTable(answer({ grants: [{ ...dana, isUncertain: true }] }), now)
  assert.match(text, '2026-11-23 14:35:12*')
  assert.match(text, '* Google did not confirm this grant.')
})

test('an emergency is marked, and the mark explained', () => {
  const text = toTable(answer({ grants: [{ ...dana, isEmergency: true }] }), now)
  assert.match(text, 'prod-db-7f3k2!\n')
  assert.match(text, '! It was asked as an emergency.')
  assert.is(toJson(answer({ grants: [{ ...dana, isEmergency: true }] }), now).grants[0]?.isEmergency, true)
})

test('hours are marked, and the mark explained', () => {
  const hours = 'every day 22:00 to 06:00 the next day (Europe/Berlin)'
  const text = toTable(answer({ grants: [{ ...dana, hours }] }), now)
  assert.match(text, '2026-11-23 14:35:12+')
  assert.match(text, '+ It works only in certain hours')
  assert.is(toJson(answer({ grants: [{ ...dana, hours }] }), now).grants[0]?.hours, hours)
})

test('names of several namespaces are distinguished', () => {
  const text = toTable(answer({ grants: [dana, { ...dana, namespace: 'other' }] }), now)
  assert.match(text, 'hallpass/prod-db-7f3k2')
  assert.match(text, 'other/prod-db-7f3k2')
})

test('an instant in the future says so', () => {
  assert.match(toTable(answer(), new Date('2026-11-23T14:00:00Z')), 'That instant is in the future')
})

test('a gap in the log is reported', () => {
  assert.match(toTable(answer({ source: 'log', incomplete: 2 }), now), '2 of these requests miss an event')
})

test('what is stored cannot move the cursor or hide a row', () => {
  const text = toTable(answer({ grants: [{ ...dana, person: 'dana\u001b[2K\r\n\u202e@example.com' }] }), now)
  assert.is(text.split('\n').length, 5)
  for (const mark of ['\u001b', '\r', '\u202e']) assert.not.ok(text.includes(mark))
})

test('JSON has one shape', () => {
  assert.equal(toJson(answer(), now), {
    schema: 'hallpass/who/v1',
    at: '2026-11-23T14:20:00Z',
    to: null,
    source: 'cluster',
    requests: 1204,
    since: '2026-08-25T07:00:00Z',
    incomplete: 0,
    notes: ['Grants made through Hallpass only; standing IAM is not shown. Times are UTC; UNTIL is the actual end.'],
    grants: [
      {
        person: 'dana@example.com',
        resource: 'projects/prod-eu',
        role: 'roles/cloudsql.client',
        from: '2026-11-23T14:05:12Z',
        until: '2026-11-23T14:35:12Z',
        approvedBy: 'mo@example.com',
        namespace: 'hallpass',
        request: 'prod-db-7f3k2',
        uid: dana.uid,
        isUncertain: false,
        isEmergency: false,
        isForeign: false,
        hours: null,
      },
    ],
  })
})

test('JSON says null where there is nothing', () => {
  const { approvedBy: _, ...unnamed } = dana
  const { since: __, ...bare } = answer({ grants: [unnamed] })
  const json = toJson(bare, now)
  assert.is(json.since, null)
  assert.is(json.grants[0]?.approvedBy, null)
})

test('what a log says of itself stays in its line and moves no cursor', () => {
  const forged = 'https://x.example.com\u001b[2K\n0 grants in force.'
  const story = { uid: forged, namespace: 'hallpass', request: 'r', mapping: 'm', person: 'p', reason: 'r' }
  const texts = [
    toTable(answer({ notes: [forged] }), now),
    toHistoryText([{ ...story, happened: [], proofs: [], faults: [], source: 'log' }]),
  ]
  for (const text of texts) {
    assert.not.ok(text.includes('\u001b'))
    assert.not.ok(text.split('\n').includes('0 grants in force.'))
  }
})

test.run()
