// An emergency on a real API server with the real clients: asked with a word or a tick, told in a second channel, granted by
// the wider rules, and signed off by a login that has no rights.
import { spawnSync } from 'node:child_process'
import * as assert from 'uvu/assert'
import { approve, ask, cast, entriesOf, reached, stored, until } from '../../src/sandbox/plays.ts'
import { type Visited, Visitor } from '../../src/sandbox/visitor.ts'
import type { World } from '../../src/sandbox/world.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { quickWorld } from './world.ts'

const test = suite('an emergency', { timeoutMs: 120_000 })
const { dana, mo, ana, otto } = cast
const incidents = 'C0INCIDENTS'

let world: World
let name = ''
let uid = ''

test.before(async () => {
  world = await quickWorld()
})
test.after(async () => world.stop())

/** The alert in the second channel; its notes are in its thread. */
async function alert(): Promise<StoredMessage> {
  return until('the alert', () =>
    world.slack.state
      .messages(incidents)
      .find(one => one.threadTs === undefined && JSON.stringify(one.blocks).includes(name)),
  )
}

function linkIn({ blocks }: StoredMessage): string | undefined {
  return /"url":"([^"]+\/review\?t=[^"]+)"/.exec(JSON.stringify(blocks))?.[1]
}

async function reviewAs(who: { email: string }, comment = ''): Promise<Visited> {
  const url = await until('the link to the review', async () => linkIn(await alert()))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(url), 'Sign in and sign off', { comment })
  return browser.submit(chooser, new RegExp(`(?<!\\w)${who.email.replaceAll('.', '\\.')}`))
}

const reviewed = async (): Promise<string> => {
  const { status, reason } =
    (await stored(world, name))?.status?.conditions?.find(({ type }) => type === 'Reviewed') ?? {}
  return `${status} ${reason}`
}

test('the engineer writes the word first, and reads what follows from it', async () => {
  const asked = await ask(world, dana, '/prod-db emergency 6s INC-1 all writes fail')
  assert.match(asked.answer, /^Asked for prod-db as an emergency, 6 seconds\. <#C0INCIDENTS> is told/)
  name = asked.name ?? ''
  const { metadata, spec } = (await stored(world, name)) ?? {}
  uid = metadata?.uid ?? ''
  assert.equal([spec?.emergency, spec?.reason], [true, 'INC-1 all writes fail'])
  assert.is(spec?.review?.channel, incidents)
})

test('the second channel is told loudly', async () => {
  const { text, blocks } = await alert()
  assert.match(text, /^Emergency: dana@example\.com \(Dana Engineer\) asks for prod-db for 6 seconds/)
  assert.match(JSON.stringify(blocks), /<!here> :rotating_light: \*Emergency:\* Dana Engineer asks/)
  assert.is(linkIn(await alert()), undefined, 'there is nothing to review yet')
})

test('somebody may approve whom only emergencies name', async () => {
  const page = await approve(world, name, ana)
  assert.match(page.text, /Granting|Granted until/)
  const { status } = await reached(world, name, 'Provisioned')
  assert.is(status?.approvedBy, ana.email)
})

test('after its end it is not settled, and its reviewers are called with a link', async () => {
  await reached(world, name, 'Expired')
  const note = await until('the note', async () => {
    const { ts } = await alert()
    return world.slack.state.messages(incidents).find(({ threadTs }) => threadTs === ts)
  })
  assert.match(JSON.stringify(note.blocks), /<@U0MO> and <@U0OTTO>, please review dana@example\.com/)
  assert.not.ok(JSON.stringify(note.blocks).includes('<@U0ANA>'), 'who approved does not review')
  const direct = await until('the direct message', () =>
    world.slack.state.directMessages(otto.id).find(({ text }) => text.includes('Please review')),
  )
  assert.match(JSON.stringify(direct.blocks), /review\?t=/, 'Otto is not in the channel')
  assert.is(await reviewed(), 'False AwaitingReview')
  assert.is((await stored(world, name))?.status?.settled, false)
  const wide = kubectl('get', 'areq', name, '-n', 'hallpass', '-o', 'wide')
  assert.match(wide, /REVIEWED[^]*False *$/m)
  assert.match(kubectl('get', 'areq', '-n', 'hallpass', '--field-selector', 'spec.emergency=true', '-o', 'name'), name)
})

attack(test, 'who approved opens the link to the review and signs in … cannot review', async () => {
  const page = await reviewAs(ana)
  assert.match(page.text, /You cannot review this: you approved it/)
  assert.is(await reviewed(), 'False AwaitingReview')
  return 'cannot review'
})

attack(test, 'who asked opens the link to the review and signs in … cannot review', async () => {
  const page = await reviewAs(dana)
  assert.match(page.text, /You cannot review this: you asked for it yourself/)
  return 'cannot review'
})

test('a reviewer signs it off with a login that asks for no rights, and then it is settled', async () => {
  const before = world.google.calls.length
  const page = await reviewAs(mo, 'the writes were really failing')
  assert.match(page.url.pathname, /^\/review\/outcome$/)
  await until('it is reviewed', async () => ((await reviewed()) === 'True Reviewed' ? true : undefined))
  const { status } = await until('it is settled', async () => {
    const now = await stored(world, name)
    return now?.status?.settled ? now : undefined
  })
  assert.is(status?.reviewedBy, mo.email)
  assert.is(status?.reviews?.[0]?.comment, 'the writes were really failing')
  const calls = world.google.calls.slice(before).map(({ method }) => method)
  assert.equal(
    calls.filter(method => /IamPolicy|IamPermissions/.test(method)),
    [],
    'nothing is asked or changed as the reviewer',
  )
  assert.match((await alert()).text, /Reviewed by mo@example\.com/)
})

test('the log tells that it was an emergency, and who reviewed it, last', async () => {
  const all = entriesOf(world, uid).map(({ event }) => event)
  assert.is(all.filter(event => event === 'AttemptRefused').length, 2, 'both who tried and may not review')
  const events = all.filter(event => event !== 'AttemptRefused')
  assert.is(events[1], 'EmergencyRequested')
  assert.equal(events.slice(-3), ['Expired', 'ReviewAsked', 'Reviewed'])
  const events2 = kubectl('events', `--for=accessrequest/${name}`, '-n', 'hallpass')
  assert.match(events2, /Warning +EmergencyRequested[^]*Normal +Reviewed/)
})

test('the form has a tick, which asks as an emergency too', async () => {
  const { desktop, state } = world.slack
  await desktop.slashCommand({ user: dana.id, channel: 'C0PRODACCESS', command: '/prod-db', text: '' })
  const view = await until('the form', () => state.openViews(dana.id).at(-1))
  const blocks = (view.view['blocks'] ?? []) as { block_id?: string }[]
  const idOf = (field: string): string => blocks.find(block => block.block_id?.startsWith(field))?.block_id ?? ''
  const values = { [idOf('duration')]: '5s', [idOf('reason')]: 'INC-2 again', [idOf('emergency')]: ['emergency'] }
  await desktop.submitView({ user: dana.id, viewID: view.id, values })
  const asked = await until('the request', async () => {
    const { items } = await world.requests.list({ namespace: 'hallpass' })
    return items.find(({ spec }) => spec.reason === 'INC-2 again')
  })
  assert.is(asked.spec.emergency, true)
})

function kubectl(...args: string[]): string {
  const { stdout, stderr, status } = spawnSync(world.cluster.kubectl, args, {
    env: { ...process.env, KUBECONFIG: world.cluster.kubeconfigPath },
    encoding: 'utf8',
  })
  assert.is(status, 0, stderr)
  return stdout
}

test.run()
