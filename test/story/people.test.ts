// Who learns of a request, on a real API server with the official clients: how often Slack notifies whom, and of what. And
// what the same people read when one asks for more time.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import {
  approve,
  ask,
  cast,
  deny,
  entriesOf,
  message,
  openApproval,
  reached,
  stored,
  thread,
  until,
} from '../../src/sandbox/plays.ts'
import { type Visited, Visitor } from '../../src/sandbox/visitor.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import type { Alert } from '../../src/sim/pagerduty/alerts.ts'
import { noSecretSeen } from '../attack/secrets.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { declare, quickWorld, readiness } from './world.ts'

const test = suite('the people who are asked are reached', { timeoutMs: 120_000 })
const { dana, mo, ana } = cast
const approval = { window: '30m', escalateAfter: '2s', onCall: { escalationPolicy: 'PMANAGERS' } }
const onCall = { escalationPolicy: 'PMANAGERS' }
const page = { route: 'platform', after: '3s' }
let world: World

test.before(async () => {
  world = await quickWorld()
  const members = [dana.id, mo.id, 'U0HALLPASS']
  world.slack.state.channels.set('C0NARROW', { id: 'C0NARROW', name: 'narrow', members, is_private: true })
  await declare(world, 'impatient', { approval })
  await declare(world, 'silent', { approval: { window: '30m', remindAfter: '1s', onCall, page } })
  await declare(world, 'narrow', { approval, channel: 'C0NARROW' })
})
test.after(async () => world.stop())

/** Asks for the mapping as soon as the gateway knows it; who was notified, by what, when both levels are asked. */
async function asked(mapping: string): Promise<{ name: string; notified: string[] }> {
  const before = world.slack.state.notifications.length
  const line = `/access ${mapping} 5s INC-1 x`
  const name = await until('the request is stored', async () => (await ask(world, dana, line)).name)
  await until('everybody is called', async () => {
    const told = (await stored(world, name))?.status?.told ?? []
    return told.some(({ what }) => what === 'asked 2') ? true : undefined
  })
  const since = world.slack.state.notifications.slice(before).filter(({ user }) => user !== dana.id)
  return { name, notified: since.map(({ user, by }) => `${user} by ${by}`) }
}

test('the next level is notified once, by a note in the thread, and no edit notifies anybody', async () => {
  const { name, notified } = await asked('impatient')
  assert.equal(notified, [`${mo.id} by mention`, `${ana.id} by mention`])
  assert.match(
    (await thread(world, name))[0] ?? '',
    /Ana Director\), mo@example\.com \(Mo Manager\) has not answered\./,
  )
  const { edits } = await until('the message names the next level', async () => {
    const found = await message(world, name)
    return found.edits.length > 0 ? found : undefined
  })
  assert.ok(edits.length > 0)
})

test('who is not in the channel gets a direct message with a link to the page', async () => {
  const { notified } = await asked('narrow')
  assert.equal(notified, [`${mo.id} by mention`, `${ana.id} by directMessage`])
  const [said, ...others] = world.slack.state.directMessages(ana.id)
  assert.is(others.length, 0)
  const words = JSON.stringify(said?.blocks)
  assert.match(words, /"url":"[^"]*\/approve\?t=/)
  assert.not.match(words, '"deny"')
  assert.match(words, 'dana@example.com (Dana Engineer) asks for *narrow*')
})

test('two managers approve, each with their own login, and only then is it granted, as the second one', async () => {
  const both = { required: 2, window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS' } }
  await declare(world, 'together', { approval: both })
  const name = await until(
    'the request is stored',
    async () => (await ask(world, dana, '/access together 4s INC-1 x')).name,
  )
  await until('both are asked', async () =>
    (await stored(world, name))?.status?.approvers?.length === 2 ? true : undefined,
  )
  await approve(world, name, mo, { comment: 'looks right' })
  const once = await until('the first approval is counted', async () => {
    const found = await stored(world, name)
    return found?.status?.approvalsCounted === 1 ? found : undefined
  })
  assert.equal([once.status?.phase, once.status?.decidedBy], ['Pending', '1 of 2'])
  await until('the message says so', async () =>
    JSON.stringify((await message(world, name)).blocks).includes('1 of 2 approved: mo@example.com') ? true : undefined,
  )
  const again = await approve(world, name, mo)
  assert.match(again.text, /You have approved this already, as mo@example\.com/)
  await approve(world, name, ana)
  const ended = await reached(world, name, 'Expired')
  assert.is(ended.status?.approvedBy, 'mo@example.com, ana@example.com')
  const events = await until('the log has every event', () => {
    const found = entriesOf(world, ended.metadata.uid).map(({ event }) => event)
    return found.includes('Expired') ? found : undefined
  })
  assert.equal(
    events.filter(event => event.startsWith('Approv')),
    ['ApprovalCounted', 'Approved'],
  )
  await until('nothing is left of the sign-ins', async () =>
    (await stored(world, name))?.status?.settled ? true : undefined,
  )
})

test('a mapping with a channel that cannot be used is not Ready, and says what to do', async () => {
  const members = [dana.id, 'U0HALLPASS']
  world.slack.state.channels.set('C0OLD', { id: 'C0OLD', name: 'old', members, is_archived: true })
  const { status, reason, message: why } = readiness(await declare(world, 'old', { channel: 'C0OLD' })) ?? {}
  assert.equal([status, reason], ['False', 'ChannelUnreachable'])
  assert.match(why ?? '', /"C0OLD": it is archived; name another channel in the mapping/)
})

test('a request whose channel was archived meanwhile is asked and decided by direct message', async () => {
  const members = [dana.id, mo.id, 'U0HALLPASS']
  world.slack.state.channels.set('C0MEANWHILE', { id: 'C0MEANWHILE', name: 'meanwhile', members })
  const calm = { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } }
  await declare(world, 'meanwhile', { approval: calm, channel: 'C0MEANWHILE' })
  const before = { dana: directTo(dana.id).length, mo: directTo(mo.id).length }
  Object.assign(world.slack.state.channels.get('C0MEANWHILE') ?? {}, { is_archived: true })
  const line = '/access meanwhile 3s INC-1 archived'
  const name = await until('the request is stored', async () => (await ask(world, dana, line)).name)
  const asked = await until('Mo is asked directly', () => directTo(mo.id)[before.mo])
  const told = await until('Dana is told', () => directTo(dana.id)[before.dana])
  assert.match(told, /it is not in the channel.*it is archived.*asked by direct message/)
  const url = /"url":"([^"]*\/approve[^"]*)"/.exec(asked)?.[1] ?? ''
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(url), 'Sign in and approve')
  await browser.submit(chooser, mo.email)
  await reached(world, name, 'Expired')
  assert.is(directTo(mo.id).length, before.mo + 1, 'Mo is asked once')
})

test('more time follows without a gap, the approver reads how much it is in all, and beyond the limit it is refused', async () => {
  const calm = { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } }
  const duration = { min: '1s', default: '10m', max: '20m', maxConsecutive: '35m' }
  await declare(world, 'limited', { approval: calm, duration })
  const first = await until('the request is stored', async () => {
    return (await ask(world, dana, '/access limited 20m INC-1 first')).name
  })
  await approve(world, first, mo)
  const { metadata, status } = await reached(world, first, 'Provisioned')
  await moreTime(first)
  const second = await until('the second request is stored', async () => following(first))
  assert.is(second.spec.notBefore, status?.expiresAt)
  const { text } = await message(world, second.metadata.name, 'approve')
  const all = 'This would be the second access to the same within 24 hours: 35 minutes with this one'
  assert.match(text, `${all}, and at most 35 minutes are allowed.`)
  const { page } = await openApproval(world, second.metadata.name)
  assert.match(page.text, all)
  assert.match(page.text, `It follows request ${first}.`)
  await approve(world, second.metadata.name, mo)
  const both = (await reached(world, second.metadata.name, 'Provisioned')).status
  assert.is(both?.startsAt, status?.expiresAt)
  const titles = [metadata, second.metadata].map(({ uid }) => uid)
  const bound = world.google.policies.read('projects/prod-eu')?.bindings ?? []
  for (const uid of titles)
    assert.is(bound.filter(({ condition }) => condition?.title?.includes(uid)).length, 2, 'two roles each')
  const role = 'roles/cloudsql.client'
  const hand = Date.parse(status?.expiresAt ?? '')
  for (const at of [hand - 1, hand, hand + 1])
    assert.is(world.google.holds(dana.email, role, 'projects/prod-eu', new Date(at)), true, 'no gap')
  await moreTime(second.metadata.name)
  const refused = world.slack.state.openViews(dana.id).at(-1)
  assert.match(JSON.stringify(refused?.errors), 'and 35 minutes of them are used or promised. Nothing is left then;')
})

/** Dana presses the button under the news, chooses 15 minutes, and sends the form as it began. */
async function moreTime(name: string): Promise<void> {
  const { ts } = await until('Dana is told', () => newsOf(name))
  const { desktop, state } = world.slack
  await desktop.clickButton({ user: dana.id, channel: 'C0PRODACCESS', ts, actionID: 'ask-again' })
  const view = await until('the form is open', () => state.openViews(dana.id).at(-1))
  const uid = (await world.mappings.get({ namespace: 'hallpass', name: 'limited' })).metadata.uid
  const values = { [`duration-${uid}`]: '15m', [`reason-${uid}`]: 'INC-1 still at it' }
  await desktop.submitView({ user: dana.id, viewID: view.id, values })
}

async function newsOf(name: string): Promise<StoredMessage | undefined> {
  const { ts } = await message(world, name)
  const isNews = ({ threadTs, text }: StoredMessage): boolean => threadTs === ts && text.includes('you have limited')
  return world.slack.state.messages('C0PRODACCESS').find(isNews)
}

async function following(name: string): Promise<AccessRequest | undefined> {
  const { items } = await world.requests.list({ namespace: 'hallpass' })
  return items.find(({ spec }) => spec.follows?.name === name)
}

function directTo(user: string): string[] {
  return world.slack.state.directMessages(user).map(({ blocks }) => JSON.stringify(blocks))
}

async function unanswered(mapping: string): Promise<string> {
  const line = `/access ${mapping} 5s INC-1 nobody answers`
  return until('the request is stored', async () => (await ask(world, dana, line)).name)
}

async function alertOf(name: string, status: Alert['status']): Promise<Alert> {
  const { uid } = (await stored(world, name))?.metadata ?? {}
  return until(`the alert is ${status}`, () =>
    world.pages.alerts.all.find(alert => alert.dedupKey === `hallpass-${uid}` && alert.status === status),
  )
}

test('silence: a reminder, a page that a press acknowledges, and a denial that resolves it', async () => {
  const before = world.slack.state.notifications.length
  const name = await unanswered('silent')
  const alert = await alertOf(name, 'triggered')
  assert.equal([alert.service, alert.urgency, alert.client], ['PSERVICE', 'high', 'Hallpass'])
  assert.match(alert.payload.summary, /^dana@example\.com \(Dana Engineer\) asks for silent, and nobody has decided/)
  const told = (await thread(world, name)).join('\n')
  assert.match(told, /Mo Manager\), the request of .* still waits for you/)
  const calls = world.slack.state.notifications.slice(before).filter(({ user }) => user === mo.id)
  assert.equal(
    calls.map(({ by }) => by),
    ['mention', 'mention'],
  )
  await until('the message says that people are paged', async () =>
    JSON.stringify((await message(world, name)).blocks).includes('pages people through the route'),
  )
  const { ts } = await message(world, name)
  await world.slack.desktop.clickButton({ user: mo.id, channel: 'C0PRODACCESS', ts, actionID: 'approve' })
  await alertOf(name, 'acknowledged')
  await deny(world, name, mo, 'use the replica')
  await reached(world, name, 'Denied')
  await alertOf(name, 'resolved')
  assert.is(world.pages.alerts.all.length, 1)
  await until('the request is settled', async () => (await stored(world, name))?.status?.settled, 30)
  const events = world.google.logs.entries().map(({ jsonPayload }) => (jsonPayload as { event?: string }).event)
  assert.ok(events.includes('Paged'))
})

attack(test, 'what PagerDuty is sent holds a link that leads to an approval … no', async () => {
  const sent = JSON.stringify(world.pages.alerts.all)
  assert.match(sent, /https:\/\/[^"]*\/archives\/C0PRODACCESS\/p\d+/)
  return /approve|ticket|\?t=/.test(sent) ? 'yes' : 'no'
})

attack(
  test,
  'the routing key is looked for wherever people read, after a page was refused … no secret seen',
  async () => {
    const [key] = world.pages.alerts.keys.keys()
    const body = { status: 'invalid event', message: key, errors: [key] }
    world.pages.faults.add({ route: 'POST /v2/enqueue', status: 400, body })
    const name = await unanswered('silent')
    const refused = await until(
      'the page is refused',
      async () => (await stored(world, name))?.status?.page?.refused,
      30,
    )
    assert.is(refused, 'PageRefused')
    await until('the requester is told', async () =>
      (await thread(world, name)).some(text => text.includes('nobody could be paged')),
    )
    return noSecretSeen(world)
  },
)

attack(
  test,
  'a mapping in the watched namespace pages through a route that nobody gave it … PageRouteUnknown',
  async () => {
    const mapping = await declare(world, 'greedy', { approval: { window: '30m', onCall, page: { route: 'payments' } } })
    const { status, reason, message: why } = readiness(mapping) ?? {}
    assert.is(status, 'False')
    assert.match(why ?? '', /no route "payments".*pagerduty\.routes/)
    assert.not.ok(JSON.stringify(await world.mappings.list({ namespace })).includes('pdsandboxroutingkey'))
    return reason ?? 'Ready'
  },
)

test('with Slack away, people ask, find and approve on the web, and the message follows when it is back', async () => {
  const calm = { window: '30m', onCall: { escalationPolicy: 'PMANAGERS' } }
  await declare(world, 'offline', { approval: calm })
  const isPosted = (of: string): boolean => JSON.stringify(world.slack.state.messages('C0PRODACCESS')).includes(of)
  world.slack.faults.add({ route: 'POST /api/*', times: 1_000_000, status: 503 })
  const asks = await signedInAtTheDoor(dana)
  const form = await asks.browser.open(`${world.authUrl}/ask?for=hallpass/offline`)
  const asked = await asks.browser.submit(form, 'Ask', { reason: 'INC-1 Slack is away', duration: '1m' })
  assert.match(asked.text, 'You asked for offline for 1 minute.')
  const name = /Request (offline-[a-z2-7]{12})/.exec(asked.text)?.[1] ?? ''
  const waiting = await until('the page says that Mo is found', async () => {
    const page = await asks.browser.open(`${world.authUrl}/`)
    return /offline for 1 minute waits for mo@example\.com .*Slack has not told anybody yet/.test(page.text)
      ? page
      : undefined
  })
  assert.not.match(waiting.document.toString(), '/approve?t=')

  const decides = await signedInAtTheDoor(mo)
  const link = decides.page.document.querySelectorAll('a').find(a => a.text.includes(name))
  const page = await decides.browser.open(new URL(link?.getAttribute('href') ?? '/', world.authUrl))
  assert.match(page.text, /dana@example\.com asked for offline .* on the web/)
  const chooser = await decides.browser.submit(page, 'Sign in and approve')
  await decides.browser.submit(chooser, mo.email)
  const granted = await reached(world, name, 'Provisioned')
  assert.equal(granted.spec.requester, { email: dana.email, googleSubject: granted.spec.requester.googleSubject })
  assert.not.ok(isPosted(name), 'Slack took nothing')

  world.slack.faults.clear()
  await until(
    'Dana is told',
    async () => {
      const told = (await stored(world, name))?.status?.told ?? []
      return told.some(({ what }) => what === 'granted') ? true : undefined
    },
    60,
  )
  assert.match(JSON.stringify((await message(world, name)).blocks), 'asked on the web')
  // Slack may be back just between the two, and then there is no thread yet.
  const said = [...(await thread(world, name)), ...directTo(dana.id)].join('\n')
  assert.match(said, /you have \*?offline\*? until/)
})

test('an approver rehearses in daylight, and nothing is changed', async () => {
  const before = JSON.stringify(world.google.policies.read('projects/prod-eu'))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(`${world.authUrl}/me`), 'Sign in and check')
  const found = await browser.submit(chooser, mo.email)
  assert.is(found.url.pathname, '/me')
  assert.match(found.text, /You signed in as mo@example\.com.*on projects\/prod-eu/)
  assert.is(JSON.stringify(world.google.policies.read('projects/prod-eu')), before)
})

async function signedInAtTheDoor(who: { email: string }): Promise<{ browser: Visitor; page: Visited }> {
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(`${world.authUrl}/`), 'Sign in with Google')
  return { browser, page: await browser.submit(chooser, who.email) }
}

test.run()
