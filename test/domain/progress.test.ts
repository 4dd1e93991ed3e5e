// The condition that repeats another one never makes a status too large to be stored.
import * as assert from 'uvu/assert'
import type { Condition } from '../../src/api/meta.ts'
import { requestProgress } from '../../src/domain/progress.ts'
import { suite } from '../suite.ts'

const test = suite('the progress of a request')
const now = new Date('2026-11-23T14:05:00Z')
const earlier = '2026-11-23T14:00:00Z'
const condition = (type: string, status: Condition['status'], message: string): Condition => ({
  type,
  status,
  reason: 'Because',
  message,
  lastTransitionTime: earlier,
})

test('its text is cut when the others leave little room', () => {
  const others = ['Routed', 'Approved', 'Provisioned', 'Complete', 'Accounted'].map(type =>
    condition(type, 'False', type[0]?.repeat(1024) ?? ''),
  )
  const all = requestProgress({ phase: 'Failed', conditions: others }, now) ?? []
  const said = all.reduce(
    (length, { type, reason, message }) => length + type.length + reason.length + message.length,
    0,
  )
  assert.equal([all.length, all.at(-1)?.type], [6, 'Stalled'])
  assert.ok(said <= 6220, `${said} characters`)
  assert.match(all.at(-1)?.message ?? '', /^P{100}/)
})

test('it keeps its time while it stays, goes when it is over, and says nothing twice', () => {
  const waiting = condition('Approved', 'Unknown', 'Nobody has decided yet.')
  const first = requestProgress({ phase: 'Pending', conditions: [waiting] }, now) ?? []
  assert.equal(first.at(-1), {
    ...waiting,
    type: 'Reconciling',
    status: 'True',
    lastTransitionTime: '2026-11-23T14:05:00Z',
  })
  const later = new Date('2026-11-23T14:06:00Z')
  assert.is(requestProgress({ phase: 'Pending', conditions: first }, later), undefined)
  const approved = condition('Approved', 'True', 'Approved by Mo.')
  const second = requestProgress({ phase: 'Approved', conditions: [approved, ...first.slice(1)] }, later) ?? []
  assert.equal([second.at(-1)?.message, second.at(-1)?.lastTransitionTime], ['Approved by Mo.', '2026-11-23T14:05:00Z'])
  assert.equal(requestProgress({ phase: 'Provisioned', conditions: second }, later), [approved])
  assert.is(requestProgress({ phase: 'Provisioned', conditions: [approved] }, later), undefined)
})

test.run()
