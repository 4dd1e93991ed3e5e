// Storing an ask. The name follows from the trigger, so that a repeated delivery, a retry after a broken connection and a
// second click store the same object; whether it is ours is judged by the stored trigger digest, never by the name.
import type { AccessRequest, NewAccessRequest } from '../../api/kinds.ts'
import type { Organisation } from '../../domain/belonging.ts'
import { newRequest, refuseAsk, requestName, type Requester, triggerDigest } from '../../domain/asking.ts'
import type { Mapping } from '../../domain/mapping.ts'
import { Broken, Refused, Waiting } from '../../domain/outcome.ts'
import type { Requests } from '../../domain/ports.ts'
import { no } from './acting.ts'
import { countIn, type Flood, isOpen, type PaceOptions } from './pace.ts'

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
export type Stored =
  { stored: AccessRequest } | { already: AccessRequest } | { flood: Flood } | 'notStored' | 'notKnown'

/** Asks, unless a rule refuses: then it throws Refused. */
export type Asking = (wanted: Ask) => Promise<Stored>

type AskOptions = Omit<PaceOptions, 'requests'> & {
  requests: Pick<Requests, 'get' | 'create'>
  organisation: Organisation
  pause: (ms: number) => Promise<void>
}

/** How long one write may take. */
const attemptMs = 5000
/** Pauses between attempts, each jittered to between a half and the whole: about 20 s in all with four slow attempts. */
const pausesMs = [200, 600, 1500]

/**
 * Stores asks. Who asks for the same twice at once is answered with what becomes of the first: of many at once, one is
 * stored. (Through two replicas at once, two may be.) What the limits do not allow is not stored.
 */
export function createAsking(options: AskOptions): Asking {
  const joined = joining()
  return async wanted => {
    const refused = refuseAsk(wanted, options.organisation, options.clock.now())
    if (refused) throw no(refused)
    const request = requestOf(wanted)
    return joined(request, () => store(request, options))
  }
}

type Flight = { name: string; result: Promise<Stored> }

function joining(): (request: NewAccessRequest, store: () => Promise<Stored>) => Promise<Stored> {
  const flying = new Map<string, Flight>()
  return async (request, store) => {
    const { metadata, spec } = request
    const key = JSON.stringify([metadata.namespace, spec.requester.email, spec.roleMapping])
    for (let flight = flying.get(key); flight; flight = flying.get(key)) {
      const result = await flight.result.catch(() => undefined)
      // What the first was refused for may be its own alone.
      if (result) return flight.name === metadata.name ? result : afterAnother(result)
    }
    const result = store().finally(() => flying.delete(key))
    flying.set(key, { name: metadata.name, result })
    return result
  }
}

/** What another ask's result means for one that waited for it and was never sent. */
function afterAnother(result: Stored): Stored {
  if (typeof result === 'string') return 'notStored'
  if ('flood' in result) return result
  return { already: 'stored' in result ? result.stored : result.already }
}

// What is counted and comes to nothing does not count; what may be stored does.
async function store(request: NewAccessRequest, options: AskOptions): Promise<Stored> {
  const result = await tryToStore(request, options).catch((error: unknown) => {
    options.tally.release(request)
    throw error
  })
  if (result === 'notStored') options.tally.release(request)
  return result
}

async function tryToStore(request: NewAccessRequest, options: AskOptions): Promise<Stored> {
  const { requests, pause } = options
  let isKnown = true
  for (const wait of [...pausesMs, undefined]) {
    let isSent = false
    try {
      const already = await pendingLike(request, options)
      if (already) return { already }
      const flood = await countIn(request, options)
      if (flood) return { flood }
      isSent = true
      const result = await requests.create(request, AbortSignal.timeout(attemptMs))
      return 'created' in result ? { stored: result.created } : ownOrThrow(result.exists, request)
    } catch (error) {
      if (!(error instanceof Broken || error instanceof Waiting)) throw error
      isKnown &&= !isSent || !(error instanceof Broken) || error.answered
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
  { standing, requests, clock }: AskOptions,
): Promise<AccessRequest | undefined> {
  const isLike = (other: AccessRequest): boolean =>
    other.spec.roleMapping === spec.roleMapping && isOpen(other, clock.now())
  const known = standing.ofRequester(metadata.namespace, spec.requester.email).filter(isLike)
  // A repeated delivery: storing it again finds it.
  if (known.some(({ metadata: { name } }) => name === metadata.name)) return undefined
  for (const { metadata: ref } of known) {
    // What was seen may be over by now, and nobody is turned away for what is over.
    const now = await requests.get(ref)
    if (now?.metadata.uid === ref.uid && isLike(now)) return now
  }
  return undefined
}

// A name is taken by somebody else's trigger once in 2^60, or by somebody who made the object by hand.
function ownOrThrow(stored: AccessRequest, wanted: NewAccessRequest): { stored: AccessRequest } {
  if (stored.spec.slack?.triggerDigest === wanted.spec.slack?.triggerDigest) return { stored }
  throw new Refused('NameTaken', 'Another request has the name that yours would have. Please ask again.')
}
