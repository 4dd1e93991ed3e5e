// Whether a policy has room for what would be written, how full it is, and what people are told.
import * as assert from 'uvu/assert'
import {
  type Binding,
  type BindingWanted,
  expressionOf,
  type Policy,
  titleOf,
} from '../../../src/domain/granting/policy.ts'
import { exceededLimit, mostOf, nearLimits, refuseFull, useOf } from '../../../src/domain/granting/policy-limits.ts'
import { suite, table } from '../../suite.ts'

const test = suite('the limits of a policy')
const now = new Date('2026-11-23T14:05:00Z')
const resource = 'projects/prod-eu'
const role = 'roles/cloudsql.client'
const member = 'user:dana@example.com'
const uid = (n: number): string => `22222222-0000-4000-8000-${String(n).padStart(12, '0')}`
const minutes = (from: Date, n: number): Date => new Date(from.getTime() + n * 60_000)

/** An entry of Hallpass that ends so many minutes from now. */
function ours(
  n: number,
  { ends = 30, condition, ...change }: Partial<BindingWanted> & { ends?: number } = {},
): Binding {
  const expiresAt = minutes(now, ends)
  const expression = expressionOf({ condition, startsAt: minutes(expiresAt, -30), expiresAt })
  return { role, members: [member], ...change, condition: { title: titleOf(uid(n)), expression } }
}
const wanted: BindingWanted = {
  uid: uid(999),
  member,
  role,
  startsAt: now,
  expiresAt: minutes(now, 30),
  description: '',
}
const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const viewers = (count: number): Binding => ({
  role: 'roles/viewer',
  members: times(count, n => `user:p${n}@example.com`),
})
const foreign = (n: number): Binding => ({
  role,
  members: [member],
  condition: { title: `other ${n}`, expression: `request.time < timestamp("2027-01-01T00:00:${n + 10}Z")` },
})

type Fact = { bindings?: Binding[]; exempted?: number; adding?: BindingWanted[]; says: RegExp | undefined }
const facts: Record<string, Fact> = {
  'an empty policy has room': { says: undefined },
  'one member less than allowed is enough': { bindings: [viewers(1499)], says: undefined },
  'a policy with as many members as allowed is full': {
    bindings: [viewers(1500)],
    says: /^PolicyFull: The IAM policy of "projects\/prod-eu" is full: Google allows 1500 members, and it has 1500\. The platform team must/,
  },
  'members count as often as they occur, also those exempted from audit logs': {
    bindings: [viewers(700), { ...viewers(700), role: 'roles/browser' }],
    exempted: 100,
    says: /^PolicyFull/,
  },
  'two roles take two members': {
    bindings: [viewers(1499)],
    adding: [wanted, { ...wanted, role: 'roles/logging.viewer' }],
    says: /^PolicyFull/,
  },
  'our expired entry of the same role makes room': {
    bindings: [viewers(1499), ours(1, { ends: -1, member: 'user:otto@example.com' })],
    says: undefined,
  },
  'our expired entry of another role stays, and is told': {
    bindings: [viewers(1499), ours(1, { ends: -1, role: 'roles/logging.viewer' })],
    says: /^PolicyFull: .* 1 of them are expired entries of Hallpass/,
  },
  'a policy that exceeds the limit already is Google’s to judge': { bindings: [viewers(1600)], says: undefined },
  'nineteen entries of the person leave room for one': { bindings: times(19, n => ours(n)), says: undefined },
  'the person has the role twenty times, and the first ends at an instant': {
    bindings: times(20, n => ours(n, { ends: 50 - n })),
    says: /^TooManyEntries: dana@example\.com has 20 entries of "roles\/cloudsql\.client" with conditions in the IAM policy of "projects\/prod-eu", .* One of them ends at 2026-11-23T14:36:00Z; ask again then/,
  },
  'twenty entries that others made': { bindings: times(20, foreign), says: /^TooManyEntries: .* None of them .* ends/ },
  'twenty entries, and the one of Hallpass has expired': {
    bindings: [...times(19, foreign), ours(1, { ends: 0 })],
    says: undefined,
  },
  'an entry that only looks like an expired one of Hallpass stays and counts': {
    bindings: [...times(19, foreign), ours(1, { ends: -1, condition: 'a) || (b' })],
    says: /^TooManyEntries/,
  },
  'entries of another person, of another role, or without a condition do not count': {
    bindings: [
      ...times(20, n => ({ ...foreign(n), members: ['user:otto@example.com'] })),
      ...times(20, n => ({ ...foreign(n), role: 'roles/viewer' })),
      { role, members: [member] },
    ],
    says: undefined,
  },
  'the name of the person is written in other letters': {
    bindings: times(20, n => ({ ...foreign(n), members: ['user:DANA@example.com'] })),
    says: /^TooManyEntries/,
  },
  'more entries than Google is known to allow are Google’s to judge': { bindings: times(25, foreign), says: undefined },
  'our own entry of this request is there already': {
    bindings: [...times(19, foreign), ours(999)],
    says: undefined,
  },
  'groups never stop an entry for a person': {
    bindings: [{ role, members: times(250, n => `group:g${n}@example.com`) }],
    says: undefined,
  },
}
table(test, facts, ({ bindings = [], exempted = 0, adding = [wanted], says }) => {
  const auditConfigs = [
    { auditLogConfigs: [{ exemptedMembers: times(exempted, n => `user:p${n}@example.com`) }] },
    'something else',
    null,
    { auditLogConfigs: [null] },
  ]
  const policy: Policy = { etag: 'e', bindings, auditConfigs }
  const no = refuseFull({ resource, policy, wanted: adding }, now)
  if (!says) return assert.is(no, undefined)
  assert.match(`${no?.reason}: ${no?.message}`, says)
})

test('how full a policy is: entries that the next write removes are no entries, and still members', () => {
  const bindings = [
    viewers(2),
    { role, members: ['group:A@example.com', 'group:a@example.com', 'domain:example.com'] },
    ...times(3, n => ours(n)),
    ...times(4, n => ours(10 + n, { ends: -1 })),
  ]
  const { bytes, ...use } = useOf({ etag: 'e', bindings }, now)
  assert.equal(use, { members: 12, groups: 2, entries: 3, leftovers: 4, leftoversByRole: [{ role, count: 4 }] })
  assert.is(bytes, JSON.stringify({ etag: 'e', bindings }).length)
  const nothing = { members: 0, groups: 0, entries: 0, leftovers: 0, leftoversByRole: [], bytes: 2 }
  assert.equal(useOf({}, now), nothing)
})

test('people are warned from four fifths of a limit on', () => {
  assert.equal(nearLimits({ members: 1199, groups: 199, entries: 15 }), [])
  assert.equal(nearLimits({ members: 1200, groups: 200, entries: 16 }), ['members', 'groups', 'entries'])
})

test('the limit that Google’s refusal is about is found, also that of groups', () => {
  assert.is(exceededLimit({ bindings: [viewers(1500)] }), undefined)
  assert.match(exceededLimit({ bindings: [viewers(1501)] }) ?? '', /1501 members/)
  const groups = times(mostOf.groups + 1, n => `group:g${n}@example.com`)
  assert.match(exceededLimit({ bindings: [{ role, members: groups }] }) ?? '', /251 groups and domains/)
})

test.run()
