// Addresses that Google knows under another name: a write that names an alias is answered with the primary address. What was
// written is found anyway and taken out again, wherever the process dies, or it is said that it may hold.
import * as assert from 'uvu/assert'
import type { Binding, Policy } from '../../src/domain/granting/policy.ts'
import type { WriteFault } from '../fakes/policies.ts'
import { renderNews } from '../../src/slack/messages/news.ts'
import { suite, table } from '../suite.ts'
import { type Hook, moToken, type Operator, operator, prodEu } from './fakes.ts'

const test = suite('an address that is not the primary one')
const [alias, primary] = ['dana@alias.example', 'dana@example.com']

type Story = { email?: string; seconds?: number; people?: string[][]; spec?: object; known?: [string, string][] }

/** A request by somebody whom Google knows under another address, which Mo has just approved. */
async function approved({ email = alias, seconds, people = [], spec, known = [] }: Story = {}): Promise<Operator> {
  const op = operator({ spec: { requesters: { domains: ['example.com', 'alias.example'] }, ...spec } })
  op.outside.people.push(...people)
  op.outside.hostedDomains.push('alias.example')
  for (const [other, name] of [[alias, primary], ['mo@alias.example', 'mo@example.com'], ...known] as const)
    op.policies.primary.set(`user:${other}`, `user:${name}`)
  await op.ask({ email, ...(seconds && { seconds }) })
  await op.look()
  await op.approve()
  return op
}

async function look(op: Operator, times = 1): Promise<void> {
  for (let i = 0; i < times; i++) await op.look().catch(() => undefined)
}

const states = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.grants?.map(({ state }) => state) ?? []
const told = (op: Operator): string[] => op.chat.told.map(({ news }) => news)

/** The access is gone, and everybody reads why. */
async function refused(op: Operator, where: string, reason = 'AddressNotPrimary'): Promise<void> {
  const no = await op.condition('Provisioned')
  assert.is(await op.phase(), 'Failed', `${where}: phase`)
  assert.equal(op.ours(), [], `${where}: nothing is left`)
  assert.is(no?.reason, reason, `${where}: reason`)
  assert.match(
    no?.message ?? '',
    /^Cannot grant "roles\/cloudsql.client" and "roles\/logging.viewer" on "projects\/prod-eu": Google knows "/,
    where,
  )
  const { view } = op.chat.posted[0] ?? {}
  assert.is(view?.why, no?.message, `${where}: the message says it`)
  if (view) assert.ok(renderNews(view, 'failed').text.includes(no?.message ?? '-'), `${where}: the news too`)
  assert.is((await states(op))[0], 'Removed', `${where}: it had been granted`)
  assert.ok(op.log().includes('GrantUndone'), where)
  assert.is(op.log().at(-1), 'Failed', where)
  assert.is(op.sealedTokens.stored.size, 0, `${where}: the sign-in is forgotten`)
}

/** It may hold, and everybody reads so. */
async function doubted(op: Operator, where: string, why: RegExp): Promise<void> {
  assert.is(await op.phase(), 'Provisioned', `${where}: phase`)
  assert.is((await states(op))[0], 'Unknown', where)
  assert.match((await op.condition('Complete'))?.message ?? '', why, where)
  assert.equal(told(op), ['inDoubt'], where)
  assert.ok(!op.log().includes('Failed'), where)
}

/** The process dies at the nth write, or right after its answer. */
function dyingAt(nth: number, moment: 'before' | 'after'): Hook {
  let writes = 0
  let isDead = false
  return (call, when) => {
    if (isDead) throw new Error('this process is dead')
    if (call === 'policies.write' && when === 'before') writes += 1
    if (call !== 'policies.write' || when !== moment || writes !== nth) return
    isDead = true
    throw new Error('the process died')
  }
}

/** The written entry is under the primary address, and nobody has seen the answer. */
async function killedAfterTheWrite(story?: Story): Promise<Operator> {
  const op = await approved(story)
  await op
    .start(dyingAt(1, 'after'))
    .reconcile(op.ref)
    .catch(() => undefined)
  assert.equal(
    op.ours().map(({ members }) => members),
    Array(2).fill([op.policies.primary.get(`user:${story?.email ?? alias}`)]),
  )
  assert.is((await states(op))[0], 'Writing')
  return op
}

table<Story & { reason?: string; says: RegExp }>(
  test,
  {
    'an alias is taken out again, and both addresses are named': { says: /"dana@alias.example" as "dana@example.com"/ },
    'so is a work address of a private account': {
      email: 'john@example.com',
      known: [['john@example.com', 'john.doe@gmail.com']],
      says: /"john@example.com" as "john.doe@gmail.com"/,
    },
    'the approver’s own alias is a self-approval': {
      email: 'mo@alias.example',
      reason: 'SelfApproval',
      says: /"mo@alias.example" as "mo@example.com", who approved it/,
    },
    'and also what the people table gives to the approver': {
      people: [['mo@example.com', primary]],
      reason: 'SelfApproval',
      says: /who approved it/,
    },
  },
  async ({ reason, says, ...story }) => {
    const op = await approved(story)
    await look(op)
    await refused(op, 'at once', reason)
    assert.match((await op.condition('Provisioned'))?.message ?? '', says)
    assert.is(op.policies.written.length, 2, 'written once, taken out once')
    assert.equal(told(op), ['failed'])
  },
)

for (const moment of ['before', 'after'] as const)
  test(`a process that dies ${moment} any call leads to the same end`, async () => {
    for (let k = 1; ; k++) {
      const op = await approved()
      const calls = new Map<object, number>()
      let isDead = false
      const fuse: Hook = (_call, when, which) => {
        if (isDead) throw new Error('this process is dead')
        if (when === 'before') calls.set(which, calls.size + 1)
        if (calls.get(which) !== k || when !== moment) return
        isDead = true
        throw new Error('the process died')
      }
      await op
        .start(fuse)
        .reconcile(op.ref)
        .catch(() => undefined)
      await look(op)
      await refused(op, `${moment} call ${k}`)
      assert.ok(op.policies.written.length <= 4, `${op.policies.written.length} writes`)
      if (isDead) continue
      assert.ok(k > 10, `${k} calls are a whole look`)
      return
    }
  })

table<{ nth: number; faults: WriteFault[]; looks?: number }>(
  test,
  {
    'the answer to the write is lost': { nth: 1, faults: ['lostAfter'] },
    'the write itself is lost': { nth: 1, faults: ['lostBefore'] },
    'the write conflicts': { nth: 1, faults: ['conflict'] },
    'the taking out conflicts': { nth: 2, faults: ['conflict', 'conflict'] },
    'the answer to the taking out is lost': { nth: 2, faults: ['lostAfter'] },
    'the taking out itself is lost': { nth: 2, faults: ['lostBefore', 'lostBefore'] },
    'Google cannot take the taking out': { nth: 2, faults: ['unavailable', 'unavailable'], looks: 3 },
  },
  async ({ nth, faults, looks = 1 }) => {
    const op = await approved()
    let writes = 0
    const faulty = op.start((call, moment) => {
      if (call === 'policies.write' && moment === 'before' && ++writes === nth) op.policies.faults = [...faults]
    })
    for (let i = 0; i < looks; i++) await faulty.reconcile(op.ref).catch(() => undefined)
    await refused(op, 'in the end')
    assert.is(op.policies.written.length, 2)
  },
)

test('somebody else’s write between the two changes nothing', async () => {
  const op = await approved()
  const theirs: Binding = { role: 'roles/editor', members: ['user:eve@example.com'] }
  let writes = 0
  const racing = op.start((call, moment) => {
    if (call !== 'policies.write' || moment !== 'before' || ++writes !== 2) return
    op.policies.seed(prodEu, [moToken], { bindings: [theirs, ...(op.policies.policy(prodEu).bindings ?? [])] })
  })
  await racing.reconcile(op.ref)
  await refused(op, 'after the race')
  assert.equal(op.policies.policy(prodEu).bindings, [theirs])
})

test('when somebody else takes it out first, it is not written again', async () => {
  const op = await approved()
  let writes = 0
  const racing = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before' && ++writes === 2) op.policies.seed(prodEu, [moToken])
  })
  await racing.reconcile(op.ref)
  await refused(op, 'after the race')
  assert.is(op.policies.written.length, 1)
})

test('a mapping that is edited while it is written has it taken out, and Removed is true', async () => {
  const op = await killedAfterTheWrite()
  for (const { spec } of op.mappings.stored) spec.approval = { ...spec.approval, window: '31m' }
  await look(op)
  assert.is(await op.phase(), 'Failed')
  assert.equal(await states(op), ['Removed', 'Removed'])
  assert.equal(op.ours(), [])
  assert.match((await op.condition('Provisioned'))?.message ?? '', /approval rules.*have changed/)
})

test('a mapping that is edited between two attempts of one look does not hide it', async () => {
  const op = await approved()
  op.policies.faults = ['lostAfter']
  let reads = 0
  const changing = op.start((call, moment) => {
    if (call !== 'policies.read' || moment !== 'after' || ++reads !== 2) return
    for (const { spec } of op.mappings.stored) spec.grants = [{ resource: prodEu, role: 'roles/other' }]
  })
  await changing.reconcile(op.ref)
  await refused(op, 'after the edit')
})

test('a sign-in that ends between two rounds leaves it in doubt, said aloud', async () => {
  const op = await killedAfterTheWrite({ seconds: 4 * 3600 })
  op.clock.forward(3601)
  await look(op)
  await doubted(op, 'too late to look', /may hold part of "prod-db" on "projects\/prod-eu"/)
  assert.is(op.ours().length, 2)
})

test('a sign-in that ends within a look does not keep it from being taken out', async () => {
  const op = await approved({ seconds: 4 * 3600 })
  const slow = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'after') op.clock.forward(3600)
  })
  await slow.reconcile(op.ref)
  await refused(op, 'at the end of the sign-in')
})

test('what has expired between two rounds is taken out anyway', async () => {
  const op = await killedAfterTheWrite()
  op.clock.forward(1801)
  await look(op)
  assert.equal(op.ours(), [])
  await refused(op, 'after the expiry')
})

const one = [{ resource: prodEu, role: 'roles/cloudsql.client' }]
table<{ spec?: object; states: string[]; why: RegExp }>(
  test,
  {
    'what cannot be taken out is said to hold, and why': {
      spec: { grants: one },
      states: ['Unknown'],
      why: /Google knows "dana@alias.example" as "dana@example.com", and it could not be removed again: You may not/,
    },
    'and nothing more is begun for that address': {
      spec: { grants: [...one, { resource: 'projects/prod-us', role: 'roles/cloudsql.client' }] },
      states: ['Unknown', 'Refused'],
      why: /Google knows "dana@alias.example" as "dana@example.com"/,
    },
  },
  async ({ spec, states: ended, why }) => {
    const op = await approved({ ...(spec && { spec }) })
    const losing = op.start((call, moment) => {
      if (call === 'policies.write' && moment === 'after') op.policies.admins.set(prodEu, new Set())
    })
    await losing.reconcile(op.ref)
    await doubted(op, 'no right any more', why)
    assert.equal(await states(op), ended)
    assert.is(op.policies.written.length, 1)
  },
)

test('undoing finds an entry that got another name after it was written', async () => {
  const grants = [prodEu, 'projects/prod-us'].map(resource => ({ resource, role: 'roles/cloudsql.client' }))
  const op = await approved({ email: 'otto@example.com', spec: { grants } })
  op.policies.admins.set('projects/prod-us', new Set())
  let reads = 0
  const renaming = op.start((call, moment) => {
    if (call !== 'policies.read' || moment !== 'before' || ++reads !== 3) return
    const bindings = op.ours().map(binding => ({ ...binding, members: ['user:otto.other@example.com'] }))
    op.policies.seed(prodEu, [moToken], { bindings })
  })
  await renaming.reconcile(op.ref)
  assert.equal(await states(op), ['Removed', 'Refused'])
  assert.equal(op.ours(), [])
})

/** Google takes every write, and keeps something else. */
function keeping(op: Operator, change: (policy: Policy) => Policy): () => number {
  const write = op.policies.write.bind(op.policies)
  let writes = 0
  op.policies.write = async (resource, policy, ...more) => {
    writes += 1
    return write(resource, change(policy), ...more)
  }
  return () => writes
}

const eve = 'user:eve@example.com'
const odd: Record<string, { change: (binding: Binding) => Binding[]; most: number }> = {
  // Another write could make a second binding.
  'with somebody else in it': {
    change: binding => [{ ...binding, members: [...(binding.members ?? []), eve] }],
    most: 1,
  },
  'under another expression': {
    change: binding => [{ ...binding, members: [eve], condition: { ...binding.condition, expression: 'true' } }],
    most: 1,
  },
  'not at all': { change: () => [], most: 3 },
}
for (const [how, { change, most }] of Object.entries(odd)) {
  const bend = (policy: Policy): Policy => ({
    ...policy,
    bindings: (policy.bindings ?? []).flatMap(one =>
      one.condition?.title?.startsWith('hallpass ') ? change(one) : [one],
    ),
  })

  test(`what Google takes and shows ${how} is in doubt after ${most === 1 ? 'one write' : `${most} writes`}`, async () => {
    const op = await approved({ email: primary })
    const writes = keeping(op, bend)
    await look(op)
    await doubted(op, how, /The IAM policy of "projects\/prod-eu" shows something else than what was written there/)
    assert.is(writes(), most)
  })

  test(`what Google took and showed ${how} is not said to be refused when the mapping changes meanwhile`, async () => {
    const op = await approved({ email: primary })
    keeping(op, bend)
    let writes = 0
    const changing = op.start((call, moment) => {
      if (call !== 'policies.write' || moment !== 'after' || ++writes !== 1) return
      for (const { spec } of op.mappings.stored) spec.grants = [{ resource: prodEu, role: 'roles/other' }]
    })
    await changing.reconcile(op.ref)
    await doubted(op, how, /may hold/)
  })
}

test('what a dead process wrote, and Google shows with somebody else in it, is not said to be removed', async () => {
  const op = await approved({ email: primary })
  keeping(op, ({ bindings = [], ...policy }) => ({
    ...policy,
    bindings: bindings.map(one => ({ ...one, members: [...(one.members ?? []), eve] })),
  }))
  await op
    .start(dyingAt(1, 'after'))
    .reconcile(op.ref)
    .catch(() => undefined)
  op.mappings.stored = []
  await look(op)
  await doubted(op, 'with somebody else in it', /no longer exists/)
})

test('somebody else’s entry under our title stays, byte for byte', async () => {
  const grants = [prodEu, 'projects/prod-us'].map(resource => ({ resource, role: 'roles/cloudsql.client' }))
  const op = await approved({ email: primary, spec: { grants } })
  op.policies.admins.set('projects/prod-us', new Set())
  let copy: Binding | undefined
  const copying = op.start((call, moment) => {
    if (call !== 'policies.read' || moment !== 'after' || op.policies.written.length !== 1 || copy) return
    const [ours] = op.ours()
    if (!ours) return
    copy = { ...ours, members: [eve], odd: 1 }
    op.policies.seed(prodEu, [moToken], { bindings: [copy, ours] })
  })
  await copying.reconcile(op.ref)
  assert.equal(await states(op), ['Removed', 'Refused'])
  assert.ok(copy)
  assert.equal(op.policies.policy(prodEu).bindings, [copy])
})

test.run()
