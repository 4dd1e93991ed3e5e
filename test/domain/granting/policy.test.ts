// Edits of IAM policies: our bindings added and removed, everybody else's unchanged.
import * as assert from 'uvu/assert'
import { Refused } from '../../../src/domain/outcome.ts'
import {
  type Binding,
  type BindingWanted,
  expressionOf,
  holdsUnconditionally,
  isTitled,
  memberOf,
  type Policy,
  refuseOtherAddress,
  stands,
  standsAsWanted,
  titleOf,
  withoutBindings,
} from '../../../src/domain/granting/policy.ts'
import { withBindings } from '../../../src/domain/granting/adding.ts'
import { suite, table } from '../../suite.ts'

const test = suite('policy edits')
const uid = '22222222-0000-4000-8000-000000000001'
const other = '33333333-0000-4000-8000-000000000002'
const wanted: BindingWanted = {
  uid,
  member: 'user:dana@example.com',
  role: 'roles/cloudsql.client',
  startsAt: new Date('2026-11-23T14:05:00Z'),
  expiresAt: new Date('2026-11-23T14:35:00Z'),
  description: 'hallpass/prod-db-7f3k2, asked by dana@example.com, approved by mo@example.com',
}
const now = new Date('2026-11-23T14:05:00Z')
const time = 'request.time >= timestamp("2026-11-23T14:05:00Z") && request.time < timestamp("2026-11-23T14:35:00Z")'
const ours: Binding = {
  role: wanted.role,
  members: [wanted.member],
  condition: { title: `hallpass ${uid}`, description: wanted.description, expression: time },
}
/** Our binding for another request, whose time is over. */
const expired: Binding = {
  role: wanted.role,
  members: ['user:otto@example.com'],
  condition: { title: titleOf(other), expression: time.replaceAll('2026-11-23', '2026-11-22') },
}
const foreign: Binding[] = [
  { role: wanted.role, members: ['user:dana@example.com', 'user:eve@example.com'], odd: { kept: true } },
  { role: 'roles/owner', members: ['user:boss@example.com'] },
  { role: wanted.role, members: ['user:dana@example.com'], condition: { title: 'theirs', expression: 'true' } },
]

test('the condition is the time, after the mapping’s own in parentheses', () => {
  assert.is(expressionOf(wanted), time)
  assert.is(expressionOf({ ...wanted, condition: 'a || b' }), `(a || b) && ${time}`)
})

test('our binding is added after everything else, at version 3, and nothing else changes', () => {
  const policy: Policy = { version: 1, etag: 'e', bindings: foreign, auditConfigs: [{ service: 'x' }], unknown: 1 }
  const before = structuredClone(policy)
  assert.equal(withBindings(policy, [wanted], now), { ...policy, version: 3, bindings: [...foreign, ours] })
  assert.equal(policy, before, 'the policy that was read is left alone')
})

test('adding twice equals adding once, and our stale binding is replaced', () => {
  const policy = withBindings({ etag: 'e' }, [wanted], now)
  assert.equal(withBindings(policy, [wanted], now), policy)
  const stale = { ...ours, condition: { title: titleOf(uid), expression: 'true' } }
  assert.equal(withBindings({ etag: 'e', bindings: [stale] }, [wanted], now).bindings, [ours])
})

table<{ binding: Binding; goes: boolean }>(
  test,
  {
    'our expired binding of this role is removed': { binding: expired, goes: true },
    'one of another role stays, expired or not': { binding: { ...expired, role: 'roles/other' }, goes: false },
    'one that still runs stays': {
      binding: { ...expired, condition: { title: titleOf(other), expression: time } },
      goes: false,
    },
    'one whose time ends in exactly this second is removed': {
      binding: {
        ...expired,
        condition: {
          title: titleOf(other),
          expression: time.replace('14:05:00', '13:00:00').replace('14:35:00', '14:05:00'),
        },
      },
      goes: true,
    },
    'another role of the same request and person stays': {
      binding: { ...ours, role: 'roles/logging.viewer' },
      goes: false,
    },
    'one with a condition of its mapping goes too': {
      binding: {
        ...expired,
        condition: { title: titleOf(other), expression: `(a || b) && ${expired.condition?.expression}` },
      },
      goes: true,
    },
    'one whose brackets are two stays, because it may hold on': {
      binding: {
        ...expired,
        condition: { title: titleOf(other), expression: `(a) || (b) && ${expired.condition?.expression}` },
      },
      goes: false,
    },
    'one with a second member stays': {
      binding: { ...expired, members: ['user:otto@example.com', 'user:eve@example.com'] },
      goes: false,
    },
    'one with a similar title stays': {
      binding: {
        ...expired,
        condition: { title: `hallpass ${other} `, expression: expired.condition?.expression ?? '' },
      },
      goes: false,
    },
    'one with our title and an expression that only ends like our own stays': {
      binding: {
        ...expired,
        condition: { title: titleOf(other), expression: `true || ${expired.condition?.expression}` },
      },
      goes: false,
    },
    'one with our title and another expression stays': {
      binding: {
        ...expired,
        condition: { title: titleOf(other), expression: 'request.time < timestamp("2020-01-01T00:00:00Z")' },
      },
      goes: false,
    },
  },
  ({ binding, goes }) => {
    const bindings = withBindings({ etag: 'e', bindings: [binding] }, [wanted], now).bindings ?? []
    assert.equal(bindings, goes ? [ours] : [binding, ours])
  },
)

test('our binding is removed, and nothing else', () => {
  const policy: Policy = { etag: 'e', bindings: [...foreign, ours, expired], unknown: 1 }
  assert.equal(withoutBindings(policy, [wanted]), { ...policy, version: 3, bindings: [...foreign, expired] })
  assert.equal(withoutBindings({ etag: 'e' }, [wanted]).bindings, [])
})

test('no edit without an etag', () => {
  for (const edit of [() => withBindings({}, [wanted], now), () => withoutBindings({ etag: '' }, [wanted])])
    assert.throws(edit, (error: unknown) => error instanceof Refused && error.refusal.reason === 'PolicyWithoutEtag')
})

table<{ bindings: Binding[]; stands: boolean; asWanted: boolean }>(
  test,
  {
    'our binding as it was written': { bindings: [ours], stands: true, asWanted: true },
    'Google writes addresses in lower case': {
      bindings: [{ ...ours, members: ['user:Dana@Example.com'] }],
      stands: true,
      asWanted: true,
    },
    'our binding with another time': {
      bindings: [{ ...ours, condition: { title: titleOf(uid), expression: 'true' } }],
      stands: true,
      asWanted: false,
    },
    'our binding twice': { bindings: [ours, ours], stands: true, asWanted: false },
    'our binding with another member does not count': {
      bindings: [{ ...ours, members: [wanted.member, 'user:eve@example.com'] }],
      stands: false,
      asWanted: false,
    },
    'another request’s': {
      bindings: [{ ...ours, condition: { title: titleOf(other), expression: time } }],
      stands: false,
      asWanted: false,
    },
    nothing: { bindings: [], stands: false, asWanted: false },
  },
  fact => {
    assert.is(stands({ bindings: fact.bindings }, wanted), fact.stands)
    assert.is(standsAsWanted({ bindings: fact.bindings }, wanted), fact.asWanted)
  },
)

const primary = 'user:dana.engineer@example.com'
const renamed: Binding = { ...ours, members: [primary] }
const withCondition = (condition: object): Binding => ({
  ...renamed,
  condition: { ...renamed.condition, expression: time, ...condition },
})

table<{ bindings: Binding[]; member?: string; left?: Binding[] }>(
  test,
  {
    'our binding under the primary address of the written one counts': {
      bindings: [renamed],
      member: primary,
      left: [],
    },
    'in addition to our own it is somebody else’s': {
      bindings: [renamed, ours],
      member: wanted.member,
      left: [renamed],
    },
    'so it is with two of them': { bindings: [renamed, { ...renamed, members: ['user:eve@example.com'] }] },
    'and with two members': { bindings: [{ ...renamed, members: [primary, 'user:eve@example.com'] }] },
    'another description does not count': { bindings: [withCondition({ description: 'by hand' })] },
    'another expression does not count': { bindings: [withCondition({ expression: 'true' })] },
    'another request’s does not count': { bindings: [withCondition({ title: titleOf(other) })] },
    'another role does not count': { bindings: [{ ...renamed, role: 'roles/logging.viewer' }] },
    'one without members is nobody’s': { bindings: [{ ...renamed, members: [] }] },
  },
  ({ bindings, member, left = bindings }) => {
    const policy = { etag: 'e', bindings: [...foreign, ...bindings] }
    assert.is(memberOf(policy, wanted), member)
    assert.is(stands(policy, wanted), member !== undefined)
    assert.is(standsAsWanted(policy, wanted), member === wanted.member)
    const found = { ...wanted, member: memberOf(policy, wanted) ?? wanted.member }
    assert.equal(withoutBindings(policy, [found]).bindings, [...foreign, ...left])
  },
)

test('a binding with our title in this role is seen, with any member', () => {
  const titled = (binding: Binding): boolean => isTitled({ bindings: [binding] }, wanted)
  assert.ok(
    titled({
      ...ours,
      members: ['user:eve@example.com', primary],
      condition: { title: titleOf(uid), expression: 'x' },
    }),
  )
  assert.not(titled({ ...ours, role: 'roles/logging.viewer' }))
  assert.not(titled(expired))
})

table<{ primary: string; people?: string[][]; reason: string; message: RegExp }>(
  test,
  {
    'an alias is refused with the address to ask with': {
      primary: 'user:dana@private.example',
      reason: 'AddressNotPrimary',
      message: /^Google knows "dana@example.com" as "dana@private.example",.*correct the address in Slack\.$/,
    },
    'the approver’s own address is a self-approval': {
      primary: 'user:Mo@example.com',
      reason: 'SelfApproval',
      message: /^Google knows "dana@example.com" as "Mo@example.com", who approved it:.*somebody else is asked\.$/,
    },
    'so is an address that the table of people gives to the approver': {
      primary: 'user:dana@private.example',
      people: [['mo@example.com', 'dana@private.example']],
      reason: 'SelfApproval',
      message: /"dana@private.example"/,
    },
    'what is no user is named whole': {
      primary: 'serviceAccount:x@y.example',
      reason: 'AddressNotPrimary',
      message: /as "serviceAccount:x@y.example"/,
    },
  },
  ({ primary: known, people = [], reason, message }) => {
    const facts = { approvers: [{ email: 'mo@example.com', googleSubject: '1' }], people }
    const no = refuseOtherAddress({ written: wanted.member, primary: known, ...facts })
    assert.is(no.reason, reason)
    assert.match(no.message, message)
  },
)

test('a role held without condition is seen; one with a condition is not one', () => {
  const [group] = foreign
  const held = (bindings: Binding[]): boolean =>
    holdsUnconditionally({ bindings }, wanted.role, 'user:DANA@example.com')
  assert.ok(group && held([group]))
  assert.not(held(foreign.slice(1)))
  assert.not(holdsUnconditionally({}, wanted.role, wanted.member))
})

test.run()
