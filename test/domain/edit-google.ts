// Google in memory for the enumeration of edits: one policy, writes that are under way without an answer, and everything
// that may happen to them. Each move gives a new state and leaves the old one as it was.
import { type Earlier, type EditTask, type Knowledge, begin } from '../../src/domain/granting/edit-knowledge.ts'
import { type EditEvent, next, observe } from '../../src/domain/granting/edit.ts'
import { type Edited, resultOf } from '../../src/domain/granting/edited.ts'
import { earlierOf } from '../../src/domain/granting/grant-records.ts'
import { refusal } from '../../src/domain/outcome.ts'
import {
  type Binding,
  type BindingWanted,
  type Policy,
  standsAsWanted,
  titleOf,
} from '../../src/domain/granting/policy.ts'

/** The reducer under test. A test breaks it to see that the enumeration notices. */
export type Reducer = { begin: typeof begin; observe: typeof observe; next: typeof next; resultOf: typeof resultOf }
export const reducer: Reducer = { begin, observe, next, resultOf }

const uid = '22222222-0000-4000-8000-000000000001'
const [dana, primary, eve] = ['user:dana@alias.example', 'user:dana@example.com', 'user:eve@example.com']
const startsAt = new Date('2026-11-23T14:00:00Z')
const expiresAt = new Date('2026-11-23T15:00:00Z')

const wantedFor = (role: string): BindingWanted => ({
  uid,
  member: dana,
  role,
  startsAt,
  expiresAt,
  description: 'hallpass/prod-db-7f3k2',
})
export const wantedRoles = ['roles/a', 'roles/b'].map(wantedFor)

/** Everything there is. The serial of etags is not part of it: etags are only compared. */
export type State = {
  policy: Policy
  /** Writes without an answer that Google may still apply. */
  underWay: readonly Policy[]
  /** Whether Google keeps the person under another address. */
  isRenamed: boolean
  isPermitted: boolean
  isOver: boolean
  goal: EditTask['goal']
  /** What is recorded of the entries, for a process that starts after a crash. */
  earlier: readonly Earlier[]
  known: Knowledge
  ended: readonly Edited[] | undefined
  /** Whether something happened after which an entry may rightly not be there. */
  isSpoilt: boolean
}

export type Move = { name: string; state: State; cost: 0 | 1 }

let serial = 0
const freshEtag = (): string => `#${++serial}`

export function opening(reduce: Reducer, wanted: readonly BindingWanted[], from: Partial<State> = {}): State {
  const earlier: readonly Earlier[] = from.earlier ?? wanted.map(() => ({ write: 'none' }))
  return {
    policy: { etag: freshEtag(), bindings: [] },
    underWay: [],
    isRenamed: false,
    isPermitted: true,
    isOver: false,
    goal: 'put in',
    earlier,
    known: reduce.begin({ goal: 'put in' }, earlier),
    ended: undefined,
    isSpoilt: false,
    ...from,
  }
}

const taskOf = ({ goal }: State, wanted: readonly BindingWanted[]): EditTask => ({
  goal,
  resource: 'projects/p',
  uid,
  wanted,
  approvers: [{ email: 'mo@example.com' }],
  people: [],
})

const nowOf = ({ isOver }: State): Date => (isOver ? expiresAt : startsAt)

/** All that may come next. Without any left, Google answers truly, and what is under way may still land at any moment. */
export function movesFrom(reduce: Reducer, wanted: readonly BindingWanted[], state: State, left: number): Move[] {
  const task = taskOf(state, wanted)
  if (state.ended) return left > 0 && state.goal === 'put in' ? [undoing(reduce, wanted, state)] : []
  const action = reduce.next(task, state.known, nowOf(state))
  if (action.do === 'end') {
    const ended = reduce.resultOf(task, state.known, nowOf(state))
    return [{ name: 'end', state: { ...state, ended }, cost: 0 }]
  }
  const after = (change: Partial<State>, event: EditEvent): State => {
    const changed = { ...state, ...change }
    return { ...changed, known: reduce.observe(task, state.known, event) }
  }
  const moves = landings(state)
  const own = action.do === 'read' ? reads(state, after) : writes(state, { action, after })
  if (left === 0) return [...moves, ...own.slice(0, 1).map(move => ({ ...move, cost: 0 as const }))]
  return [...moves, ...own, ...happenings(reduce, state)]
}

type After = (change: Partial<State>, event: EditEvent) => State
const move = (name: string, state: State): Move => ({ name, state, cost: 1 })
const denied = refusal('AccessDenied', 'You may not.')
const impossible = refusal('PolicyNotAccepted', 'It cannot be.')

function reads(state: State, after: After): Move[] {
  const no = state.isPermitted && !state.isOver ? undefined : refusal('MappingChanged', 'It has changed.')
  return [
    move('read', after({}, { saw: 'policy', policy: state.policy, no })),
    move('read is silent', after({}, { saw: 'silence', to: 'read' })),
    move('read is refused', after({ isSpoilt: true }, { saw: 'refusal', to: 'read', refusal: denied })),
  ]
}

type Writing = { action: { to: EditTask['goal']; policy: Policy }; after: After }

function writes(state: State, { action: { to, policy }, after }: Writing): Move[] {
  const conflict = move('conflict', after({}, { saw: 'conflict' }))
  const silence: EditEvent = { saw: 'silence', to }
  const lost = move('write lost', after({ underWay: [...state.underWay, policy] }, silence))
  const refused = [denied, impossible].map(no =>
    move(`write refused: ${no.reason}`, after({ isSpoilt: true }, { saw: 'refusal', to, refusal: no })),
  )
  if (policy.etag !== state.policy.etag) return [conflict, lost, ...refused]
  const kept = keep(state, policy)
  const taken = (name: string, kept: Policy, isSpoilt = state.isSpoilt): Move =>
    move(name, after({ policy: kept, isSpoilt }, { saw: 'answer', to, policy: kept }))
  const moves = [
    taken('write taken', kept),
    lost,
    move('answer lost', after({ policy: kept }, silence)),
    conflict,
    ...refused,
  ]
  if (to === 'take out') return moves
  const without = { ...kept, bindings: (kept.bindings ?? []).filter(one => !isTitled(one)) }
  return [
    ...moves,
    taken('write taken, with somebody else in it', joined(kept), true),
    taken('write not kept', without, true),
  ]
}

function keep({ isRenamed }: State, { bindings = [], ...policy }: Policy): Policy {
  return { ...policy, etag: freshEtag(), bindings: isRenamed ? bindings.map(renamed) : bindings }
}

const isTitled = ({ condition }: Binding): boolean => condition?.title === titleOf(uid)
const renamed = (one: Binding): Binding => ({
  ...one,
  members: (one.members ?? []).map(member => (member === dana ? primary : member)),
})
const joined = ({ bindings = [], ...policy }: Policy): Policy => ({
  ...policy,
  bindings: bindings.map(one =>
    isTitled(one) ? { ...one, members: [...new Set([...(one.members ?? []), eve])] } : one,
  ),
})

/** A write that is under way lands, if the policy still has its etag; else it never will. */
function landings(state: State): Move[] {
  return state.underWay
    .filter(({ etag }) => etag === state.policy.etag)
    .map(policy => ({ name: 'lost write lands', state: { ...state, policy: keep(state, policy) }, cost: 0 }))
}

function happenings(reduce: Reducer, state: State): Move[] {
  const { policy, goal, earlier } = state
  const { bindings = [] } = policy
  const moves = [
    move('etag moved', { ...state, policy: { ...policy, etag: freshEtag() } }),
    move('crash', { ...state, earlier: crashed(earlier), known: reduce.begin({ goal }, crashed(earlier)) }),
  ]
  if (bindings.some(isTitled)) {
    const rest = { ...policy, etag: freshEtag(), bindings: bindings.filter(one => !isTitled(one)) }
    moves.push(move('somebody takes it out', { ...state, policy: rest }))
  }
  if (!state.isRenamed) {
    const other = { ...policy, etag: freshEtag(), bindings: bindings.map(renamed) }
    moves.push(move('another primary address', { ...state, policy: other, isRenamed: true, isSpoilt: true }))
  }
  if (state.isPermitted) moves.push(move('mapping changed', { ...state, isPermitted: false, isSpoilt: true }))
  if (!state.isOver) moves.push(move('time is over', { ...state, isOver: true, isSpoilt: true }))
  return moves
}

// The grants are recorded as being written before the first write, so a process that starts later knows of no answer.
function crashed(earlier: readonly Earlier[]): Earlier[] {
  return earlier.map(one => ({ ...one, write: 'unanswered' }))
}

/** Another policy refused: what was put in is taken out again, by what the record says. */
function undoing(reduce: Reducer, wanted: readonly BindingWanted[], state: State): Move {
  const earlier = (state.ended ?? []).map((edited, i): Earlier => {
    const etag = 'etag' in edited ? edited.etag : undefined
    return earlierOf({
      resource: 'projects/p',
      role: wanted[i]?.role ?? '',
      state: edited.state,
      ...(etag && { etag }),
    })
  })
  const next: State = { ...state, goal: 'take out', earlier, ended: undefined }
  return { name: 'undo', state: { ...next, known: reduce.begin({ goal: 'take out' }, earlier) }, cost: 0 }
}

/** What is wrong about a state; undefined when all is as promised. */
export function faultOf(wanted: readonly BindingWanted[], state: State): string | undefined {
  const { policy, underWay, ended, isOver, isSpoilt, goal } = state
  const twice = wanted.find(one => entriesOf(policy, one).length > 1)
  if (twice) return `a second binding of ${twice.role}`
  if (!ended) return undefined
  const policies = [policy, ...underWay.filter(({ etag }) => etag === policy.etag)]
  for (const [i, one] of wanted.entries()) {
    const stateOfIt = ended[i]?.state
    const isHeld = policies.some(now => entriesOf(now, one).length > 0)
    if ((stateOfIt === 'Refused' || stateOfIt === 'Removed') && isHeld && !isOver)
      return `false "not held" of ${one.role}`
    if (stateOfIt === 'Written' && !standsAsWanted(policy, one)) return `false "held" of ${one.role}`
    if (goal === 'put in' && !isSpoilt && stateOfIt !== 'Written') return `${one.role} was not granted, without a cause`
  }
  return undefined
}

function entriesOf({ bindings = [] }: Policy, { role }: BindingWanted): Binding[] {
  return bindings.filter(one => one.role === role && isTitled(one))
}
