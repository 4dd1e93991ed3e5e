// Keeps the one message up to date, and tells the requester. None of this delays a grant or an expiry.
import type { AccessRequest } from '../../api/kinds.ts'
import { after, instant } from '../../domain/asking/duration.ts'
import { type EndNote, withEndNote } from '../../domain/ending/end-notes.ts'
import { lateUntil } from '../../domain/late-messages.ts'
import { lookersKey } from '../../domain/calling/looking.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Refused } from '../../domain/outcome.ts'
import { removalCommands } from '../../domain/granting/removal-commands.ts'
import type { MessageRef } from '../../domain/ports.ts'
import { type News, viewDigest, viewOf, withLookers } from '../../domain/view/view.ts'
import { viewToTell } from '../mapping/accounts.ts'
import type { Delivered } from './deliver.ts'
import type { LinksOf } from './links.ts'
import type { Dependencies } from '../dependencies.ts'

/** The inputs of a message. */
export type Shown = { request: AccessRequest; mapping: Mapping | undefined; linksOf: LinksOf }

/** The clocks of Slack and Hallpass may differ by this much. */
const skewSeconds = 60

/** The earliest post time, by Slack's clock, of a message whose intent was stored at `intentAt`. */
export function postedSince(intentAt: string): Date {
  return after(new Date(intentAt), -skewSeconds)
}

/** Edits the message to show the current state. */
export async function show(deps: Dependencies, { request, mapping, linksOf }: Shown): Promise<Delivered> {
  const { message } = request.status ?? {}
  if (!message?.ts) return {}
  const view = viewOf(request, mapping)
  const ref = { channel: message.channel, ts: message.ts }
  const now = deps.clock.now()
  const seen = withLookers(view, request, now)
  await unlessRefused(deps, request, deps.chat.update(ref, seen, await linksOf(request)))
  deps.lookers.set(request.metadata.uid, lookersKey(request, now))
  const shown = viewDigest(view)
  // Who is looking is not recorded, so that it costs no write.
  if (message.shown === shown) return {}
  return { record: fresh => ({ message: { ...message, ...fresh.status?.message, shown } }) }
}

/** Deletes messages that Slack posted late, after another attempt, so that people find one message. */
export async function tidy(deps: Dependencies, request: AccessRequest): Promise<void> {
  const { ts, channel, intentAt } = request.status?.message ?? {}
  if (!ts || !channel || !intentAt || !lateUntil(request.status?.message)) return
  const since = postedSince(intentAt)
  await unlessRefused(deps, request, deps.chat.removeOthers({ channel, ts }, request.metadata.uid, since))
}

/**
 * Tells the requester once. If it could not be recorded, only the record is repeated: they are told again only after a
 * crash in between, or when Slack did not answer.
 */
export async function tell(deps: Dependencies, { request, mapping, linksOf }: Shown, news: News): Promise<Delivered> {
  const telling = `${request.metadata.uid} ${news}`
  if (!deps.told.has(telling)) {
    // Only granted access has a link here, and it is told without one when that cannot be made.
    const links = request.status?.phase === 'Provisioned' ? await linksOf(request) : {}
    const view = await viewToTell(deps, request, mapping)
    await unlessRefused(deps, request, deps.chat.tell(placeOf(request), view, { news, links }))
  }
  deps.told.set(telling, true)
  const at = instant(deps.clock.now())
  return { record: fresh => ({ told: [...(fresh.status?.told ?? []).filter(isOther(news)), { what: news, at }] }) }
}

/** Mentions somebody once about ending the access. It is repeated as news is. */
export async function remind(
  deps: Dependencies,
  { request, mapping, linksOf }: Shown,
  note: EndNote,
): Promise<Delivered> {
  const telling = `${request.metadata.uid} ${note.about} ${'nth' in note ? note.nth : ''}`
  if (!deps.told.has(telling)) {
    const links = await linksOf(request)
    const said = deps.chat.remind(placeOf(request), viewOf(request, mapping), {
      ...note,
      links,
      commands: removalCommands(request),
    })
    await unlessRefused(deps, request, said)
  }
  deps.told.set(telling, true)
  const at = instant(deps.clock.now())
  return { record: fresh => ({ told: withEndNote(fresh.status?.told, note, at) }) }
}

function placeOf({ status }: AccessRequest): MessageRef | undefined {
  const { channel, ts } = status?.message ?? {}
  return channel && ts ? { channel, ts } : undefined
}

function isOther(news: News): (told: { what: string }) => boolean {
  return ({ what }) => what !== news
}

/**
 * Whether Slack took it. A deleted message or a person who cannot be told does not change: it is reported once, and the
 * request continues.
 */
export async function unlessRefused(
  { events }: Dependencies,
  request: AccessRequest,
  saying: Promise<void>,
): Promise<boolean> {
  try {
    await saying
    return true
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { reason, message } = error.refusal
    events.record(request, { type: 'Warning', reason, message })
    return false
  }
}
