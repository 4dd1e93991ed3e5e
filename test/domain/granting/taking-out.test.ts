// What is taken out of a policy when an entry must be as wanted in every part, and what is left.
import * as assert from 'uvu/assert'
import { begin, type Knowledge } from '../../../src/domain/granting/edit-knowledge.ts'
import { withBindings } from '../../../src/domain/granting/adding.ts'
import { type Binding, type BindingWanted, type Likeness, type Policy } from '../../../src/domain/granting/policy.ts'
import { nextTakingOut, observeTakingOut } from '../../../src/domain/granting/taking-out.ts'
import { suite, table } from '../../suite.ts'

const test = suite('taking out only what is exactly as Hallpass wrote it')

const now = new Date('2026-11-23T14:05:00Z')
const wanted: BindingWanted = {
  uid: '0f0f0f0f-1111-4222-8333-444444444444',
  member: 'user:dana@example.com',
  role: 'roles/cloudsql.client',
  startsAt: new Date('2026-11-23T14:00:00Z'),
  expiresAt: new Date('2026-11-23T14:30:00Z'),
  description: 'hallpass/prod-db-1, asked by dana@example.com, approved by mo@example.com',
}
const [own] = withBindings({ etag: 'a' }, [wanted], now).bindings ?? []
if (!own) throw new Error('there is no binding')
const changed = (more: object): Binding => ({ ...own, condition: { expression: '', ...own.condition, ...more } })

/** What is left of the bindings after one write, or `nothing written`. */
function leftOf(bindings: Binding[], likeness: Likeness): Binding[] | 'nothing written' {
  const task = { uid: wanted.uid, wanted: [wanted], likeness }
  const policy: Policy = { etag: 'a', version: 3, bindings }
  const known = observeTakingOut(task, begin({ goal: 'take out' }, [{ write: 'confirmed' }]), { saw: 'policy', policy })
  const action = nextTakingOut(task, known)
  return action.do === 'write' ? (action.policy.bindings ?? []) : 'nothing written'
}

test('an entry that is as wanted in every part is taken out', () => {
  assert.equal(leftOf([own], 'exactly'), [])
  assert.equal(leftOf([own], 'by title'), [])
})

table<Binding>(
  test,
  {
    'a condition that somebody made longer': changed({
      expression: 'request.time < timestamp("2030-01-01T00:00:00Z")',
    }),
    'another description': changed({ description: 'by hand' }),
    'our title for another person': { ...own, members: ['user:otto@example.com'] },
    'our title for two people': { ...own, members: ['user:dana@example.com', 'user:otto@example.com'] },
    'our title on another role': { ...own, role: 'roles/owner' },
    'another title': changed({ title: 'hallpass 0f0f0f0f-1111-4222-8333-555555555555' }),
    'no condition': { role: own.role, members: ['user:dana@example.com'] },
  },
  foreign => {
    assert.equal(leftOf([foreign], 'exactly'), 'nothing written')
    assert.equal(leftOf([foreign, own], 'exactly'), [foreign])
  },
)

test('a changed entry is not said to be gone', () => {
  const task = { uid: wanted.uid, wanted: [wanted], likeness: 'exactly' as const }
  const policy: Policy = { etag: 'a', version: 3, bindings: [changed({ description: 'by hand' })] }
  const start: Knowledge = begin({ goal: 'take out' }, [{ write: 'confirmed' }])
  const [entry] = observeTakingOut(task, start, { saw: 'policy', policy }).entries
  assert.equal([entry?.mayStand, entry?.standsUnder], [true, undefined])
})

test.run()
