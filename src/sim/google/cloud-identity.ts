// Cloud Identity v1: groups and memberships as a reader sees them
// (https://cloud.google.com/identity/docs/reference/rest/v1/groups). Nothing here changes a group.
import type { Express } from 'express'
import { type Api, type Incoming, type Method, serveGet } from './api.ts'
import { invalid } from './failure.ts'
import { editionRefused, type GroupDirectory, viewRefused } from './group-directory.ts'
import type { GoogleGroup } from './types.ts'

/** Any of them is enough (the methods' own lists in the discovery document). */
const groupScopes = [
  'https://www.googleapis.com/auth/cloud-identity.groups.readonly',
  'https://www.googleapis.com/auth/cloud-identity.groups',
  'https://www.googleapis.com/auth/cloud-platform',
]

type Work = (incoming: Incoming, directory: GroupDirectory) => object

/** Serves the reading methods of groups and memberships. */
export function serveCloudIdentity(app: Express, api: Api, directory: GroupDirectory): void {
  const serve = (path: string, name: string, takes: readonly string[], work: Work): void => {
    const method = `google.apps.cloudidentity.groups.v1.${name}`
    const process: Method['process'] = incoming => work(incoming, directory)
    const target = { name: method, service: 'cloudidentity.googleapis.com', method, scopes: groupScopes }
    serveGet(app, new RegExp(`^/v1/${path}$`), { ...target, takes, process }, api)
  }
  const group = '(groups/[0-9a-z]+)'
  serve('groups(:)lookup', 'GroupsService.LookupGroupName', ['groupKey.id'], lookUpGroup)
  serve(group, 'GroupsService.GetGroup', [], getGroup)
  serve(
    `${group}/memberships:checkTransitiveMembership`,
    'MembershipsService.CheckTransitiveMembership',
    ['query'],
    checkTransitive,
  )
  serve(`${group}/memberships:lookup`, 'MembershipsService.LookupMembershipName', ['memberKey.id'], lookUpMember)
  serve(`${group}/memberships`, 'MembershipsService.ListMemberships', ['pageSize', 'pageToken', 'view'], listMembers)
  serve('(groups/[0-9a-z]+/memberships/[0-9a-z]+)', 'MembershipsService.GetMembership', [], getMember)
}

const lookUpGroup: Work = ({ caller, query }, directory) => {
  const key = query['groupKey.id']?.toLowerCase()
  if (!key) throw invalid('group_key.id must be set.')
  const group = directory.byAddress(key)
  if (!group || !directory.mayView(caller.email, group)) throw viewRefused(group?.name ?? 'groups')
  return { name: group.name }
}

const getGroup: Work = (incoming, directory) => {
  const { email, name, customer, labels = [], title = email } = groupOf(incoming, directory)
  const all = ['discussion_forum', ...labels].map(label => [`cloudidentity.googleapis.com/groups.${label}`, ''])
  return {
    name,
    groupKey: { id: email },
    parent: `customers/${customer ?? directory.customer}`,
    displayName: title,
    createTime: '2025-01-01T00:00:00Z',
    updateTime: '2025-01-01T00:00:00Z',
    labels: Object.fromEntries(all) as object,
  }
}

// The edition is that of the member's account. `false` is left out, as in all of Google's JSON.
const checkTransitive: Work = (incoming, directory) => {
  const group = groupOf(incoming, directory)
  const member = memberIn(incoming.query['query'] ?? '')
  if (!directory.isPremium) throw editionRefused()
  return directory.includes(group, member) ? { hasMembership: true } : {}
}

// A string of CEL: https://github.com/google/cel-spec/blob/master/doc/langdef.md#string-and-bytes-values
const queryForm = /^\s*member_key_id\s*==\s*(?:'((?:[^'\\\r\n]|\\['"\\])*)'|"((?:[^"\\\r\n]|\\['"\\])*)")\s*$/

function memberIn(query: string): string {
  const [, single, double] = queryForm.exec(query) ?? []
  const text = single ?? double
  if (!text) throw invalid('query is invalid: it must be a CEL expression with member_key_id.')
  return text.replace(/\\(.)/g, '$1').toLowerCase()
}

const lookUpMember: Work = (incoming, directory) => {
  const group = groupOf(incoming, directory)
  const key = incoming.query['memberKey.id']?.toLowerCase()
  if (!key) throw invalid('member_key.id must be set.')
  const member = directory.membersOf(group).find(({ email }) => email === key)
  // Seen from a client of Google's: a missing membership and one that may not be seen are the same.
  if (!member) throw viewRefused(`${group.name}/memberships`)
  return { name: member.name }
}

const getMember: Work = (incoming, directory) => {
  const group = groupOf(incoming, directory)
  const member = directory.membersOf(group).find(({ name }) => name === incoming.resource)
  if (!member) throw viewRefused(incoming.resource)
  return shownMember(member, 'FULL')
}

const listMembers: Work = (incoming, directory) => {
  const group = groupOf(incoming, directory)
  const { pageSize = '200', pageToken = '0', view = 'BASIC' } = incoming.query
  const most = view === 'FULL' ? 500 : 1000
  if (!/^\d{1,4}$/.test(pageSize) || Number(pageSize) > most) throw invalid(`page_size must be at most ${most}.`)
  const all = directory.membersOf(group)
  const [from, size] = [Number(pageToken), Number(pageSize) || 200]
  const memberships = all.slice(from, from + size).map(member => shownMember(member, view))
  return {
    ...(memberships.length > 0 && { memberships }),
    ...(from + size < all.length && { nextPageToken: String(from + size) }),
  }
}

type Member = ReturnType<GroupDirectory['membersOf']>[number]

function shownMember({ name, email, type }: Member, view: string): object {
  const basic = { name, preferredMemberKey: { id: email }, roles: [{ name: 'MEMBER' }] }
  return view === 'FULL' ? { ...basic, createTime: '2025-01-01T00:00:00Z', type } : basic
}

/** The group of the path, if the caller may see it; a missing one looks the same. */
function groupOf({ resource, caller }: Incoming, directory: GroupDirectory): GoogleGroup {
  const name = resource.split('/').slice(0, 2).join('/')
  const group = directory.byName(name)
  if (!group || !directory.mayView(caller.email, group)) throw viewRefused(name)
  return group
}
