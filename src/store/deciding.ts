// Stores a denial or withdrawal, of both doors: judged on the current state and appended against exactly that state. After
// a conflict it judges again. It never stores an approval, which needs Google's evidence.
import type { AccessRequest, Decision } from '../api/kinds.ts'
import { sha256 } from '../domain/approval/digest.ts'
import { type DecisionFacts, refuseDecision } from '../domain/approval/eligibility.ts'
import { instant } from '../domain/asking/duration.ts'
import { readMapping } from '../domain/mapping/mapping.ts'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Organisation } from '../domain/people/belonging.ts'
import type { Email, People } from '../domain/people/identity.ts'
import type { Clock, Mappings, Ref, Requests } from '../domain/ports.ts'
import type { GoogleGroups } from '../domain/people/group-reader.ts'
import { approverGroup } from './approver-group.ts'

export type DecideOptions = {
  requests: Pick<Requests, 'get' | 'patchStatus'>
  mappings: Pick<Mappings, 'get'>
  googleGroups: GoogleGroups
  people: People
  organisation: Organisation
  clock: Clock
}

/** The account that acts, as its door has checked it: of Slack by Slack's signature, of Google by Google's. */
export type Account = { email: Email } & ({ slackUserID: string } | { googleSubject: string })

/** A request by its names and its uid, so that another one of the same name is not meant. */
export type Target = Ref & { uid: string }

/**
 * A person's decision about a request. `action` identifies the click or form, so that a repeat is the same decision.
 */
export type Saying = {
  verdict: 'Denied' | 'Withdrawn'
  target: Target
  person: Account
  action: string
  comment?: string | undefined
}

/** Conflicts come from the controller and from other deciders; more than this in a row means something is wrong. */
const attempts = 6

/** Throws Refused when this person must not say this of the request as it is now. */
export async function judge(saying: Omit<Saying, 'action'>, options: DecideOptions): Promise<AccessRequest> {
  return judged(await findTarget(saying.target, options), saying, options)
}

// A denial gives nobody access, so it does not matter who can join a group that lets the person deny.
async function judged(
  request: AccessRequest,
  { verdict, person }: Omit<Saying, 'action'>,
  options: DecideOptions,
): Promise<AccessRequest> {
  const isDenial = verdict === 'Denied'
  const groups = isDenial ? await approverGroup(request, whoOf(person), options) : undefined
  const facts = { ...factsOf(request, person, options), groups }
  const refused = refuseDecision(isDenial ? 'deny' : 'withdraw', facts)
  if (refused) throw new Refused(refused.reason, refused.message)
  return request
}

/** Appends the decision and returns the request with it. Throws Refused like `judge`. */
export async function decide(saying: Saying, options: DecideOptions): Promise<AccessRequest> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const standing = await findTarget(saying.target, options)
    if (standing.status?.decisions?.some(({ id }) => id === idOf(saying))) return standing
    const seen = await judged(standing, saying, options)
    const result = await appendDecision(options.requests, seen, decisionOf(saying, options.clock))
    if (result !== 'conflict') return result
  }
  throw new Broken('The request changed at each attempt to store a decision.')
}

/** The request as it is now, if it is still the one that is meant. Throws Refused otherwise. */
export async function findTarget(
  { namespace, name, uid }: Target,
  { requests }: Pick<DecideOptions, 'requests'>,
): Promise<AccessRequest> {
  const request = await requests.get({ namespace, name })
  if (request?.metadata.uid !== uid) throw new Refused('Gone', 'This request no longer exists.')
  return request
}

/** The facts of a decision by this person at this moment. */
export function factsOf(
  request: AccessRequest,
  person: Account,
  options: Omit<DecideOptions, 'requests' | 'googleGroups'>,
): DecisionFacts {
  const { mappings, people, organisation, clock } = options
  const { metadata, spec } = request
  const mapping = mappings.get({ namespace: metadata.namespace, name: spec.roleMapping })
  return {
    request,
    mapping: mapping && readMapping(mapping),
    person: whoOf(person),
    people,
    organisation,
    now: clock.now(),
  }
}

/** What is stored of the person who acts: what the door has checked, and nothing else. */
export function whoOf(person: Account): Decision['who'] {
  const { email } = person
  return 'slackUserID' in person
    ? { email, slackUserID: person.slackUserID }
    : { email, googleSubject: person.googleSubject }
}

/** The account of a person, for ids of what they say. */
export function accountOf(person: Account): string {
  return 'slackUserID' in person ? person.slackUserID : `google ${person.googleSubject}`
}

function idOf({ verdict, target, person, action }: Saying): string {
  const digest = sha256(JSON.stringify([target.uid, verdict, accountOf(person), action]))
  return `${verdict.toLowerCase()}-${digest.slice(0, 12)}`
}

function decisionOf(saying: Saying, clock: Clock): Decision {
  const { verdict, person, comment } = saying
  return { id: idOf(saying), verdict, who: whoOf(person), at: instant(clock.now()), ...(comment && { comment }) }
}

async function appendDecision(
  requests: DecideOptions['requests'],
  seen: AccessRequest,
  decision: Decision,
): Promise<AccessRequest | 'conflict'> {
  return requests.patchStatus(seen, { decisions: [...(seen.status?.decisions ?? []), decision] })
}
