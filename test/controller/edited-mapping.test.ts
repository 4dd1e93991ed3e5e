// A mapping that is edited between the proof of an approval and a write to Google: what the edit changes decides, and an
// edit that nobody has checked yet decides nothing.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator, prodEu } from './fakes.ts'

const test = suite('a mapping edited before a write')
const prodUs = 'projects/prod-us'
const role = 'roles/cloudsql.client'
const twoProjects = {
  spec: {
    grants: [
      { resource: prodEu, role },
      { resource: prodUs, role },
    ],
  },
}

/** A request on two policies that Mo has just approved. */
async function approved(): Promise<Operator> {
  const op = operator(twoProjects)
  await op.ask()
  await op.look()
  await op.approve()
  return op
}

/** An edit that no snapshot contains, such as one of the description. `change` is what else is edited. */
function edit({ mappings: { stored } }: Operator, change: Partial<RoleMapping['spec']> = {}): void {
  for (const one of stored) {
    one.metadata.generation = (one.metadata.generation ?? 1) + 1
    Object.assign(one.spec, { description: 'Say it better' }, change)
  }
}

/** The controller's answer about the mapping as it is now. */
function check({ mappings: { stored } }: Operator, status: 'True' | 'False'): void {
  for (const { metadata, status: { conditions = [] } = {} } of stored)
    for (const ready of conditions) Object.assign(ready, { status, observedGeneration: metadata.generation })
}

/** Looks; the mapping is edited after the first policy was written, before the second. */
async function editedInBetween(op: Operator, change?: Partial<RoleMapping['spec']>): Promise<Date | undefined> {
  const process = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'after' && op.policies.written.length === 1) edit(op, change)
  })
  return process.reconcile(op.ref)
}

const states = async (op: Operator): Promise<string> =>
  ((await op.now()).status?.grants ?? []).map(({ state }) => state).join(' ')
const both = (op: Operator): number => op.ours().length + op.ours(prodUs).length

attack(
  test,
  'an edit of the description between two writes … Approved, Written Writing, then Provisioned',
  async () => {
    const op = await approved()
    assert.ok(await editedInBetween(op), 'it is looked at again')
    const meanwhile = `${await op.phase()}, ${await states(op)}`
    check(op, 'True')
    await op.look()
    assert.is(both(op), 2)
    return `${meanwhile}, then ${await op.phase()}`
  },
)

attack(test, 'an edit between two writes that turns out not to be ready … Failed, 0 left', async () => {
  const op = await approved()
  await editedInBetween(op)
  check(op, 'False')
  await op.look()
  return `${await op.phase()}, ${both(op)} left`
})

attack(test, 'a role is taken out of the mapping between two writes … Failed at once, 0 left', async () => {
  const op = await approved()
  await editedInBetween(op, { grants: [{ resource: prodEu, role }] })
  return `${await op.phase()} at once, ${both(op)} left`
})

attack(
  test,
  'an edit just before the first write, later than the proof may be used … nothing, then Provisioned',
  async () => {
    const op = await approved()
    const process = op.start((call, moment) => {
      if (call !== 'requests.patchStatus' || moment !== 'after' || op.mappings.stored[0]?.metadata.generation === 2)
        return
      op.clock.forward(2)
      edit(op)
    })
    await process.reconcile(op.ref)
    const meanwhile = both(op) === 0 ? 'nothing' : 'something'
    check(op, 'True')
    await op.look()
    return `${meanwhile}, then ${await op.phase()}`
  },
)

attack(test, 'an edit that is never checked … Expired in doubt', async () => {
  const op = await approved()
  await editedInBetween(op)
  op.clock.forward(3700)
  await op.look()
  return `${await op.phase()} ${(await op.condition('Complete'))?.reason === 'InDoubt' ? 'in doubt' : 'for certain'}`
})

/** Dies before a write to Google, when so many have taken effect. */
async function dieBeforeWrite(op: Operator, writes: number): Promise<void> {
  const process = op.start((call, moment) => {
    if (call === 'policies.write' && moment === 'before' && op.policies.written.length === writes)
      throw new Error('the process died')
  })
  await process.reconcile(op.ref).catch(() => undefined)
}

const provisioned = async (op: Operator): Promise<string> => {
  const { reason, message = '' } = (await op.condition('Provisioned')) ?? {}
  return `${reason}: ${/no longer exists|may not change/.exec(message)?.[0] ?? message}`
}

attack(
  test,
  'a mapping is gone while it is granted, and back while it is undone … MappingChanged: no longer exists',
  async () => {
    const op = await approved()
    await dieBeforeWrite(op, 1)
    const { stored } = op.mappings
    op.mappings.stored = []
    await dieBeforeWrite(op, 2)
    op.mappings.stored = stored
    await op.look()
    assert.is(`${await op.phase()} ${both(op)}`, 'Failed 0')
    return provisioned(op)
  },
)

attack(
  test,
  'a mapping is gone after Google has refused, before it is undone … AccessDenied: may not change',
  async () => {
    const op = await approved()
    op.policies.admins.set(prodUs, new Set())
    await dieBeforeWrite(op, 1)
    assert.is(await states(op), 'Written Refused')
    op.mappings.stored = []
    await op.look()
    assert.is(`${await op.phase()} ${both(op)}`, 'Failed 0')
    return provisioned(op)
  },
)

test.run()
