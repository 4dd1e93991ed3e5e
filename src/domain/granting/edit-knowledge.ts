// What is known during an edit of one IAM policy, and what is added to it by everything that can be seen. It decides nothing,
// and makes no policy: putting-in.ts and taking-out.ts do.
import type { Refusal } from '../outcome.ts'
import type { People, Person } from '../people/identity.ts'
import {
  type BindingWanted,
  isTitled,
  isTitledFor,
  type Likeness,
  membersOf,
  type Policy,
  refuseWithoutEtag,
  standsAsWanted,
} from './policy.ts'

/** Our entries in one policy, whichever way they go. */
export type EntriesOf = {
  /** Of the request. */
  uid: string
  /** One for each role; the same request, person and times in all of them. */
  wanted: readonly BindingWanted[]
  /** How much of an entry must be as wanted; `by title` unless given. */
  likeness?: Likeness
}

/** The entries of one request in one policy, and whether to add or remove them. */
export type EditTask = EntriesOf & {
  goal: 'put in' | 'take out'
  resource: string
  approvers: readonly Person[]
  people: People
}

/**
 * How far an entry had come before this edit: never written, confirmed by Google, or written without an answer. With an
 * `etag` when Google took the write and its answer did not show the entry.
 */
export type Earlier = { write: 'none' | 'confirmed' | 'unanswered'; etag?: string | undefined }

/** What is known of one entry. */
export type EntryKnown = {
  /** Whether one of our writes may have added it. Before that, an entry that looks like it is somebody else's. */
  mayBeOurs: boolean
  /** Whether it may be in the policy as last seen, recognised or not. */
  mayStand: boolean
  /** Whether it was exactly as wanted when the policy was last seen. */
  isAsWanted: boolean
  /** The member that had it when the policy was last seen; undefined when it was not recognised there. */
  standsUnder: string | undefined
  /** The member that it was last found under: Google may keep another address of the person than we wrote. */
  member: string | undefined
  /** Members of similar entries that were seen in addition to it: somebody else copied it. */
  copies: readonly string[]
  /** The etag of an answer that should have shown it and did not, until it is found. */
  unconfirmedEtag: string | undefined
}

/** What is known during an edit. Plain data. */
export type Knowledge = {
  /** The policy as last seen; undefined when it must be read before anything else. */
  policy: Policy | undefined
  /** The write that has no answer and may still take effect: only while the policy has this etag. */
  openWrite: 'any etag' | { etag: string | undefined } | undefined
  entries: readonly EntryKnown[]
  /** Writes that Google took and that did not lead to what they were for. */
  writesInVain: number
  /** A write that Google denied, and the etag it was based on. It counts once the policy is seen to be unchanged. */
  denied: { etag: string | undefined; refusal: Refusal } | undefined
  /** Why Google refused permanently. */
  refused: Refusal | undefined
  /** Why nothing more may be put in. It stays for the whole edit. */
  no: Refusal | undefined
}

/** What was seen of the policy. `no` is why nothing may be put in, judged when the policy was read. */
export type Seen =
  | { saw: 'policy'; policy: Policy; no?: Refusal | undefined }
  | { saw: 'conflict' }
  | { saw: 'silence'; to: 'read' | EditTask['goal'] }
  | { saw: 'refusal'; to: 'read' | EditTask['goal']; refusal: Refusal }

/** What to do next, apart from writing. */
export type Ask = { do: 'read' } | { do: 'end' }

/** After three writes that Google accepted without effect there is no fourth. */
const mostWritesInVain = 3

/** What is known before the policy has been seen. */
export function begin({ goal }: Pick<EditTask, 'goal'>, earlier: readonly Earlier[]): Knowledge {
  return {
    policy: undefined,
    openWrite: earlier.some(({ write }) => write === 'unanswered') ? 'any etag' : undefined,
    entries: earlier.map(({ write, etag }) => entryBefore(goal === 'take out' || write !== 'none', etag)),
    writesInVain: 0,
    denied: undefined,
    refused: undefined,
    no: undefined,
  }
}

function entryBefore(mayBeOurs: boolean, unconfirmedEtag: string | undefined): EntryKnown {
  const [standsUnder, member] = [undefined, undefined]
  return { mayBeOurs, mayStand: mayBeOurs, isAsWanted: false, standsUnder, member, copies: [], unconfirmedEtag }
}

/** What is known after something was seen that is not the answer to a write. */
export function observeSeen(task: EntriesOf, known: Knowledge, event: Seen): Knowledge {
  switch (event.saw) {
    case 'policy':
      return {
        ...seen(task, known, event.policy),
        no: known.no ?? event.no,
        refused: refuseWithoutEtag(event.policy),
      }
    case 'conflict':
      return { ...known, policy: undefined }
    case 'silence':
      return { ...(event.to === 'read' ? known : unanswered(known, event.to)), policy: undefined }
    case 'refusal':
      return { ...known, ...refusedBy(known, event), policy: undefined }
  }
}

type KnowledgeWithPolicy = Knowledge & { policy: Policy }

/** What to do before a write can be thought of; otherwise the policy is known. */
export function askFirst(known: Knowledge): Ask | KnowledgeWithPolicy {
  const { policy, refused, writesInVain, denied } = known
  if (refused !== undefined || writesInVain >= mostWritesInVain) return { do: 'end' }
  if (!policy) return { do: 'read' }
  return denied && denied.etag === policy.etag ? { do: 'end' } : { ...known, policy }
}

/** Whether this entry may be in force, or may still come into force. */
export function mayBeInForce({ openWrite }: Knowledge, entry: EntryKnown): boolean {
  return (openWrite !== undefined && entry.mayBeOurs) || mayBeInPolicy(entry)
}

/** Whether this entry may be in the policy as last seen. */
export function mayBeInPolicy({ mayStand, unconfirmedEtag }: EntryKnown): boolean {
  return mayStand || unconfirmedEtag !== undefined
}

/** Whether no entry must be added any more and the time is over: a write that still takes effect then gives nothing. */
export function isTooLate({ wanted }: EntriesOf, { no }: Knowledge, now: Date): boolean {
  return no !== undefined && wanted.every(({ expiresAt }) => now >= expiresAt)
}

/** The member that Google keeps in the place of the one we wrote, if it is known to. */
export function otherMemberOf({ wanted }: EntriesOf, { entries }: Knowledge): string | undefined {
  return entries.find(({ member }, i) => member !== undefined && member !== wanted[i]?.member)?.member
}

/** What is known after the policy was seen. */
export function seen({ wanted, likeness }: EntriesOf, known: Knowledge, policy: Policy): Knowledge {
  const { openWrite } = known
  const isMoved = typeof openWrite === 'object' && openWrite.etag !== policy.etag
  const entries = known.entries.map((entry, i) =>
    wanted[i] ? seenEntry({ wanted: wanted[i], likeness }, entry, policy) : entry,
  )
  return { ...known, policy, openWrite: isMoved ? undefined : openWrite && { etag: policy.etag }, entries }
}

type Sought = { wanted: BindingWanted; likeness: Likeness | undefined }

function seenEntry({ wanted, likeness }: Sought, entry: EntryKnown, policy: Policy): EntryKnown {
  const members = membersOf(policy, wanted, likeness)
  const isAsWanted = standsAsWanted(policy, wanted)
  const others = members.filter(member => member !== wanted.member)
  if (!entry.mayBeOurs) return { ...entry, isAsWanted, copies: [...new Set([...entry.copies, ...others])] }
  const candidates = members.filter(member => !entry.copies.includes(member))
  const standsUnder = candidates.find(one => one === wanted.member || one === entry.member) ?? onlyOne(candidates)
  const copies = standsUnder === undefined ? entry.copies : members.filter(member => member !== standsUnder)
  // Who knows the entry in every part need not fear that it is kept under another name.
  const isLeft = likeness === 'exactly' ? isTitledFor(policy, wanted) : isTitled(policy, wanted, copies)
  return {
    ...entry,
    isAsWanted,
    standsUnder,
    member: standsUnder ?? entry.member,
    mayStand: standsUnder !== undefined || isLeft,
    copies: [...new Set([...entry.copies, ...copies])],
    unconfirmedEtag: standsUnder === undefined ? entry.unconfirmedEtag : undefined,
  }
}

function onlyOne(members: readonly string[]): string | undefined {
  return members.length === 1 ? members[0] : undefined
}

function unanswered(known: Knowledge, to: EditTask['goal']): Knowledge {
  const openWrite = { etag: known.policy?.etag }
  return { ...(to === 'put in' ? allMayBeOurs(known) : known), openWrite }
}

/** Every entry may be there because of one of our writes. */
export function allMayBeOurs(known: Knowledge): Knowledge {
  return { ...known, entries: known.entries.map(entry => ({ ...entry, mayBeOurs: true })) }
}

// An approver's right may be limited to some roles. Google judges it by all that the write changes against the policy as it
// is then, so somebody else's change of another role in between leads to a denial, too. After any other refusal the policy
// is not read again, and an entry that was as wanted may have been removed since.
function refusedBy(
  { policy, entries }: Knowledge,
  { to, refusal }: Extract<Seen, { saw: 'refusal' }>,
): Partial<Knowledge> {
  return to !== 'read' && refusal.reason === 'AccessDenied'
    ? { denied: { etag: policy?.etag, refusal } }
    : { refused: refusal, entries: entries.map(entry => ({ ...entry, isAsWanted: false })) }
}
