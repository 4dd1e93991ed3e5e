// The rules of Google groups: which addresses a mapping may name, and what is asked about whom.
import * as assert from 'uvu/assert'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import {
  groupOfApprover,
  groupOfRequester,
  groupsOfRequester,
  refuseAddress,
  sayUnknown,
} from '../../../src/domain/people/google-groups.ts'
import { attacks } from '../../attacks.ts'
import { MemoryGoogleGroups } from '../../fakes/google-groups.ts'
import { suite, table } from '../../suite.ts'

const test = suite('Google groups of a mapping')
const field = 'requesters.googleGroups'
const hostedDomains = ['example.com']

attacks(
  test,
  {
    'a mapping names a group of another organisation … GoogleGroupForeign': 'sre@elsewhere.example',
    'a mapping names a group of a subdomain … GoogleGroupForeign': 'sre@eu.example.com',
    'a mapping names a group of a domain that looks like the own … GoogleGroupForeign': 'sre@examp1e.com',
    'a mapping names a group that is an address of a person … GoogleGroupIsPerson': 'mo.private@example.com',
  },
  async group => {
    const persons = ['mo@example.com', 'mo.private@example.com']
    return refuseAddress({ group, field }, { hostedDomains, persons })?.reason ?? 'accepted'
  },
)

function reader(groups: Record<string, string[]>, hidden: string[] = []): MemoryGoogleGroups {
  const made = new MemoryGoogleGroups()
  for (const [group, members] of Object.entries(groups)) made.groups.set(group, { members })
  for (const group of hidden) made.hidden.add(group)
  return made
}
const [a, b] = ['a@example.com', 'b@example.com']
const dana = 'dana@example.com'

table<{ groups: Record<string, string[]>; hidden?: string[]; found: string }>(
  test,
  {
    'the first group that includes the person counts': { groups: { [a]: [dana], [b]: [dana] }, found: a },
    'one that cannot be read does not matter when another includes them': {
      groups: { [a]: [], [b]: [dana] },
      hidden: [a],
      found: b,
    },
    'nobody is said to be out of a group that cannot be read': { groups: { [b]: [] }, hidden: [a], found: 'not known' },
    'who is in none is in none': { groups: { [a]: [], [b]: [] }, found: 'none' },
  },
  async ({ groups, hidden, found }) => {
    const answer = await groupOfRequester(reader(groups, hidden), [a, b], dana).catch(() => 'not known')
    assert.is(answer ?? 'none', found)
  },
)

test('groups of several mappings are asked about once each, and what is not known is told for each mapping', async () => {
  const groups = reader({ [a]: [dana] }, [b])
  const unknown: unknown[] = []
  const lists = [[a], [a, b], [b], []]
  assert.equal(await groupsOfRequester(groups, { lists, email: dana }, error => void unknown.push(error)), [a])
  assert.equal(groups.asked, [`includes ${a}`, `includes ${b}`])
  assert.is(unknown.length, 1)
})

test('an approver needs a group that is fit; whether people join it counts where it is seen', async () => {
  const groups = new MemoryGoogleGroups()
  groups.groups.set(a, { members: [dana], joining: 'open' })
  assert.is(await groupOfApprover(groups, { groups: [a], sight: 'label' }, dana), a)
  const refused = await groupOfApprover(groups, { groups: [a], sight: 'joining' }, dana).catch(
    (error: unknown) => error,
  )
  assert.is(refused instanceof Refused && refused.refusal.reason, 'GoogleGroupOpen')
  assert.is(await groupOfApprover(groups, { groups: [a], sight: 'joining' }, 'mo@example.com'), undefined, 'no member')
})

test('a person who may or may not belong reads no name of a group', () => {
  const unreadable = new Refused('GoogleGroupUnreadable', 'The Google group "secret@example.com" cannot be read.')
  for (const error of [unreadable, new Broken('Cloud Identity did not answer.')]) {
    const { reason, message } = sayUnknown(error)
    assert.ok(['GoogleGroupUnreadable', 'GoogleGroupsSilent'].includes(reason))
    assert.not.match(message, 'secret@example.com')
  }
})

test.run()
