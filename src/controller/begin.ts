// The first step: a request becomes Pending.
import { type AccessRequest, accountFinalizer } from '../api/kinds.ts'
import { sayDuration, durationSeconds } from '../domain/duration.ts'
import { cut } from '../domain/text.ts'
import type { World } from './world.ts'
import { conditionsWith, transition, type Written } from './write.ts'

/** As long as the CRD allows. */
const summaryLength = 300

/** Makes the request Pending, with what is needed for printing. A request made by other means gets its finalizer first. */
export async function begin(world: World, request: AccessRequest): Promise<Written | undefined> {
  const { metadata, spec } = request
  if (!metadata.finalizers?.includes(accountFinalizer) && !metadata.deletionTimestamp) {
    const held = await world.requests.patchFinalizers(request, [...(metadata.finalizers ?? []), accountFinalizer])
    return held === 'gone' ? undefined : held
  }
  const who = spec.requester.email
  return transition(
    world,
    request,
    {
      phase: 'Pending',
      observedGeneration: metadata.generation ?? 1,
      grantSummary: {
        resources: summary(spec.grants.map(({ resource }) => resource)),
        roles: summary(spec.grants.map(({ role }) => role)),
      },
      conditions: conditionsWith(
        world,
        request,
        { type: 'Routed', status: 'Unknown', reason: 'LookingUp', message: 'Whom to ask is being looked up.' },
        { type: 'Approved', status: 'Unknown', reason: 'Waiting', message: 'Nobody has decided yet.' },
      ),
    },
    {
      event: 'Requested',
      actor: who,
      message: `${who} asks for "${spec.roleMapping}" for ${sayDuration(durationSeconds(spec.duration))}.`,
      details: { origin: spec.origin, slackUserID: spec.requester.slackUserID, channel: spec.slack?.channelID },
    },
  )
}

function summary(names: string[]): string {
  return cut([...new Set(names)].join(', '), summaryLength)
}
