// What concerns a person who has signed in at the door: their requests, those that wait for them, and what they may ask
// for. Everything is judged by the same rules as in Slack, and from what Google has proved alone.
import type { AccessRequest } from '../../api/kinds.ts'
import type { Requester } from '../../domain/asking/asking.ts'
import { decideBy, isOpen, refuseDecision } from '../../domain/approval/eligibility.ts'
import { countedAs, isSamePerson, type People, type Person } from '../../domain/people/identity.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { type Offer, offers, permitted } from '../../domain/mapping/offers.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Session } from './session.ts'

/** The person as one who asks. What only Slack could say, such as user groups, is not believed here. */
export function requesterOf({ email }: Session): Pick<Requester, 'email' | 'userGroups'> {
  return { email, userGroups: [] }
}

/** The mappings that this person may ask for now. */
export function offeredTo(session: Session, { mappings }: Dependencies): Offer[] {
  return permitted(offers(mappings), requesterOf(session))
}

/** Their requests that are not settled, the newest first. */
export function ownRequests(session: Session, { standing, people }: Dependencies): AccessRequest[] {
  const { email, googleSubject } = session
  const found = countedAs({ email, googleSubject }, people).flatMap(id => standing.ofPerson(id))
  return distinct(found)
    .filter(({ spec }) => isOwn(spec.requester, session, people))
    .sort((a, b) => createdAt(b) - createdAt(a))
}

// An address can be given to somebody else later. Who asked on the web is known by the account.
function isOwn(requester: Person, { email, googleSubject }: Session, people: People): boolean {
  if (requester.googleSubject !== undefined) return requester.googleSubject === googleSubject
  return isSamePerson(requester, { email }, people)
}

/** The open requests that this person may approve, the most urgent first: by the rules that an approval passes. */
export function waitingFor(session: Session, deps: Dependencies): AccessRequest[] {
  const { standing, mappings, people, clock } = deps
  const now = clock.now()
  const person = { email: session.email, googleSubject: session.googleSubject }
  return mappings
    .list()
    .flatMap(stored => {
      const mapping = readMapping(stored)
      return standing
        .ofMapping(`${mapping.namespace}/${mapping.name}`)
        .filter(request => isOpen(request, now))
        .filter(request => !refuseDecision('approve', { request, mapping, person, people, organisation: deps, now }))
    })
    .sort((a, b) => endOf(a) - endOf(b))
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
