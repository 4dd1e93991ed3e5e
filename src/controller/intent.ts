// The intent to post a request's message, stored before the post. Without it a crash could lose a message that Slack
// has posted.
import type { AccessRequest } from '../api/kinds.ts'
import { instant } from '../domain/duration.ts'
import { channelToIntend, type LifecycleFacts } from '../domain/lifecycle.ts'
import type { Dependencies } from './dependencies.ts'
import { type Change, transition, withPatch, type Written } from './write.ts'

/** A request and its mapping, as last seen. */
export type RequestWithMapping = Pick<LifecycleFacts, 'request' | 'mapping'>

/** The change, with the intent in the same write when it leaves somebody to ask. */
export function withIntent(
  { clock }: Dependencies,
  { request, mapping }: RequestWithMapping,
  { patch, happened }: Change,
): Change {
  const channel = channelToIntend({ request: withPatch(request, patch), mapping })
  return channel
    ? { patch: { ...patch, message: { channel, intentAt: instant(clock.now()) } }, happened }
    : { patch, happened }
}

/** Writes a change. If it contains an intent, remembers that no message was posted since. */
export async function writeChange(
  deps: Dependencies,
  request: AccessRequest,
  { patch, happened }: Change,
): Promise<Written> {
  const written = await transition(deps, request, patch, ...happened)
  if (written !== 'conflict' && patch.message && !request.status?.message) deps.unposted.set(request.metadata.uid, true)
  return written
}

/** Stores the intent alone, for a request whose mapping was missing when the people to ask were found. */
export function intend(deps: Dependencies, facts: RequestWithMapping): Promise<Written> {
  return writeChange(deps, facts.request, withIntent(deps, facts, { patch: {}, happened: [] }))
}
