// What concerns a person who has signed in at the door: their requests, those that wait for them, access that they may end,
// emergencies that they may review, and what they may ask for. Everything is judged by the same rules as in Slack, and from
// what Google has proved alone.
import type { AccessRequest } from '../../api/kinds.ts'
import { decideBy, isOpen, refuseDecision } from '../../domain/approval/eligibility.ts'
import { approvalsOf } from '../../domain/approval/quorum.ts'
import { mayAsk, type WhoAsks } from '../../domain/asking/asking.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { type Offer, offers, permitted } from '../../domain/mapping/offers.ts'
import { refuseDone, refuseToEnd } from '../../domain/ending/revoking.ts'
import { groupsOfRequester, isUnknown } from '../../domain/people/google-groups.ts'
import { countedAs, isSameAccount, isSamePerson, type Person } from '../../domain/people/identity.ts'
import { refuseReviewBy } from '../../domain/review/reviewing.ts'
import { reviewBy } from '../../domain/review/reviews.ts'
import { approverGroup } from '../../store/approver-group.ts'
import { type DecideOptions, factsOf } from '../../store/deciding.ts'
import { type Dependencies, inHouse } from '../dependencies.ts'
import type { Session } from './session.ts'

/**
 * The person as one who asks for one of these mappings. What only Slack could say, such as user groups, is not believed
 * here. `onUnknown` gets what Google does not say of a mapping's groups.
 */
export async function requesterOf(
  { email }: Session,
  of: readonly Mapping[],
  { googleGroups: reader, onUnknown }: Pick<Dependencies, 'googleGroups'> & { onUnknown: (error: unknown) => void },
): Promise<WhoAsks> {
  const person = { email, userGroups: [] }
  const lists = of.filter(mapping => !mayAsk(mapping, person)).map(({ requesters }) => requesters.googleGroups)
  return { ...person, googleGroups: await groupsOfRequester(reader, { lists, email }, onUnknown) }
}

/** Logs that Google does not say something about a group. */
export function sayGroups(error: unknown, { log }: Pick<Dependencies, 'log'>): void {
  if (!isUnknown(error)) throw error
  log.warn({ why: error.message }, 'auth: a Google group could not be asked about; nobody is let in by it')
}

/** The account that Google has confirmed. */
export function accountOf({ email, googleSubject }: Session): Pick<Session, 'email' | 'googleSubject'> {
  return { email, googleSubject }
}

/** What it takes to judge and store what a person decides here. */
export function decideOptions(deps: Dependencies): DecideOptions {
  const { requests, mappings, googleGroups, people, clock, hostedDomains, externalRequesters } = deps
  return {
    requests: {
      get: async ref => inHouse(requests.get(ref)),
      patchStatus: async (seen, patch) => inHouse(requests.patchStatus(seen, patch)),
    },
    mappings,
    googleGroups,
    people,
    clock,
    organisation: { hostedDomains, externalRequesters },
  }
}

/** The mappings that this person may ask for now. Those whose groups Google does not tell are left out. */
export async function offeredTo(session: Session, deps: Dependencies): Promise<Offer[]> {
  const all = offers(deps.mappings)
  const onUnknown = (error: unknown): void => sayGroups(error, deps)
  const mappings = all.map(({ mapping }) => mapping)
  return permitted(all, await requesterOf(session, mappings, { ...deps, onUnknown }))
}

/** A request of the person's own, and what they can do with it here. */
export type Own = {
  request: AccessRequest
  mayWithdraw: boolean
  mayBeDone: boolean
  /** Whether the access can be ended now, by a person with the right. */
  mayEnd: boolean
}

/** Their requests that are not settled, the newest first. */
export function ownRequests(session: Session, deps: Dependencies): Own[] {
  const { standing, people, clock } = deps
  const now = clock.now()
  const person = accountOf(session)
  return distinct(countedAs(person, people).flatMap(id => standing.ofPerson(id)))
    .filter(({ spec }) => isOwn(spec.requester, session, deps))
    .sort((a, b) => createdAt(b) - createdAt(a))
    .map(request => ({
      request,
      mayWithdraw: !refuseDecision('withdraw', factsOf(request, person, decideOptions(deps))),
      mayBeDone: !refuseDone(request, person, now) && !isSaidDone(request),
      mayEnd: !refuseToEnd(request, now),
    }))
}

// An address can be given to somebody else later. Who asked on the web is known by the account.
/** Whether this person asked for it. */
export function isOwn(requester: Person, session: Session, { people }: Pick<Dependencies, 'people'>): boolean {
  if (requester.googleSubject !== undefined) return isSameAccount(requester, session)
  return isSamePerson(requester, { email: session.email }, people)
}

function isSaidDone({ status }: AccessRequest): boolean {
  return status?.endings?.some(({ verdict }) => verdict === 'Done') ?? false
}

/** An open request that this person may decide. */
export type Waiting = {
  request: AccessRequest
  /** Why they can only deny it: they have approved, or it can no longer be granted. */
  only?: 'approved' | 'notGrantable'
}

/** The open requests that this person may approve or deny, the most urgent first: by the rules that a decision passes. */
export async function waitingFor(session: Session, deps: Dependencies): Promise<Waiting[]> {
  const now = deps.clock.now()
  const open = everyRequest(session, deps).filter(request => isOpen(request, now))
  const judged = await Promise.all(open.map(async request => waitingIn(request, session, deps)))
  return judged.flat().sort((a, b) => endOf(a.request) - endOf(b.request))
}

async function waitingIn(request: AccessRequest, session: Session, deps: Dependencies): Promise<Waiting[]> {
  const person = accountOf(session)
  const groups = await approverGroup(request, person, deps).catch((error: unknown) => sayGroups(error, deps))
  const facts = { ...factsOf(request, person, decideOptions(deps)), ...(groups && { groups }) }
  if (refuseDecision('deny', facts)) return []
  const cannot = refuseDecision('approve', facts)?.reason
  if (cannot === undefined) return [{ request }]
  return [{ request, only: cannot === 'AlreadyApproved' ? 'approved' : 'notGrantable' }]
}

/** Access of others that this person was asked about or has approved, and that can be ended now; the first to end first. */
export function endableBy(session: Session, deps: Dependencies): AccessRequest[] {
  const person = accountOf(session)
  const { people, clock } = deps
  const concerns = ({ status }: AccessRequest): boolean =>
    (status?.approvers ?? []).some(({ email }) => isSamePerson({ email }, person, people))
  const hasApproved = (request: AccessRequest): boolean =>
    approvalsOf(request).some(({ who }) => isSamePerson(who, person, people))
  return everyRequest(session, deps)
    .filter(request => !isOwn(request.spec.requester, session, deps) && !refuseToEnd(request, clock.now()))
    .filter(request => concerns(request) || hasApproved(request))
    .sort((a, b) => (a.status?.expiresAt ?? '').localeCompare(b.status?.expiresAt ?? ''))
}

/** Emergencies that this person may review, the most urgent first. */
export function reviewableBy(session: Session, { standing, people, clock }: Dependencies): AccessRequest[] {
  const now = clock.now()
  const person = accountOf(session)
  return distinct(countedAs(person, people).flatMap(id => standing.ofReviewer(id)))
    .filter(request => !refuseReviewBy(request, person, { people, now }))
    .sort((a, b) => Number(reviewBy(a)) - Number(reviewBy(b)))
}

// Of every mapping that exists, and those that name the person, whose mapping may be gone.
function everyRequest(session: Session, { standing, mappings, people }: Dependencies): AccessRequest[] {
  const forMappings = mappings
    .list()
    .flatMap(({ metadata }) => standing.ofMapping(`${metadata.namespace}/${metadata.name}`))
  return distinct([...forMappings, ...countedAs(accountOf(session), people).flatMap(id => standing.ofApprover(id))])
}

function distinct(requests: readonly AccessRequest[]): AccessRequest[] {
  return [...new Map(requests.map(request => [request.metadata.uid, request])).values()]
}

function createdAt({ metadata }: AccessRequest): number {
  return new Date(metadata.creationTimestamp).getTime()
}

function endOf({ spec, metadata }: AccessRequest): number {
  return decideBy(spec, new Date(metadata.creationTimestamp)).getTime()
}
