// Stores a denial or withdrawal: judged on the current state and appended against exactly that state. After a conflict
// it judges again. It never stores an approval, which needs Google's evidence.
import type { AccessRequest, Decision } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { sha256 } from '../../domain/approval/digest.ts'
import { type DecisionFacts, refuseDecision } from '../../domain/approval/eligibility.ts'
import type { Organisation } from '../../domain/people/belonging.ts'
import type { People } from '../../domain/people/identity.ts'
import { readMapping } from '../../domain/mapping/mapping.ts'
import { Broken } from '../../domain/outcome.ts'
import type { Clock, Mappings, Requests } from '../../domain/ports.ts'
import type { ButtonTarget } from '../messages/blocks.ts'
import { type Acting, no } from './acting.ts'
import { gone } from './answers.ts'

export type DecideOptions = {
  requests: Pick<Requests, 'get' | 'patchStatus'>
  mappings: Mappings
  people: People
  organisation: Organisation
  clock: Clock
}

/**
 * A person's decision about a request. `action` identifies the click or form, so that a repeat is the same decision.
 */
export type Saying = {
  verdict: 'Denied' | 'Withdrawn'
  target: ButtonTarget
  person: Acting
  action: string
  comment?: string
}

/** Conflicts come from the controller and from other deciders; more than this in a row means something is wrong. */
const attempts = 6

/** Throws Refused when this person must not say this of the request as it is now. */
export async function judge(saying: Omit<Saying, 'action'>, options: DecideOptions): Promise<AccessRequest> {
  return judged(await find(saying.target, options), saying, options)
}

function judged(request: AccessRequest, saying: Omit<Saying, 'action'>, options: DecideOptions): AccessRequest {
  const occasion = saying.verdict === 'Denied' ? 'deny' : 'withdraw'
  const refused = refuseDecision(occasion, factsOf(request, saying.person, options))
  if (refused) throw no(refused)
  return request
}

/** Appends the decision and returns the request with it. Throws Refused like `judge`. */
export async function decide(saying: Saying, options: DecideOptions): Promise<AccessRequest> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const standing = await find(saying.target, options)
    if (standing.status?.decisions?.some(({ id }) => id === idOf(saying))) return standing
    const seen = judged(standing, saying, options)
    const result = await appendDecision(options.requests, seen, decisionOf(saying, options.clock))
    if (result !== 'conflict') return result
  }
  throw new Broken('The request changed at each attempt to store a decision.')
}

/** Whether the request still exists, and is the one that the button was made for. */
export async function find(
  { namespace, name, uid }: ButtonTarget,
  { requests }: Pick<DecideOptions, 'requests'>,
): Promise<AccessRequest> {
  const request = await requests.get({ namespace, name })
  if (!request || request.metadata.uid !== uid) throw no(gone())
  return request
}

/** The facts of a decision by this person at this moment. */
export function factsOf(
  request: AccessRequest,
  person: Acting,
  options: Omit<DecideOptions, 'requests'>,
): DecisionFacts {
  const { mappings, people, organisation, clock } = options
  const { metadata, spec } = request
  const mapping = mappings.get({ namespace: metadata.namespace, name: spec.roleMapping })
  return {
    request,
    mapping: mapping && readMapping(mapping),
    person: { email: person.email, slackUserID: person.slackUserID },
    people,
    organisation,
    now: clock.now(),
  }
}

function idOf({ verdict, target, person, action }: Saying): string {
  const digest = sha256(JSON.stringify([target.uid, verdict, person.slackUserID, action]))
  return `${verdict.toLowerCase()}-${digest.slice(0, 12)}`
}

function decisionOf(saying: Saying, clock: Clock): Decision {
  const { verdict, person, comment } = saying
  return {
    id: idOf(saying),
    verdict,
    who: { email: person.email, slackUserID: person.slackUserID },
    at: instant(clock.now()),
    ...(comment && { comment }),
  }
}

async function appendDecision(
  requests: DecideOptions['requests'],
  seen: AccessRequest,
  decision: Decision,
): Promise<AccessRequest | 'conflict'> {
  return requests.patchStatus(seen, { decisions: [...(seen.status?.decisions ?? []), decision] })
}
