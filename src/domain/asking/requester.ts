// Whether the requester is still the person that the approver read about: by Slack's current information, or by what
// Google has proved when they asked on the web.
import type { RequestSpec } from '../../api/kinds.ts'
import { mayAsk } from './asking.ts'
import { type Organisation, refuseOutsideRequester } from '../people/belonging.ts'
import { displayName } from '../people/display-name.ts'
import { googleAddressOf, parseEmail, type People } from '../people/identity.ts'
import type { Mapping } from '../mapping/mapping.ts'
import { type Refusal, refusal } from '../outcome.ts'
import type { SlackPerson } from '../ports.ts'
import type { Reason } from '../refusals.ts'

/** Slack's current information: the requester's account, and the mapping's user groups that it belongs to. */
export type SeenRequester = { person: SlackPerson | undefined; userGroups: readonly string[] }

/** The facts for these rules. `seen` is undefined for a person who asked on the web. */
export type RequesterFacts = {
  spec: RequestSpec
  mapping: Mapping
  seen: SeenRequester | undefined
  /** The Google groups of the mapping that let this address ask now. */
  googleGroups?: readonly string[]
  organisation: Organisation
  people: People
  now: Date
}

type Rule = (facts: RequesterFacts) => Refusal | undefined

// On the web Google has said who asks, and auth has stored the account. Slack is not asked: it may be away, and what it
// says about an address is no more than what Google has proved.
const known: Rule = ({ spec: { origin, requester }, seen }) => {
  if (origin === 'web' && !requester.slackUserID)
    return requester.googleSubject
      ? undefined
      : changed('UnknownRequester', 'it does not say which Google account asked')
  if (seen?.person) return undefined
  return requester.slackUserID
    ? changed('UnknownRequester', `Slack does not know the account that asked, "${requester.slackUserID}"`)
    : changed('UnknownRequester', 'it does not say which Slack account asked')
}

const takesPart: Rule = ({ spec: { requester }, seen }) => {
  const unfit = seen?.person?.unfit
  if (!unfit || unfit === 'guest') return undefined
  return changed('RequesterUnfit', `the Slack account "${requester.slackUserID}" ${sayUnfit(unfit)}`)
}

const sameAddress: Rule = ({ spec: { requester }, seen, people }) => {
  if (!seen?.person) return undefined
  const { email, slackUserID } = seen.person
  const address = parseEmail(email)
  if (address && googleAddressOf(address, people) === requester.email) return undefined
  const now = address ? `has the address "${address}" in Slack` : 'shows no confirmed address in Slack'
  return changed('RequesterChanged', `the account "${slackUserID}" ${now}, and the request names "${requester.email}"`)
}

const sameName: Rule = ({ spec: { requester }, seen }) => {
  const read = displayName(requester.name)
  if (!seen?.person || !read || displayName(seen.person.name) === read) return undefined
  const named = seen.person.name ? `is called "${seen.person.name}"` : 'has no name that can be shown'
  return changed('RequesterChanged', `"${requester.email}" ${named} in Slack, and the approver read "${read}"`)
}

const belongs: Rule = ({ spec, seen, organisation, now }) =>
  refuseOutsideRequester(spec, organisation, { now, isGuest: seen?.person?.unfit === 'guest' })

const stillAmong: Rule = ({ spec: { requester }, mapping, seen, googleGroups = [] }) => {
  const email = parseEmail(requester.email)
  if (email && mayAsk(mapping, { email, userGroups: seen?.userGroups ?? [], googleGroups })) return undefined
  return refusal(
    'NotARequester',
    `${requester.email} is not among those who may ask for "${mapping.name}". Nothing is granted.`,
  )
}

/** Why the requester gets nothing; undefined when they are the same person and may still ask. */
export function refuseRequester(facts: RequesterFacts): Refusal | undefined {
  for (const rule of [known, takesPart, sameAddress, sameName, belongs, stillAmong]) {
    const no = rule(facts)
    if (no) return no
  }
  return undefined
}

function changed(reason: Reason, why: string): Refusal {
  return refusal(reason, `The person who asked could not be confirmed: ${why}. Nothing is granted. Please ask again.`)
}

function sayUnfit(unfit: 'bot' | 'stranger' | 'deactivated'): string {
  if (unfit === 'deactivated') return 'has been deactivated'
  return unfit === 'bot' ? 'is an app or a bot' : 'belongs to another organisation'
}
