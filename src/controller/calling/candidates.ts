// Turns the people named by PagerDuty and the fallback into persons in Slack. People who may not take part are left
// out. People whom Slack does not return yet do not delay the others.
import type { AccessRequest, RequestSpec } from '../../api/kinds.ts'
import type { Reviewer } from '../../domain/calling/alerts.ts'
import { isSamePerson } from '../../domain/people/identity.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { LookedUp, SlackPerson } from '../../domain/ports.ts'
import { approversFrom, type Candidate, type Found } from '../../domain/calling/routing.ts'
import { mostFallbackMembers } from '../../domain/mapping/user-groups.ts'
import { seek, type Sought } from '../mapping/accounts.ts'
import type { Dependencies } from '../dependencies.ts'

/** A named person, by address or Slack account. */
type Named = { email: string; name?: string; why: string; person?: SlackPerson }

/** The people on call at a level who may decide, without the requester. */
export async function onCallAt(deps: Dependencies, request: AccessRequest, level: number): Promise<OnCallAnswer> {
  const { escalationPolicy, schedule } = request.spec.approval.onCall ?? {}
  const of = { ...(escalationPolicy && { escalationPolicy }), ...(schedule && { schedule }), level }
  const people = await deps.onCall.onCall(of)
  const named = people.map(({ email, name, source }) => ({
    email,
    ...(name && { name }),
    why: `on call for ${source}`,
  }))
  const found = await approversAmong(deps, request, { named, level, unnamed: nobody })
  return { isEmpty: people.length === 0, ...found }
}
/** `isEmpty` when nobody is on call at the level, not even a person who may not decide. */
type OnCallAnswer = Found & { isEmpty: boolean }

/** The fallback's persons who may decide, without the requester. */
export async function fallbackOf(deps: Dependencies, request: AccessRequest): Promise<Found> {
  return namedBy(deps, request, { ...request.spec.approval.fallback, why: `fallback of ${request.spec.roleMapping}` })
}

/** The people who may review an emergency, as Slack knows them. */
export async function reviewersOf(deps: Dependencies, request: AccessRequest): Promise<Reviewer[]> {
  const { roleMapping, review } = request.spec
  const { approvers } = await namedBy(deps, request, { ...review?.reviewers, why: `reviewer of ${roleMapping}` })
  return approvers.map(({ email, slackUserID, name }) => ({
    email,
    ...(slackUserID && { slackUserID }),
    ...(name && { name }),
  }))
}

/** Whether this person may still review: named by address, or in the user group now, without any cache. */
export async function isReviewerNow(deps: Dependencies, request: AccessRequest, email: string): Promise<boolean> {
  const { emails = [], slackUserGroup } = request.spec.review?.reviewers ?? {}
  const is = (other: string): boolean => isSamePerson({ email: other }, { email }, deps.people)
  if (emails.some(is)) return true
  const ids = (request.status?.reviewers ?? []).flatMap(one => (is(one.email) ? (one.slackUserID ?? []) : []))
  if (!slackUserGroup || ids.length === 0) return false
  const members = (await deps.directory.fresh.membersOf(slackUserGroup)) ?? []
  return ids.some(id => members.includes(id))
}

type NamedPeople = { emails?: readonly string[]; slackUserGroup?: string; why: string }

async function namedBy(
  deps: Dependencies,
  request: AccessRequest,
  { emails = [], slackUserGroup, why }: NamedPeople,
): Promise<Found> {
  const group = slackUserGroup ? await membersOf(deps, slackUserGroup) : nobody
  const members = group.people.flatMap(person =>
    person.email ? [{ email: person.email, name: person.name, why, person }] : [],
  )
  const named = [...emails.map(email => ({ email, why })), ...members]
  return approversAmong(deps, request, { named, level: 0, unnamed: group })
}

const nobody: LookedUp = { people: [], missing: 0 }

async function membersOf({ directory }: Dependencies, group: string): Promise<LookedUp> {
  try {
    const ids = (await directory.unhurried.membersOf(group)) ?? []
    // The group may have grown since the mapping became ready.
    const looked = await directory.unhurried.byIds(ids.slice(0, mostFallbackMembers))
    return { ...looked, missing: looked.missing + Math.max(0, ids.length - mostFallbackMembers) }
  } catch (error) {
    return { ...nobody, error: passing(error) }
  }
}

type Level = { named: Named[]; level: number; unnamed: Pick<LookedUp, 'missing' | 'error'> }

async function approversAmong(
  deps: Dependencies,
  { spec }: AccessRequest,
  { named, level, unnamed }: Level,
): Promise<Found> {
  const looked = await Promise.allSettled(
    named.map(person => candidateOf(deps, person, { level, origin: spec.origin })),
  )
  const fit = looked.flatMap(one => (one.status === 'fulfilled' && one.value ? [one.value] : []))
  const errors = looked.flatMap(one => (one.status === 'rejected' ? [passing(one.reason)] : []))
  const approvers = approversFrom(fit, spec, deps.people, deps.clock.now())
  const error = errors[0] ?? unnamed.error
  if (approvers.length === 0 && error !== undefined) throw error
  return { approvers, unseen: errors.length + unnamed.missing }
}

/** A temporary error or a refusal; any other error is thrown. */
function passing(error: unknown): Broken | Waiting | Refused {
  if (error instanceof Broken || error instanceof Waiting || error instanceof Refused) return error
  throw error
}

async function candidateOf(
  deps: Dependencies,
  { email, name, why, person: known }: Named,
  { level, origin }: { level: number; origin: RequestSpec['origin'] },
): Promise<Candidate | undefined> {
  const { email: address, found } = known ? { email, found: [known] } : await sought(deps, { email, origin })
  if (found.some(({ unfit }) => unfit)) return undefined
  // An address with several people tags nobody: no mention is better than a wrong one.
  const [only, another] = found
  const person = another ? undefined : only
  return { email: address, name: person?.name ?? name, slackUserID: person?.slackUserID, level, why }
}

// Who asks on the web may do so because Slack is away. Then the people are known by the address that PagerDuty or the
// mapping names, and Google says later who has it. Their accounts are looked up before the message is posted.
async function sought(
  deps: Dependencies,
  { email, origin }: { email: string; origin: RequestSpec['origin'] },
): Promise<Sought> {
  try {
    return await seek(deps, email)
  } catch (error) {
    if (origin !== 'web' || !(error instanceof Broken || error instanceof Waiting)) throw error
    return { email, found: [] }
  }
}
