// The methods about people: who the app is, who somebody is, who belongs to a user group.
import { paged } from './args.ts'
import { SlackFailure } from './failure.ts'
import type { Workspace } from './state.ts'
import type { Json, SlackUser, Usergroup } from './types.ts'
import type { Call, Method } from './method.ts'

function authTest({ state: { team, app } }: Call): Json {
  return {
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: app.name,
    team_id: team.id,
    user_id: app.userId,
    bot_id: app.botId,
    is_enterprise_install: app.isOrgWide ?? false,
    ...(team.enterpriseId && { enterprise_id: team.enterpriseId }),
  }
}

function teams({ args, state: { team, app } }: Call): Json {
  if (!app.isOrgWide) throw new SlackFailure('not_allowed_token_type')
  const all = [{ id: team.id, name: team.name }, ...(app.workspaces ?? []).map(id => ({ id, name: id }))]
  const { page, next } = paged(all, args, args.limit(100, 1000))
  return { teams: page, response_metadata: { next_cursor: next } }
}

// Addresses are shown with `users:read.email` only, and never those of another organisation.
function apiUser(user: SlackUser, { team, app }: Workspace): Json {
  const isShown = app.scopes.includes('users:read.email') && !user.is_stranger && user.email !== undefined
  return {
    id: user.id,
    team_id: user.team_id ?? team.id,
    name: user.name,
    deleted: user.deleted ?? false,
    ...(!user.deleted && {
      real_name: user.real_name,
      tz: user.tz ?? 'Europe/Zurich',
      is_restricted: user.is_restricted ?? false,
      is_ultra_restricted: user.is_ultra_restricted ?? false,
      is_email_confirmed: user.is_email_confirmed ?? true,
    }),
    is_bot: user.is_bot ?? false,
    is_app_user: false,
    ...(user.is_stranger && { is_stranger: true }),
    ...(user.enterprise_user && { enterprise_user: user.enterprise_user }),
    profile: {
      real_name: user.real_name,
      display_name: '',
      team: user.team_id ?? team.id,
      ...(isShown && { email: user.email }),
    },
  }
}

function info({ args, state }: Call): Json {
  const user = state.users.get(args.required('user'))
  if (!user) throw new SlackFailure('user_not_found')
  if (user.is_hidden) throw new SlackFailure('user_not_visible')
  return { user: apiUser(user, state) }
}

function lookupByEmail({ args, state }: Call): Json {
  const email = args.required('email').toLowerCase()
  const isMeant = (user: SlackUser): boolean =>
    user.email?.toLowerCase() === email && !user.deleted && !user.is_stranger && !user.is_bot
  const user = [...state.users.values()].find(isMeant)
  if (!user) throw new SlackFailure('users_not_found')
  return { user: apiUser(user, state) }
}

function list({ args, state }: Call): Json {
  const { page, next } = paged([...state.users.values()], args, args.limit(100, 1000))
  return { members: page.map(user => apiUser(user, state)), response_metadata: { next_cursor: next } }
}

function apiGroup({ id, handle, name, users, disabled }: Usergroup, args: Call['args']): Json {
  return {
    id,
    handle,
    name: name ?? handle,
    is_usergroup: true,
    date_delete: disabled ? 1 : 0,
    ...(args.flag('include_users') && { users }),
  }
}

function groups({ args, state }: Call): Json {
  const shown = [...state.usergroups.values()].filter(group => !group.disabled || args.flag('include_disabled'))
  return { usergroups: shown.map(group => apiGroup(group, args)) }
}

function groupUsers({ args, state }: Call): Json {
  // A workspace's token leads to its own groups, whatever `team_id` says.
  const teamID = state.app.isOrgWide ? args.required('team_id') : state.team.id
  const group = state.usergroups.get(args.required('usergroup'))
  if (group && (group.team_id ?? state.team.id) !== teamID) throw new SlackFailure('no_such_subteam')
  if (!group || (group.disabled && !args.flag('include_disabled'))) throw new SlackFailure('no_such_subteam')
  return { users: group.users }
}

export const peopleMethods: Record<string, Method> = {
  'auth.test': { run: authTest },
  'auth.teams.list': { run: teams },
  'users.info': { needs: ['users:read'], run: info },
  'users.list': { needs: ['users:read'], run: list },
  'users.lookupByEmail': { needs: ['users:read.email'], run: lookupByEmail },
  'usergroups.list': { needs: ['usergroups:read'], run: groups },
  'usergroups.users.list': { needs: ['usergroups:read'], run: groupUsers },
}
