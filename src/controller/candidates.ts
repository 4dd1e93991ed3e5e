// From what PagerDuty and the fallback name to persons whom Slack knows. Whoever may not take part is left out.
import type { AccessRequest, Approver } from '../api/kinds.ts'
import { isSamePerson, parseEmail, type People } from '../domain/identity.ts'
import { Refused } from '../domain/outcome.ts'
import type { SlackPerson } from '../domain/ports.ts'
import { approversFrom, type Candidate } from '../domain/routing.ts'
import type { World } from './world.ts'

type Named = { email: string; name?: string; why: string }

/** Those on call at a level who may decide, the requester left out. */
export async function onCallAt(world: World, request: AccessRequest, level: number): Promise<OnCallAnswer> {
  const { escalationPolicy, schedule } = request.spec.approval.onCall ?? {}
  const of = { ...(escalationPolicy && { escalationPolicy }), ...(schedule && { schedule }), level }
  const people = await world.onCall.onCall(of)
  const named = people.map(({ email, name, source }) => ({
    email,
    ...(name && { name }),
    why: `on call for ${source}`,
  }))
  return { isEmpty: people.length === 0, approvers: await approversAmong(world, request, { named, level }) }
}
/** `isEmpty` when the level has nobody at all, not even somebody who may not decide. */
type OnCallAnswer = { isEmpty: boolean; approvers: Approver[] }

/** The fallback's persons who may decide, the requester left out. */
export async function fallbackOf(world: World, request: AccessRequest): Promise<Approver[]> {
  const { emails = [], slackUserGroup } = request.spec.approval.fallback ?? {}
  const why = `fallback of ${request.spec.roleMapping}`
  const members = slackUserGroup ? await membersOf(world, slackUserGroup) : []
  const named = [...emails.map(email => ({ email, why })), ...members.map(member => ({ ...member, why }))]
  return approversAmong(world, request, { named, level: 0 })
}

async function membersOf({ directory }: World, group: string): Promise<{ email: string; name?: string }[]> {
  const ids = await directory.membersOf(group)
  const people = await Promise.all(ids.map(id => directory.byId(id)))
  return people.flatMap(person =>
    person?.email ? [{ email: person.email, ...(person.name && { name: person.name }) }] : [],
  )
}

async function approversAmong(
  world: World,
  { spec }: AccessRequest,
  { named, level }: { named: Named[]; level: number },
): Promise<Approver[]> {
  const candidates = await Promise.all(named.map(person => candidateOf(world, person, level)))
  const fit = candidates.filter(candidate => candidate !== undefined)
  return approversFrom(fit, spec, world.people, world.clock.now())
}

async function candidateOf(world: World, { email, name, why }: Named, level: number): Promise<Candidate | undefined> {
  const found = await slackPeopleOf(world, email)
  if (found.some(({ unfit }) => unfit)) return undefined
  // An address that leads to several people tags nobody: better no mention than the wrong one.
  const [only, another] = found
  const person = another ? undefined : only
  return { email, name: person?.name ?? name, slackUserID: person?.slackUserID, level, why }
}

async function slackPeopleOf({ directory, people }: World, email: string): Promise<SlackPerson[]> {
  const found = await Promise.all(addresses(email, people).map(address => lookUp(directory, address)))
  return [...new Map(found.flatMap(person => (person ? [[person.slackUserID, person] as const] : []))).values()]
}

async function lookUp(directory: World['directory'], address: string): Promise<SlackPerson | undefined> {
  try {
    return await directory.byEmail(address)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function addresses(email: string, people: People): string[] {
  const own = parseEmail(email)
  if (!own) return []
  const rows = people.filter(row => row.some(address => isSamePerson({ email: address }, { email: own })))
  return [...new Set([own, ...rows.flat().map(address => address.toLowerCase())])]
}
