// Every sequence of events around an edit of a policy, played against a Google that may apply a lost write at any later
// moment. No sequence ends in a false "not held" or a second binding, and each way of breaking the reducer is noticed.
import * as assert from 'uvu/assert'
import { begin, type EntryKnown, type Knowledge, otherMemberOf } from '../../src/domain/granting/edit-knowledge.ts'
import { next, observe } from '../../src/domain/granting/edit.ts'
import { resultOf } from '../../src/domain/granting/edited.ts'
import type { BindingWanted } from '../../src/domain/granting/policy.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import { suite, table } from '../suite.ts'
import { faultOf, movesFrom, opening, type Reducer, reducer, type State, wantedRoles } from './edit-google.ts'

const test = suite('every sequence of events', { timeoutMs: 120_000 })

type Played = { sequences: number; states: number; fault?: string }

/** Plays every sequence of at most `length` events. Equal states with as many events left are played once, counted each time. */
function play(
  reduce: Reducer,
  wanted: readonly BindingWanted[],
  { length, from }: { length: number; from: State },
): Played {
  const counts = new Map<string, number>()
  const trace: string[] = []
  let fault: string | undefined
  const explore = (state: State, left: number): number => {
    const wrong = faultOf(wanted, state)
    if (wrong) fault ??= `${wrong} after: ${trace.join(', ')}`
    if (fault) return 0
    const key = `${left} ${stateKey(state)}`
    const known = counts.get(key)
    if (known !== undefined) return known
    let count = 0
    for (const { name, state: next, cost } of movesFrom(reduce, wanted, state, left)) {
      trace.push(name)
      count += explore(next, left - cost)
      trace.pop()
    }
    counts.set(key, Math.max(count, 1))
    return Math.max(count, 1)
  }
  const sequences = explore(from, length)
  return { sequences, states: counts.size, ...(fault && { fault }) }
}

/** Etags are only compared with each other, so their names do not matter. */
function stateKey(state: State): string {
  const names = new Map<string, string>()
  return JSON.stringify(state).replace(/"#\d+"/g, etag => {
    if (!names.has(etag)) names.set(etag, `"#${names.size}"`)
    return names.get(etag) ?? etag
  })
}

const length = 6
const [one, two] = [wantedRoles.slice(0, 1), wantedRoles]
/** Both roles in a policy, as one of our writes leaves it. */
const whole = withBindings({ etag: '#whole' }, two, new Date(0)).bindings ?? []

/** Where an edit begins: nothing written yet, or what a dead process left, of this release or of one that wrote role by role. */
const openings: Record<string, { wanted: readonly BindingWanted[]; from?: Partial<State> }> = {
  'one role': { wanted: one },
  'two roles in one write': { wanted: two },
  'one role of two, confirmed before the process died': {
    wanted: two,
    from: { policy: { etag: '#a', bindings: whole.slice(0, 1) }, earlier: [{ write: 'confirmed' }, { write: 'none' }] },
  },
  'one role of two, under way when the process died': {
    wanted: two,
    from: {
      policy: { etag: '#a', bindings: [] },
      underWay: [{ etag: '#a', bindings: whole.slice(0, 1) }],
      earlier: [{ write: 'unanswered' }, { write: 'none' }],
    },
  },
}

let [sequences, states] = [0, 0]
table(
  test,
  Object.fromEntries(
    Object.entries(openings).map(([name, fact]) => [`${name}: no false "not held", no second binding`, fact]),
  ),
  ({ wanted, from }) => {
    const played = play(reducer, wanted, { length, from: opening(reducer, wanted, from) })
    assert.is(played.fault, undefined)
    sequences += played.sequences
    states += played.states
  },
)

test('how many sequences were played', () => {
  console.log(`${sequences} sequences of at most ${length} events were played, through ${states} states.`)
  assert.ok(sequences > 350_000, `${sequences}`)
})

const forEntries = (known: Knowledge, change: Partial<EntryKnown>): Knowledge => ({
  ...known,
  entries: known.entries.map(entry => ({ ...entry, ...change })),
})

/** Ways of breaking the reducer, and where it is noticed. */
const broken: Record<string, { reduce: Partial<Reducer>; at: keyof typeof openings }> = {
  'a write without an answer is forgotten': {
    reduce: { observe: (task, known, event) => ({ ...observe(task, known, event), openWrite: undefined }) },
    at: 'one role',
  },
  'a dead process is thought to have written nothing': {
    reduce: {
      begin: (task, earlier) =>
        begin(
          task,
          earlier.map(() => ({ write: 'none' })),
        ),
    },
    at: 'two roles in one write',
  },
  'what a dead process has under way is forgotten': {
    reduce: { begin: (task, earlier) => ({ ...begin(task, earlier), openWrite: undefined }) },
    at: 'one role of two, under way when the process died',
  },
  'an entry under another member is treated as somebody else’s': {
    reduce: {
      observe: (task, known, event) => {
        const after = observe(task, known, event)
        const isOther = otherMemberOf(task, after) !== undefined
        return isOther ? forEntries(after, { mayStand: false, standsUnder: undefined, member: undefined }) : after
      },
    },
    at: 'one role',
  },
  'once found under one member, it is looked for under no other': {
    reduce: {
      observe: (task, known, event) => {
        const after = observe(task, known, event)
        const wasDana = known.entries.some(({ member }) => member === task.wanted[0]?.member)
        return wasDana && otherMemberOf(task, after)
          ? forEntries(after, { mayStand: false, standsUnder: undefined, member: task.wanted[0]?.member })
          : after
      },
    },
    at: 'one role',
  },
  'it is written again next to an entry that is not recognised': {
    reduce: {
      next: (task, known, now) => {
        const action = next(task, known, now)
        const isUnrecognised = known.entries.some(({ mayStand, standsUnder }) => mayStand && standsUnder === undefined)
        return action.do === 'end' && isUnrecognised && known.policy && !known.no && known.refused === undefined
          ? { do: 'write', to: 'put in', policy: withBindings(known.policy, task.wanted, now) }
          : action
      },
    },
    at: 'one role',
  },
  'a denied write is treated as the end of all doubt': {
    reduce: {
      resultOf: (task, known, now) =>
        resultOf(task, known, now).map(edited =>
          edited.state === 'Unknown' ? { state: 'Refused', why: edited.why } : edited,
        ),
    },
    at: 'one role',
  },
  'one present role is treated as both': {
    reduce: {
      next: (task, known, now) =>
        known.policy && known.entries.some(({ isAsWanted }) => isAsWanted) ? { do: 'end' } : next(task, known, now),
    },
    at: 'one role of two, confirmed before the process died',
  },
}
table(
  test,
  Object.fromEntries(Object.entries(broken).map(([how, fact]) => [`it is noticed when ${how}`, fact])),
  ({ reduce, at }) => {
    const reduced = { ...reducer, ...reduce }
    const { wanted, from } = openings[at] ?? { wanted: one }
    assert.ok(play(reduced, wanted, { length: 5, from: opening(reduced, wanted, from) }).fault)
  },
)

test.run()
