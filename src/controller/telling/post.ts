// The one message of a request, posted once. A message from an earlier attempt is searched for first and used.
import type { AccessRequest, Approver } from '../../api/kinds.ts'
import type { Condition } from '../../api/meta.ts'
import { type Calls, withCalls } from '../../domain/calling/calls.ts'
import { type NewCondition, saysAlready } from '../../domain/conditions.ts'
import { after, instant } from '../../domain/asking/duration.ts'
import { sayApprovers } from '../../domain/approval/eligibility.ts'
import { hasEnded } from '../../domain/lifecycle.ts'
import { type Refusal, Refused, Waiting } from '../../domain/outcome.ts'
import type { Links, MessageRef, PostedMessage, StatusPatch } from '../../domain/ports.ts'
import type { Reason } from '../../domain/refusals.ts'
import { sayAsked } from '../../domain/calling/routing.ts'
import { type MessageView, viewDigest, viewOf } from '../../domain/view/view.ts'
import { foundLater } from '../mapping/accounts.ts'
import type { Delivered, PatchOf } from './deliver.ts'
import { postedSince, type Shown } from './message.ts'
import type { Dependencies } from '../dependencies.ts'
import { conditionsWith } from '../granting/write.ts'

type Posted = MessageRef & { permalink?: string }

/** How soon a link is sealed again after a right or a key of Hallpass was missing. */
const sealAgainSeconds = 30

/** Posts the message, or uses the one from an earlier attempt. Its intent is already stored. */
export async function post(deps: Dependencies, shown: Shown): Promise<Delivered> {
  const { request } = shown
  const { channel, intentAt } = request.status?.message ?? {}
  if (!channel || !intentAt) return {}
  const isOver = hasEnded(request)
  const isNew = deps.unposted.has(request.metadata.uid)
  try {
    const found = isNew ? undefined : await search(deps, shown, { channel, intentAt })
    if (found) return { record: placed(deps, found) }
  } catch (error) {
    return error instanceof Refused ? { record: refused(deps, error.refusal), error } : { error }
  }
  if (!isOver) return say(deps, shown, channel)
  deps.unposted.delete(request.metadata.uid)
  return { record: () => ({ message: null }) }
}

async function search(
  deps: Dependencies,
  { request }: Shown,
  { channel, intentAt }: { channel: string; intentAt: string },
): Promise<Posted | undefined> {
  const searched = deps.chat.find(channel, request.metadata.uid, postedSince(intentAt))
  // After the end, an unreadable channel must not prevent that the request is settled.
  return hasEnded(request) ? searched.catch(orNothing) : searched
}

function orNothing(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error
}

async function say(deps: Dependencies, { request, mapping, linksOf }: Shown, channel: string): Promise<Delivered> {
  const found = await foundLater(deps, request)
  // The message mentions people once, so their accounts are recorded before; it is posted in the next step.
  if (found.length > 0) return { record: fresh => ({ approvers: withFound(fresh.status?.approvers ?? [], found) }) }
  const view = viewOf(request, mapping)
  let links: Links
  try {
    links = await linksOf(request)
  } catch (error) {
    return unsealed(deps, request, error)
  }
  deps.unposted.delete(request.metadata.uid)
  try {
    const posted = await deps.chat.post(channel, view, links)
    return { record: placed(deps, posted, { calls: callsOf(view, posted), shown: viewDigest(view) }) }
  } catch (error) {
    return error instanceof Refused ? { record: refused(deps, error.refusal), error } : { error }
  }
}

function withFound(standing: readonly Approver[], found: readonly Approver[]): Approver[] {
  return standing.map(approver => found.find(({ email }) => email === approver.email) ?? approver)
}

// The message mentions everybody in it; those who are not in the channel are written to next.
function callsOf({ approvers }: MessageView, { absent }: PostedMessage): Calls {
  return { mentioned: approvers.length, asked: absent?.length === 0 ? approvers.length : 0 }
}

type Content = { calls?: Calls; shown?: string }

/**
 * Records the place of the message. The content of a message from an earlier attempt is not known, so it is edited
 * next.
 */
function placed(deps: Dependencies, { channel, ts, permalink }: Posted, { calls, shown }: Content = {}): PatchOf {
  return fresh => ({
    ...(calls && { told: withCalls(fresh.status?.told, calls, instant(deps.clock.now())) }),
    message: {
      intentAt: fresh.status?.message?.intentAt ?? instant(deps.clock.now()),
      channel,
      ts,
      ...(permalink && { permalink }),
      ...(shown && { shown }),
    },
    ...asked(deps, fresh),
  })
}

// Only now somebody is asked.
function asked(deps: Dependencies, request: AccessRequest): Pick<StatusPatch, 'conditions'> {
  const routed = routedIn(request)
  const approvers = request.status?.approvers ?? []
  if (!routed || (routed.status === 'True' && routed.reason !== 'AskedDirectly')) return {}
  const next =
    routed.status === 'Unknown'
      ? { reason: routed.reason as NewCondition['reason'], message: sayAsked(routed.message, approvers) }
      : { reason: 'Asked' as const, message: `Asked ${sayApprovers(approvers)}.` }
  return { conditions: conditionsWith(deps, request, { type: 'Routed', status: 'True', ...next }) }
}

// Nobody sees a message that Slack refuses, so nobody was asked; the sentence says what to do. Direct messages that were
// sent instead still count.
function refused(deps: Dependencies, { message }: Refusal, reason: Reason = 'MessageRefused'): PatchOf {
  return (fresh): StatusPatch => {
    if (routedIn(fresh)?.reason === 'AskedDirectly') return {}
    const said = { type: 'Routed', status: 'False', reason, message } as const
    const stated = { ...said, observedGeneration: fresh.metadata.generation }
    return saysAlready(fresh.status?.conditions, stated) ? {} : { conditions: conditionsWith(deps, fresh, said) }
  }
}

// The link is sealed with Hallpass's key, so a refusal means that a right or a setting of Hallpass is wrong. It is
// tried again soon, because the time to decide is running.
function unsealed(deps: Dependencies, request: AccessRequest, error: unknown): Delivered {
  if (!(error instanceof Refused)) return { error }
  const again = new Waiting(after(deps.clock.now(), sealAgainSeconds), error.message)
  const { reason } = error.refusal
  if (routedIn(request)?.reason === reason) return { error: again }
  deps.events.record(request, { type: 'Warning', ...error.refusal })
  return { record: refused(deps, error.refusal, reason), error: again }
}

function routedIn({ status }: AccessRequest): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Routed')
}
