// Somebody who wears out those who decide: floods of asks, asking again after a withdrawal, and shopping for another
// approver after a denial. The limits are those that an installation has when nobody sets any.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { ask, cast, deny, message, openApproval, type Player, reached } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { attack } from '../attacks.ts'
import { declare, quickWorld } from '../story/world.ts'
import { suite } from '../suite.ts'
import { asked, nothingWritten, routed, verdictOn } from './attacker.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('somebody who floods', { timeoutMs: 60_000 })
const { dana, mo, otto, ana } = cast
const player = (n: number): Player =>
  ({ id: `U0CROWD${n}`, name: `Crowd ${n}`, email: `crowd.${n}@example.com`, role: 'engineer' }) as unknown as Player

let world: World
test.before(async () => {
  world = await quickWorld({ limits: {} })
  for (let n = 0; n < 12; n++) await declare(world, `db-${n}`)
  for (let n = 0; n < 3; n++) {
    const { id, name, email } = player(n)
    world.slack.state.users.set(id, { id, name: `c${n}`, real_name: name, email })
    world.slack.state.channels.get('C0PRODACCESS')?.members.push(id)
  }
})
test.after(async () => world.stop())

const ofPerson = async ({ email }: Player): Promise<AccessRequest[]> =>
  (await world.requests.list({ namespace })).items.filter(({ spec }) => spec.requester.email === email)
const waitingOf = async (who: Player): Promise<number> =>
  (await ofPerson(who)).filter(({ status }) => (status?.phase ?? 'Pending') === 'Pending').length

async function withdraw({ metadata: { name } }: AccessRequest, who: Player): Promise<void> {
  const own = world.slack.state.ephemerals(who.id).findLast(({ blocks }) => JSON.stringify(blocks).includes(name))
  await world.slack.desktop.clickButton({
    user: who.id,
    channel: 'C0PRODACCESS',
    ts: own?.ts ?? '',
    actionID: 'withdraw',
  })
  await reached(world, name, 'Withdrawn')
}

/** Text of the one message as it was posted: whom it mentions is known only then. */
const mentions = ({ blocks }: { blocks: unknown }): string[] => JSON.stringify(blocks).match(/<@U0\w+>/g) ?? []

attack(
  test,
  'one person asks for twelve things at once … 5 wait, the others told the limit, nothing written',
  async () => {
    const who = player(0)
    const done = await Promise.all(Array.from({ length: 12 }, (_, n) => ask(world, who, `/access db-${n} 5s flood`)))
    const told = done.filter(({ answer }) => /one person may have no more/.test(answer)).length
    for (const request of await ofPerson(who)) nothingWritten(world, request)
    const isTold =
      done.every(({ answer }) => /one person may have no more|Asked for|Still storing/.test(answer)) && told > 0
    return `${await waitingOf(who)} wait, the others ${isTold ? 'told the limit' : 'told something else'}, nothing written`
  },
)

attack(test, 'one person withdraws and asks again thirty times … 20 stored, told when to ask again', async () => {
  const who = player(1)
  let answer = ''
  for (let n = 0; n < 30 && !/within an hour/.test(answer); n++) {
    answer = (await ask(world, who, `/access db-${n % 12} 5s again ${n}`)).answer
    for (const request of await ofPerson(who))
      if ((request.status?.phase ?? 'Pending') === 'Pending') await withdraw(request, who)
  }
  assert.match(answer, /You can ask again from/i)
  return `${(await ofPerson(who)).length} stored, ${/20 times within an hour/.test(answer) ? 'told when to ask again' : answer}`
})

attack(test, 'a nagger withdraws and asks the same again … the approver named, not mentioned again', async () => {
  const first = await routed(world, await asked(world, dana, '/access db-0 5s please'))
  assert.ok(mentions(await message(world, first.metadata.name, 'approve')).includes(`<@${mo.id}>`))
  await withdraw(first, dana)
  const second = await routed(world, await asked(world, dana, '/access db-0 5s please, please'))
  const posted = await message(world, second.metadata.name, 'approve')
  const isNamed = JSON.stringify(posted.blocks).includes('Mo Manager')
  const end = `the approver ${isNamed ? 'named' : 'missing'}, ${mentions(posted).length === 0 ? 'not mentioned again' : 'mentioned'}`
  assert.match(
    JSON.stringify(posted.blocks),
    /withdrew the same request and asks again; mo@example\.com \(Mo Manager\) was mentioned at/,
  )
  await withdraw(second, dana)
  return end
})

attack(
  test,
  'a shopper asks the next shift after a denial … Ana reads "use the replica" in Slack and on the page, undecided',
  async () => {
    const first = await routed(world, await asked(world, otto, '/access db-1 5s first'))
    await deny(world, first.metadata.name, mo, 'use the replica')
    await reached(world, first.metadata.name, 'Denied')
    world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [ana.email] })
    const second = await routed(world, await asked(world, otto, '/access db-1 5s second'))
    world.pagerduty.state.setOnCall({ schedule: 'PROTA', users: [mo.email] })
    const posted = JSON.stringify((await message(world, second.metadata.name, 'approve')).blocks)
    const { page } = await openApproval(world, second.metadata.name)
    assert.match(page.text, /The same request was denied at/)
    assert.match(posted, /by mo@example\.com \(Mo Manager\)/)
    const places = [
      posted.includes('use the replica') && 'in Slack',
      page.text.includes('use the replica') && 'on the page',
    ]
    return `Ana reads "use the replica" ${places.filter(Boolean).join(' and ')}, ${await verdictOn(world, second)}`
  },
)

attack(
  test,
  'a denied requester deletes nothing by asking for another thing first … the denial still shown',
  async () => {
    await asked(world, otto, '/access db-2 5s something else')
    const before = (await ofPerson(otto)).find(({ spec, status }) => spec.roleMapping === 'db-1' && !status?.decisions)
    if (before) await withdraw(before, otto)
    const again = await routed(world, await asked(world, otto, '/access db-1 5s third'))
    return again.status?.earlier?.denial?.comment === 'use the replica'
      ? 'the denial still shown'
      : 'the denial is gone'
  },
)

attack(test, 'whatever a flooder asked … no secret seen', async () => noSecretSeen(world))

test.run()
