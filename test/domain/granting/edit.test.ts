// Edits of a policy, event by event: what is written, and the result for each entry in the words that people read.
import * as assert from 'uvu/assert'
import { begin, type Earlier, type EditTask } from '../../../src/domain/granting/edit-knowledge.ts'
import { type EditAction, type EditEvent, next, observe } from '../../../src/domain/granting/edit.ts'
import { type Edited, resultOf } from '../../../src/domain/granting/edited.ts'
import { refusal } from '../../../src/domain/outcome.ts'
import type { Binding, Policy } from '../../../src/domain/granting/policy.ts'
import { withBindings } from '../../../src/domain/granting/adding.ts'
import { suite, table } from '../../suite.ts'
import { wantedRoles } from '../edit-google.ts'

const test = suite('an edit of a policy')
const now = new Date('2026-11-23T14:05:00Z')
const over = new Date('2026-11-23T15:00:00Z')
const [a, b] = withBindings({ etag: 'x' }, wantedRoles, now).bindings ?? []
const under = (member: string, one: Binding | undefined): Binding[] => (one ? [{ ...one, members: [member] }] : [])
const both = [a, b].filter(one => one !== undefined)
const renamed = both.flatMap(one => under('user:dana@example.com', one))

const taskOf = (goal: EditTask['goal']): EditTask => ({
  goal,
  resource: 'projects/p',
  uid: wantedRoles[0]?.uid ?? '',
  wanted: wantedRoles,
  approvers: [{ email: 'mo@example.com' }],
  people: [],
})
const policy = (etag: string, bindings: Binding[] = []): Policy => ({ version: 3, etag, bindings })
const read = (etag: string, bindings?: Binding[]): EditEvent => ({ saw: 'policy', policy: policy(etag, bindings) })
const changed = refusal('MappingChanged', 'The mapping has changed.')
const denied = refusal('AccessDenied', 'You may not.')
const forbidden = refusal('PolicyNotAccepted', 'It is not allowed here.')
const none: Earlier[] = [{ write: 'none' }, { write: 'none' }]
const unanswered: Earlier[] = [{ write: 'unanswered' }, { write: 'unanswered' }]
const confirmed: Earlier[] = [{ write: 'confirmed' }, { write: 'confirmed' }]

type Played = { actions: EditAction[]; edited: Edited[] }

/** Plays the events; each must answer to an action, and after the last one the edit must be over. */
function play({ goal = 'put in', earlier = none, events, at = now }: Fact): Played {
  const task = taskOf(goal)
  let known = begin(task, earlier)
  const actions: EditAction[] = []
  for (const event of events) {
    const action = next(task, known, at)
    assert.is.not(action.do, 'end', `over before ${JSON.stringify(event)}`)
    actions.push(action)
    known = observe(task, known, event)
  }
  assert.is(next(task, known, at).do, 'end')
  return { actions, edited: resultOf(task, known, at) }
}

type Fact = { goal?: EditTask['goal']; earlier?: Earlier[]; events: EditEvent[]; at?: Date }
const states = (edited: readonly Edited[]): string => edited.map(({ state }) => state).join(', ')
const taken = (etag: string, bindings: Binding[]): EditEvent => ({
  saw: 'answer',
  to: 'put in',
  policy: policy(etag, bindings),
})
const gone = (etag: string, bindings: Binding[] = []): EditEvent => ({
  saw: 'answer',
  to: 'take out',
  policy: policy(etag, bindings),
})
const lost: EditEvent = { saw: 'silence', to: 'put in' }
const no = (saw: EditEvent): EditEvent => (saw.saw === 'policy' ? { ...saw, no: changed } : saw)

table<Fact & { ends: string; why?: RegExp; reason?: string }>(
  test,
  {
    'both entries go in with one write': { events: [read('1'), taken('2', both)], ends: 'Written, Written' },
    'both stand already, so nothing is written': {
      earlier: unanswered,
      events: [read('1', both)],
      ends: 'Written, Written',
    },
    'a role that the person holds anyway is noted, and only that role': {
      events: [read('1'), taken('2', [...both, { role: 'roles/a', members: ['user:dana@alias.example'] }])],
      ends: 'Written, Written',
      why: /already holds the role without a time limit/,
    },
    'what was lost and is not found is written again': {
      events: [read('1'), lost, read('1'), taken('2', both)],
      ends: 'Written, Written',
    },
    'a denial counts once the policy is found unchanged': {
      events: [read('1'), { saw: 'refusal', to: 'put in', refusal: denied }, read('1')],
      ends: 'Refused, Refused',
      why: /^You may not\.$/,
    },
    'a denial after somebody else’s change is asked for again': {
      events: [read('1'), { saw: 'refusal', to: 'put in', refusal: denied }, read('2'), taken('3', both)],
      ends: 'Written, Written',
    },
    'any other refusal counts at once': {
      events: [read('1'), { saw: 'refusal', to: 'put in', refusal: forbidden }],
      ends: 'Refused, Refused',
      why: /^It is not allowed here\.$/,
    },
    'a refusal while an earlier write may take effect leaves it unknown': {
      events: [read('1'), lost, { saw: 'refusal', to: 'read', refusal: denied }],
      ends: 'Unknown, Unknown',
      why: /^You may not\.$/,
    },
    'a refused role leaves the one that is already written to be undone': {
      earlier: [{ write: 'confirmed' }, { write: 'none' }],
      events: [read('1', a && [a]), { saw: 'refusal', to: 'put in', refusal: denied }, read('1', a && [a])],
      ends: 'Written, Refused',
    },
    'another address is taken out again, in the answer’s own policy': {
      events: [read('1'), taken('2', renamed), gone('3')],
      ends: 'Removed, Removed',
      why: /"dana@alias.example" as "dana@example.com"/,
      reason: 'AddressNotPrimary',
    },
    'another address that cannot be taken out may hold': {
      events: [read('1'), taken('2', renamed), { saw: 'refusal', to: 'take out', refusal: forbidden }],
      ends: 'Unknown, Unknown',
      why: /^Google knows .* and it could not be removed again: It is not allowed here\.$/,
      reason: 'AddressNotPrimary',
    },
    'a mapping that changed before anything was written refuses': {
      events: [no(read('1'))],
      ends: 'Refused, Refused',
      why: /^The mapping has changed\.$/,
    },
    'a mapping that changed has a lost write overtaken': {
      events: [read('1'), lost, no(read('1')), gone('2')],
      ends: 'Refused, Refused',
    },
    'a lost write is void once the policy has another etag': {
      events: [read('1'), lost, no(read('2'))],
      ends: 'Refused, Refused',
    },
    'a lost write that took effect is taken out when the mapping changed': {
      events: [read('1'), lost, no(read('2', both.slice(0, 1))), gone('3')],
      ends: 'Removed, Refused',
    },
    'after the end nothing is overtaken': {
      at: over,
      earlier: unanswered,
      events: [no(read('1'))],
      ends: 'Refused, Refused',
    },
    'what Google took and never showed is unknown after three writes': {
      events: [read('1'), taken('2', []), read('2'), taken('3', []), read('3'), taken('4', [])],
      ends: 'Unknown, Unknown',
      why: /shows something else than what was written/,
    },
    'a policy without an etag is not written': {
      events: [{ saw: 'policy', policy: { bindings: [] } }],
      ends: 'Refused, Refused',
      why: /without an etag/,
    },
    'undoing takes both out with one write': {
      goal: 'take out',
      earlier: confirmed,
      events: [read('1', both), gone('2')],
      ends: 'Removed, Removed',
    },
    'undoing what is not there writes nothing': {
      goal: 'take out',
      earlier: confirmed,
      events: [read('1')],
      ends: 'Removed, Removed',
    },
    'undoing overtakes a write that has no answer': {
      goal: 'take out',
      earlier: unanswered,
      events: [read('1'), gone('2')],
      ends: 'Removed, Removed',
    },
    'undoing does not believe what an answer failed to show': {
      goal: 'take out',
      earlier: [{ write: 'unanswered', etag: '7' }, { write: 'confirmed' }],
      events: [read('1'), gone('2'), read('2')],
      ends: 'Unknown, Removed',
    },
  },
  ({ ends, why, reason, ...fact }) => {
    const { edited } = play(fact)
    const [first] = edited
    assert.is(states(edited), ends)
    if (why) assert.match(first && 'why' in first ? (first.why ?? '') : '', why)
    if (reason) assert.is(first && 'reason' in first ? first.reason : undefined, reason)
  },
)

test('a role that is there is kept, and only the missing one is written', () => {
  const theirs: Binding = { role: 'roles/owner', members: ['user:boss@example.com'] }
  const standing = [theirs, ...both.slice(0, 1)]
  const { actions } = play({
    earlier: [{ write: 'confirmed' }, { write: 'none' }],
    events: [read('1', standing), taken('2', [...standing, ...both.slice(1)])],
  })
  const [, write] = actions
  assert.equal(write?.do === 'write' && write.policy.bindings, [...standing, ...both.slice(1)])
})

test('a copy under another member is left alone', () => {
  const copy = under('user:eve@example.com', a)
  const { edited, actions } = play({
    goal: 'take out',
    earlier: confirmed,
    events: [read('1', [...copy, ...both]), gone('2', copy)],
  })
  assert.is(states(edited), 'Removed, Removed')
  const [, write] = actions
  assert.equal(write?.do === 'write' && write.policy.bindings, copy)
})

test.run()
