// The access of one person to one mapping, over all their requests: asked for at the moment when a rule needs it, so that
// no watch, no link and no other copy is believed. Settled requests count too.
import type { NewAccessRequest } from '../api/kinds.ts'
import { addressesWith, type People } from '../domain/people/identity.ts'
import type { Requests } from '../domain/ports.ts'
import { countsSince, type SequenceRule, type Span, spansOf } from '../domain/asking/sequence.ts'

/** A request that is stored, or is about to be. Its own access does not count. */
type Asked = {
  metadata: Pick<NewAccessRequest['metadata'], 'namespace' | 'name'>
  spec: Pick<NewAccessRequest['spec'], 'requester' | 'roleMapping'>
}

type Options = { requests: Pick<Requests, 'history'>; people: People }

/**
 * When this person had, has or will have the mapping by their other requests, as far as it counts with access that begins
 * at `from` or later. The person is known by all their addresses in `people`, and by the Slack account.
 */
export async function heldBy(
  { metadata, spec }: Asked,
  { rule, from }: { rule: SequenceRule; from: Date },
  { requests, people }: Options,
): Promise<Span[]> {
  const { requester, roleMapping } = spec
  const found = await requests.history({
    namespace: metadata.namespace,
    roleMapping,
    emails: addressesWith(requester.email, people),
    slackUserID: requester.slackUserID,
    since: countsSince(from, rule),
  })
  return spansOf(found.filter(other => other.metadata.name !== metadata.name))
}
