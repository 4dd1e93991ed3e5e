// Calls the people who are asked: a note in the message's thread mentions those who were found after it was posted, and
// those who are not in the channel get a direct message. Neither says anything that could become outdated.
import type { AccessRequest, Approver } from '../../api/kinds.ts'
import { type Calls, callsIn, withCalls } from '../../domain/calling/calls.ts'
import { instant } from '../../domain/asking/duration.ts'
import { sayApprovers } from '../../domain/approval/eligibility.ts'
import type { Links, MessageRef, StatusPatch } from '../../domain/ports.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import type { Delivered, PatchOf } from '../telling/deliver.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Shown, unlessRefused } from '../telling/message.ts'
import { conditionsWith } from '../granting/write.ts'

type Person = Pick<Approver, 'email' | 'name' | 'slackUserID' | 'level'>
type Calling = { request: AccessRequest; view: MessageView; message: MessageRef }

/**
 * Calls everybody who was not called yet. People to whom this process has already written are not written to again; a
 * crash before the record may repeat a call.
 */
export async function call(deps: Dependencies, { request, mapping, linksOf }: Shown): Promise<Delivered> {
  const { status = {} } = request
  const { message } = status
  if (!message?.ts) return callDirectly(deps, { request, mapping, linksOf })
  const calling = { request, view: viewOf(request, mapping), message: { channel: message.channel, ts: message.ts } }
  const { approvers } = calling.view
  const before = callsIn(status)
  const later = approvers.slice(before.mentioned)
  const isMentioned = await mention(deps, calling, later)
  try {
    const absent = await deps.chat.absentAmong(message.channel, idsOf(approvers.slice(before.asked)))
    const links = { ...(await linksOf(request)), ...(message.permalink && { message: message.permalink }) }
    await askAll(deps, { ...calling, links }, new Set([...absent, ...(isMentioned ? [] : idsOf(later))]))
  } catch (error) {
    const mentioned = isMentioned ? approvers.length : before.mentioned
    return { record: called(deps, { mentioned, asked: before.asked }), error }
  }
  return { record: called(deps, { mentioned: approvers.length, asked: approvers.length }) }
}

/** Asks everybody by direct message, because Slack does not take the message in the channel. */
async function callDirectly(deps: Dependencies, { request, mapping, linksOf }: Shown): Promise<Delivered> {
  const { status = {} } = request
  const view = viewOf(request, mapping)
  const left = (status.approvers ?? []).slice(callsIn(status).asked)
  const links = await linksOf(request)
  const isReached = await askAll(deps, { request, view, links }, new Set(idsOf(left)))
  const record = called(deps, { mentioned: 0, asked: view.approvers.length })
  return { record: fresh => ({ ...record(fresh), ...(isReached && askedDirectly(deps, fresh, left)) }) }
}

// The sentence begins with what the platform team must change.
function askedDirectly(
  deps: Dependencies,
  request: AccessRequest,
  people: readonly Approver[],
): Pick<StatusPatch, 'conditions'> {
  const why = request.status?.conditions?.find(({ type }) => type === 'Routed')?.message ?? ''
  const reached = people.filter(({ slackUserID }) => slackUserID !== undefined)
  const message = `${why} Asked ${sayApprovers(reached)} by direct message.`.trim()
  return {
    conditions: conditionsWith(deps, request, { type: 'Routed', status: 'True', reason: 'AskedDirectly', message }),
  }
}

function called({ clock }: Dependencies, calls: Calls): PatchOf {
  return fresh => ({ told: withCalls(fresh.status?.told, calls, instant(clock.now())) })
}

function idsOf(people: readonly Person[]): string[] {
  return people.flatMap(({ slackUserID }) => slackUserID ?? [])
}

/** Whether the people were mentioned in the thread; false when there is no thread any more. */
async function mention(
  deps: Dependencies,
  { request, view, message }: Calling,
  people: readonly Person[],
): Promise<boolean> {
  const memory = memoryOf(deps, request, 'mentioned')
  const unknown = people.filter(({ email }) => !memory.has(email))
  if (unknown.length === 0) return true
  const isSaid = await deps.chat.mention(message, view, unknown)
  if (isSaid) for (const { email } of unknown) memory.add(email)
  return isSaid
}

/**
 * Whether somebody got a direct message. One person who cannot be written to does not keep the others from their
 * message.
 */
async function askAll(
  deps: Dependencies,
  { request, view, links }: Omit<Calling, 'message'> & { links: Links },
  ids: ReadonlySet<string>,
): Promise<boolean> {
  const memory = memoryOf(deps, request, 'asked')
  const asking = [...ids].map(async id => {
    if (memory.has(id)) return true
    const isTaken = await unlessRefused(deps, request, deps.chat.ask(id, view, links))
    if (isTaken) memory.add(id)
    return isTaken
  })
  const results = await Promise.allSettled(asking)
  for (const result of results) if (result.status === 'rejected') throw result.reason
  return results.some(result => result.status === 'fulfilled' && result.value)
}

type Memory = { has(who: string): boolean; add(who: string): void }

function memoryOf({ told }: Dependencies, { metadata }: AccessRequest, what: string): Memory {
  const key = (who: string): string => `${metadata.uid} ${what} ${who}`
  return { has: who => told.has(key(who)), add: who => void told.set(key(who), true) }
}
