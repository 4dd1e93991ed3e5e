// Storing an ask. The name follows from the trigger, so that a repeated delivery, a retry after a broken connection and a
// second click store the same object; whether it is ours is judged by the stored trigger digest, never by the name.
import type { AccessRequest, NewAccessRequest } from '../../api/kinds.ts'
import { newRequest, refuseAsk, requestName, type Requester, triggerDigest } from '../../domain/asking.ts'
import { decideBy } from '../../domain/eligibility.ts'
import type { Mapping } from '../../domain/mapping.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { Clock, Requests } from '../../domain/ports.ts'
import { no } from './acting.ts'
import { isPending } from './answers.ts'

/** What is asked, by whom, and the trigger that makes it one. */
export type Ask = {
  mapping: Mapping
  requester: Requester
  seconds: number
  reason: string
  notBefore?: string
  slack: { teamID: string; channelID: string; trigger: string }
}

/** What became of it. `notKnown`: the cluster broke off, and could not be asked afterwards. */
export type Stored = { stored: AccessRequest } | { already: AccessRequest } | 'notStored' | 'notKnown'

type AskOptions = {
  requests: Pick<Requests, 'create' | 'ofRequester'>
  clock: Clock
  pause: (ms: number) => Promise<void>
}

/** How long one write may take. */
const attemptMs = 5000
/** Pauses between attempts, each jittered to between a half and the whole: about 20 s in all with four slow attempts. */
const pausesMs = [200, 600, 1500]

/** Asks, unless a rule refuses: then it throws Refused. */
export async function ask(wanted: Ask, { requests, clock, pause }: AskOptions): Promise<Stored> {
  const refused = refuseAsk(wanted)
  if (refused) throw no(refused)
  const request = requestOf(wanted)
  let isKnown = true
  for (const wait of [...pausesMs, undefined]) {
    try {
      const waiting = await pendingLike(request, requests, clock)
      if (waiting)
        return waiting.metadata.name === request.metadata.name ? ownOrThrow(waiting, request) : { already: waiting }
      const result = await requests.create(request, AbortSignal.timeout(attemptMs))
      return 'created' in result ? { stored: result.created } : ownOrThrow(result.exists, request)
    } catch (error) {
      if (!(error instanceof Broken || error instanceof Waiting)) throw error
      isKnown &&= !(error instanceof Broken && !error.answered)
      if (wait === undefined) break
      await pause(wait * (0.5 + Math.random() / 2))
    }
  }
  return isKnown ? 'notStored' : 'notKnown'
}

function requestOf({ mapping, requester, seconds, reason, notBefore, slack }: Ask): NewAccessRequest {
  const digest = triggerDigest(slack.teamID, slack.trigger)
  return newRequest(mapping, {
    name: requestName(mapping.name, digest),
    seconds,
    reason,
    origin: 'slack',
    requester: {
      email: requester.email,
      ...(requester.slackUserID && { slackUserID: requester.slackUserID }),
      ...(requester.name && { name: requester.name }),
    },
    ...(notBefore && { notBefore }),
    slack: { teamID: slack.teamID, channelID: slack.channelID, triggerDigest: digest },
  })
}

/** The same person's request for the same mapping that can still be decided. Two asks in the same second may both pass. */
async function pendingLike(
  { metadata, spec }: NewAccessRequest,
  requests: AskOptions['requests'],
  clock: Clock,
): Promise<AccessRequest | undefined> {
  const alive = await requests.ofRequester(metadata.namespace, spec.requester.email)
  const waiting = alive.filter(
    other =>
      other.spec.roleMapping === spec.roleMapping &&
      isPending(other) &&
      !other.metadata.deletionTimestamp &&
      clock.now() < decideBy(other.spec, new Date(other.metadata.creationTimestamp)),
  )
  return waiting.find(other => other.metadata.name === metadata.name) ?? waiting[0]
}

// A name is taken by somebody else's trigger once in 2^60, or by somebody who made the object by hand.
function ownOrThrow(stored: AccessRequest, wanted: NewAccessRequest): { stored: AccessRequest } {
  if (stored.spec.slack?.triggerDigest === wanted.spec.slack?.triggerDigest) return { stored }
  throw new Refused('NameTaken', 'Another request has the name that yours would have. Please ask again.')
}
