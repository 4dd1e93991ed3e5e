// Plays one life of everything that Hallpass does with the outside, and records what went over the wire.
import { ask, approve, cast, deny, message, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import type { Delivery } from '../../src/sim/slack/types.ts'
import { type Exchange, watchTraffic } from '../../src/sim/traffic.ts'
import { declare, quickWorld } from '../story/world.ts'

/** The traffic of each service, and Slack's deliveries to the gateway. */
export type Recorded = Record<'google' | 'slack' | 'pagerduty', Exchange[]> & { deliveries: Delivery[] }

const { dana, mo, ana } = cast
const channel = 'C0PRODACCESS'
const project = 'projects/prod-eu'

/** Starts a world, plays in it, stops it. */
export async function recordPlay(): Promise<Recorded> {
  const seen: Exchange[] = []
  const stopWatching = watchTraffic(exchange => void seen.push(exchange))
  const world = await quickWorld({ readsGroups: true })
  try {
    await mappings(world)
    await lives(world)
    await forms(world)
    const at = (url: string): Exchange[] => seen.filter(({ port }) => port === Number(new URL(url).port))
    const { google, slack, pagerduty } = world
    return {
      google: at(google.url),
      slack: at(slack.url),
      pagerduty: at(pagerduty.url),
      deliveries: [...slack.sender.deliveries],
    }
  } finally {
    stopWatching()
    await world.stop()
  }
}

/** Policies and schedules of each kind, user groups, and a custom role. */
async function mappings(world: World): Promise<void> {
  const { state } = world.pagerduty
  state.schedules.set('PCLASSIC', { id: 'PCLASSIC', name: 'Classic', shifts: [{ user: 'PMO' }] })
  state.schedules.set('PSHIFTS', {
    id: 'PSHIFTS',
    name: 'Shifts',
    isV3: true,
    shifts: [{ user: 'PMO' }, { user: null }],
  })
  const role = `${project}/roles/replay`
  const permissions = { stage: 'GA' as const, includedPermissions: ['cloudsql.instances.connect'] }
  world.google.seeds.customRoles?.push({ name: role, title: 'Replay', ...permissions })
  const on = (schedule: string): object => ({ approval: { window: '30m', onCall: { schedule } } })
  await declare(world, 'classic', on('PCLASSIC'))
  await declare(world, 'shifts', on('PSHIFTS'))
  await declare(world, 'unknown-policy', { approval: { onCall: { escalationPolicy: 'PNOWHERE' } } })
  await declare(world, 'unknown-schedule', on('PNOWHERE'))
  await declare(world, 'custom', { grants: [{ resource: project, role }] })
  await declare(world, 'absent', { grants: [{ resource: project, role: `${role}er` }] })
  await declare(world, 'at-google', {
    requesters: { googleGroups: ['cache-team@example.com'] },
    approval: {
      window: '30m',
      onCall: { escalationPolicy: 'PMANAGERS' },
      allowed: { googleGroups: ['prod-approvers@example.com'] },
    },
  })
  await declare(world, 'grouped', {
    requesters: { slackUserGroups: ['S0DBA'] },
    approval: { window: '30m', fallback: { slackUserGroup: 'S0DBA' } },
  })
}

/** Requests with each end. */
async function lives(world: World): Promise<void> {
  const granted = await asked(world, '/prod-db 3s INC-1 granted')
  await approve(world, granted, mo, { comment: 'go ahead' })
  await reached(world, granted, 'Provisioned')
  const denied = await asked(world, '/access classic INC-2 denied')
  await deny(world, denied, mo, 'use the replica')
  await reached(world, denied, 'Denied')
  const conflicted = await asked(world, '/access custom 3s INC-3 conflict')
  await foreignWrite(world)
  await approve(world, conflicted, mo)
  const byGroup = await asked(world, '/access at-google 3s INC-7 by a group')
  await approve(world, byGroup, ana)
  await reached(world, byGroup, 'Provisioned')
  for (const line of ['/access shifts INC-4 withdrawn', '/access grouped INC-5 withdrawn']) {
    const name = await asked(world, line)
    await message(world, name, 'approve')
    const own = world.slack.state.ephemerals(dana.id).findLast(({ blocks }) => JSON.stringify(blocks).includes(name))
    await world.slack.desktop.clickButton({ user: dana.id, channel, ts: own?.ts ?? '', actionID: 'withdraw' })
    await reached(world, name, 'Withdrawn')
  }
  for (const name of [granted, denied, conflicted]) await settled(world, name)
}

async function asked(world: World, line: string): Promise<string> {
  return until(`"${line}" is asked`, async () => (await ask(world, dana, line)).name)
}

async function settled(world: World, name: string): Promise<void> {
  await until(`"${name}" is settled`, async () => (await stored(world, name))?.status?.settled, 60)
}

/** Somebody else changes the policy between Hallpass's read and write. */
async function foreignWrite({ google }: World): Promise<void> {
  const conflict = { error: { code: 409, message: 'There were concurrent policy changes.', status: 'ABORTED' } }
  google.faults.add({ route: `POST /v3/${project}:setIamPolicy`, status: 409, body: conflict })
}

/** Help, forms, answers to mistakes, and people outside of the channel. */
async function forms(world: World): Promise<void> {
  const { desktop, state } = world.slack
  for (const line of [
    '/access help',
    '/access mine',
    '/access nothing 5m INC-1',
    '/prod-db 9h INC-1',
    '/access nowhere',
  ])
    await ask(world, dana, line)
  for (const command of ['/access', '/prod-db']) {
    await desktop.slashCommand({ user: dana.id, channel, command })
    const form = await until('the form', () => state.openViews(dana.id).at(-1))
    await desktop.closeView({ user: dana.id, viewID: form.id })
  }
  const outside = await asked(world, '/prod-db INC-6 somebody else denies')
  const { ts } = await message(world, outside, 'deny')
  await desktop.clickButton({ user: cast.otto.id, channel, ts, actionID: 'deny' })
  await deny(world, outside, ana, 'no').catch(() => deny(world, outside, mo, 'no'))
  await reached(world, outside, 'Denied')
  await settled(world, outside)
  await world.requests.list({ namespace })
}
