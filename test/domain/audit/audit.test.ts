// How an event joins the outbox, and what its entry says.
import * as assert from 'uvu/assert'
import type { RequestStatus } from '../../../src/api/kinds.ts'
import {
  detailsOfGrant,
  entryOf,
  grantFactsOf,
  type NewEvent,
  readDetailsOfGrant,
  withEvent,
} from '../../../src/domain/audit/audit.ts'
import { sha256 } from '../../../src/domain/approval/digest.ts'
import { canonicalJson } from '../../../src/domain/json.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('audit events')
const at = new Date('2026-11-23T14:05:00.500Z')
const event = { event: 'Approved', at, actor: 'mo@example.com', message: 'Approved by Mo Manager.' } as const

test('events are numbered and chained, each to the digest of the one before', () => {
  const one = withEvent({}, event)
  const two = withEvent(one, { ...event, event: 'Granted' })
  assert.equal(
    two.audit?.map(({ seq, event: name }) => [seq, name]),
    [
      [1, 'Approved'],
      [2, 'Granted'],
    ],
  )
  assert.is(two.audit?.[0]?.previous, undefined)
  assert.is(two.audit?.[1]?.previous, sha256(canonicalJson(two.audit?.[0])))
  assert.is(two.auditHead, sha256(canonicalJson(two.audit?.[1])))
  assert.is(two.auditSeq, 2)
})

test('the chain goes on although the outbox was emptied', () => {
  const { auditSeq, auditHead } = withEvent({}, event)
  const next = withEvent({ audit: [], auditSeq, auditHead } as RequestStatus, event)
  assert.equal([next.audit?.[0]?.seq, next.audit?.[0]?.previous], [2, auditHead])
})

// As the API server reads what it is sent: half a surrogate pair becomes U+FFFD.
const asStored = <T>(value: T): T =>
  JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === 'string' ? part.toWellFormed() : part,
  ) as T
const broken: Record<string, Partial<NewEvent>> = {
  'a name that was cut in an emoji': { message: `Asked ${`${'M'.repeat(79)}😀`.slice(0, 80)}.` },
  'a message that is cut in an emoji': { message: `${'m'.repeat(599)}😀` },
  'a detail that is cut in an emoji': { details: { why: `${'w'.repeat(1023)}😀`, half: '\uDE00 x' } },
  'an actor with half a character': { actor: 'mo\uD83D' },
}
table(test, broken, facts => {
  const { audit, auditHead } = withEvent({}, { ...event, ...facts })
  const [record] = asStored(audit ?? [])
  assert.is(sha256(canonicalJson(record)), auditHead)
  assert.not.match(record?.message ?? '', /m\uFFFD$/)
})

test('what is stored is as long as the CRD allows, and absent details are left out', () => {
  const long = withEvent({}, { ...event, message: 'm'.repeat(900), details: { a: 'x'.repeat(2000), b: undefined } })
  const [record] = long.audit ?? []
  assert.equal([record?.message?.length, record?.details?.['a']?.length], [600, 1024])
  assert.equal(Object.keys(record?.details ?? {}), ['a'])
  assert.is(withEvent({}, { ...event, details: {} }).audit?.[0]?.details, undefined)
})

test('an entry is complete in itself, and the same however often it is made', () => {
  const of = request(mapping())
  const [record] = withEvent({}, { ...event, details: { a: 'b' } }).audit ?? []
  if (!record) throw new Error('no event')
  const entry = entryOf(of, record)
  assert.equal(entryOf({ ...of, status: {} }, record), entry)
  assert.equal(
    [entry.insertId, entry.severity, entry.isFirst, entry.isLast],
    [`${of.metadata.uid}-0001`, 'NOTICE', true, false],
  )
  assert.is(entry.at.toISOString(), '2026-11-23T14:05:00.000Z')
  const { requester, roleMapping, reason, grants, details, actor } = entry.payload
  assert.equal(
    { requester, roleMapping, reason, grants, details, actor },
    {
      requester: 'dana@example.com',
      roleMapping: 'prod-db',
      reason: of.spec.reason,
      grants: of.spec.grants,
      details: { a: 'b' },
      actor: 'mo@example.com',
    },
  )
})

test('the last event of a request says that it is the last; tampering is an error', () => {
  const of = request(mapping())
  const made = (name: 'Expired' | 'TamperingSeen') => entryOf(of, { seq: 7, event: name, at: '2026-11-23T14:05:00Z' })
  assert.equal(
    [made('Expired').isLast, made('TamperingSeen').isLast, made('TamperingSeen').severity],
    [true, false, 'ERROR'],
  )
})

test('who held what comes back from the details as it went in, for as many grants as there may be', () => {
  const status: RequestStatus = {
    startsAt: '2026-11-23T14:05:00Z',
    expiresAt: '2026-11-23T14:35:00Z',
    approvedBy: 'mo@example.com',
    grants: Array.from({ length: 10 }, (_, i) => ({
      resource: `projects/prod-${i}`,
      role: 'roles/x.y',
      state: i === 0 ? 'Removed' : 'Written',
      at: '2026-11-23T14:05:01Z',
    })),
  }
  const [record] = withEvent({}, { ...event, details: detailsOfGrant(status) }).audit ?? []
  const facts = readDetailsOfGrant(record?.details ?? {})
  assert.is(facts?.grants.length, 10)
  assert.equal(facts?.grants[0], {
    resource: 'projects/prod-0',
    role: 'roles/x.y',
    state: 'Removed',
    at: '2026-11-23T14:05:01Z',
  })
  assert.equal(
    [facts?.startsAt, facts?.expiresAt, facts?.approvedBy],
    [status.startsAt, status.expiresAt, status.approvedBy],
  )
  assert.ok(Object.keys(record?.details ?? {}).length <= 18, 'with room for two more facts under the CRD’s 20')
})

test('before times are stored nobody holds anything', () => {
  assert.is(grantFactsOf({}), undefined)
  assert.equal(detailsOfGrant({ approvedBy: 'x' }), {})
  assert.is(readDetailsOfGrant({ decision: 'x' }), undefined)
})

test.run()
