// The one message kept true, and the requester told. None of it keeps a grant or an expiry from happening.
import type { AccessRequest } from '../api/kinds.ts'
import { after, instant } from '../domain/duration.ts'
import { tidyAt } from '../domain/lifecycle.ts'
import type { Mapping } from '../domain/mapping.ts'
import { Refused } from '../domain/outcome.ts'
import { type News, viewDigest, viewOf } from '../domain/view.ts'
import type { Delivered } from './deliver.ts'
import type { LinksOf } from './links.ts'
import type { World } from './world.ts'

/** What a message is made of. */
export type Shown = { request: AccessRequest; mapping: Mapping | undefined; linksOf: LinksOf }

/** Slack's clock and ours may differ by this much. */
const skewSeconds = 60

/** Since when a message whose intent was stored at `intentAt` can have been posted, by Slack's clock. */
export function postedSince(intentAt: string): Date {
  return after(new Date(intentAt), -skewSeconds)
}

/** Edits the message to what is true now. */
export async function show(world: World, { request, mapping, linksOf }: Shown): Promise<Delivered> {
  const { message } = request.status ?? {}
  if (!message?.ts) return {}
  const view = viewOf(request, mapping)
  const ref = { channel: message.channel, ts: message.ts }
  await unlessRefused(world, request, world.chat.update(ref, view, await linksOf(request)))
  const shown = viewDigest(view)
  return { record: fresh => ({ message: { ...message, ...fresh.status?.message, shown } }) }
}

/** Takes away what Slack posted late, after another attempt: people shall find one message. */
export async function tidy(world: World, request: AccessRequest): Promise<void> {
  const { ts, channel, intentAt } = request.status?.message ?? {}
  if (!ts || !channel || !intentAt || !tidyAt(request)) return
  const since = postedSince(intentAt)
  await unlessRefused(world, request, world.chat.removeOthers({ channel, ts }, request.metadata.uid, since))
}

/** Tells the requester. Once recorded they are not told again: at least once, twice only after a crash in between. */
export async function tell(world: World, { request, mapping }: Shown, news: News): Promise<Delivered> {
  const { message } = request.status ?? {}
  const ref = message?.ts ? { channel: message.channel, ts: message.ts } : undefined
  await unlessRefused(world, request, world.chat.tell(ref, viewOf(request, mapping), news))
  const at = instant(world.clock.now())
  return { record: fresh => ({ told: [...(fresh.status?.told ?? []), { what: news, at }] }) }
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
