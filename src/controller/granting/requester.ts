// Looks up the requester in Slack when their request is accepted: exactly this account, without a cache. A membership
// may have ended seconds ago, and a request may have been changed on its way.
import type { AccessRequest } from '../../api/kinds.ts'
import { mayAsk } from '../../domain/asking/asking.ts'
import { parseEmail } from '../../domain/people/identity.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { type Refusal, Refused } from '../../domain/outcome.ts'
import { refuseRequester, type SeenRequester } from '../../domain/asking/requester.ts'
import type { Dependencies } from '../dependencies.ts'

/** Why the requester gets nothing. Waiting or Broken while Slack does not answer. */
export async function judgeRequester(
  deps: Dependencies,
  { spec }: AccessRequest,
  mapping: Mapping,
): Promise<Refusal | undefined> {
  const { slackUserID } = spec.requester
  const seen =
    slackUserID === undefined ? undefined : await lookUp(deps, { slackUserID, email: spec.requester.email, mapping })
  const { people, clock } = deps
  return refuseRequester({ spec, mapping, seen, organisation: deps, people, now: clock.now() })
}

type Wanted = { slackUserID: string; email: string; mapping: Mapping }

async function lookUp({ directory }: Dependencies, { slackUserID, email, mapping }: Wanted): Promise<SeenRequester> {
  const address = parseEmail(email)
  const needsGroup = address !== undefined && !mayAsk(mapping, { email: address, userGroups: [] })
  const [person, userGroups] = await Promise.all([
    directory.fresh.byId(slackUserID),
    needsGroup ? groupOf(directory, slackUserID, mapping) : [],
  ])
  return { person, userGroups }
}

// One group is enough, and Slack allows 20 of these calls a minute: groups that the person was a member of come first.
async function groupOf(directory: Dependencies['directory'], slackUserID: string, mapping: Mapping): Promise<string[]> {
  const groups = mapping.requesters.slackUserGroups
  const likely = await Promise.all(
    groups.map(async group => isIn(slackUserID, await directory.unhurried.membersOf(group).catch(() => []))),
  )
  const inOrder = [...groups.filter((_, i) => likely[i]), ...groups.filter((_, i) => !likely[i])]
  for (const group of inOrder)
    if (isIn(slackUserID, await directory.fresh.membersOf(group).catch(withoutGroups))) return [group]
  return []
}

function isIn(slackUserID: string, members: readonly string[] | undefined): boolean {
  return members?.includes(slackUserID) ?? false
}

// Slack may refuse all group calls because of its plan. Then nobody is a member.
function withoutGroups(error: unknown): undefined {
  if (!(error instanceof Refused)) throw error
}
