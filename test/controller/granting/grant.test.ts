// Writing access when Google conflicts, loses answers, refuses or dies: the policy afterwards, and the messages.
import * as assert from 'uvu/assert'
import { readDetailsOfGrant } from '../../../src/domain/audit/audit.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import type { Binding } from '../../../src/domain/granting/policy.ts'
import type { WriteFault } from '../../fakes/policies.ts'
import { suite, table } from '../../suite.ts'
import { type Hook, moToken, type Operator, operator, prodEu } from '../fakes.ts'

const test = suite('the controller grants')

const twoProjects = {
  spec: {
    grants: [
      { resource: prodEu, role: 'roles/cloudsql.client' },
      { resource: 'projects/prod-us', role: 'roles/cloudsql.client' },
    ],
  },
}

/** A request that Mo has just approved. */
async function approved(spec: Parameters<typeof operator>[0] = {}): Promise<Operator> {
  const op = operator(spec)
  await op.ask()
  await op.look()
  await op.approve()
  return op
}

/** Looks again at once, as the queue does after something Broken. */
async function look(op: Operator, times = 3): Promise<void> {
  for (let i = 0; i < times; i++) await op.look().catch(() => undefined)
}

const states = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.grants?.map(({ state }) => state) ?? []

table<WriteFault[]>(
  test,
  {
    'a conflict means the whole read-modify-write again': ['conflict', 'conflict'],
    'a write whose answer is lost after it took effect is read back, not repeated': ['lostAfter'],
    'a write that was lost before it took effect is written again': ['lostBefore'],
    'a write that Google could not take is tried again': ['unavailable'],
    'all of them together': ['conflict', 'lostBefore', 'unavailable', 'lostAfter', 'conflict'],
  },
  async faults => {
    const op = await approved()
    op.policies.faults = [...faults]
    await look(op)
    assert.is(await op.phase(), 'Provisioned')
    assert.is(op.ours().length, 2)
    assert.is(op.policies.written.length, 1, 'both bindings took effect once, in one write')
    assert.is(op.log().at(-1), 'Granted')
  },
)

test('a Google that is silent for long is left alone for now, so that others are served', async () => {
  const op = await approved()
  let reads = 0
  op.policies.read = async () => {
    reads += 1
    op.clock.forward(10)
    throw new Broken('Google did not answer.', { answered: false })
  }
  await op.look().catch(() => undefined)
  // The first read begins during the proof, before the edit and its thirty seconds.
  assert.is(reads, 4)
  assert.is(await op.phase(), 'Approved')
})

test('when the time for a look is over, a change of a policy is not tried again', async () => {
  const op = await approved()
  const over = new AbortController()
  const read = op.policies.read.bind(op.policies)
  let reads = 0
  op.policies.read = async (...args) => {
    reads += 1
    over.abort()
    return read(...args)
  }
  op.policies.faults = ['conflict', 'conflict']
  await op.look(over.signal).catch(() => undefined)
  assert.is(reads, 1)
  assert.is(op.policies.written.length, 0)
  await look(op)
  assert.is(await op.phase(), 'Provisioned')
})

test('when the time for a look is over, nothing more is begun', async () => {
  const op = operator()
  await op.ask()
  const over = new AbortController()
  over.abort()
  await op.look(over.signal).then(
    () => assert.unreachable('it must be looked at again'),
    (error: unknown) => assert.instance(error, Broken),
  )
  assert.is(op.chat.posted.length, 0)
})

test('other people’s entries come back byte for byte', async () => {
  const op = operator()
  const foreign: Binding[] = [
    { role: 'roles/owner', members: ['user:boss@example.com'] },
    { role: 'roles/viewer', members: ['group:all@example.com'], condition: { title: 'x', expression: 'true' }, odd: 1 },
  ]
  const rest = { auditConfigs: [{ service: 'allServices' }], unknownField: { a: [1] } }
  op.policies.seed(prodEu, [moToken], { bindings: foreign, ...rest })
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  const { bindings = [], auditConfigs, unknownField } = op.policies.policy(prodEu)
  assert.equal(bindings.slice(0, 2), foreign)
  assert.equal({ auditConfigs, unknownField }, rest)
})

test('a conflict lets somebody else’s binding live', async () => {
  const op = await approved()
  const theirs: Binding = { role: 'roles/editor', members: ['user:eve@example.com'] }
  const racing = op.start((call, moment) => {
    if (call !== 'policies.read' || moment !== 'after' || op.policies.written.length > 0) return
    if (!op.policies.policy(prodEu).bindings?.length) op.policies.seed(prodEu, [moToken], { bindings: [theirs] })
  })
  await racing.reconcile(op.ref)
  assert.equal(op.policies.policy(prodEu).bindings?.[0], theirs)
  assert.is(op.ours().length, 2)
})

test('a role that the person holds anyway is noted', async () => {
  const op = operator()
  const bindings = [{ role: 'roles/cloudsql.client', members: ['user:dana@example.com'] }]
  op.policies.seed(prodEu, [moToken], { bindings })
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  assert.match((await op.condition('Provisioned'))?.message ?? '', /already holds the role without a time limit/)
})

test('a refusal at the first grant fails the request with Google’s reason', async () => {
  const op = await approved()
  op.policies.faults = ['refused']
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.is((await op.condition('Provisioned'))?.reason, 'AccessDenied')
  assert.match(
    (await op.condition('Provisioned'))?.message ?? '',
    /^Cannot grant "roles\/cloudsql.client" and "roles\/logging.viewer" on "projects\/prod-eu": Google refused/,
  )
  assert.equal(op.ours(), [])
  assert.is(op.sealedTokens.stored.size, 0)
  assert.match(op.chat.posted[0]?.view.why ?? '', /^Cannot grant/)
})

test('a refusal that somebody else’s change in between may have caused is asked again', async () => {
  const op = await approved()
  let writes = 0
  const racing = op.start((call, moment) => {
    if (call !== 'policies.write' || moment !== 'before' || ++writes > 1) return
    // An approver limited to some roles is refused for the role that was added since the policy was read.
    op.policies.seed(prodEu, [moToken], { bindings: [{ role: 'roles/editor', members: ['user:eve@example.com'] }] })
    op.policies.faults = ['refused']
  })
  await racing.reconcile(op.ref)
  assert.is(await op.phase(), 'Provisioned')
  assert.equal([writes, op.ours().length], [2, 2])
})

test('a refusal of an unchanged policy is asked for once', async () => {
  const op = await approved()
  let writes = 0
  op.policies.faults = ['refused']
  const counting = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before') writes++
  })
  await counting.reconcile(op.ref)
  assert.is(await op.phase(), 'Failed')
  assert.is(writes, 1)
})

test('a refusal at a later grant removes the earlier ones with the same token', async () => {
  const op = await approved(twoProjects)
  op.policies.admins.set('projects/prod-us', new Set())
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(await states(op), ['Removed', 'Refused'])
  assert.is((await op.condition('Provisioned'))?.reason, 'AccessDenied', 'the reason is kept while the rest is undone')
  assert.equal(op.ours(), [])
  assert.is(op.policies.written.length, 2, 'written once, removed once')
  assert.ok(op.log().includes('GrantUndone'))
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['failed'],
  )
})

test('what was written and cannot be removed again is said to be in doubt, and held', async () => {
  const op = await approved(twoProjects)
  op.policies.admins.set('projects/prod-us', new Set())
  const losing = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'after') op.policies.admins.set(prodEu, new Set())
  })
  await losing.reconcile(op.ref)
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Unknown', 'Refused'])
  assert.is((await op.condition('Complete'))?.status, 'False')
  assert.match(
    (await op.condition('Complete'))?.message ?? '',
    /may hold part of "prod-db" on "projects\/prod-eu" until it expires/,
  )
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['inDoubt'],
  )
  const event = op.auditLog.entries().find(({ payload }) => payload['event'] === 'GrantInDoubt')
  const facts = readDetailsOfGrant(event?.payload['details'] as Record<string, string>)
  assert.is(facts?.grants[0]?.state, 'Unknown')
})

test('a token that dies while a write is in doubt leaves Unknown, never Failed', async () => {
  const op = await approved()
  op.policies.faults = ['lostAfter']
  const dying = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before') op.policies.admins.set(prodEu, new Set())
  })
  // The write itself still passes: the fake asks for admission after its faults.
  op.policies.faults = ['lostBefore']
  await dying.reconcile(op.ref).catch(() => undefined)
  assert.is(await op.phase(), 'Provisioned')
  assert.is((await states(op))[0], 'Unknown')
  assert.is(op.chat.posted[0]?.view.state, 'inDoubt')
})

test('a process that died in the middle of a write leaves Unknown when nobody can look any more', async () => {
  const op = await approved()
  const dying = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'after') throw new Error('the process died')
  })
  await dying.reconcile(op.ref).catch(() => undefined)
  assert.is(op.ours().length, 2)
  op.policies.admins.set(prodEu, new Set())
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.equal(await states(op), ['Unknown', 'Unknown'])
})

test('Google down for longer than the token lives ends in doubt, because the first write was begun', async () => {
  const op = await approved()
  op.policies.faults = Array<WriteFault>(500).fill('lostBefore')
  await look(op, 2)
  assert.is(await op.phase(), 'Approved')
  op.clock.forward(3600)
  await op.look()
  assert.is(await op.phase(), 'Expired', 'in doubt, and over')
  assert.ok(op.log().includes('GrantInDoubt'))
})

table<(op: Operator) => void>(
  test,
  {
    'Google silent until the time is over ends in doubt then, and not only when the sign-in ends': () => undefined,
    'KMS silent too, so that nobody can prove the approval any more': op => (op.tokenSeal.isDown = true),
  },
  async andAlso => {
    const op = await approved()
    op.policies.isDown = true
    await look(op, 1)
    andAlso(op)
    op.clock.forward(1801)
    await op.look()
    assert.is(await op.phase(), 'Expired')
    assert.equal(await states(op), ['Unknown', 'Unknown'])
    assert.ok(op.log().includes('GrantInDoubt'))
    assert.is((await op.now()).status?.settled, true)
  },
)

test('Google down from before the first read ends in doubt too: the intent was stored', async () => {
  const op = await approved()
  op.policies.isDown = true
  await look(op)
  assert.equal(await states(op), ['Writing', 'Writing'])
  op.policies.isDown = false
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.ours().length, 2)
})

test('an approval that was not used in time fails, and asks to be asked again', async () => {
  const op = await approved()
  op.clock.forward(3601)
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.match((await op.condition('Approved'))?.message ?? '', /too old.*ask again/)
  assert.equal(op.policies.written, [])
})

test('times are promised once: a retry after minutes writes the first promise', async () => {
  const op = await approved()
  op.policies.isDown = true
  await look(op, 1)
  op.clock.forward(300)
  op.policies.isDown = false
  await op.look()
  assert.match(op.ours()[0]?.condition?.expression ?? '', /T14:02:00Z.*T14:32:00Z/)
})

test('time that is over before it could be written is not written', async () => {
  const op = await approved()
  op.policies.isDown = true
  await look(op, 1)
  op.clock.forward(1801)
  op.policies.isDown = false
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(op.policies.written, [])
})

test('nothing is written once the sign-in has ended, not even in the middle of an attempt', async () => {
  const op = operator()
  await op.ask({ seconds: 4 * 3600 })
  await op.look()
  await op.approve()
  const slow = op.start((call, moment) => {
    if (call === 'policies.read' && moment === 'after') op.clock.forward(3600)
  })
  await slow.reconcile(op.ref)
  assert.is(await op.phase(), 'Failed')
  assert.equal(op.policies.written, [])
})

test('if Google’s clock is ahead, access does not begin before the sign-in', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.clock.forward(30)
  await op.approve()
  op.clock.forward(-30)
  await op.look()
  assert.match(op.ours()[0]?.condition?.expression ?? '', />= timestamp\("2026-11-23T14:02:30Z"\)/)
})

table<(op: Operator) => Hook>(
  test,
  {
    'a mapping that changes before the approval is checked grants nothing': op => (call, moment) => {
      if (call === 'liveMappings.read' && moment === 'before') takeAway(op)
    },
    'a mapping that changes while Slack is slow to say who asked grants nothing': op => (call, moment) => {
      if (call !== 'directory.fresh.byId' || moment !== 'after') return
      takeAway(op)
      op.clock.forward(3)
    },
    'a mapping that changes while Google is slow to show the policy grants nothing': op => (call, moment) => {
      if (call !== 'policies.read' || moment !== 'after') return
      takeAway(op)
      op.clock.forward(1.5)
    },
    'a mapping that changes after a write conflicted grants nothing': op => {
      op.policies.faults = ['conflict']
      return (call, moment) => {
        if (call === 'policies.write' && moment === 'after') takeAway(op)
      }
    },
    'a mapping that changes after the process died grants nothing': op => {
      let isDead = false
      return (call, moment) => {
        isDead ||= call === 'policies.write' && moment === 'before'
        if (!isDead) return
        takeAway(op)
        throw new Error('the process died')
      }
    },
  },
  async hookOf => {
    const op = await approved()
    await op
      .start(hookOf(op))
      .reconcile(op.ref)
      .catch(() => undefined)
    await op.look()
    assert.is(await op.phase(), 'Failed')
    const no = (await op.condition('Provisioned')) ?? (await op.condition('Approved'))
    assert.match(no?.message ?? '', /no longer offers "roles\/cloudsql.client"/)
    assert.is(no?.reason, 'MappingChanged')
    assert.equal(op.ours(), [])
    op.policies.land()
    assert.equal(op.ours(), [])
  },
)

/** Somebody takes the role out of the mapping. */
function takeAway({ mappings: { stored } }: Operator): void {
  for (const one of stored) one.spec = { ...one.spec, grants: [{ resource: prodEu, role: 'roles/other' }] }
}

/** Somebody takes the role out of the mapping, once a read of the policy has been answered for the nth time. */
function changingAtRead(op: Operator, nth: number, andAlso?: () => void): ReturnType<Operator['start']> {
  let reads = 0
  return op.start((call, moment) => {
    const [stored] = op.mappings.stored
    if (call !== 'policies.read' || moment !== 'after' || !stored || ++reads < nth) return
    stored.spec = { ...stored.spec, grants: [{ resource: prodEu, role: 'roles/other' }] }
    andAlso?.()
  })
}

test('a write that is still under way when the request fails can no longer take effect', async () => {
  const op = await approved()
  op.policies.faults = ['late']
  await changingAtRead(op, 2).reconcile(op.ref)
  assert.is(await op.phase(), 'Failed')
  op.policies.land()
  assert.equal(op.ours(), [])
})

test('a write that is still under way and cannot be overtaken may hold', async () => {
  const op = await approved()
  op.policies.faults = ['late']
  await changingAtRead(op, 2, () => op.policies.admins.set(prodEu, new Set())).reconcile(op.ref)
  assert.is(await op.phase(), 'Provisioned')
  assert.is((await states(op))[0], 'Unknown')
  op.policies.land()
  assert.is(op.ours().length, 2, 'it took effect after all')
})

test('somebody else’s write voids the one that is under way', async () => {
  const op = await approved()
  op.policies.faults = ['late']
  const [stored] = op.mappings.stored
  let writes = 0
  const racing = op.start((call, moment) => {
    if (call !== 'policies.read' || moment !== 'before' || op.policies.faults.length > 0 || !stored) return
    op.policies.seed(prodEu, [moToken], { bindings: [{ role: 'roles/editor', members: ['user:eve@example.com'] }] })
    stored.spec = { ...stored.spec, grants: [{ resource: prodEu, role: 'roles/other' }] }
    writes = op.policies.written.length
  })
  await racing.reconcile(op.ref)
  assert.is(await op.phase(), 'Failed')
  assert.is(op.policies.written.length, writes, 'there is nothing to overtake')
  op.policies.land()
  assert.equal(op.ours(), [])
})

test('what a dead process may have under way is overtaken before it is said to be undone', async () => {
  const op = await approved(twoProjects)
  op.policies.faults = ['late']
  const dying = op.start((call, moment) => {
    if (call === 'policies.read' && moment === 'before' && op.policies.faults.length === 0)
      throw new Error('the process died')
  })
  await dying.reconcile(op.ref).catch(() => undefined)
  assert.equal(await states(op), ['Writing', 'Pending'])
  op.mappings.stored = []
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(await states(op), ['Removed', 'Refused'])
  op.policies.land()
  assert.equal(op.ours(), [])
})

test('a mapping that is gone in the middle of a grant takes what was written with it', async () => {
  const op = await approved(twoProjects)
  const dying = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before' && op.policies.written.length === 1)
      throw new Error('the process died')
  })
  await dying.reconcile(op.ref).catch(() => undefined)
  assert.equal(await states(op), ['Written', 'Writing'])
  op.mappings.stored = []
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(await states(op), ['Removed', 'Removed'])
  assert.match((await op.condition('Provisioned'))?.message ?? '', /no longer exists/)
  assert.equal([...op.ours(), ...op.ours('projects/prod-us')], [])
  assert.ok(op.log().includes('GrantUndone'))
})

test('undoing goes on where a dead process left it, whatever has changed back', async () => {
  const op = await approved(twoProjects)
  const stored = op.mappings.stored
  const changing = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'after' && op.policies.written.length === 2) op.mappings.stored = []
    if (call === 'requests.patchStatus' && moment === 'before' && op.mappings.stored.length === 0)
      throw new Error('the process died')
  })
  await changing.reconcile(op.ref).catch(() => undefined)
  const undoing = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before' && op.policies.written.length === 3)
      throw new Error('the process died')
  })
  await undoing.reconcile(op.ref).catch(() => undefined)
  assert.equal(await states(op), ['Removed', 'Writing'])
  op.mappings.stored = stored
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal([...op.ours(), ...op.ours('projects/prod-us')], [])
})

test('a mapping that was narrowed while the watch is silent grants nothing', async () => {
  const op = await approved()
  const [stored] = op.mappings.stored
  if (!stored) throw new Error('no mapping')
  const narrowed = { ...stored, spec: { ...stored.spec, grants: [{ resource: prodEu, role: 'roles/other' }] } }
  op.liveMappings.read = async () => narrowed
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.match((await op.condition('Approved'))?.message ?? '', /can no longer be granted/)
  assert.equal(op.policies.written, [])
})

test('a mapping that goes in the middle of a grant while the watch is silent takes what was written with it', async () => {
  const op = await approved(twoProjects)
  const { read } = op.liveMappings
  op.liveMappings.read = async ref => (op.policies.written.length === 0 ? read(ref) : undefined)
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.equal(await states(op), ['Removed', 'Refused'])
  assert.equal([...op.ours(), ...op.ours('projects/prod-us')], [])
})

test('a mapping that the watch has not told of yet is no reason to refuse', async () => {
  const op = await approved()
  const [stored] = op.mappings.stored
  op.liveMappings.read = async () => stored
  op.mappings.stored = []
  await look(op)
  assert.is(await op.phase(), 'Provisioned')
})

for (const written of [0, 1])
  test(`an API server that does not show the mapping after ${written} grants ends nothing`, async () => {
    const op = await approved(twoProjects)
    const { read } = op.liveMappings
    op.liveMappings.read = async ref => {
      if (op.policies.written.length === written) throw new Refused('NotPermitted', 'You may not read this mapping.')
      return read(ref)
    }
    await look(op)
    assert.is(await op.phase(), written === 0 ? 'Pending' : 'Approved')
    op.liveMappings.read = read
    await look(op)
    assert.is(await op.phase(), 'Provisioned')
  })

/** An edit of what no snapshot holds, as the watch brings it: nobody has judged the mapping as it is now. */
function edit({ mappings: { stored } }: Operator): void {
  for (const one of stored) one.metadata.generation = (one.metadata.generation ?? 1) + 1
}

/** What the controller finds out about the edited mapping. */
function judge({ mappings: { stored } }: Operator, status: 'True' | 'False'): void {
  for (const { metadata, status: { conditions = [] } = {} } of stored)
    for (const ready of conditions) Object.assign(ready, { status, observedGeneration: metadata.generation })
}

test('an approval waits for a mapping that was just edited, and is granted once it is ready', async () => {
  const op = await approved()
  edit(op)
  assert.ok(await op.look(), 'it is looked at again')
  assert.is(await op.phase(), 'Pending')
  judge(op, 'True')
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('what an edited mapping turns out to be counts: one that is not ready grants nothing', async () => {
  const op = await approved()
  edit(op)
  await op.look()
  judge(op, 'False')
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.match((await op.condition('Approved'))?.message ?? '', /is not ready/)
  assert.equal(op.policies.written, [])
})

test('nothing is waited for longer than the sign-in lasts', async () => {
  const op = await approved()
  edit(op)
  await op.look()
  op.clock.forward(3700)
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.match((await op.condition('Approved'))?.message ?? '', /sign-in was too old/)
})

test('a mapping that is gone at approval refuses the approval', async () => {
  const op = await approved()
  op.mappings.stored = []
  await op.look()
  assert.is(await op.phase(), 'Failed')
  assert.match((await op.condition('Approved'))?.message ?? '', /no longer exists/)
})

test('decisions that arrive while access is written do not stop it from being recorded', async () => {
  const op = await approved()
  let others = 0
  op.cluster.beforePatch = () => {
    if (others++ % 2 === 0) op.cluster.forge(op.ref, { attempts: { count: others } })
  }
  await look(op, 2)
  assert.is(await op.phase(), 'Provisioned')
  assert.is(op.policies.written.length, 1)
  assert.is(new Set(op.chat.told.map(({ news }) => news)).size, op.chat.told.length, 'nobody is told twice')
})

test.run()
