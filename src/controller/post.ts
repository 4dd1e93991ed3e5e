// The one message of a request, posted once. A message from an earlier attempt is searched for first and used.
import type { AccessRequest } from '../api/kinds.ts'
import { saysAlready } from '../domain/conditions.ts'
import { after, instant } from '../domain/duration.ts'
import { sayApprovers } from '../domain/eligibility.ts'
import { hasEnded } from '../domain/lifecycle.ts'
import { type Refusal, Refused, Waiting } from '../domain/outcome.ts'
import type { Links, MessageRef, StatusPatch } from '../domain/ports.ts'
import { viewDigest, viewOf } from '../domain/view.ts'
import type { Delivered, PatchOf } from './deliver.ts'
import { postedSince, type Shown } from './message.ts'
import type { Dependencies } from './dependencies.ts'
import { conditionsWith } from './write.ts'

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
  const found = isNew ? undefined : await search(deps, shown, { channel, intentAt })
  if (found) return { record: placed(deps, found) }
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
  const view = viewOf(request, mapping)
  let links: Links
  try {
    links = await linksOf(request)
  } catch (error) {
    return unsealed(deps, request, error)
  }
  deps.unposted.delete(request.metadata.uid)
  try {
    return { record: placed(deps, await deps.chat.post(channel, view, links), viewDigest(view)) }
  } catch (error) {
    return error instanceof Refused ? { record: refused(deps, error.refusal), error } : { error }
  }
}

/**
 * Records the place of the message. The content of a message from an earlier attempt is not known, so it is edited
 * next.
 */
function placed(deps: Dependencies, { channel, ts, permalink }: Posted, shown?: string): PatchOf {
  return fresh => ({
    message: {
      intentAt: fresh.status?.message?.intentAt ?? instant(deps.clock.now()),
      channel,
      ts,
      ...(permalink && { permalink }),
      ...(shown && { shown }),
    },
    ...(routedReason(fresh) === 'MessageRefused' && {
      conditions: conditionsWith(deps, fresh, {
        type: 'Routed',
        status: 'True',
        reason: 'Asked',
        message: `Asked ${sayApprovers(fresh.status?.approvers ?? [])}.`,
      }),
    }),
  })
}

// Nobody sees a message that Slack refuses, so nobody was asked; the sentence says what to do.
function refused(deps: Dependencies, { message }: Refusal): PatchOf {
  return (fresh): StatusPatch => {
    const said = { type: 'Routed', status: 'False', reason: 'MessageRefused', message } as const
    const stated = { ...said, observedGeneration: fresh.metadata.generation }
    return saysAlready(fresh.status?.conditions, stated) ? {} : { conditions: conditionsWith(deps, fresh, said) }
  }
}

// The link is sealed with Hallpass's key, so a refusal means that a right or a setting of Hallpass is wrong. It is
// tried again soon, because the time to decide is running.
function unsealed(deps: Dependencies, request: AccessRequest, error: unknown): Delivered {
  if (!(error instanceof Refused)) return { error }
  const again = new Waiting(after(deps.clock.now(), sealAgainSeconds), error.message)
  if (routedReason(request) === 'MessageRefused') return { error: again }
  deps.events.record(request, { type: 'Warning', ...error.refusal })
  return { record: refused(deps, error.refusal), error: again }
}

function routedReason({ status }: AccessRequest): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Routed')?.reason
}
