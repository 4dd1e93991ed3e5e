// A leader that is frozen in the middle of a call, and wakes up when the next leader has finished everything: this one call
// still takes effect, as it had passed the check before, and no other. At every call, what the request says is true: it is in
// doubt when the next leader cannot overtake a write that may be under way.
import * as assert from 'uvu/assert'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator, prodEu } from './fakes.ts'

const test = suite('a leader that wakes up too late', { timeoutMs: 60_000 })
const prodUs = 'projects/prod-us'
const twoPolicies = {
  spec: {
    grants: [
      { resource: prodEu, role: 'roles/cloudsql.client' },
      { resource: prodEu, role: 'roles/logging.viewer' },
      { resource: prodUs, role: 'roles/cloudsql.client' },
    ],
  },
}

type Change = (op: Operator) => void
/** What is so from the beginning, and what changes while the old leader is frozen. */
type Facts = { before?: Change; meanwhile?: Change }

/**
 * The old leader is frozen in its call number `call`; the next one does all that is due. Undefined when the old leader
 * makes fewer calls.
 */
async function takenOver(call: number, { before, meanwhile }: Facts): Promise<Operator | undefined> {
  const op = operator(twoPolicies)
  await op.ask()
  await op.look()
  await op.approve()
  before?.(op)
  let calls = 0
  const old = op.start(async (_name, moment) => {
    if (moment !== 'before' || ++calls !== call) return
    meanwhile?.(op)
    for (let n = 0; n < 3; n++) await op.look().catch(() => undefined)
    op.outside.leads = false
  })
  await old.reconcile(op.ref).catch(() => undefined)
  op.outside.leads = true
  if (calls < call) return undefined
  await op.look().catch(() => undefined)
  return op
}

const held = (op: Operator): number => op.ours().length + op.ours(prodUs).length
const isInDoubt = async (op: Operator): Promise<string> =>
  (await op.condition('Complete'))?.reason === 'InDoubt' ? ' in doubt' : ''

attacks<Facts>(
  test,
  {
    'nothing else happens … Provisioned with 3': {},
    'an answer of Google is lost before … Provisioned with 3': {
      before: op => void (op.policies.faults = ['lostAfter']),
    },
    'the second policy is not the approver’s … Failed with 0, Provisioned with 2 in doubt': {
      before: op => void op.policies.admins.set(prodUs, new Set()),
    },
    'the mapping goes meanwhile … Failed with 0, Provisioned with 3': {
      meanwhile: op => void (op.mappings.stored = []),
    },
    'the approver loses the second policy meanwhile … Failed with 0, Provisioned with 2 in doubt, Provisioned with 3, Provisioned with 3 in doubt':
      {
        meanwhile: op => void op.policies.admins.set(prodUs, new Set()),
      },
  },
  async facts => {
    const ends = new Set<string>()
    for (let call = 1; ; call++) {
      const op = await takenOver(call, facts)
      if (!op) break
      ends.add(`${await op.phase()} with ${held(op)}${await isInDoubt(op)}`)
    }
    assert.ok(ends.size > 0)
    return [...ends].sort().join(', ')
  },
)

test.run()
