// Hallpass's binding in an IAM policy: its form, how it is found, and the pure edit that removes it. Everything else stays the
// same, byte for byte and in the same order. What adds it is in adding.ts.
import { staysInBrackets } from '../mapping/condition.ts'
import { instant } from '../asking/duration.ts'
import { isSamePerson, type People, type Person } from '../people/identity.ts'
import { type Refusal, refusal, Refused } from '../outcome.ts'

/** An IAM condition (google.type.Expr). */
export type Condition = { title?: string; description?: string; expression: string; [unknown: string]: unknown }
export type Binding = { role: string; members?: string[]; condition?: Condition; [unknown: string]: unknown }
/** An IAM policy as Resource Manager v3 returns it for version 3. Unknown fields are kept. */
export type Policy = { version?: number; etag?: string; bindings?: Binding[]; [unknown: string]: unknown }

/** Hallpass's entry in a policy. */
export type BindingWanted = {
  uid: string
  member: string
  role: string
  /** The mapping's own condition, combined with the time by &&. */
  condition?: string | undefined
  startsAt: Date
  expiresAt: Date
  /** Request, requester and approver in words; 256 characters at most. */
  description: string
}

/** Title of Hallpass's conditions. It contains the request's uid, so that a repeated write finds its own binding. */
export function titleOf(uid: string): string {
  return `hallpass ${uid}`
}

const ours = /^hallpass [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
// The complete form of `expressionOf`, so that another expression with the same ending is not changed.
const times =
  /^(?:\((.*)\) && )?request\.time >= timestamp\("([0-9TZ:-]+)"\) && request\.time < timestamp\("([0-9TZ:-]+)"\)$/

/** The condition's CEL: `request.time >= timestamp("A") && request.time < timestamp("B")`, after the mapping's own, if any. */
export function expressionOf({
  condition,
  startsAt,
  expiresAt,
}: Pick<BindingWanted, 'condition' | 'startsAt' | 'expiresAt'>): string {
  const time = `request.time >= timestamp("${instant(startsAt)}") && request.time < timestamp("${instant(expiresAt)}")`
  return condition ? `(${condition}) && ${time}` : time
}

/** How much of a binding must be as wanted: role, title and member, or every part that Hallpass writes. */
export type Likeness = 'by title' | 'exactly'

/** The policy without these bindings, each under the given member. */
export function withoutBindings(policy: Policy, wanted: readonly BindingWanted[], likeness?: Likeness): Policy {
  requireEtag(policy)
  const bindings = (policy.bindings ?? []).filter(other => !wanted.some(one => isLike(other, one, likeness)))
  return { ...policy, version: 3, bindings }
}

function isLike(binding: Binding, wanted: BindingWanted, likeness: Likeness = 'by title'): boolean {
  return isOwn(binding, wanted) && (likeness === 'by title' || isExactly(binding, wanted))
}

/** Whether our binding is in the policy exactly once and exactly as wanted. */
export function standsAsWanted(policy: Policy, wanted: BindingWanted): boolean {
  const own = (policy.bindings ?? []).filter(other => isOwn(other, wanted))
  return own.length === 1 && own[0]?.condition?.expression === expressionOf(wanted)
}

/** Whether a binding of this request, role and person is in the policy, under any of their addresses. */
export function stands(policy: Policy, wanted: BindingWanted): boolean {
  return memberOf(policy, wanted) !== undefined
}

/**
 * The member of Hallpass's binding; undefined when the policy does not have it. Google stores an account under its
 * primary address, even if another was written: if there is no binding under the written address, one that is otherwise
 * exactly the same counts.
 */
export function memberOf(policy: Policy, wanted: BindingWanted): string | undefined {
  const [first, ...more] = membersOf(policy, wanted)
  return first === wanted.member || more.length === 0 ? first : undefined
}

/**
 * The members of all bindings that equal our binding except for the member. The one that we wrote comes first. If a binding
 * must be exactly as wanted, there is no other.
 */
export function membersOf({ bindings = [] }: Policy, wanted: BindingWanted, likeness?: Likeness): string[] {
  const own = bindings.some(other => isLike(other, wanted, likeness)) ? [wanted.member] : []
  if (likeness === 'exactly') return own
  const others = bindings.filter(other => isExactly(other, wanted) && !isOwn(other, wanted))
  return [...own, ...others.flatMap(({ members = [] }) => members)]
}

type Titled = Pick<BindingWanted, 'uid' | 'role'>

/**
 * Whether a binding of this role has our title, with any condition, except for bindings with only one of these members.
 */
export function isTitled({ bindings = [] }: Policy, { uid, role }: Titled, besides: readonly string[] = []): boolean {
  return bindings.some(
    ({ members = [], ...other }) =>
      other.role === role &&
      other.condition?.title === titleOf(uid) &&
      !(members.length === 1 && besides.includes(members[0] ?? '')),
  )
}

/** Whether a binding of this role has our title and names this member, in whatever form. */
export function isTitledFor({ bindings = [] }: Policy, { uid, role, member }: BindingWanted): boolean {
  return bindings.some(
    ({ members = [], ...other }) =>
      other.role === role && other.condition?.title === titleOf(uid) && members.some(each => sameMember(each, member)),
  )
}

/** A member that was written, and the one that Google stored instead. */
type OtherName = { written: string; primary: string }
type Judged = { approvers: readonly Person[]; people: People }

/** The beginning of a sentence with both names. */
export function sayKnownAs({ written, primary }: OtherName): string {
  if (isDeleted(primary)) return `Google says that the account "${addressOf(written)}" is deleted`
  return `Google knows "${addressOf(written)}" as "${addressOf(primary)}"`
}

/**
 * Why a member whom Google stores under another name gets nothing: the settings do not say that both are one person.
 */
export function refuseOtherAddress({ approvers, people, ...names }: OtherName & Judged): Refusal {
  const known = sayKnownAs(names)
  if (isDeleted(names.primary)) return refusal('AccountGone', `${known}. Please ask with an account that exists.`)
  return approvers.some(approver => isSamePerson({ email: addressOf(names.primary) }, approver, people))
    ? refusal(
        'SelfApproval',
        `${known}, who approved it: nobody can approve what they asked for. Please ask with that address, so that somebody else is asked.`,
      )
    : refusal(
        'AddressNotPrimary',
        `${known}, and access goes to primary addresses only. Please ask with that address, or have the platform team correct the address in Slack.`,
      )
}

// Google shows a deleted account as `deleted:user:dana@example.com?uid=123`.
function isDeleted(member: string): boolean {
  return member.startsWith('deleted:')
}

function addressOf(member: string): string {
  return member.replace(/^user:/, '')
}

/** Whether the person already has the role without a condition, so that a binding would have no effect. */
export function holdsUnconditionally(policy: Policy, role: string, member: string): boolean {
  return (policy.bindings ?? []).some(
    b => b.role === role && !b.condition && (b.members ?? []).some(m => sameMember(m, member)),
  )
}

/**
 * Whether a binding has our role, title and member. Google may merge members into one binding with the same role and
 * condition; Hallpass's condition contains a uid, so it is not merged with others.
 */
export function isOwn(
  binding: Binding,
  { uid, role, member }: Pick<BindingWanted, 'uid' | 'role' | 'member'>,
): boolean {
  return (
    binding.role === role &&
    binding.condition?.title === titleOf(uid) &&
    binding.members?.length === 1 &&
    sameMember(binding.members[0] ?? '', member)
  )
}

// Everything that Hallpass writes except the member, character by character: nobody else makes such a binding by
// chance.
function isExactly({ role, members, condition }: Binding, wanted: BindingWanted): boolean {
  return (
    role === wanted.role &&
    members?.length === 1 &&
    condition?.title === titleOf(wanted.uid) &&
    condition.description === wanted.description &&
    condition.expression === expressionOf(wanted)
  )
}

/** Whether it is an entry of Hallpass that has expired. It gives nothing any more and can be removed. */
export function isLeftover(binding: Binding, now: Date): boolean {
  const end = endOfOurs(binding)
  return end !== undefined && end <= now
}

/** The uid of the request that an entry's title names, if the title has the form of Hallpass. */
export function uidOfOurs({ condition }: Binding): string | undefined {
  const title = condition?.title ?? ''
  return isUidTitle(title) ? title.slice(titleOf('').length) : undefined
}

/** When an entry of Hallpass ends; undefined for any other entry. */
export function endOfOurs(binding: Binding): Date | undefined {
  if (uidOfOurs(binding) === undefined || binding.members?.length !== 1) return undefined
  return timesIn(binding.condition?.expression ?? '')?.expiresAt
}

/** Whether this can be the title of one of our conditions. Anybody can set such a title. */
export function isUidTitle(title: string): boolean {
  return ours.test(title)
}

/** The times in a condition as Hallpass writes it, and what is before them; undefined for any other expression. */
export function timesIn(expression: string): Pick<BindingWanted, 'startsAt' | 'expiresAt' | 'condition'> | undefined {
  const [, condition, start, end] = times.exec(expression) ?? []
  // An invalid condition, such as `a) || (b`, was not put into these brackets by Hallpass, and may still be in force.
  if (start === undefined || end === undefined || (condition !== undefined && !staysInBrackets(condition)))
    return undefined
  return { startsAt: new Date(start), expiresAt: new Date(end), ...(condition !== undefined && { condition }) }
}

function sameMember(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

/** Why a policy without an etag is not written. */
export function refuseWithoutEtag({ etag }: Policy): Refusal | undefined {
  return etag
    ? undefined
    : refusal(
        'PolicyWithoutEtag',
        'Google returned an IAM policy without an etag; writing it could overwrite another change.',
      )
}

/** Throws Refused for a policy without an etag: writing it would overwrite blindly. */
export function requireEtag(policy: Policy): void {
  const no = refuseWithoutEtag(policy)
  if (no) throw new Refused(no.reason, no.message)
}
