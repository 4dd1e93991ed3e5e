// The first step: a request becomes Pending, with what came before it.
import { type AccessRequest, accountFinalizer } from '../api/kinds.ts'
import { sayDuration, durationSeconds } from '../domain/duration.ts'
import { type Earlier, earlierOf, earlierSince } from '../domain/earlier.ts'
import { addressesWith } from '../domain/identity.ts'
import { cut } from '../domain/text.ts'
import type { World } from './world.ts'
import { conditionsWith, transition, type Written } from './write.ts'

/** As long as the CRD allows. */
const summaryLength = 300

/**
 * Makes the request Pending, with what is needed for printing and what whoever is asked must know of earlier requests. A
 * request made by other means gets its finalizer first.
 */
export async function begin(world: World, request: AccessRequest): Promise<Written | undefined> {
  const { metadata, spec } = request
  if (!metadata.finalizers?.includes(accountFinalizer) && !metadata.deletionTimestamp) {
    const held = await world.requests.patchFinalizers(request, [...(metadata.finalizers ?? []), accountFinalizer])
    return held === 'gone' ? undefined : held
  }
  const who = spec.requester.email
  const earlier = await lookBack(world, request)
  return transition(
    world,
    request,
    {
      phase: 'Pending',
      observedGeneration: metadata.generation ?? 1,
      ...(earlier && { earlier }),
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
      details: {
        origin: spec.origin,
        slackUserID: spec.requester.slackUserID,
        channel: spec.slack?.channelID,
        ...denialIn(earlier),
      },
    },
  )
}

// Settled requests are in no watch, so the cluster is asked, once for each request.
async function lookBack({ requests, people }: World, request: AccessRequest): Promise<Earlier | undefined> {
  const { metadata, spec } = request
  const history = await requests.history({
    namespace: metadata.namespace,
    roleMapping: spec.roleMapping,
    emails: addressesWith(spec.requester.email, people),
    since: earlierSince(request),
  })
  return earlierOf(request, history)
}

function denialIn(earlier: Earlier | undefined): Record<string, string | undefined> {
  const { denial } = earlier ?? {}
  return denial ? { deniedBefore: denial.at, deniedBeforeBy: denial.email } : {}
}

function summary(names: string[]): string {
  return cut([...new Set(names)].join(', '), summaryLength)
}
