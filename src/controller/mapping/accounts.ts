// Accounts in Slack of people who are known by their address. They are only for reaching people: nobody may do anything
// because of an account that was found here.
import type { AccessRequest, Approver } from '../../api/kinds.ts'
import { domainOf, isSamePerson, parseEmail, type People, untagged } from '../../domain/people/identity.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { Refused } from '../../domain/outcome.ts'
import type { SlackPerson } from '../../domain/ports.ts'
import { type MessageView, viewOf } from '../../domain/view/view.ts'
import type { Dependencies } from '../dependencies.ts'

/**
 * Those of the people asked whose accounts are known only now, because Slack was away when they were found. Empty for a
 * request from Slack: there, people were looked up when they were found.
 */
export async function foundLater(deps: Dependencies, { spec, status }: AccessRequest): Promise<Approver[]> {
  const unknown = spec.origin === 'web' ? (status?.approvers ?? []).filter(({ slackUserID }) => !slackUserID) : []
  const looked = await Promise.all(
    unknown.map(async approver => ({ approver, person: await accountOf(deps, approver) })),
  )
  return looked.flatMap(({ approver, person }) =>
    person ? [{ ...approver, slackUserID: person.slackUserID, ...(person.name && { name: person.name }) }] : [],
  )
}

/** The view for news to the requester. Who asked on the web is looked up by the address that Google has proved. */
export async function viewToTell(
  deps: Dependencies,
  request: AccessRequest,
  mapping: Mapping | undefined,
): Promise<MessageView> {
  const view = viewOf(request, mapping)
  const { origin, requester } = request.spec
  if (origin !== 'web' || requester.slackUserID) return view
  const person = await accountOf(deps, requester)
  return person ? { ...view, requester: { ...view.requester, slackUserID: person.slackUserID } } : view
}

// An address with several accounts reaches nobody: no mention is better than a wrong one.
async function accountOf(deps: Dependencies, { email }: { email: string }): Promise<SlackPerson | undefined> {
  const [only, another] = (await seek(deps, email)).found
  return another || only?.unfit ? undefined : only
}

/** A person by address: the address that counts, and the accounts that Slack knows under it. */
export type Sought = { email: string; found: SlackPerson[] }

/**
 * The accounts of a person. PagerDuty's addresses often carry a tag that Slack does not know; only in our own domains is it
 * known that the same person reads both. Rejects with Broken or Waiting while Slack does not answer.
 */
export async function seek(deps: Dependencies, email: string): Promise<Sought> {
  const found = await slackPeopleOf(deps, email)
  const own = parseEmail(email)
  const bare = own && untagged(own)
  if (found.length > 0 || !bare || !deps.hostedDomains.includes(domainOf(bare))) return { email, found }
  const person = await lookUp(deps.directory, bare)
  return person ? { email: bare, found: [person] } : { email, found }
}

async function slackPeopleOf({ directory, people }: Dependencies, email: string): Promise<SlackPerson[]> {
  const found = await Promise.all(addresses(email, people).map(address => lookUp(directory, address)))
  return [...new Map(found.flatMap(person => (person ? [[person.slackUserID, person] as const] : []))).values()]
}

async function lookUp(directory: Dependencies['directory'], address: string): Promise<SlackPerson | undefined> {
  try {
    return await directory.byEmail(address)
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function addresses(email: string, people: People): string[] {
  const own = parseEmail(email)
  if (!own) return []
  const rows = people.filter(row => row.some(address => isSamePerson({ email: address }, { email: own })))
  return [...new Set([own, ...rows.flat().map(address => address.toLowerCase())])]
}
