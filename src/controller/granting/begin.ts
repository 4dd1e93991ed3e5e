// The first step: a request becomes Pending, with the facts about earlier requests and, if known soon, with the people
// to ask.
import { type AccessRequest, accountFinalizer } from '../../api/kinds.ts'
import { specDigest } from '../../domain/approval/digest.ts'
import { sayAskedTime } from '../../domain/view/working.ts'
import { type Earlier, earlierOf, earlierSince } from '../../domain/asking/earlier.ts'
import { grantSummary } from '../../domain/granting/grant-summary.ts'
import { addressesWith } from '../../domain/people/identity.ts'
import type { StatusPatch } from '../../domain/ports.ts'
import { type RequestWithMapping, withIntent, writeChange } from './intent.ts'
import { endsWithin } from '../patience.ts'
import { routing } from '../calling/route.ts'
import type { Dependencies } from '../dependencies.ts'
import { type Change, conditionsWith, type Happening, withPatch, type Written } from './write.ts'

/** A longer search for approvers does not delay the request. */
const patienceMs = 1_000

/**
 * Makes the request Pending, with the columns for printing and the facts about earlier requests. If the people to ask
 * are found within a second, they and the intent to ask them are in the same write. A request without Hallpass's
 * finalizer gets it first.
 */
export async function begin(deps: Dependencies, facts: RequestWithMapping): Promise<Written | undefined> {
  const { request, mapping } = facts
  const { metadata } = request
  if (!metadata.finalizers?.includes(accountFinalizer) && !metadata.deletionTimestamp) {
    const held = await deps.requests.patchFinalizers(request, [...(metadata.finalizers ?? []), accountFinalizer])
    return held === 'gone' ? undefined : held
  }
  const patch = pendingPatch(deps, request)
  const search = routing(deps, withPatch(request, patch))
  const [earlier, routed] = await Promise.all([lookBack(deps, facts), withinPatience(search)])
  const begun: Change = { patch: { ...patch, ...(earlier && { earlier }) }, happened: requested(request, earlier) }
  const asked = withIntent(deps, facts, begun)
  if (routed) return writeChange(deps, request, withIntent(deps, { request, mapping }, joined(asked, routed)))
  const pending = await writeChange(deps, request, asked)
  // People see the request while the search continues. If it fails, the next step of the request searches again and
  // says why.
  const late = pending === 'conflict' ? undefined : await search.catch(() => undefined)
  if (pending === 'conflict' || !late) return pending
  return writeChange(deps, pending, withIntent(deps, { request: pending, mapping }, late))
}

function pendingPatch(deps: Dependencies, request: AccessRequest): StatusPatch {
  const { metadata, spec } = request
  return {
    phase: 'Pending',
    observedGeneration: metadata.generation ?? 1,
    grantSummary: grantSummary(spec.grants, spec),
    conditions: conditionsWith(
      deps,
      request,
      { type: 'Routed', status: 'Unknown', reason: 'LookingUp', message: 'The people to ask are being looked up.' },
      { type: 'Approved', status: 'Unknown', reason: 'Waiting', message: 'Nobody has decided yet.' },
    ),
  }
}

function requested({ spec }: AccessRequest, earlier: Earlier | undefined): Happening[] {
  const who = spec.requester.email
  const first: Happening = {
    event: 'Requested',
    actor: who,
    message: `${who} asks for "${spec.roleMapping}" for ${sayAskedTime(spec)}.`,
    details: {
      origin: spec.origin,
      slackUserID: spec.requester.slackUserID,
      googleSubject: spec.requester.googleSubject,
      channel: spec.slack?.channelID,
      ...denialIn(earlier),
      follows: spec.follows?.name,
      heldInAll: earlier?.held?.duration,
      spec: specDigest(spec),
    },
  }
  if (!spec.emergency) return [first]
  const message = `It is an emergency: ${spec.approval.required} ${spec.approval.required === 1 ? 'approval is' : 'approvals are'} enough, and it must be reviewed afterwards.`
  return [first, { event: 'EmergencyRequested', actor: who, message, details: { channel: spec.review?.channel } }]
}

/** The search's result; undefined when it takes long or fails. */
async function withinPatience(search: Promise<Change>): Promise<Change | undefined> {
  const ended = await endsWithin(search, patienceMs).catch(() => false)
  return ended ? search : undefined
}

function joined(first: Change, second: Change): Change {
  return { patch: { ...first.patch, ...second.patch }, happened: [...first.happened, ...second.happened] }
}

// Settled requests are not in the watch, so the cluster is asked, once for each request.
async function lookBack(
  { requests, people }: Dependencies,
  { request, mapping }: RequestWithMapping,
): Promise<Earlier | undefined> {
  const { metadata, spec } = request
  // Requests can be found by the Slack account since the schema knows this limit, so only then.
  const isLimited = mapping?.maxConsecutiveSeconds !== undefined
  const history = await requests.history({
    namespace: metadata.namespace,
    roleMapping: spec.roleMapping,
    emails: addressesWith(spec.requester.email, people),
    ...(isLimited && { slackUserID: spec.requester.slackUserID }),
    since: earlierSince(request, mapping),
  })
  return earlierOf(request, history, mapping)
}

function denialIn(earlier: Earlier | undefined): Record<string, string | undefined> {
  const { denial } = earlier ?? {}
  return denial ? { deniedBefore: denial.at, deniedBeforeBy: denial.email } : {}
}
