// Google groups, read with the identity of the configured reader: implements the Google groups port over Cloud Identity v1,
// and over the Groups Settings API for the process that has it. Nothing is remembered, and nothing is changed.
import { type AuthClient, GoogleAuth } from 'google-auth-library'
import { cloudidentity_v1 } from 'googleapis/build/src/apis/cloudidentity/v1.js'
import { groupssettings_v1 } from 'googleapis/build/src/apis/groupssettings/v1.js'
import { Broken, Refused } from '../domain/outcome.ts'
import type { Clock } from '../domain/ports.ts'
import type { GoogleGroup, GoogleGroups } from '../domain/people/group-reader.ts'
import { at, type FailedAnswer, failedAnswer, textOf } from './answer.ts'
import { callerFault, ownIdentityFault } from './caller.ts'
import { setupFault } from './forbidden.ts'
import { guardIdentity, renewed } from './identity.ts'
import { passingOutcome } from './passing.ts'
import { callTimeoutMs, inTime, withoutSlash } from './transport.ts'

/** The scope for groups and memberships. It allows reading only. */
export const groupsScope = 'https://www.googleapis.com/auth/cloud-identity.groups.readonly'
/** The only scope of the Groups Settings API. It allows changes, so the reader's admin role must not. */
export const groupSettingsScope = 'https://www.googleapis.com/auth/apps.groups.settings'

type GroupsOptions = {
  /** The reader, with the scope for groups. */
  reader: AuthClient
  /** The reader, with the scope for settings; absent in a process that does not judge who can join. */
  settingsReader?: AuthClient
  clock: Clock
  /**
   * Another address than Google's, for the sandbox and tests. The configuration has checked that it is a loopback
   * address.
   */
  rootUrl?: string
  timeoutMs?: number
}

/** Under this label a group takes no outside group and no group without it, and it cannot be removed again. */
const securityLabel = 'cloudidentity.googleapis.com/groups.security'
/** Nobody gets in without an invitation, or without an owner who accepts. */
const closedJoining = ['INVITED_CAN_JOIN', 'CAN_REQUEST_TO_JOIN']

const nameForm = /^groups\/[0-9A-Za-z_-]{1,100}$/
/** The CRD accepts nothing else; no other text becomes part of an address. */
const addressForm = /^[a-z0-9][a-z0-9._'-]{0,63}@[a-z0-9.-]{1,253}$/
const mostLength = 320

/** The Google groups port. */
export function createGoogleGroups(options: GroupsOptions): GoogleGroups {
  const { clock, rootUrl, settingsReader } = options
  const from = (reader: AuthClient): { auth: GoogleAuth; rootUrl?: string } => ({
    auth: new GoogleAuth({ authClient: guardIdentity(reader) }),
    ...(rootUrl && { rootUrl: `${withoutSlash(rootUrl)}/` }),
  })
  const { groups } = new cloudidentity_v1.Cloudidentity(from(options.reader))
  const settings = settingsReader && new groupssettings_v1.Groupssettings(from(settingsReader)).groups
  const ask = asking(options)

  const nameOf = async (group: string): Promise<string> => {
    if (!addressForm.test(group)) throw unreadable(group, 'it is not the address of a group')
    const data = await ask(options.reader, once => groups.lookup({ 'groupKey.id': group }, once))
    const name = textOf(at(data, 'name'))
    if (!name || !nameForm.test(name)) throw new Broken(`Cloud Identity's answer does not name the group "${group}".`)
    return name
  }

  const includes: GoogleGroups['includes'] = async (group, email) => {
    const parent = await nameOf(group).catch(missing(group, clock))
    if (parent === undefined) return false
    const query = `member_key_id == '${celText(email)}'`
    try {
      const { memberships } = groups
      const data = await ask(options.reader, once => memberships.checkTransitiveMembership({ parent, query }, once))
      return at(data, 'hasMembership') === true
    } catch (error) {
      throw refusedWith(error, { group, clock }, 'GoogleMembershipUnreadable')
    }
  }

  const hasMember: GoogleGroups['hasMember'] = async (group, email) => {
    const parent = await nameOf(group).catch(missing(group, clock))
    if (parent === undefined) return false
    const { memberships } = groups
    try {
      const found = await ask(options.reader, once =>
        memberships.lookup({ parent, 'memberKey.id': shortEnough(email) }, once),
      )
      const name = textOf(at(found, 'name'))
      if (!name?.startsWith(`${parent}/memberships/`)) throw new Broken(noMembership(group))
      return isOwnMembership(await ask(options.reader, once => memberships.get({ name }, once)), email, clock)
    } catch (error) {
      if (!isMissing(error) && !isForbidden(error)) throw refusedWith(error, { group, clock })
      // Google gives one answer for a membership that is missing and for one that may not be seen.
      await ask(options.reader, once => memberships.list({ parent, pageSize: 1 }, once)).catch((failure: unknown) => {
        throw refusedWith(failure, { group, clock }, 'GoogleMembershipUnreadable')
      })
      return false
    }
  }

  const joiningOf = async (group: string): Promise<GoogleGroup['joining']> => {
    if (!settings || !settingsReader) return 'unread'
    try {
      const data = await ask(settingsReader, once => settings.get({ groupUniqueId: group, alt: 'json' }, once))
      if (textOf(at(data, 'email'))?.toLowerCase() !== group) return 'unread'
      return closedJoining.includes(textOf(at(data, 'whoCanJoin')) ?? '') ? 'closed' : 'open'
    } catch (error) {
      if (isForbidden(error) || isMissing(error)) return 'unread'
      throw refusedWith(error, { group, clock })
    }
  }

  const describe: GoogleGroups['describe'] = async group => {
    const name = await nameOf(group).catch(missing(group, clock))
    if (name === undefined) return undefined
    try {
      const [data, listed, joining] = await Promise.all([
        ask(options.reader, once => groups.get({ name }, once)),
        ask(options.reader, once => groups.memberships.list({ parent: name, pageSize: 1 }, once)),
        joiningOf(group),
      ])
      return { ...shownIn(data, name, group), ...firstMember(listed), joining }
    } catch (error) {
      throw refusedWith(error, { group, clock })
    }
  }

  return { includes, hasMember, describe }
}

type Once = { retry: false; signal: AbortSignal }
type Ask = <T>(reader: AuthClient, call: (once: Once) => Promise<{ data: T }>) => Promise<T>

/** Each call once, and in time; a token that is not accepted is renewed once. */
function asking({ timeoutMs = callTimeoutMs }: GroupsOptions): Ask {
  return async (reader, call) => {
    const once = (): Once => ({ retry: false, signal: AbortSignal.timeout(timeoutMs) })
    const { data } = await inTime(
      renewed(reader, () => call(once())),
      timeoutMs,
      'Cloud Identity',
    )
    return data
  }
}

/** The address in a string of CEL: an apostrophe must not end it. */
function celText(email: string): string {
  return shortEnough(email).replace(/[\\']/g, sign => `\\${sign}`)
}

function shortEnough(email: string): string {
  if (email.length <= mostLength && !/[\s\p{Cc}]/u.test(email)) return email
  throw new Broken('An address that is looked up in Google groups is not one.')
}

// A membership that has just ended may still be shown.
function isOwnMembership(data: unknown, email: string, clock: Clock): boolean {
  const roles = at(data, 'roles')
  const isOver = (role: unknown): boolean => {
    const end = textOf(at(at(role, 'expiryDetail'), 'expireTime'))
    return end !== undefined && !(clock.now() < new Date(end))
  }
  return (
    at(data, 'type') === 'USER' &&
    textOf(at(at(data, 'preferredMemberKey'), 'id'))?.toLowerCase() === email.toLowerCase() &&
    Array.isArray(roles) &&
    roles.some(role => !isOver(role))
  )
}

// The answer must be about this group, because a proxy in between may answer 200 itself.
function shownIn(data: unknown, name: string, group: string): Pick<GoogleGroup, 'address' | 'isSecurity'> {
  const address = textOf(at(at(data, 'groupKey'), 'id'))?.toLowerCase()
  if (at(data, 'name') !== name || !address)
    throw new Broken(`Cloud Identity's answer does not hold the group "${group}".`)
  const labels = at(data, 'labels')
  return { address, isSecurity: typeof labels === 'object' && labels !== null && Object.hasOwn(labels, securityLabel) }
}

function firstMember(listed: unknown): Pick<GoogleGroup, 'member'> {
  const all = at(listed, 'memberships')
  const member = Array.isArray(all) ? textOf(at(at(all[0], 'preferredMemberKey'), 'id')) : undefined
  return member ? { member: member.toLowerCase() } : {}
}

type About = { group: string; clock: Clock }
type Unreadable = 'GoogleGroupUnreadable' | 'GoogleMembershipUnreadable'

function missing(group: string, clock: Clock): (error: unknown) => undefined {
  return error => {
    if (isMissing(error)) return undefined
    throw refusedWith(error, { group, clock })
  }
}

function isMissing(error: unknown): boolean {
  const { status, rpc } = failedAnswer(error)
  return status === 404 && rpc !== undefined
}

// A right, an edition or a group that is missing. Every other 403 has its own reason.
function isForbidden(error: unknown): boolean {
  const answer = failedAnswer(error)
  return answer.status === 403 && answer.rpc === 'PERMISSION_DENIED' && !faultOf(answer)
}

function faultOf(answer: FailedAnswer): Refused | undefined {
  const called = { service: 'cloudidentity.googleapis.com', project: "the reader's project", what: 'Google groups' }
  const fault = setupFault(answer, called) ?? ownIdentityFault(answer, 'Cloud Identity')
  return fault && new Refused('GoogleGroupUnreadable', fault.message)
}

function refusedWith(error: unknown, { group, clock }: About, reason: Unreadable = 'GoogleGroupUnreadable'): Error {
  if (error instanceof Broken || error instanceof Refused) return error
  const answer = failedAnswer(error)
  const passing = passingOutcome(answer, { whom: 'Cloud Identity', doing: 'read a Google group', now: clock.now() })
  if (passing) return passing
  const { status } = answer
  const fault = faultOf(answer)
  if (fault) return fault
  if (callerFault(answer))
    return new Broken(`Cloud Identity does not accept the identity with which Hallpass reads groups (${status}).`)
  if (status !== 403 && status !== 404)
    return new Broken(`Cloud Identity answered ${status} when asked to read a Google group.`)
  return reason === 'GoogleMembershipUnreadable' ? membershipUnreadable(group) : notShown(group)
}

function notShown(group: string): Refused {
  return unreadable(group, 'Google does not show it: it does not exist, or the reader lacks the right')
}

function unreadable(group: string, why: string): Refused {
  return new Refused(
    'GoogleGroupUnreadable',
    `The Google group "${group}" cannot be read: ${why}. Correct the address, or give the account of google.groupsReader the admin role Groups Reader.`,
  )
}

function membershipUnreadable(group: string): Refused {
  return new Refused(
    'GoogleMembershipUnreadable',
    `Google shows the group "${group}", and does not say who belongs to it. For requesters this needs Google Workspace Enterprise Standard, Enterprise Plus or Education, or Cloud Identity Premium, and the admin role Groups Reader for the account of google.groupsReader. Otherwise name people by address, domain or Slack user group.`,
  )
}

function noMembership(group: string): string {
  return `Cloud Identity's answer does not hold a membership of the group "${group}".`
}
