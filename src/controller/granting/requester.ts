// Looks up the requester when their request is accepted: exactly this account in Slack, and their membership in groups,
// without a cache. A membership may have ended seconds ago, and a request may have been changed on its way.
import type { AccessRequest } from '../../api/kinds.ts'
import { mayAsk } from '../../domain/asking/asking.ts'
import { parseEmail } from '../../domain/people/identity.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Broken, type Refusal, refusal, Refused, Waiting } from '../../domain/outcome.ts'
import { groupOfRequester } from '../../domain/people/google-groups.ts'
import { refuseRequester, type SeenRequester } from '../../domain/asking/requester.ts'
import type { Dependencies } from '../dependencies.ts'

/** Why the requester gets nothing; or the Google group that let them in, if nothing else did. */
export type JudgedRequester = { refused?: Refusal | undefined; group?: string | undefined }

/** A service did not say what must be known of the requester. Nobody is refused for that. */
export class NotKnown {
  readonly refusal: Refusal
  readonly until: Date | undefined
  constructor(why: Refusal, error: unknown) {
    this.refusal = why
    this.until = error instanceof Waiting ? error.until : undefined
  }
}

/** Judges the requester as Slack and Google know them now. */
export async function judgeRequester(
  deps: Dependencies,
  { spec }: AccessRequest,
  mapping: Mapping,
): Promise<JudgedRequester | NotKnown> {
  const { slackUserID, email } = spec.requester
  const { people, clock } = deps
  try {
    const seen = slackUserID === undefined ? undefined : await lookUp(deps, { slackUserID, email, mapping })
    const group = await googleGroupOf(deps, { email, userGroups: seen?.userGroups ?? [] }, mapping)
    const googleGroups = group === undefined ? [] : [group]
    const facts = { spec, mapping, seen, googleGroups, organisation: deps, people, now: clock.now() }
    return { refused: refuseRequester(facts), group }
  } catch (error) {
    if (error instanceof GroupNotKnown) return new NotKnown(error.refusal, error.cause)
    if (error instanceof Broken || error instanceof Waiting) return new NotKnown(slackSilent, error)
    throw error
  }
}

const slackSilent = refusal('SlackSilent', 'Slack does not answer whether the requester is still the same person.')

/** Google did not say whether the requester belongs to a group. A right that is missing says nothing about them either. */
class GroupNotKnown extends Error {
  readonly refusal: Refusal
  constructor(cause: Broken | Waiting | Refused) {
    super('It is not known whether the requester belongs to a Google group.', { cause })
    this.refusal =
      cause instanceof Refused
        ? cause.refusal
        : refusal(
            'GoogleGroupsSilent',
            'Google does not say whether the requester is still in a Google group that may ask.',
          )
  }
}

async function googleGroupOf(
  { googleGroups }: Dependencies,
  { email, userGroups }: { email: string; userGroups: readonly string[] },
  mapping: Mapping,
): Promise<string | undefined> {
  const address = parseEmail(email)
  const groups = mapping.requesters.googleGroups
  if (!address || groups.length === 0 || mayAsk(mapping, { email: address, userGroups })) return undefined
  try {
    return await groupOfRequester(googleGroups, groups, address)
  } catch (error) {
    const isOutcome = error instanceof Broken || error instanceof Waiting || error instanceof Refused
    throw isOutcome ? new GroupNotKnown(error) : error
  }
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
