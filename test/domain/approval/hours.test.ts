// Approving a request with hours: only while a part of its time is within them, and only the hours that were asked for.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { judgeApproval } from '../../../src/domain/approval/approval.ts'
import type { Terms } from '../../../src/domain/approval/narrowing.ts'
import { specDigest } from '../../../src/domain/approval/digest.ts'
import type { Hours } from '../../../src/domain/hours/span.ts'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import type { Refusal } from '../../../src/domain/outcome.ts'
import { attacks } from '../../attacks.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { organisation } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('approving with hours')
const day: Hours = { zone: 'UTC', spans: [{ from: '09:00', to: '15:00' }] }

type Facts = {
  asked?: Hours | undefined
  offered?: Hours | undefined
  now?: string
  spec?: Partial<AccessRequest['spec']>
  terms?: Terms
}

function judge(facts: Facts): Refusal | undefined {
  const { now = start.toISOString(), spec = {}, terms } = facts
  const asked = 'asked' in facts ? facts.asked : day
  const stored = mapping({ spec: { hours: facts.offered ?? asked ?? day } })
  const made = request(stored)
  return judgeApproval({
    occasion: 'show',
    request: { ...made, spec: { ...made.spec, ...(asked && { hours: asked }), ...spec } },
    mapping: readMapping(stored),
    people: [],
    organisation,
    now: new Date(now),
    ...(terms && { terms }),
  })
}

// The request was made at 14:02 UTC, for half an hour.
table<Facts & { reason?: string; says?: RegExp }>(
  test,
  {
    'while they are open': {},
    'when a part of the time is within them': { asked: { zone: 'UTC', spans: [{ from: '14:31', to: '15:00' }] } },
    'when all of the time is before them': {
      asked: { zone: 'UTC', spans: [{ from: '14:33', to: '15:00' }] },
      reason: 'OutsideHours',
      says: /^"prod-db" works only every day 14:33 to 15:00 \(UTC\), and all .* It opens next on Monday 23 November 2026, 14:33 \(UTC\)/,
    },
    'when they have closed since': {
      asked: { zone: 'UTC', spans: [{ from: '09:00', to: '14:05' }] },
      now: '2026-11-23T14:06:00Z',
      reason: 'OutsideHours',
    },
    'when the access begins later, within them': {
      asked: { zone: 'UTC', spans: [{ from: '22:00', to: '06:00' }] },
      spec: { notBefore: '2026-11-23T22:00:00Z' },
    },
    'when the approver chooses a time that ends before them': {
      asked: { zone: 'UTC', spans: [{ from: '14:25', to: '15:00' }] },
      terms: { narrowing: { duration: '20m' } },
      reason: 'OutsideHours',
    },
  },
  ({ reason, says, ...facts }) => {
    const refused = judge(facts)
    assert.is(refused?.reason, reason)
    if (says) assert.match(refused?.message ?? '', says)
  },
)

attacks<Facts>(
  test,
  {
    'a request is made without the hours of its mapping … MappingChanged': { asked: undefined, offered: day },
    'a request is made with wider hours than its mapping … MappingChanged': {
      asked: { zone: 'UTC', spans: [{ from: '00:00', to: '23:59' }] },
      offered: day,
    },
    'a request has the hours in another zone … MappingChanged': { asked: { ...day, zone: 'Asia/Tokyo' }, offered: day },
    'a request has one day more … MappingChanged': {
      asked: { zone: 'UTC', spans: [{ days: ['Mon', 'Tue'], from: '09:00', to: '15:00' }] },
      offered: { zone: 'UTC', spans: [{ days: ['Mon'], from: '09:00', to: '15:00' }] },
    },
    'a request has a second span … MappingChanged': {
      asked: { zone: 'UTC', spans: [...day.spans, { from: '15:00', to: '23:00' }] },
      offered: day,
    },
    'a request names a zone that Google errs on … MappingChanged': { asked: { ...day, zone: 'PST' }, offered: day },
    'the approver is led to approve what never works … OutsideHours': { asked: { ...day, zone: 'PST' } },
  },
  facts => judge(facts)?.reason ?? 'shown',
)

/** The request of three nights, shown to an approver while the mapping allows this many days. */
function judgeNights(maxDays: number, until = '2026-11-25T22:30:00Z', now = start): Refusal | undefined {
  const stored = mapping({ spec: { duration: { min: '1m', default: '30m', max: '4h', recurring: { maxDays } } } })
  const made = request(stored)
  const spec = { ...made.spec, window: { zone: 'UTC', from: '22:00', to: '22:30', until } }
  const facts = { mapping: readMapping(stored), people: [], organisation, now }
  return judgeApproval({ occasion: 'show', request: { ...made, spec }, ...facts })
}

test('a request on several days is shown only while the mapping allows them, and before the last is over', () => {
  assert.is(judgeNights(3), undefined)
  assert.equal(judgeNights(2)?.message, '"prod-db" can be asked for on at most 2 days at once; this would be 3.')
  assert.is(judgeNights(3, '2026-11-22T22:30:00Z')?.reason, 'WindowOver')
})

test('the hours are part of what an approver signs in for, and without them nothing is', () => {
  const { spec } = request(mapping())
  const digests = [spec, { ...spec, hours: nights }, { ...spec, hours: day }, { ...spec, hours: undefined }].map(one =>
    specDigest(one as AccessRequest['spec']),
  )
  assert.is(new Set(digests).size, 3)
  assert.is(digests[3], digests[0])
})

test.run()
