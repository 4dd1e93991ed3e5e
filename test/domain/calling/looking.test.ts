// Who is looking at a request: which presses are stored, how long they count, and when the message is edited.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../../src/api/kinds.ts'
import {
  isLookStale,
  type Look,
  lookEnds,
  lookersKey,
  lookersOf,
  withLook,
} from '../../../src/domain/calling/looking.ts'
import { withLookers, viewDigest, viewOf } from '../../../src/domain/view/view.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('who is looking at a request')
const asked = request(mapping())
const at = (minute: number, second = 0): string => new Date(Date.UTC(2026, 10, 23, 14, minute, second)).toISOString()
const instant = (minute: number): string => at(minute).replace('.000', '')
const mo = (minute: number): Look => ({ at: instant(minute), slackUserID: 'U0MO', email: 'mo@example.com' })
const ana = (minute: number): Look => ({ at: instant(minute), slackUserID: 'U0ANA', email: 'ana@example.com' })
const withStatus = (status: RequestStatus): AccessRequest => ({ ...asked, status: { ...asked.status, ...status } })
const seen = (...looking: Look[]): AccessRequest => withStatus({ looking })
const denial = { id: 'd', verdict: 'Denied' as const, who: { email: 'mo@example.com' }, at: instant(3) }
const crowd = Array.from({ length: 6 }, (_, i) => ({ ...mo(3), slackUserID: `U0CROWD${i}` }))

table<[of: AccessRequest, look: Look, isStored: boolean]>(
  test,
  {
    'the first press is stored': [asked, mo(3), true],
    'a second press of the same person within the time is not': [seen(mo(3)), mo(7), false],
    'a press after the time is': [seen(mo(3)), mo(8), true],
    'a press of somebody else is': [seen(mo(3)), ana(4), true],
    'a press on a full list is not, however late': [seen(...crowd), mo(25), false],
    'a press on a decided request is not': [withStatus({ decisions: [denial] }), mo(4), false],
    'a press on a request that has ended is not': [withStatus({ phase: 'TimedOut' }), mo(4), false],
    'a press on a deleted request is not': [
      { ...asked, metadata: { ...asked.metadata, deletionTimestamp: at(3) } },
      mo(4),
      false,
    ],
  },
  ([of, look, isStored]) => {
    const looks = withLook(of, look)
    assert.is(looks !== undefined, isStored)
    if (looks) assert.equal(looks, [...(of.status?.looking ?? []), look])
  },
)

test('a press counts for five minutes, and each person once', () => {
  const request = seen(mo(3), ana(4), mo(8))
  const names = (minute: number): string => lookersKey(request, new Date(at(minute)))
  assert.equal([names(7), names(8), names(9), names(13)], ['U0ANA U0MO', 'U0ANA U0MO', 'U0MO', ''])
  assert.is(lookEnds(request, new Date(at(8)))?.toISOString(), at(9))
  assert.is(lookEnds(request, new Date(at(13))), undefined)
  assert.equal(lookersOf(withStatus({ looking: [mo(3)], decisions: [denial] }), new Date(at(4))), [])
})

test('who has approved is no longer looking, while others must approve', () => {
  const approval = { id: 'a', verdict: 'Approved' as const, who: { email: 'mo@example.com' }, at: instant(4) }
  const waiting = withStatus({ looking: [mo(3), ana(3)], decisions: [approval] })
  const both = { ...waiting, spec: { ...waiting.spec, approval: { ...waiting.spec.approval, required: 2 } } }
  assert.equal(
    lookersOf(both, new Date(at(5))).map(({ slackUserID }) => slackUserID),
    ['U0ANA'],
  )
})

test('the message is edited when somebody begins or ceases to look, and once by a process that does not know', () => {
  const now = new Date(at(4))
  assert.is(isLookStale(asked, undefined, now), false, 'nobody has pressed')
  assert.is(isLookStale(seen(mo(3)), undefined, now), true)
  assert.is(isLookStale(seen(mo(3)), 'U0MO', now), false)
  assert.is(isLookStale(seen(mo(3)), 'U0MO', new Date(at(8))), true)
  assert.is(isLookStale(seen(mo(3)), '', new Date(at(8))), false)
  assert.is(isLookStale(withStatus({ looking: [mo(3)], decisions: [denial] }), undefined, now), false)
})

test('who is looking is named, and is no part of the digest', () => {
  const request = seen(mo(3))
  const view = viewOf(request, undefined)
  assert.is(viewDigest(view), viewDigest(viewOf(asked, undefined)))
  assert.equal(withLookers(view, request, new Date(at(4))).looking, [
    { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO' },
  ])
  assert.is(withLookers(view, request, new Date(at(8))).looking, undefined)
})

test.run()
