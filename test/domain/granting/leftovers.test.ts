// Which entries of a policy count as expired ones of Hallpass, whose they are, and that what only looks like one never does.
import * as assert from 'uvu/assert'
import {
  type Leftover,
  leftoversByRole,
  leftoversIn,
  type Whose,
  whoseIs,
  type Written,
} from '../../../src/domain/granting/leftovers.ts'
import { type Binding, expressionOf, titleOf } from '../../../src/domain/granting/policy.ts'
import { attacks, ending } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'

const test = suite('expired leftovers')
const now = new Date('2026-11-23T14:05:00Z')
const resource = 'projects/prod-eu'
const role = 'roles/cloudsql.client'
const member = 'user:dana@example.com'
const uid = '22222222-0000-4000-8000-000000000001'
const times = { startsAt: new Date('2026-11-23T13:00:00Z'), expiresAt: new Date('2026-11-23T13:30:00Z') }
const condition = {
  title: titleOf(uid),
  description: 'hallpass/prod-db-1, asked by dana@example.com, approved by mo@example.com',
  expression: expressionOf(times),
}
const entry: Binding = { role, members: [member], condition }
const found = (...bindings: Binding[]): Leftover[] => leftoversIn(resource, { etag: 'e', bindings }, now)

test('an expired entry is found exactly as it is in the policy', () => {
  assert.equal(found({ role: 'roles/viewer', members: [member] }, entry), [
    { resource, role, member, uid, endedAt: times.expiresAt, condition },
  ])
  assert.equal(leftoversIn(resource, {}, now), [])
})

test('entries are counted by role, the most first', () => {
  const bindings = [entry, { ...entry, role: 'roles/a.x' }, { ...entry, role: 'roles/b.x' }, entry]
  assert.equal(leftoversByRole({ bindings }, now), [
    { role, count: 2 },
    { role: 'roles/a.x', count: 1 },
    { role: 'roles/b.x', count: 1 },
  ])
  assert.equal(leftoversByRole({}, now), [])
})

const made = (change: Partial<typeof condition>): Binding => ({ ...entry, condition: { ...condition, ...change } })
const { expression } = condition
attacks<Binding>(
  test,
  ending('0 found', {
    'a title in capital letters': made({ title: `Hallpass ${uid}` }),
    'a title with something after the uid': made({ title: `${titleOf(uid)} ` }),
    'a title with a line break after the uid': made({ title: `${titleOf(uid)}\n` }),
    'a title with a shorter uid': made({ title: titleOf(uid.slice(1)) }),
    'a title with another word': made({ title: `hallpass trial ${uid}` }),
    'an entry that is still in force': made({
      expression: expressionOf({ ...times, expiresAt: new Date('2026-11-23T14:05:01Z') }),
    }),
    'an entry that holds forever by an or': made({ expression: `${expression} || true` }),
    'an entry whose own condition closes its brackets': made({
      expression: expressionOf({ ...times, condition: 'true) || (true' }),
    }),
    'an entry with another comparison': made({ expression: expression.replace(' < ', ' <= ') }),
    'an entry whose times are in a comment': made({ expression: `true // ${expression}` }),
    'an entry for two members': { ...entry, members: [member, 'user:otto@example.com'] },
    'an entry without members': { ...entry, members: [] },
    'an entry without a condition': { role, members: [member] },
  }),
  binding => `${found(binding).length} found`,
)

const written: Written = {
  namespace: 'hallpass',
  request: 'prod-db-1',
  entries: [{ resource, role, member, expression: condition.expression }],
}
table<{ change?: Partial<Leftover>; by?: Written | undefined; whose: Whose }>(
  test,
  {
    'its request had exactly this written': { whose: 'proved' },
    'Google shows the member in other letters': { change: { member: 'user:Dana@Example.com' }, whose: 'proved' },
    'the account was deleted since': {
      change: { member: 'deleted:user:dana@example.com?uid=123456789' },
      whose: 'proved',
    },
    'nobody knows its request': { by: undefined, whose: 'unknown' },
    'it is for another person': { change: { member: 'user:otto@example.com' }, whose: 'foreign' },
    'it is of another role': { change: { role: 'roles/owner' }, whose: 'foreign' },
    'it is on another resource': { change: { resource: 'projects/prod-us' }, whose: 'foreign' },
    'it has other times': {
      change: { condition: { ...condition, expression: expressionOf({ ...times, startsAt: now }) } },
      whose: 'foreign',
    },
    'its request had nothing written': { by: { ...written, entries: [] }, whose: 'foreign' },
    'it is for a group of that name': { change: { member: 'group:dana@example.com' }, whose: 'foreign' },
  },
  ({ change, whose, ...given }) => {
    const one = { resource, role, member, uid, endedAt: times.expiresAt, condition, ...change }
    assert.is(whoseIs(one, 'by' in given ? given.by : written), whose)
  },
)

test.run()
