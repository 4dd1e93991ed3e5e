// Somebody who may ask and wants more: approval by oneself under any name, deliveries replayed, links exchanged, races won,
// rules outrun.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import {
  approve,
  ask,
  cast,
  deny,
  message,
  openApproval,
  type Player,
  reached,
  stored,
  until,
} from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { declare, judged, quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { accounted, asked, bindingsOf, foreign, noSecretSeen, nothingWritten, routed, standing } from './ground.ts'

const test = suite('a requester who wants more', { timeoutMs: 60_000 })
const { dana, mo, otto } = cast
const alias = { email: 'dana.private@example.com' }

let world: World
let before = ''

test.before(async () => {
  world = await quickWorld({ people: [[dana.email, alias.email]] })
  before = foreign(world)
  for (const email of ['dana+x@example.com', alias.email, 'Dana@Example.com'])
    world.google.seeds.people.push({ email, name: 'Dana', sub: `9${email.length}`, hd: 'example.com' })
})
test.after(async () => world.stop())

async function withdraw(request: AccessRequest, who: string = dana.id): Promise<void> {
  await pressWithdraw(request, who)
  await reached(world, request.metadata.name, 'Withdrawn')
}

async function pressWithdraw(request: AccessRequest, who: string = dana.id): Promise<void> {
  const own = world.slack.state
    .ephemerals(who)
    .findLast(({ blocks }) => JSON.stringify(blocks).includes(request.metadata.name))
  await world.slack.desktop.clickButton({ user: who, channel: 'C0PRODACCESS', ts: own?.ts ?? '', actionID: 'withdraw' })
}

test('a reason cannot mention, link, or speak in somebody else’s name', async () => {
  const typed =
    '<!channel> <@U0MO> *Approved by Mo* <https://evil.example|runbook> \u202Eoof "&lt;!here&gt; </textarea><script>alert(1)</script>'
  const request = await asked(world, dana, `/prod-db 5s ${typed}`)
  const posted = JSON.stringify((await message(world, request.metadata.name, 'approve')).blocks)
  for (const markup of ['<!channel>', '<https://evil', '<!here>', '\u202E', '<script'])
    assert.ok(!posted.includes(markup), markup)
  const { page } = await openApproval(world, request.metadata.name)
  assert.is(page.document.querySelectorAll('script').length, 0)
  assert.is(page.document.querySelectorAll('a[href*="evil"]').length, 0)
  await withdraw(request)
})

test('no address, alias or spelling of the requester approves, even when it is on call', async () => {
  const fallback = { emails: [dana.email, 'dana+x@example.com', alias.email, mo.email] }
  await declare(world, 'aliases', { approval: { window: '30m', fallback } })
  const request = await routed(world, await asked(world, dana, '/access aliases 5s myself'))
  assert.equal(
    request.status?.approvers?.map(({ email }) => email),
    [mo.email],
  )
  for (const email of [dana.email, 'dana+x@example.com', alias.email, 'Dana@Example.com']) {
    const page = await approve(world, request.metadata.name, { email } as unknown as Player)
    assert.match(page.text, /you asked for it yourself/, email)
  }
  const now = await standing(world, request)
  assert.is(now.status?.decisions, undefined)
  assert.is(now.status?.attempts?.count, 4)
  nothingWritten(world, request)
  await withdraw(request)
})

test('a second Slack account under another address of the same person cannot be approved by that person', async () => {
  world.slack.state.users.set('U0DANA2', { id: 'U0DANA2', name: 'd2', real_name: 'D', email: alias.email })
  world.slack.state.channels.get('C0PRODACCESS')?.members.push('U0DANA2')
  world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [dana.email] })
  const request = await asked(world, { ...dana, id: 'U0DANA2' } as unknown as Player, '/prod-db 5s second account')
  assert.is(request.spec.requester.email, dana.email, 'the Google address of the row is the one that is granted')
  const { status } = await routed(world, request)
  assert.ok(!status?.approvers?.some(({ email }) => email === dana.email), 'it goes on to the next level')
  assert.match((await approve(world, request.metadata.name, dana)).text, /you asked for it yourself/)
  world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [mo.email] })
  nothingWritten(world, request)
  await withdraw(request, 'U0DANA2')
})

test('an account under an alias of the approver’s that only Google knows ends as a self-approval', async () => {
  const player = { id: 'U0MO2', name: 'Somebody', email: 'mo.second@example.com', role: 'engineer' }
  const known = world.google.seeds.people.find(({ email }) => email === mo.email)
  assert.ok(known)
  known.aliases = [player.email]
  world.slack.state.users.set(player.id, { id: player.id, name: 'm2', real_name: player.name, email: player.email })
  world.slack.state.channels.get('C0PRODACCESS')?.members.push(player.id)
  const request = await routed(world, await asked(world, player as unknown as Player, '/prod-db 5m in disguise'))
  await approve(world, request.metadata.name, mo)
  const { status } = await reached(world, request.metadata.name, 'Failed')
  const no = status?.conditions?.find(({ type }) => type === 'Provisioned')
  assert.is(no?.reason, 'SelfApproval')
  assert.match(no?.message ?? '', /Google knows "mo.second@example.com" as "mo@example.com", who approved it/)
  assert.equal(bindingsOf(world, request), [])
  const writes = world.google.calls.filter(({ reasonHeader }) => reasonHeader?.includes(request.metadata.uid))
  assert.equal(
    writes.filter(({ method }) => method === 'SetIamPolicy').map(call => call.status),
    [200, 200],
    'written, and taken out',
  )
  await accounted(world, request, 'GrantUndone', 'Failed')
})

test('a delivery that is replayed does nothing more, even after its request has ended', async () => {
  const request = await asked(world, dana, '/prod-db 5s replayed')
  const { body } = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'command') ?? { body: '' }
  await withdraw(request)
  const click = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'block_actions') ?? { body: '' }
  for (const again of [body, click.body, body]) await world.slack.sender.raw(again)
  const { items } = await world.requests.list({ namespace })
  assert.is(items.filter(({ spec }) => spec.reason === 'replayed').length, 1)
  assert.is((await standing(world, request)).status?.decisions?.length, 1)
  const old = await world.slack.sender.raw(body, { at: new Date(Date.now() - 400_000) })
  assert.is('status' in old && old.status, 401)
})

test('a forged value of a button decides nothing for whom it was not made', async () => {
  const request = await routed(world, await asked(world, dana, '/prod-db 5s button'))
  const { name, uid } = request.metadata
  const { ts } = await message(world, name, 'deny')
  await world.slack.desktop.clickButton({ user: mo.id, channel: 'C0PRODACCESS', ts, actionID: 'deny' })
  const template = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'block_actions')?.body ?? ''
  await world.slack.desktop.closeView({ user: mo.id, all: true }).catch(() => undefined)
  const payload = JSON.parse(new URLSearchParams(template).get('payload') ?? '{}') as {
    user: { id: string }
    actions: { action_id: string; value: string }[]
  }
  const target = JSON.stringify({ ns: namespace, n: name, u: uid })
  for (const [user, action, value] of [
    [otto.id, 'withdraw', target],
    [otto.id, 'approve', target],
    [dana.id, 'approve', target],
    [mo.id, 'withdraw', target],
    [dana.id, 'withdraw', JSON.stringify({ ns: 'kube-system', n: name, u: uid })],
    [dana.id, 'withdraw', JSON.stringify({ ns: namespace, n: '../../secrets', u: uid })],
    [dana.id, 'withdraw', JSON.stringify({ ns: namespace, n: name, u: uid.replace(/./g, '0') })],
  ] as const) {
    const forged = {
      ...payload,
      user: { ...payload.user, id: user },
      actions: [{ ...payload.actions[0], action_id: action, value }],
    }
    await world.slack.sender.raw(new URLSearchParams({ payload: JSON.stringify(forged) }).toString())
  }
  await new Promise(resolve => setTimeout(resolve, 500))
  assert.is((await standing(world, request)).status?.decisions, undefined)
  await withdraw(request)
})

test('an old link of an identical earlier request approves neither', async () => {
  const first = await asked(world, dana, '/prod-db 5s same words')
  const { page, browser } = await openApproval(world, first.metadata.name)
  await withdraw(first)
  const second = await asked(world, dana, '/prod-db 5s same words')
  const refused = await browser.submit(page, 'Sign in and approve')
  assert.match(refused.text, /withdrew|withdrawn/i)
  assert.is((await standing(world, second)).status?.decisions, undefined)
  nothingWritten(world, first)
  nothingWritten(world, second)
  await withdraw(second)
})

test('of a denial, a withdrawal and an approval at once, one counts and the world agrees with it', async () => {
  for (let round = 0; round < 2; round++) {
    const request = await routed(world, await asked(world, dana, `/prod-db 2s race ${round}`))
    const { name } = request.metadata
    const { page, browser } = await openApproval(world, name)
    const chooser = await browser.submit(page, 'Sign in and approve')
    await Promise.allSettled([browser.submit(chooser, mo.email), pressWithdraw(request), deny(world, name, mo, 'no')])
    const ended = await until('it ends', async () => {
      const now = await stored(world, name)
      return ['Denied', 'Withdrawn', 'Expired'].includes(now?.status?.phase ?? '') ? now : undefined
    })
    assert.is(ended.status?.decisions?.length, 1)
    const verdict = ended.status?.decisions?.[0]?.verdict
    assert.is(ended.status?.phase, verdict === 'Approved' ? 'Expired' : verdict)
    if (verdict !== 'Approved') nothingWritten(world, request)
    await accounted(world, ended, ended.status?.phase ?? '')
  }
})

test('who is no longer among those who may ask is not granted what was asked before', async () => {
  await declare(world, 'edge', {})
  const request = await routed(world, await asked(world, dana, '/access edge 5s before I leave the team'))
  const mapping = await world.mappings.get({ namespace, name: 'edge' })
  await world.mappings.patch(mapping, { spec: { requesters: { domains: null, emails: [otto.email] } } } as never)
  await judged(world, 'edge')
  const shown = await until(
    'the page says so',
    async () => {
      const { page } = await openApproval(world, request.metadata.name)
      return /no longer/.test(page.text) ? page : undefined
    },
    10,
  )
  assert.match(shown.text, /no longer lets dana@example\.com ask/)
  nothingWritten(world, request)
})

test('two hundred asks at once are bounded, answered, and grant nothing', async () => {
  const done = await Promise.all(
    Array.from({ length: 200 }, (_, i) => ask(world, i % 2 ? dana : otto, `/prod-db 5s flood ${i}`)),
  )
  assert.ok(
    done.every(({ answer }) => /Asked for|already asked|Still storing|could not be stored|trouble/i.test(answer)),
  )
  const { items } = await world.requests.list({ namespace })
  const flood = items.filter(({ spec }) => spec.reason.startsWith('flood'))
  assert.ok(flood.length < 100, `${flood.length} of 200 stored: who waits already is answered with what waits`)
  for (const request of flood) nothingWritten(world, request)
  const late = await ask(world, dana, '/access mine')
  assert.match(late.answer, /waits for/)
})

test('what is foreign stands as before, and no secret was shown', async () => {
  assert.is(foreign(world), before)
  await noSecretSeen(world)
})

test.run()
