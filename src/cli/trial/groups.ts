// Assumptions about Google groups, as the account that reads them sees them: who is in a group, and who can join it. The
// person names a security group that lists them. Nothing is changed.
import type { GoogleAnswer, GroupsCall } from '../../app/trial.ts'
import { domainOf } from '../../domain/people/identity.ts'
import { type Assumption, equal, field, holds, listIn, needed, NotPrepared, type Trial } from './assumption.ts'

const hidden = '403 PERMISSION_DENIED'
const securityLabel = 'cloudidentity.googleapis.com/groups.security'

const lacks: Assumption['lacks'] = ({ places, services }) => {
  if (places.group === undefined) return 'no --group was given'
  return services.groups ? undefined : 'the settings have no google.groupsReader'
}

async function ask({ services: { groups } }: Trial, api: GroupsCall['api'], path: string): Promise<GoogleAnswer> {
  if (!groups) throw new NotPrepared('The settings have no google.groupsReader.')
  return groups({ api, path })
}

function lookUp(trial: Trial, group: string): Promise<GoogleAnswer> {
  return ask(trial, 'cloudidentity', `v1/groups:lookup?${new URLSearchParams({ 'groupKey.id': group }).toString()}`)
}

/** The name of the person's group, such as `groups/03prod`. */
async function nameOf(trial: Trial): Promise<string> {
  const name = field(needed('Looking the group up', await lookUp(trial, trial.places.group ?? '')), 'name')
  if (typeof name === 'string' && /^groups\/[0-9A-Za-z_-]{1,100}$/.test(name)) return name
  throw new NotPrepared('Google did not name the group.')
}

/** Whether the address belongs to the group, as an answer: the field is left out for no. */
async function includes(trial: Trial, group: string, email: string): Promise<string> {
  const query = new URLSearchParams({ query: `member_key_id == '${email}'` }).toString()
  const { code, data } = await ask(trial, 'cloudidentity', `v1/${group}/memberships:checkTransitiveMembership?${query}`)
  if (data === undefined) return code
  const said = field(data, 'hasMembership')
  return `${code} ${said === undefined ? 'nothing' : said === true ? 'true' : 'something else'}`
}

async function entryOf(trial: Trial, group: string, email: string): Promise<string> {
  const query = new URLSearchParams({ 'memberKey.id': email }).toString()
  const found = await ask(trial, 'cloudidentity', `v1/${group}/memberships:lookup?${query}`)
  if (found.data === undefined) return found.code
  const name = field(found.data, 'name')
  if (typeof name !== 'string' || !name.startsWith(`${group}/memberships/`)) return `${found.code}, of another group`
  const { code, data } = await ask(trial, 'cloudidentity', `v1/${name}`)
  if (data === undefined) return code
  const isPersons = field(data, 'type') === 'USER' && field(data, 'preferredMemberKey', 'id') === email
  return `${code}, ${isPersons ? 'a person' : 'no person'} with ${listIn(data, 'roles').length > 0 ? 'a role' : 'no role'}`
}

const members: Assumption = {
  id: 'groups-members',
  service: 'Google groups',
  says: 'Google says true of somebody whom the group lists (checkTransitiveMembership), and leaves that word out for an address that nobody has. A member’s entry says that it is a person. A missing entry or group is answered like one that may not be seen, with 403 PERMISSION_DENIED.',
  lacks,
  check: async trial => {
    const { person } = trial.places
    const nobody = `hallpass-trial-${trial.id}@${domainOf(person)}`
    const group = await nameOf(trial)
    return [
      equal('you', '200 true', await includes(trial, group, person)),
      equal('an address that nobody has', '200 nothing', await includes(trial, group, nobody)),
      equal('your entry', '200, a person with a role', await entryOf(trial, group, person)),
      equal('an entry that is missing', hidden, await entryOf(trial, group, nobody)),
      equal('a group that is missing', hidden, (await lookUp(trial, nobody)).code),
    ]
  },
}

const closed = ['INVITED_CAN_JOIN', 'CAN_REQUEST_TO_JOIN']

const joining: Assumption = {
  id: 'groups-joining',
  service: 'Google groups',
  says: 'A security group has a label that says so. The Groups Settings API tells the account that reads groups its address, and that nobody can join it by themselves: INVITED_CAN_JOIN or CAN_REQUEST_TO_JOIN.',
  lacks,
  check: async trial => {
    const address = trial.places.group ?? ''
    const labels = field(
      needed('Reading the group', await ask(trial, 'cloudidentity', `v1/${await nameOf(trial)}`)),
      'labels',
    )
    const { code, data } = await ask(trial, 'www', `groups/v1/groups/${encodeURIComponent(address)}?alt=json`)
    const who = String(field(data, 'whoCanJoin'))
    const came = data === undefined ? code : /^[A-Z_]{1,40}$/.test(who) ? who : 'something else'
    const isSame = String(field(data, 'email')).toLowerCase() === address
    return [
      equal('the label', 'security', field(labels, securityLabel) === undefined ? 'none' : 'security'),
      equal('its address', 'the same', data === undefined ? code : isSame ? 'the same' : 'another one'),
      holds('who can join', closed.join(' or '), { came, isSame: closed.includes(came) }),
    ]
  },
}

/** Who is in a group, and who can join it. */
export const groupAssumptions: Assumption[] = [members, joining]
