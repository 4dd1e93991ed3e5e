// Stores requests, of both doors. The name is derived from the trigger, so that a repeated delivery, a retry after a broken connection
// and a second click store the same object. The stored trigger digest, never the name, shows whether it is the same
// one.
import type { AccessRequest, NewAccessRequest } from '../api/kinds.ts'
import type { Organisation } from '../domain/people/belonging.ts'
import type { Window } from '../domain/asking/window.ts'
import type { Begin } from '../domain/asking/start.ts'
import { newRequest, refuseAsk, requestName, type Requester, triggerDigest } from '../domain/asking/asking.ts'
import { isOpen } from '../domain/approval/eligibility.ts'
import type { Mapping } from '../domain/mapping/mapping.ts'
import { Broken, Refused, Waiting } from '../domain/outcome.ts'
import type { Requests } from '../domain/ports.ts'
import { createRoom, type RequireRoom } from './room.ts'
import { countIn, type Flood, type PaceOptions } from './pace.ts'

/** The request, the person, and the trigger that identifies it. */
export type Ask = {
  mapping: Mapping
  requester: Requester
  seconds: number
  /** Nobody said how long. The answer says so; it is not stored. */
  isDefault: boolean
  /** It was said at the end of the reason. The answer says so; it is not stored. */
  isAtEnd?: boolean
  reason: string
  /** Asked as an emergency. */
  isEmergency?: boolean
  notBefore?: string
  /** How the start was said. The answer repeats it in these words; it is not stored. */
  begin?: Begin
  /** On several days. */
  window?: Window
  /** The request that this one continues, for people to know. */
  follows?: NewAccessRequest['spec']['follows']
} & Origin

/**
 * Where it was asked, and the trigger that identifies it: of Slack, or of a form of our own, which names no account but
 * the one that signed in.
 */
export type Origin =
  | { slack: { teamID: string; channelID: string; trigger: string } }
  | { web: { googleSubject: string; trigger: string } }

/** The result. `notKnown`: the connection to the cluster broke, and it could not be asked afterwards. */
export type Stored =
  { stored: AccessRequest } | { already: AccessRequest } | { flood: Flood } | 'notStored' | 'notKnown'

/** Stores the request. Throws Refused when a rule refuses it. */
export type Asking = (wanted: Ask) => Promise<Stored>

type AskOptions = Omit<PaceOptions, 'requests'> & {
  requests: Pick<Requests, 'get' | 'create' | 'history'>
  organisation: Organisation
  pause: (ms: number) => Promise<void>
}

type Able = AskOptions & { requireRoom: RequireRoom }

/** The longest time for one write. */
const attemptMs = 5000
/**
 * Pauses between attempts, each with jitter between half and the whole: about 20 s in total with four slow attempts.
 */
const pausesMs = [200, 600, 1500]

/**
 * Stores requests. If a person asks for the same several times together, one is stored and the others get its result.
 * (With two replicas, two may be stored.) Requests beyond the limits are not stored.
 */
export function createAsking(given: AskOptions): Asking {
  const joined = joining()
  const options = { ...given, requireRoom: createRoom(given) }
  return async wanted => {
    const refused = refuseAsk(wanted, options.organisation, options.clock.now())
    if (refused) throw new Refused(refused.reason, refused.message)
    const request = requestOf(wanted)
    return joined(request, () => store(request, wanted.mapping, options))
  }
}

type Flight = { name: string; result: Promise<Stored> }

function joining(): (request: NewAccessRequest, store: () => Promise<Stored>) => Promise<Stored> {
  const flying = new Map<string, Flight>()
  return async (request, store) => {
    const { metadata, spec } = request
    const key = JSON.stringify([metadata.namespace, spec.requester.email, spec.roleMapping, spec.emergency ?? false])
    for (let flight = flying.get(key); flight; flight = flying.get(key)) {
      const result = await flight.result.catch(() => undefined)
      // The reason for refusing the first may apply only to it.
      if (result) return flight.name === metadata.name ? result : afterAnother(result)
    }
    const result = store().finally(() => flying.delete(key))
    flying.set(key, { name: metadata.name, result })
    return result
  }
}

/** The result for a request that waited for another one and was not sent. */
function afterAnother(result: Stored): Stored {
  if (typeof result === 'string') return 'notStored'
  if ('flood' in result) return result
  return { already: 'stored' in result ? result.stored : result.already }
}

// A counted request that was not stored is removed from the count; one that may be stored stays.
async function store(request: NewAccessRequest, mapping: Mapping, options: Able): Promise<Stored> {
  const result = await tryToStore(request, mapping, options).catch((error: unknown) => {
    options.tally.release(request)
    throw error
  })
  if (result === 'notStored') options.tally.release(request)
  return result
}

async function tryToStore(request: NewAccessRequest, mapping: Mapping, options: Able): Promise<Stored> {
  const { requests, pause } = options
  let isKnown = true
  for (const wait of [...pausesMs, undefined]) {
    let isSent = false
    try {
      const already = await pendingLike(request, options)
      if (already) return { already }
      await options.requireRoom(request, mapping)
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

function requestOf(wanted: Ask): NewAccessRequest {
  const { mapping, seconds, reason, isEmergency, notBefore, window, follows } = wanted
  const asked = {
    seconds,
    reason,
    ...(isEmergency && { isEmergency }),
    ...(notBefore && { notBefore }),
    ...(window && { window }),
    ...(follows && { follows }),
  }
  const digest = digestOf(wanted)
  return newRequest(mapping, { name: requestName(mapping.name, digest), ...asked, ...comingFrom(wanted, digest) })
}

function digestOf(wanted: Ask): string {
  return 'slack' in wanted
    ? triggerDigest(wanted.slack.teamID, wanted.slack.trigger)
    : triggerDigest(wanted.web.googleSubject, wanted.web.trigger)
}

// What Slack says about a person is not known on the web, and Google's account is not known in Slack.
function comingFrom(wanted: Ask, digest: string): Pick<NewAccessRequest['spec'], 'origin' | 'requester' | 'slack'> {
  const { email, slackUserID, name } = wanted.requester
  if ('web' in wanted) return { origin: 'web', requester: { email, googleSubject: wanted.web.googleSubject } }
  const { teamID, channelID } = wanted.slack
  return {
    origin: 'slack',
    requester: { email, ...(slackUserID && { slackUserID }), ...(name && { name }) },
    slack: { teamID, channelID, triggerDigest: digest },
  }
}

/**
 * The same person's request for the same mapping that can still be decided. Two requests in the same second may both
 * pass. A usual request that waits does not keep its requester from asking as an emergency: that is the way when nobody
 * answers.
 */
async function pendingLike(
  { metadata, spec }: NewAccessRequest,
  { standing, requests, clock }: AskOptions,
): Promise<AccessRequest | undefined> {
  const isLike = (other: AccessRequest): boolean =>
    other.spec.roleMapping === spec.roleMapping &&
    (other.spec.emergency === true || !spec.emergency) &&
    isOpen(other, clock.now())
  const known = standing.ofRequester(metadata.namespace, spec.requester.email).filter(isLike)
  // A repeated delivery: another store finds the same object.
  if (known.some(({ metadata: { name } }) => name === metadata.name)) return undefined
  for (const { metadata: ref } of known) {
    // The seen request may have ended meanwhile, and ended requests must not refuse anybody.
    const now = await requests.get(ref)
    if (now?.metadata.uid === ref.uid && isLike(now)) return now
  }
  return undefined
}

// The name can belong to another trigger only with a chance of 1 in 2^60, or if somebody made the object by hand.
function ownOrThrow(stored: AccessRequest, wanted: NewAccessRequest): { stored: AccessRequest } {
  if (isOwn(stored.spec, wanted.spec)) return { stored }
  throw new Refused('NameTaken', 'Another request has the name that yours would have. Please ask again.')
}

// The name of a request from the web was made from the account and the form, so the account says enough.
function isOwn(stored: AccessRequest['spec'], wanted: NewAccessRequest['spec']): boolean {
  if (stored.origin !== wanted.origin || stored.roleMapping !== wanted.roleMapping) return false
  return wanted.origin === 'web'
    ? stored.requester.googleSubject === wanted.requester.googleSubject
    : stored.slack?.triggerDigest === wanted.slack?.triggerDigest
}
