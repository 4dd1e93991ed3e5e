// A record of grants that is changed while they are being written: what is in the policies is taken out before the request
// ends, and what cannot be taken out is not said to be gone.
import * as assert from 'uvu/assert'
import type { RequestStatus } from '../../../src/api/kinds.ts'
import { attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { type Hook, type Operator, operator, prodEu } from '../fakes.ts'

const test = suite('a record of grants that somebody changed')

/** The process dies after the write to Google, before it records the result; then somebody changes the record. */
async function crashed(change: Partial<RequestStatus>): Promise<Operator> {
  const op = operator()
  await op.ask()
  await op.look()
  // A sign-in of ten minutes, for access of thirty.
  await op.approve({ claims: { exp: Math.floor(op.clock.now().getTime() / 1000) + 600 } })
  const dies: Hook = (call, moment) => {
    if (call === 'policies.write' && moment === 'after') throw new Error('killed')
  }
  await op
    .start(dies)
    .reconcile(op.ref)
    .catch(() => undefined)
  assert.is(op.ours().length, 2, 'written, and not recorded')
  op.cluster.forge(op.ref, change)
  op.restart()
  return op
}

const look = async (op: Operator, times = 3): Promise<void> => {
  for (let i = 0; i < times; i++) await op.look().catch(() => undefined)
}
const other = { resource: prodEu, role: 'roles/viewer', state: 'Writing' } as const
const seen = async (op: Operator): Promise<string> => {
  const reason = (await op.condition('Provisioned'))?.reason
  const isAudited = op.log().includes('TamperingSeen')
  return `${await op.phase()}, ${reason}, ${op.ours().length} left${isAudited ? ', audited' : ''}`
}

attacks<{ change: Partial<RequestStatus>; next?: (op: Operator) => Promise<void> }>(
  test,
  {
    'the record is emptied … Failed, GrantsNotAuthentic, 0 left, audited': { change: { grants: [] } },
    'the record names another role … Failed, GrantsNotAuthentic, 0 left, audited': { change: { grants: [other] } },
    'the record says that only one was begun … Failed, GrantsNotAuthentic, 0 left, audited': {
      change: { grants: [{ ...other, role: 'roles/cloudsql.client' }] },
    },
    'the record is emptied, and the process that takes out dies … Failed, GrantsNotAuthentic, 0 left, audited': {
      change: { grants: [] },
      next: async op => {
        const dies: Hook = (call, moment) => {
          if (call === 'policies.read' && moment === 'before') throw new Error('killed')
        }
        await op
          .start(dies)
          .reconcile(op.ref)
          .catch(() => undefined)
        assert.is(op.ours().length, 2)
      },
    },
    'the record is emptied, and the process dies after taking out … Failed, GrantsNotAuthentic, 0 left, audited': {
      change: { grants: [] },
      next: async op => {
        const dies: Hook = (call, moment) => {
          if (call === 'policies.write' && moment === 'after') throw new Error('killed')
        }
        await op
          .start(dies)
          .reconcile(op.ref)
          .catch(() => undefined)
      },
    },
    'the record is emptied, and the mapping is gone … Failed, GrantsNotAuthentic, 0 left, audited': {
      change: { grants: [] },
      next: async op => void op.mappings.stored.splice(0),
    },
    'the record is emptied, and the sign-in is over … Provisioned, InDoubt, 2 left, audited': {
      change: { grants: [] },
      next: async op => op.clock.forward(601),
    },
    'the record is emptied, and Google refuses … Provisioned, InDoubt, 2 left, audited': {
      change: { grants: [] },
      next: async op => void (op.policies.faults = ['refused']),
    },
  },
  async ({ change, next }) => {
    const op = await crashed(change)
    await next?.(op)
    op.restart()
    await look(op)
    return seen(op)
  },
)

test.run()
