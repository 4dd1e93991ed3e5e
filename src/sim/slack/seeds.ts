// The workspace that tests and the sandbox begin with.
import type { Seeds } from './state.ts'
import type { SlackUser } from './types.ts'

const person = (id: string, name: string, realName: string, more: Partial<SlackUser> = {}): SlackUser => ({
  id,
  name,
  real_name: realName,
  email: `${name}@example.com`,
  ...more,
})

/** What the app's manifest asks for. */
const scopes = [
  'chat:write',
  'commands',
  'users:read',
  'users:read.email',
  'usergroups:read',
  'im:write',
  'channels:read',
  'channels:history',
  'groups:read',
  'groups:history',
]

/** Dana, Mo, Ana and Otto, a guest, a bot and a stranger; #prod-access and #incidents with the app, #general without it. */
export function defaultSlackSeeds(): Seeds {
  return {
    team: { id: 'T0HALLPASS', domain: 'hallpass-sandbox', name: 'Hallpass sandbox' },
    app: {
      id: 'A0HALLPASS',
      botId: 'B0HALLPASS',
      userId: 'U0HALLPASS',
      name: 'hallpass',
      scopes,
      hasMessagesTab: true,
      commands: [
        { command: '/access', description: 'Ask for production access', usageHint: 'NAME 30m why' },
        { command: '/prod-db', description: 'Ask for the production database', usageHint: '30m why' },
      ],
    },
    users: [
      person('U0DANA', 'dana', 'Dana Engineer'),
      person('U0MO', 'mo', 'Mo Manager'),
      person('U0ANA', 'ana', 'Ana Director'),
      person('U0OTTO', 'otto', 'Otto Other'),
      person('U0GIL', 'gil', 'Gil Guest', { is_restricted: true }),
      person('U0SAM', 'sam', 'Sam Stranger', { is_stranger: true, team_id: 'T0PARTNER', email: 'sam@partner.example' }),
      person('U0BOT', 'deploybot', 'Deploy Bot', { is_bot: true }),
      { id: 'U0HALLPASS', name: 'hallpass', real_name: 'Hallpass', is_bot: true },
    ],
    channels: [
      {
        id: 'C0PRODACCESS',
        name: 'prod-access',
        members: ['U0DANA', 'U0MO', 'U0ANA', 'U0OTTO', 'U0GIL', 'U0SAM', 'U0HALLPASS'],
        is_ext_shared: true,
      },
      { id: 'C0INCIDENTS', name: 'incidents', members: ['U0MO', 'U0ANA', 'U0HALLPASS'] },
      { id: 'C0GENERAL', name: 'general', members: ['U0DANA', 'U0MO', 'U0ANA', 'U0OTTO'] },
    ],
    usergroups: [{ id: 'S0DBA', handle: 'dba', name: 'Database people', users: ['U0DANA', 'U0MO'] }],
  }
}
