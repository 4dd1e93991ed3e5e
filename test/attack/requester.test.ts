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
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { accounted, asked, bindingsOf, foreign, nothingWritten, routed, standing, verdictOn } from './attacker.ts'
import { noSecretSeen } from './secrets.ts'

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

attack(
  test,
  'a reason mentions, links and speaks in another’s name … no markup in Slack, none on the page',
  async () => {
    const typed =
      '<!channel> <@U0MO> *Approved by Mo* <https://evil.example|runbook> \u202Eoof "&lt;!here&gt; </textarea><script>alert(1)</script>'
    const request = await asked(world, dana, `/prod-db 5s ${typed}`)
    const posted = JSON.stringify((await message(world, request.metadata.name, 'approve')).blocks)
    const marked = ['<!channel>', '<https://evil', '<!here>', '\u202E', '<script'].filter(one => posted.includes(one))
    const { page } = await openApproval(world, request.metadata.name)
    const active = page.document.querySelectorAll('script, a[href*="evil"]').length
    await withdraw(request)
    return `${marked.join() || 'no'} markup in Slack, ${active || 'none'} on the page`
  },
)

const spellings = [dana.email, 'dana+x@example.com', alias.email, 'Dana@Example.com']
attacks<string>(
  test,
  Object.fromEntries(
    spellings.map(email => [
      `the requester approves as ${email}, named by the fallback … SelfApproval, undecided`,
      email,
    ]),
  ),
  async email => {
    await sayWhoApproves()
    const request = await routed(world, await asked(world, dana, '/access aliases 5s myself'))
    assert.equal(
      request.status?.approvers?.map(approver => approver.email),
      [mo.email],
    )
    const page = await approve(world, request.metadata.name, { email } as unknown as Player)
    const reason = /you asked for it yourself/.test(page.text) ? 'SelfApproval' : page.text
    assert.is((await standing(world, request)).status?.attempts?.count, 1)
    nothingWritten(world, request)
    const verdict = await verdictOn(world, request)
    await withdraw(request)
    return `${reason}, ${verdict}`
  },
)
let isSaid = false
async function sayWhoApproves(): Promise<void> {
  if (isSaid) return
  isSaid = true
  const fallback = { emails: [dana.email, 'dana+x@example.com', alias.email, mo.email] }
  await declare(world, 'aliases', { approval: { window: '30m', fallback } })
}

attack(
  test,
  'the requester asks from a second Slack account and approves from the first … SelfApproval, nothing written',
  async () => {
    world.slack.state.users.set('U0DANA2', { id: 'U0DANA2', name: 'd2', real_name: 'D', email: alias.email })
    world.slack.state.channels.get('C0PRODACCESS')?.members.push('U0DANA2')
    world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [dana.email] })
    const request = await asked(world, { ...dana, id: 'U0DANA2' } as unknown as Player, '/prod-db 5s second account')
    assert.is(request.spec.requester.email, dana.email, 'the Google address of the row is the one that is granted')
    const { status } = await routed(world, request)
    assert.ok(!status?.approvers?.some(({ email }) => email === dana.email), 'it goes on to the next level')
    const { text } = await approve(world, request.metadata.name, dana)
    world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [mo.email] })
    const end = `${/you asked for it yourself/.test(text) ? 'SelfApproval' : text}, ${nothingWritten(world, request)}`
    await withdraw(request, 'U0DANA2')
    return end
  },
)

attack(
  test,
  'the approver asks under an alias that only Google knows … SelfApproval, written and taken out again',
  async () => {
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
    assert.match(no?.message ?? '', /Google knows "mo.second@example.com" as "mo@example.com", who approved it/)
    assert.equal(bindingsOf(world, request), [])
    const writes = world.google.calls.filter(({ reasonHeader }) => reasonHeader?.includes(request.metadata.uid))
    const statuses = writes.filter(({ method }) => method === 'SetIamPolicy').map(call => call.status)
    await accounted(world, request, 'GrantUndone', 'Failed')
    const isUndone = statuses.join() === '200,200'
    return `${no?.reason}, ${isUndone ? 'written and taken out again' : statuses.join()}`
  },
)

attack(test, 'an ask and a withdrawal are replayed after the end … 1 request, 1 decision; an old one 401', async () => {
  const request = await asked(world, dana, '/prod-db 5s replayed')
  const { body } = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'command') ?? { body: '' }
  await withdraw(request)
  const click = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'block_actions') ?? { body: '' }
  for (const again of [body, click.body, body]) await world.slack.sender.raw(again)
  const { items } = await world.requests.list({ namespace })
  const count = items.filter(({ spec }) => spec.reason === 'replayed').length
  const decisions = (await standing(world, request)).status?.decisions?.length
  const old = await world.slack.sender.raw(body, { at: new Date(Date.now() - 400_000) })
  return `${count} request, ${decisions} decision; an old one ${'status' in old && old.status}`
})

type Forged = { user: string; action: string; change?: (target: Target) => object }
type Target = { ns: string; n: string; u: string }
attacks<Forged>(
  test,
  {
    'a bystander withdraws with the value of another’s button … undecided': { user: otto.id, action: 'withdraw' },
    'a bystander presses Approve through the gateway … undecided': { user: otto.id, action: 'approve' },
    'a bystander denies with the value of another’s button … undecided': { user: otto.id, action: 'deny' },
    'the requester presses Approve through the gateway … undecided': { user: dana.id, action: 'approve' },
    'the requester opens the form to deny … undecided': { user: dana.id, action: 'deny' },
    'the approver withdraws in place of the requester … undecided': { user: mo.id, action: 'withdraw' },
    'a button is pressed that does not exist … undecided': { user: mo.id, action: 'grant' },
    'a button names another namespace … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, ns: 'kube-system' }),
    },
    'a button’s name climbs to another path … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, n: '../../secrets' }),
    },
    'a button’s namespace climbs to another path … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, ns: '../hallpass-tokens' }),
    },
    'a button names a namesake by another uid … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, u: target.u.replace(/./g, '0') }),
    },
    'a button’s value is a list … undecided': { user: dana.id, action: 'withdraw', change: target => [target] },
    'a button’s name is an object … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, n: { toString: 'x' } }),
    },
    'a button’s name carries a query … undecided': {
      user: dana.id,
      action: 'withdraw',
      change: target => ({ ...target, n: `${target.n}?fieldManager=x` }),
    },
  },
  async ({ user, action, change = (target: Target): object => target }) => {
    const { request, payload, target } = await button()
    const forged = {
      ...payload,
      user: { ...payload.user, id: user },
      actions: [{ ...payload.actions[0], action_id: action, value: JSON.stringify(change(target)) }],
    }
    await world.slack.sender.raw(new URLSearchParams({ payload: JSON.stringify(forged) }).toString())
    await new Promise(resolve => setTimeout(resolve, 300))
    return verdictOn(world, request)
  },
)

type Button = {
  request: AccessRequest
  payload: { user: { id: string }; actions: { action_id: string; value: string }[] }
  target: Target
}
let pressed: Promise<Button> | undefined
/** What pressing Deny of a request that waits delivers, as somebody who overheard it has it. */
const button = (): Promise<Button> => (pressed ??= pressDeny())
async function pressDeny(): Promise<Button> {
  const request = await routed(world, await asked(world, dana, '/prod-db 5s button'))
  const { name, uid } = request.metadata
  const { ts } = await message(world, name, 'deny')
  await world.slack.desktop.clickButton({ user: mo.id, channel: 'C0PRODACCESS', ts, actionID: 'deny' })
  const template = world.slack.sender.deliveries.findLast(({ kind }) => kind === 'block_actions')?.body ?? ''
  await world.slack.desktop.closeView({ user: mo.id, all: true }).catch(() => undefined)
  const payload = JSON.parse(new URLSearchParams(template).get('payload') ?? '{}') as Button['payload']
  return { request, payload, target: { ns: namespace, n: name, u: uid } }
}

test('the request whose buttons were forged can still be withdrawn', async () => withdraw((await button()).request))

attack(
  test,
  'the link of a withdrawn request is used for an identical new one … refused, undecided, nothing written',
  async () => {
    const first = await asked(world, dana, '/prod-db 5s same words')
    const { page, browser } = await openApproval(world, first.metadata.name)
    await withdraw(first)
    const second = await asked(world, dana, '/prod-db 5s same words')
    const refused = await browser.submit(page, 'Sign in and approve')
    nothingWritten(world, first)
    const isRefused = /withdrew|withdrawn/i.test(refused.text)
    const end = `${isRefused ? 'refused' : refused.text}, ${await verdictOn(world, second)}, ${nothingWritten(world, second)}`
    await withdraw(second)
    return end
  },
)

attacks<number>(
  test,
  {
    'denial, withdrawal and approval come at once … 1 decision, and the world agrees with it': 0,
    'denial, withdrawal and approval come at once, a second time … 1 decision, and the world agrees with it': 1,
  },
  async round => {
    const request = await routed(world, await asked(world, dana, `/prod-db 2s race ${round}`))
    const { name } = request.metadata
    const { page, browser } = await openApproval(world, name)
    const chooser = await browser.submit(page, 'Sign in and approve')
    await Promise.allSettled([browser.submit(chooser, mo.email), pressWithdraw(request), deny(world, name, mo, 'no')])
    const ended = await until('it ends', async () => {
      const now = await stored(world, name)
      return ['Denied', 'Withdrawn', 'Expired'].includes(now?.status?.phase ?? '') ? now : undefined
    })
    const verdict = ended.status?.decisions?.[0]?.verdict
    if (verdict !== 'Approved') nothingWritten(world, request)
    await accounted(world, ended, ended.status?.phase ?? '')
    const agrees = ended.status?.phase === (verdict === 'Approved' ? 'Expired' : verdict)
    return `${ended.status?.decisions?.length} decision, and the world ${agrees ? 'agrees with it' : 'does not'}`
  },
)

attack(
  test,
  'somebody asks and is then taken off those who may ask … cannot be approved, nothing written',
  async () => {
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
    const isRefused = /no longer lets dana@example\.com ask/.test(shown.text)
    return `${isRefused ? 'cannot be approved' : shown.text}, ${nothingWritten(world, request)}`
  },
)

attack(
  test,
  'two people ask two hundred times at once … all answered, fewer than 100 stored, nothing written',
  async () => {
    const done = await Promise.all(
      Array.from({ length: 200 }, (_, i) => ask(world, i % 2 ? dana : otto, `/prod-db 5s flood ${i}`)),
    )
    const isAnswered = done.every(({ answer }) =>
      /Asked for|already asked|Still storing|could not be stored|trouble/i.test(answer),
    )
    const { items } = await world.requests.list({ namespace })
    const flood = items.filter(({ spec }) => spec.reason.startsWith('flood'))
    for (const request of flood) nothingWritten(world, request)
    const late = await ask(world, dana, '/access mine')
    assert.match(late.answer, /waits for/)
    const stored = flood.length < 100 ? 'fewer than 100' : flood.length
    return `${isAnswered ? 'all answered' : 'some without an answer'}, ${stored} stored, nothing written`
  },
)

attack(test, 'whatever a requester tried … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
