// Google groups on a real API server with the official clients: asked by a group in a group, approved by a member of a
// security group whom nobody called, and what happens when a membership ends in between.
import * as assert from 'uvu/assert'
import { approve, ask, cast, reached, stored, until } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { noSecretSeen } from '../attack/secrets.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { declare, quickWorld, readiness } from './world.ts'

const test = suite('Google groups let people in, and only people who are in them now', { timeoutMs: 120_000 })
const { dana, ana, otto } = cast
const requesters = { googleGroups: ['cache-team@example.com'] }
const duty = { window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS', level: 1 } }
const approval = { ...duty, allowed: { googleGroups: ['prod-approvers@example.com'] } }
let world: World

type Payload = { event?: string; request?: { name?: string }; details?: Record<string, string> }

test.before(async () => {
  world = await quickWorld({ readsGroups: true })
  const ready = readiness(await declare(world, 'cache', { requesters, approval }))
  assert.is(ready?.status, 'True', ready?.message)
})
test.after(async () => world.stop())

/** Asks, as soon as the gateway knows the mapping. */
async function asked(line: string, who: { id: string } = dana): Promise<string> {
  return until('the request is stored', async () => (await ask(world, who, line)).name)
}

async function whyFailed(name: string): Promise<string> {
  const { status } = await reached(world, name, 'Failed')
  return status?.conditions?.find(({ type }) => type === 'Approved')?.reason ?? ''
}

async function nothingGranted(name: string): Promise<void> {
  const uid = (await stored(world, name))?.metadata.uid ?? 'gone'
  assert.ok(!JSON.stringify(world.google.policies.read('projects/prod-eu')).includes(uid), 'nothing was granted')
}

test('who belongs by a group in the group asks, a member of the security group approves, and the log names both groups', async () => {
  const name = await asked('/access cache 5s INC-1 evictions')
  const page = await approve(world, name, ana)
  assert.match(page.text, /Approved|granted/i)
  const { status } = await reached(world, name, 'Provisioned')
  const approvers = [{ email: ana.email, group: 'prod-approvers@example.com' }]
  assert.equal(status?.admittedBy, { requester: 'cache-team@example.com', approvers })
  assert.not.ok(
    status?.approvers?.some(({ email }) => email === ana.email),
    'nobody is called because of a group',
  )
  const payload = await until('the approval is in the log', () => {
    const payloads = world.google.logs.entries().map(({ jsonPayload }) => jsonPayload as Payload)
    return payloads.find(({ event, request }) => event === 'Approved' && request?.name === name)
  })
  const { group, requesterGroup } = payload.details ?? {}
  assert.equal([group, requesterGroup], ['prod-approvers@example.com', 'cache-team@example.com'])
})

test('the reader reads groups with tokens for nothing else, and no process reads them itself', async () => {
  const reading = world.google.calls.filter(({ method }) => /groups\.v1|groupsSettings/.test(method))
  assert.equal(
    [...new Set(reading.map(({ principal }) => principal))],
    ['hallpass-groups@hallpass-ops.iam.gserviceaccount.com'],
  )
  await noSecretSeen(world)
})

attack(test, 'an engineer who is in no group asks … not something you can ask for', async () => {
  const { answer, name } = await ask(world, otto, '/access cache 5s INC-1 evictions')
  assert.is(name, undefined)
  return /not something you can ask for/.exec(answer)?.[0] ?? answer
})

attack(test, 'a membership ends between asking and the approval … Failed NotARequester', async () => {
  const name = await asked('/access cache 5s INC-2 evictions')
  world.google.seeds.groups['cache-oncall@example.com'] = []
  await approve(world, name, ana)
  const why = await whyFailed(name)
  await nothingGranted(name)
  world.google.seeds.groups['cache-oncall@example.com'] = [dana.email]
  return `Failed ${why}`
})

attack(
  test,
  'somebody who left the group of approvers signs in with the link … refused, and the request waits on',
  async () => {
    const name = await asked('/access cache 5s INC-3 evictions')
    world.google.seeds.groups['prod-approvers@example.com'] = []
    const page = await approve(world, name, ana)
    assert.match(page.text, /or a member of prod-approvers@example\.com/)
    world.google.seeds.groups['prod-approvers@example.com'] = [ana.email]
    assert.is((await stored(world, name))?.status?.decisions, undefined)
    await approve(world, name, ana)
    await reached(world, name, 'Provisioned')
    return 'refused, and the request waits on'
  },
)

test('a group of approvers that people can join by themselves makes the mapping not Ready, with what to do', async () => {
  const group = { email: 'open@example.com', name: 'groups/0open', labels: ['security' as const] }
  world.google.seeds.directory?.groups.push({ ...group, whoCanJoin: 'ALL_IN_DOMAIN_CAN_JOIN' })
  world.google.seeds.groups[group.email] = [ana.email]
  const allowed = { googleGroups: [group.email] }
  const ready = readiness(await declare(world, 'open', { approval: { ...duty, allowed } }))
  assert.equal([ready?.status, ready?.reason], ['False', 'GoogleGroupOpen'])
  assert.match(ready?.message ?? '', /"open@example\.com".*Only invited users/)
})

test.run()
