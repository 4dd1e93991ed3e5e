// The intents to post a request's message, and the alert about an emergency, stored before the posts. Without them a crash
// could lose a message that Slack has posted.
import type { AccessRequest } from '../../api/kinds.ts'
import { instant } from '../../domain/asking/duration.ts'
import { channelToIntend, type LifecycleFacts } from '../../domain/lifecycle.ts'
import { alertToIntend } from '../../domain/review/review-steps.ts'
import { alertKey } from '../calling/alert.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Change, transition, withPatch, type Written } from './write.ts'

/** A request and its mapping, as last seen. */
export type RequestWithMapping = Pick<LifecycleFacts, 'request' | 'mapping'>

/** The change, with the intents in the same write: of the message when it leaves somebody to ask. */
export function withIntent(
  { clock }: Dependencies,
  { request, mapping }: RequestWithMapping,
  { patch, happened }: Change,
): Change {
  const facts = { request: withPatch(request, patch), mapping }
  const [channel, second] = [channelToIntend(facts), alertToIntend(facts)]
  const intentAt = instant(clock.now())
  return {
    patch: {
      ...patch,
      ...(channel && { message: { channel, intentAt } }),
      ...(second && { alert: { channel: second, intentAt } }),
    },
    happened,
  }
}

/** Writes a change. If it contains an intent, remembers that nothing was posted since. */
export async function writeChange(
  deps: Dependencies,
  request: AccessRequest,
  { patch, happened }: Change,
): Promise<Written> {
  const written = await transition(deps, request, patch, ...happened)
  if (written === 'conflict') return written
  if (patch.message && !request.status?.message) deps.unposted.set(request.metadata.uid, true)
  if (patch.alert && !request.status?.alert) deps.unposted.set(alertKey(request), true)
  return written
}

/** Stores the intents alone, for a request whose mapping was missing before. */
export function intend(deps: Dependencies, facts: RequestWithMapping): Promise<Written> {
  return writeChange(deps, facts.request, withIntent(deps, facts, { patch: {}, happened: [] }))
}
