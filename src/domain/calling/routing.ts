// Who is asked: turns the people from PagerDuty and the fallback into `status.approvers`, without the requester.
import type { Approver, RequestSpec, RequestStatus } from '../../api/kinds.ts'
import { displayName } from '../people/display-name.ts'
import { after, durationSeconds, instant } from '../asking/duration.ts'
import { sayApprovers } from '../approval/eligibility.ts'
import { differentPeople, isSamePerson, parseEmail, type People, type Person } from '../people/identity.ts'
import { shortLine } from '../text.ts'

/** How long PagerDuty may fail to answer before the fallback is asked. */
const silenceSeconds = 20
/** No policy has more levels than this. */
export const maxLevel = 20
/** A request asks at most this many people. */
const mostApprovers = 20

/** A person from PagerDuty or the fallback, with Slack's information. */
export type Candidate = {
  email: string
  name?: string | undefined
  slackUserID?: string | undefined
  level: number
  why: string
}

/** The approvers among the candidates: those with a valid address who are not the requester, each once. */
export function approversFrom(
  candidates: readonly Candidate[],
  spec: RequestSpec,
  people: People,
  now: Date,
): Approver[] {
  const approvers = new Map<string, Approver>()
  for (const candidate of candidates) {
    const email = parseEmail(candidate.email)
    if (!email || approvers.has(email) || isSamePerson(spec.requester, { ...candidate, email }, people)) continue
    const name = displayName(candidate.name)
    approvers.set(email, {
      email,
      ...(candidate.slackUserID && { slackUserID: candidate.slackUserID }),
      ...(name && { name }),
      level: candidate.level,
      why: shortLine(candidate.why, 120),
      at: instant(now),
    })
  }
  return [...approvers.values()]
}

export type Newcomers = { asked: Approver[]; leftOut: number }

/** Approvers who were found, and how many more were not looked up. */
export type Found = { approvers: readonly Approver[]; unseen?: number }

/** The found people who are asked too, each once, as long as there is room; `leftOut` counts the others. */
export function newcomers(standing: readonly Approver[], { approvers: found, unseen = 0 }: Found): Newcomers {
  const known = new Set(standing.map(({ email }) => email))
  const fresh: Approver[] = []
  for (const approver of found) {
    if (known.has(approver.email)) continue
    known.add(approver.email)
    fresh.push(approver)
  }
  const asked = fresh.slice(0, Math.max(0, mostApprovers - standing.length))
  const isFull = standing.length + asked.length >= mostApprovers
  return { asked, leftOut: fresh.length - asked.length + (isFull ? unseen : 0) }
}

/** What `Routed` says before there is a message that asks these people. */
export function sayAsking(approvers: readonly Approver[]): string {
  return `To be asked: ${sayApprovers(approvers)}.`
}

/** What `Routed` says when there is one; sentences after the first stay. */
export function sayAsked(before: string, approvers: readonly Approver[]): string {
  const asking = sayAsking(approvers)
  return before.startsWith(asking) ? `Asked ${sayApprovers(approvers)}.${before.slice(asking.length)}` : before
}

/** The sentence about people for whom a request has no room; empty if everybody has room. */
export function sayLeftOut(leftOut: number): string {
  if (leftOut === 0) return ''
  return ` ${leftOut} more ${leftOut === 1 ? 'is' : 'are'} left out: a request asks ${mostApprovers} people at most.`
}

/** While PagerDuty does not answer, or names nobody, it is asked again at this interval. */
const retrySeconds = 15
/** The person on call may change while a request waits; the new person is asked too. */
const refreshSeconds = 60

/** When to look for approvers: immediately, again soon while nobody was found, or when the next level is due. */
export function routeAt(spec: RequestSpec, status: RequestStatus): Date | undefined {
  const { routing, approvers } = status
  if (!routing) return new Date(0)
  const at = new Date(routing.at)
  const retry = after(at, retrySeconds)
  if (routing.silentSince) {
    const giveUp = silenceEnds(routing.silentSince)
    return at < giveUp && giveUp < retry ? giveUp : retry
  }
  return approvers?.length ? escalateAt(spec, status) : retry
}

/** When PagerDuty has not answered for too long. */
export function silenceEnds(silentSince: string): Date {
  return after(new Date(silentSince), silenceSeconds)
}

/**
 * When to check whether the people on call have changed at the levels already asked, or whether missing people can be
 * found now. `lookedAt`: the last check by this process.
 */
export function refreshAt(status: RequestStatus, lookedAt: Date | undefined): Date | undefined {
  if (!status.approvers?.length || status.routing?.silentSince) return undefined
  return lookedAt ? after(lookedAt, refreshSeconds) : new Date(0)
}

/**
 * When the next level is due: `escalateAfter` after the last search, or at once while those who are asked are fewer than
 * must approve; undefined when there is no further level to ask.
 */
function escalateAt(spec: RequestSpec, status: RequestStatus): Date | undefined {
  const pause = isShort(spec, status.approvers ?? []) ? 0 : durationSeconds(spec.approval.escalateAfter)
  const isNever = durationSeconds(spec.approval.escalateAfter) === 0
  const { routing } = status
  if (isNever || !routing || routing.level === 0) return undefined
  if (!spec.approval.onCall?.escalationPolicy && !spec.approval.fallback) return undefined
  return after(new Date(routing.at), pause)
}

/** Whether these are fewer different people than must approve. */
function isShort({ approval }: RequestSpec, people: readonly Person[]): boolean {
  return approval.required > 1 && differentPeople(people) < approval.required
}

/**
 * The sentence for a request that too few people can approve, when nobody else will be asked; undefined while it can be
 * approved. Those whom the mapping permits besides count too.
 */
export function sayTooFew(spec: RequestSpec, status: RequestStatus, people: People): string | undefined {
  const { required, allowed, onlyOnCall } = spec.approval
  const asked = status.approvers ?? []
  const others = (onlyOnCall ? [] : (allowed?.emails ?? [])).map(email => ({ email }))
  const able = [...asked, ...others].filter(person => !isSamePerson(person, spec.requester, people))
  const count = differentPeople(able, people)
  // How many members a Google group has is not known here.
  const isOpen = !onlyOnCall && (allowed?.googleGroups?.length ?? 0) > 0
  if (required === 1 || asked.length === 0 || count >= required || isOpen || escalateAt(spec, status)) return undefined
  return `${required} different people must approve, and only ${count} can: put somebody else on call, or name more people in approval.fallback of mapping "${spec.roleMapping}".`
}

/** The level to ask next: the first, or the one after the last; 0 is the fallback. */
export function nextLevel({ approval }: RequestSpec, { routing, approvers }: RequestStatus): number {
  if (!approval.onCall) return 0
  const asked = approvers?.length ? routing?.level : undefined
  if (asked === undefined) return approval.onCall.level ?? 1
  return approval.onCall.escalationPolicy && asked > 0 && asked < maxLevel ? asked + 1 : 0
}
