// Asking at the door: the form for one mapping, also as an emergency or for more time, and storing the request under the
// account that Google has proved. The rules, the limits and the name of the request are those of the gateway.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { AccessRequest } from '../../api/kinds.ts'
import { refuseAsk, type WhoAsks } from '../../domain/asking/asking.ts'
import { formatDuration, instant, parseDuration } from '../../domain/asking/duration.ts'
import { sayReached } from '../../domain/asking/limits.ts'
import { type Continued, continuedBy } from '../../domain/asking/more-time.ts'
import { sayUnknown } from '../../domain/people/google-groups.ts'
import { type Mapping, readMapping } from '../../domain/mapping/mapping.ts'
import { refusal, type Refusal, Refused } from '../../domain/outcome.ts'
import { entryOf } from '../../domain/refusals.ts'
import { oneLine } from '../../domain/text.ts'
import type { Ask, Stored } from '../../store/asking.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Delivery } from '../login/purpose.ts'
import { askPage, type Chosen } from '../pages/ask-page.ts'
import type { Cookies } from '../web/cookies.ts'
import { formToken } from '../web/form-token.ts'
import { errorReply, formNotRead, redirect, refusedReply, type Reply } from '../web/reply.ts'
import { askToSignIn, doorPath, markOf, senderOf, sessionOf } from './door.ts'
import { land } from './landing.ts'
import { accountOf, ownRequests, requesterOf, sayGroups } from './persons.ts'
import type { Session } from './session.ts'
import { timesOf } from './typed-times.ts'

const one = z.string().max(4000)
const fields = z.object({
  form: one,
  for: z.string().max(110),
  as: z.string().max(20),
  trigger: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  duration: z.string().max(12),
  reason: one.default(''),
  emergency: z.literal('emergency').optional(),
  after: z.string().max(320).default(''),
  start: z.enum(['then', 'now']).default('now'),
  at: z.string().max(60).default(''),
})
type Sent = z.infer<typeof fields>

/** The mapping of the form, `namespace/name`, and for more time the request that it continues, by its name. */
export type AskFor = { named: string; after: string }

/** GET /ask: the form for one mapping. */
export async function showAsk({ named, after }: AskFor, cookies: Cookies, deps: Dependencies): Promise<Reply> {
  const session = sessionOf(cookies, deps)
  if (!session) return askToSignIn(cookies, deps)
  const mapping = mappingNamed(named, deps)
  if (!mapping) return refusedReply(notOffered(named))
  // The rules that do not depend on the form; a mapping that the person may not ask for is not shown.
  const asked = await whoAsks(mapping, session, deps)
  if ('unknown' in asked) return refusedReply(asked.unknown)
  const refused = refuseAsk(typicalOf(mapping, asked.requester), deps, deps.clock.now())
  if (refused) return refusedReply(plain(refused, mapping))
  return formReply({ mapping, session, cookies, continued: continuedFrom(after, { mapping, session }, deps) }, deps)
}

/** Access of this person to this mapping that a request of this name gives them, if it has not ended. */
function continuedFrom(
  name: string,
  { mapping, session }: Pick<Form, 'mapping' | 'session'>,
  deps: Dependencies,
): Continuing | undefined {
  const request = ownRequests(session, deps)
    .map(own => own.request)
    .find(({ metadata, spec }) => {
      const isOfMapping = metadata.namespace === mapping.namespace && spec.roleMapping === mapping.name
      return isOfMapping && metadata.name === name
    })
  const facts = { people: deps.people, now: deps.clock.now() }
  const continued = request && continuedBy(request, accountOf(session), facts)
  return request && continued && { ...continued, request }
}

/** POST /ask: stores the request, or says why not. The browser goes on to the door, where it is listed. */
export async function ask(delivery: Delivery, deps: Dependencies): Promise<Reply> {
  const read = fields.safeParse(delivery.body)
  if (!read.success) return refusedReply(formNotRead())
  const sent = read.data
  const sender = senderOf(sent, delivery, deps)
  if ('answer' in sender) return sender.answer
  const { session } = sender
  const mapping = mappingNamed(sent.for, deps)
  if (!mapping) return refusedReply(notOffered(sent.for))
  // A form can be forged, and the access may have ended since: then the request is stored without the link.
  const continued = continuedFrom(sent.after, { mapping, session }, deps)
  const form = { mapping, session, cookies: delivery.cookies, sent, continued }
  const asked = await whoAsks(mapping, session, deps)
  if ('unknown' in asked) return correction(form, asked.unknown, deps)
  try {
    const wanted = {
      mapping,
      requester: asked.requester,
      seconds: parseDuration(sent.duration) ?? 0,
      isDefault: false,
      reason: oneLine(sent.reason),
      ...(sent.emergency && { isEmergency: true }),
      ...(continued ? afterPresent(continued, sent) : timesOf(sent.at, mapping, deps.clock.now())),
      web: { googleSubject: session.googleSubject, trigger: sent.trigger },
    }
    return answer(await deps.ask(wanted), form, deps)
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return correction(form, plain(error.refusal, mapping), deps)
  }
}

function afterPresent({ follows, endsAt }: Continuing, { start }: Sent): Pick<Ask, 'follows' | 'notBefore'> {
  return { follows, ...(start === 'then' && { notBefore: instant(endsAt) }) }
}

/** The person with the Google groups that let them ask; what they read when Google does not say it. */
async function whoAsks(
  mapping: Mapping,
  session: Session,
  deps: Dependencies,
): Promise<{ requester: WhoAsks } | { unknown: Refusal }> {
  let unknown: Refusal | undefined
  const onUnknown = (error: unknown): void => {
    sayGroups(error, deps)
    unknown = sayUnknown(error)
  }
  const requester = await requesterOf(session, [mapping], { ...deps, onUnknown })
  return unknown ? { unknown } : { requester }
}

/** The access that more time continues, and its request. */
type Continuing = Continued & { request: AccessRequest }
type Form = {
  mapping: Mapping
  session: Session
  cookies: Cookies
  sent?: Sent
  continued?: Continuing | undefined
  problem?: string
}

function answer(result: Stored, form: Form, deps: Dependencies): Reply {
  if (result === 'notStored') return errorReply(503)
  if (result === 'notKnown') return redirect(doorPath, 'Unknown')
  if ('flood' in result) {
    const { reached } = result.flood
    deps.onFlood(reached.limit)
    deps.log.warn(
      { limit: reached.limit, mapping: form.mapping.name },
      'auth: a request was beyond a limit and was not stored',
    )
    const from = reached.againAt && `${instant(reached.againAt).slice(11, 16)} UTC`
    const problem = sayReached(reached, { mapping: form.mapping.name, from })
    return { ...formReply({ ...form, problem }, deps), status: 429, outcome: 'Limited' }
  }
  return 'stored' in result ? land('asked', result.stored, 'Asked') : land('before', result.already, 'AskedBefore')
}

function correction(form: Form, refused: Refusal, deps: Dependencies): Reply {
  const { status } = entryOf(refused.reason)
  return {
    ...formReply({ ...form, problem: refused.message }, deps),
    status: status === 403 ? 422 : status,
    outcome: refused.reason,
  }
}

function formReply(form: Form, deps: Dependencies): Reply {
  const { mapping, session, cookies, sent, continued, problem } = form
  const { token, setCookie } = formToken(cookies, { purpose: 'door', origin: deps.origin })
  const html = askPage({
    mapping,
    email: session.email,
    durations: durationsFor(mapping),
    chosen: chosenIn(form),
    continued: continued && { name: continued.follows.name, endsAt: continued.endsAt },
    form: { token, mark: markOf(session) },
    now: deps.clock.now(),
    // A form that is sent twice stores one request.
    trigger: sent?.trigger ?? randomBytes(16).toString('base64url'),
    problem,
  })
  return { status: 200, outcome: 'Shown', html, cookies: [setCookie] }
}

/** What the form shows: as it was sent, or as the request was that it continues. */
function chosenIn({ sent, continued }: Form): Chosen | undefined {
  if (sent) {
    const { duration, reason, emergency, start, at } = sent
    return {
      duration,
      at: oneLine(at),
      reason: oneLine(reason),
      isEmergency: emergency !== undefined,
      isThen: start === 'then',
    }
  }
  const spec = continued?.request.spec
  return (
    spec && { duration: spec.duration, at: '', reason: spec.reason, isEmergency: spec.emergency ?? false, isThen: true }
  )
}

/** The durations to choose from, the shortest first. */
function durationsFor({ minSeconds, defaultSeconds, maxSeconds }: Mapping): string[] {
  const usual = [5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 10_080].map(minutes => minutes * 60)
  const all = new Set([...usual, minSeconds, defaultSeconds, maxSeconds])
  return [...all]
    .filter(seconds => seconds >= minSeconds && seconds <= maxSeconds)
    .sort((a, b) => a - b)
    .map(formatDuration)
}

/** A request that only rules about the person and the mapping can refuse; while its hours are closed it can begin later. */
function typicalOf({ hours: _hours, ...mapping }: Mapping, requester: WhoAsks): Parameters<typeof refuseAsk>[0] {
  return {
    mapping: { ...mapping, reason: { required: false } },
    requester,
    seconds: mapping.defaultSeconds,
    reason: '',
  }
}

function mappingNamed(named: string, { mappings }: Dependencies): Mapping | undefined {
  const [namespace = '', name = '', ...rest] = named.split('/')
  const stored = rest.length === 0 ? mappings.get({ namespace, name }) : undefined
  return stored && readMapping(stored)
}

// The sentence is the one for a mapping that the person may not ask for, so that nobody finds out which ones exist.
function notOffered(named: string): Refusal {
  return refusal('NotARequester', sayNotARequester(named.split('/').at(-1) ?? ''))
}

function sayNotARequester(name: string): string {
  return `You are not among those who may ask for "${oneLine(name)}". Who belongs to it by a user group of Slack can ask in Slack only.`
}

// The rules' sentences are for Slack, where asterisks make a name bold.
function plain({ reason, message }: Refusal, { name }: Mapping): Refusal {
  if (reason === 'NotARequester') return refusal(reason, sayNotARequester(name))
  return refusal(reason, message.replaceAll(`*${name}*`, `"${name}"`))
}
