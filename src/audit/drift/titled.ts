// The entries with a title of Hallpass in one policy, against the record of their requests, and the entries that the record
// says must be there.
import { instant } from '../../domain/asking/duration.ts'
import { isAccount, leftoversIn, whoseIs } from '../../domain/granting/leftovers.ts'
import { type Binding, isLeftover, timesIn, titleOf, uidOfOurs } from '../../domain/granting/policy.ts'
import type { Read } from '../looked.ts'
import type { DriftKind, Finding } from './finding.ts'
import { type Coverage, outsideOf } from './coverage.ts'
import type { Recorded, RecordedEntry, Records } from './record.ts'
import { commandFor } from './safe-command.ts'

/** What the entries are compared with. */
export type Witness = { records: Records; coverage: Coverage; now: Date }

/** A titled entry about which the record says nothing because it does not reach that far. */
export type Uncovered = { resource: string; why: string }

/** What is wrong with the titled entries of a policy. */
export function judgeTitled(read: Read, witness: Witness): { findings: Finding[]; uncovered: Uncovered[] } {
  const titled = (read.policy.bindings ?? []).flatMap(binding => {
    const uid = uidOfOurs(binding)
    return uid === undefined ? [] : [{ uid, binding }]
  })
  const judged = titled.flatMap(one => judge({ ...one, resource: read.resource }, witness))
  return {
    findings: [
      ...judged.filter(one => 'kind' in one),
      ...lacking(
        read,
        titled.map(({ binding }) => binding),
        witness,
      ),
    ],
    uncovered: judged.filter(one => !('kind' in one)),
  }
}

type Titled = { resource: string; uid: string; binding: Binding }

function judge(titled: Titled, { records, coverage, now }: Witness): (Finding | Uncovered)[] {
  const { resource, uid, binding } = titled
  const recorded = records.get(uid)
  if (isLeftover(binding, now)) return expired(titled, recorded, now)
  const { role, members = [], condition } = binding
  const about = (kind: DriftKind, member: string, why: string): Finding => ({
    kind,
    ...placeOf(titled, member),
    ...requestOf(recorded),
    why,
    next: kind === 'altered' ? restore : remove,
    ...commandFor({ resource, role, member, condition: { expression: '', ...condition } }),
  })
  if (!recorded) {
    const why = outsideOf(coverage, timesIn(condition?.expression ?? '')?.startsAt)
    if (why) return [{ resource, why: `The entry "${titleOf(uid)}" of ${role} ${why}` }]
    return members.map(member => about('unbacked', member, 'no request on record has this title'))
  }
  const entries = recorded.entries.filter(entry => entry.resource === resource && entry.role === role)
  const [entry] = entries
  if (!entry) return members.map(member => about(kindWithout(recorded), member, whyWithout(recorded, titled)))
  return members.flatMap(member => {
    const why = differenceOf(binding, member, entry)
    return why === undefined ? [] : [about('altered', member, why)]
  })
}

const remove = 'Find out who wrote it, and remove it with the command, unless it is needed.'
const restore =
  'Find out who changed it, and remove it with the command. A person who still needs the access asks for it again.'

function placeOf(
  { resource, uid, binding: { role } }: Titled,
  member: string,
): Pick<Finding, 'resource' | 'role' | 'member' | 'title'> {
  return { resource, role, member, title: titleOf(uid) }
}

/** The request of a finding, if it is on record. */
export function requestOf(recorded: Recorded | undefined): Pick<Finding, 'request'> {
  if (!recorded) return {}
  const { namespace, name, mapping } = recorded
  return { request: { namespace, name, mapping } }
}

function kindWithout({ entries }: Recorded): DriftKind {
  return entries.length === 0 ? 'unbacked' : 'altered'
}

function whyWithout({ entries, asked }: Recorded, { resource, binding: { role } }: Titled): string {
  if (entries.length === 0) return 'its request was never approved'
  return asked.some(grant => grant.resource === resource && grant.role === role)
    ? 'the approver left this role out'
    : 'its request is for other roles or resources'
}

/** In what an entry differs from what was written; undefined when it does not. */
function differenceOf({ condition }: Binding, member: string, entry: RecordedEntry): string | undefined {
  const person = entry.member.replace(/^user:/, '')
  if (!isAccount(member, entry.member)) return `its request is of ${person}`
  const [is, was] = [timesIn(condition?.expression ?? ''), timesIn(entry.expression)]
  if (condition?.expression !== entry.expression) {
    const isOnlyTime = is && was && is.condition === was.condition
    return isOnlyTime
      ? `it is from ${instant(is.startsAt)} to ${instant(is.expiresAt)}, and on record from ${instant(was.startsAt)} to ${instant(was.expiresAt)}`
      : 'its condition is not the one on record'
  }
  if (entry.heldUntil === undefined) return 'by the record it was never written'
  if (entry.state === 'Removed') return 'by the record it was taken out'
  return condition.description === entry.description ? undefined : 'its description is not the one on record'
}

function expired(titled: Titled, recorded: Recorded | undefined, now: Date): Finding[] {
  const { resource, binding } = titled
  return leftoversIn(resource, { bindings: [binding] }, now).map(one => {
    const written = recorded && { ...recorded, request: recorded.name }
    const whose = whoseIs(one, written)
    const isOther = whose === 'foreign'
    return {
      kind: isOther ? 'altered' : 'leftover',
      ...placeOf(titled, one.member),
      ...requestOf(recorded),
      why: isOther
        ? `it ended at ${instant(one.endedAt)} and gives nothing, and its request had something else written`
        : `it ended at ${instant(one.endedAt)}`,
      next: whose === 'proved' ? 'Remove it with the command; "hallpass leftovers" lists all of them.' : unproved,
      ...(whose === 'proved' && commandFor(one)),
    }
  })
}

const unproved =
  'Its request is not on record as it is, so no command is given. Compare it with the log before you remove it: hallpass history.'

// The person who took it out has also left a policy write, which Google has recorded.
function lacking({ resource }: Read, bindings: readonly Binding[], { records, now }: Witness): Finding[] {
  return [...records.values()].flatMap(recorded =>
    recorded.entries
      .filter(entry => entry.resource === resource && entry.state === 'Written')
      .filter(({ heldUntil }) => heldUntil !== undefined && now < heldUntil)
      .filter(entry => !bindings.some(binding => isOf(binding, recorded.uid, entry)))
      .map(({ role, member, heldUntil }) => ({
        kind: 'missing' as const,
        resource,
        role,
        member,
        title: titleOf(recorded.uid),
        ...requestOf(recorded),
        why: `by the record the access is in force until ${instant(heldUntil ?? now)}`,
        next: 'Find out who took it out. Do not write it by hand: a person who needs the access asks for it again.',
      })),
  )
}

function isOf({ role, members = [], condition }: Binding, uid: string, entry: RecordedEntry): boolean {
  return (
    role === entry.role && condition?.title === titleOf(uid) && members.some(member => isAccount(member, entry.member))
  )
}
