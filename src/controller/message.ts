// What is owed to people: the one message posted, kept true, and the requester told. None of it keeps a grant or an expiry
// from happening.
import type { AccessRequest } from '../api/kinds.ts'
import { after, instant } from '../domain/duration.ts'
import { sayApprovers } from '../domain/eligibility.ts'
import { hasEnded, tidyAt } from '../domain/lifecycle.ts'
import type { Mapping } from '../domain/mapping.ts'
import { Refused, Waiting } from '../domain/outcome.ts'
import type { MessageRef } from '../domain/ports.ts'
import { type News, viewDigest, viewOf } from '../domain/view.ts'
import type { LinksOf } from './links.ts'
import type { World } from './world.ts'
import { conditionsWith, record, transition, type Written } from './write.ts'

type Shown = { request: AccessRequest; mapping: Mapping | undefined; linksOf: LinksOf }
type Posted = MessageRef & { permalink?: string }

/** Slack's clock and ours may differ by this much. */
const skewSeconds = 60
/** How soon a link is sealed again after a right or a key of ours was missing. */
const sealAgainSeconds = 30

/** Posts the message, or adopts the one that an earlier attempt may have posted. The intent is stored before anything is said. */
export async function post(world: World, shown: Shown): Promise<Written> {
  const { request, mapping } = shown
  const { message } = request.status ?? {}
  if (message) return resume(world, shown, message)
  if (!mapping) return request
  const begun = { channel: mapping.channel, intentAt: instant(world.clock.now()) }
  const intended = await transition(world, request, { message: begun })
  return intended === 'conflict' ? intended : say(world, { ...shown, request: intended }, begun.channel)
}

async function resume(
  world: World,
  shown: Shown,
  { channel, intentAt }: { channel: string; intentAt: string },
): Promise<Written> {
  const { request } = shown
  const isOver = hasEnded(request)
  const since = after(new Date(intentAt), -skewSeconds)
  const search = world.chat.find(channel, request.metadata.uid, since)
  // After the end, a channel that cannot be read any more must not keep the request from being settled.
  const found = await (isOver ? search.catch(orNone) : search)
  if (found) return place(world, request, found)
  return isOver ? transition(world, request, { message: null }) : say(world, shown, channel)
}

function orNone(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error
}

async function say(world: World, { request, mapping, linksOf }: Shown, channel: string): Promise<AccessRequest> {
  const view = viewOf(request, mapping)
  const links = await linksOf(request).catch(async error => unsealed(world, request, error))
  try {
    const posted = await world.chat.post(channel, view, links)
    return await place(world, request, posted, viewDigest(view))
  } catch (error) {
    if (error instanceof Refused) await sayRefused(world, request, error)
    throw error
  }
}

/** Records where the message is. An adopted one shows something that is not known, so it is edited next. */
async function place(world: World, request: AccessRequest, posted: Posted, shown?: string): Promise<AccessRequest> {
  const { channel, ts, permalink } = posted
  return record(world, request, fresh => ({
    message: {
      intentAt: fresh.status?.message?.intentAt ?? instant(world.clock.now()),
      channel,
      ts,
      ...(permalink && { permalink }),
      ...(shown && { shown }),
    },
    ...(routedReason(fresh) === 'MessageRefused' && {
      conditions: conditionsWith(world, fresh, {
        type: 'Routed',
        status: 'True',
        reason: 'Asked',
        message: `Asked ${sayApprovers(fresh.status?.approvers ?? [])}.`,
      }),
    }),
  }))
}

// Nobody sees a message that Slack refuses, so nobody was asked; the sentence says what to do about it.
async function sayRefused(world: World, request: AccessRequest, { refusal }: Refused): Promise<void> {
  await record(world, request, fresh => ({
    conditions: conditionsWith(world, fresh, {
      type: 'Routed',
      status: 'False',
      reason: 'MessageRefused',
      message: refusal.message,
    }),
  }))
}

// The link is sealed with a key of ours, so what is refused is a right or a setting of ours: it is tried again soon, since the
// time to decide is running.
async function unsealed(world: World, request: AccessRequest, error: unknown): Promise<never> {
  if (!(error instanceof Refused)) throw error
  if (routedReason(request) !== 'MessageRefused') {
    await sayRefused(world, request, error)
    world.events.record(request, { type: 'Warning', ...error.refusal })
  }
  throw new Waiting(after(world.clock.now(), sealAgainSeconds), error.message)
}

function routedReason({ status }: AccessRequest): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Routed')?.reason
}

/** Edits the message to what is true now. */
export async function show(world: World, { request, mapping, linksOf }: Shown): Promise<Written> {
  const { message } = request.status ?? {}
  if (!message?.ts) return request
  const view = viewOf(request, mapping)
  const ref = { channel: message.channel, ts: message.ts }
  await unlessRefused(world, request, world.chat.update(ref, view, await linksOf(request)))
  const shown = viewDigest(view)
  return record(world, request, fresh => ({ message: { ...message, ...fresh.status?.message, shown } }))
}

/** Takes away what Slack posted late, after another attempt: people shall find one message. */
export async function tidy(world: World, request: AccessRequest): Promise<void> {
  const { ts, channel, intentAt } = request.status?.message ?? {}
  if (!ts || !channel || !intentAt || !tidyAt(request)) return
  const since = after(new Date(intentAt), -skewSeconds)
  await unlessRefused(world, request, world.chat.removeOthers({ channel, ts }, request.metadata.uid, since))
}

/** Tells the requester, then records that they were told: at least once, twice only after a crash in between. */
export async function tell(world: World, { request, mapping }: Shown, news: News): Promise<Written> {
  const { message } = request.status ?? {}
  const ref = message?.ts ? { channel: message.channel, ts: message.ts } : undefined
  await unlessRefused(world, request, world.chat.tell(ref, viewOf(request, mapping), news))
  const at = instant(world.clock.now())
  return record(world, request, fresh => ({ told: [...(fresh.status?.told ?? []), { what: news, at }] }))
}

// A message that was deleted or a person who cannot be told stays so: it is said once, and the request goes on.
async function unlessRefused({ events }: World, request: AccessRequest, saying: Promise<void>): Promise<void> {
  try {
    await saying
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { reason, message } = error.refusal
    events.record(request, { type: 'Warning', reason, message })
  }
}
