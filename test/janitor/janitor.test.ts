// What the janitor removes for a holder who is done, what it answers, and what comes of that.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { Broken } from '../../src/domain/outcome.ts'
import { type WriteFault } from '../fakes/policies.ts'
import { moToken, prodEu } from '../controller/fakes.ts'
import { suite, table } from '../suite.ts'
import { account, type House, house, janitorToken, prodUs, twoProjects } from './house.ts'

const test = suite('the janitor')

/** Dana presses the button, the controller asks, and the janitor looks. */
async function doneAndTidied(home: House): Promise<AccessRequest['status'] & object> {
  await home.done()
  await home.look()
  await home.tidy()
  await home.look()
  return (await home.now()).status ?? {}
}

const states = async (home: House): Promise<string[]> =>
  (await home.now()).status?.grants?.map(({ state }) => state) ?? []

test('a holder who is done has no access any more, and nobody is asked', async () => {
  const home = await house(twoProjects)
  const status = await doneAndTidied(home)
  assert.equal([...home.ours(), ...home.ours(prodUs)], [])
  assert.is(status.phase, 'Revoked')
  assert.is(status.endedAt, '2026-11-23T14:07:00Z')
  assert.equal(status.removal, { states: ['Removed', 'Removed'] })
  assert.equal(await states(home), ['Removed', 'Removed'])
  assert.equal(home.chat.reminded, [])
  assert.equal(home.chat.posted[0]?.view.removedFor, {
    email: 'dana@example.com',
    name: 'Dana Engineer',
    slackUserID: 'U0DANA',
  })
  assert.equal(home.counted, ['hallpass_removals_total Removed', 'hallpass_removals_total Removed'])
  assert.is(status.settled, true)
})

test('the audit log says before any write that the janitor is asked, and afterwards for whom it was', async () => {
  const home = await house()
  await home.done()
  await home.look()
  assert.is(home.log().at(-1), 'RemovalAsked')
  assert.is(home.ours().length, 2, 'nothing is removed before')
  await home.tidy()
  await home.look()
  assert.is(home.log().at(-1), 'Revoked')
  const { actor, details } = (home.auditLog.entries().at(-1)?.payload ?? {}) as {
    actor: string
    details: Record<string, string>
  }
  assert.is(actor, account)
  assert.equal([details['wantedBy'], details['states']], ['dana@example.com', 'Removed Removed'])
})

test('every write carries the janitor’s own token and the uid of the request', async () => {
  const home = await house()
  const tokens: string[] = []
  const write = home.policies.write.bind(home.policies)
  home.policies.write = async (resource, policy, token, why) => {
    tokens.push(token.reveal())
    return write(resource, policy, token, why)
  }
  await doneAndTidied(home)
  assert.equal(tokens, [janitorToken])
  assert.is(home.policies.written.at(-1)?.requestReason, `hallpass ${(await home.now()).metadata.uid}`)
})

test('without an ask nothing happens', async () => {
  const home = await house()
  await home.done()
  await home.tidy()
  assert.is(home.ours().length, 2)
  assert.is((await home.now()).status?.removal, undefined)
})

test('while admission is not proved nothing that is stored is believed', async () => {
  const home = await house()
  home.proved.is = false
  await home.done()
  await home.look()
  assert.ok(await home.tidy(), 'it looks again')
  assert.is(home.ours().length, 2)
})

table<WriteFault[]>(
  test,
  {
    'a conflict means the whole read-modify-write again': ['conflict', 'conflict'],
    'a removal that was lost before it took effect is written again': ['lostBefore'],
    'a removal that Google could not take is tried again': ['unavailable'],
  },
  async faults => {
    const home = await house()
    await home.done()
    await home.look()
    home.policies.faults = [...faults]
    await home.tidy().catch(() => undefined)
    await home.tidy()
    await home.look()
    assert.is(await home.phase(), 'Revoked')
    assert.equal(home.ours(), [])
    assert.equal((await home.now()).status?.removal?.states, ['Removed', 'Removed'])
  },
)

test('a removal whose answer is lost is gone, and nobody claims it', async () => {
  const home = await house()
  home.policies.faults = []
  await home.done()
  await home.look()
  home.policies.faults = ['lostAfter']
  await home.tidy()
  await home.look()
  assert.is(await home.phase(), 'Revoked')
  assert.equal((await home.now()).status?.removal?.states, ['Gone', 'Gone'])
  assert.is(home.chat.posted[0]?.view.removedFor?.isSeen, true)
  assert.match((await home.condition('Provisioned'))?.message ?? '', /gone when the janitor looked/)
})

test('what somebody removed by hand before is gone', async () => {
  const home = await house()
  home.policies.seed(prodEu, [moToken, janitorToken], {})
  const { removal, phase } = await doneAndTidied(home)
  assert.equal([removal?.states, phase], [['Gone', 'Gone'], 'Revoked'])
})

test('a janitor without its right leaves everything, says why, and the approver is asked at once', async () => {
  const home = await house()
  home.policies.admins.get(prodEu)?.delete(janitorToken)
  const { removal, phase, endingsRefused } = await doneAndTidied(home)
  assert.equal([removal?.states, phase], [['Left', 'Left'], 'Provisioned'])
  assert.is(endingsRefused?.[0]?.reason, 'JanitorRefused')
  assert.equal(await states(home), ['Written', 'Written'])
  assert.is(home.log().at(-1), 'EndingRefused')
  assert.equal(
    home.chat.reminded.map(({ about, to }) => [about, to.slackUserID]),
    [['done', 'U0MO']],
  )
  assert.is(home.chat.posted[0]?.view.janitor, 'refused')
  await home.revoke()
  await home.look()
  assert.is(await home.phase(), 'Revoked')
  assert.is(home.chat.posted[0]?.view.endedBy?.email, 'mo@example.com')
})

test('what is left after one of two removals is in doubt', async () => {
  const home = await house(twoProjects)
  home.policies.admins.get(prodUs)?.delete(janitorToken)
  const { removal, phase } = await doneAndTidied(home)
  assert.equal([removal?.states, phase], [['Removed', 'Left'], 'Provisioned'])
  assert.equal(await states(home), ['Removed', 'Unknown'])
  assert.equal(home.log().slice(-2), ['EndingRefused', 'GrantInDoubt'])
  assert.is(home.chat.posted[0]?.view.state, 'inDoubt')
})

test('nobody waits for a janitor that is away: the approver is asked after half a minute, once', async () => {
  const home = await house()
  await home.done()
  const again = await home.look()
  assert.equal(home.chat.reminded, [])
  assert.is(home.chat.posted[0]?.view.janitor, 'asked')
  assert.is(again?.toISOString(), '2026-11-23T14:07:30.000Z')
  home.clock.forward(30)
  await home.look()
  assert.equal(
    home.chat.reminded.map(({ about, to }) => [about, to.slackUserID]),
    [['done', 'U0MO']],
  )
  assert.is(home.chat.posted[0]?.view.janitor, 'late')
  await home.tidy()
  await home.look()
  assert.is(await home.phase(), 'Revoked')
  assert.is(home.chat.reminded.length, 1)
})

test('where no janitor is installed none is asked', async () => {
  const home = await house({}, { hasJanitor: false })
  await home.done()
  await home.look()
  await home.tidy()
  assert.is((await home.now()).status?.removalAsked, undefined)
  assert.is(home.ours().length, 2)
  assert.is(home.chat.reminded.length, 1)
})

/** Mo signs in to end it when this call of the janitor comes. */
async function endedBesides(call: string, moment: 'before' | 'after', isCarriedOut: boolean): Promise<House> {
  const home = await house()
  await home.done()
  await home.look()
  let isDone = false
  home.startJanitor(async (name, when) => {
    if (isDone || name !== call || when !== moment) return
    isDone = true
    await home.revoke()
    if (isCarriedOut) await home.look()
  })
  await home.tidy()
  await home.look()
  assert.equal(home.ours(), [])
  assert.is(await home.phase(), 'Revoked')
  return home
}

test('somebody who signed in and was faster has ended it', async () => {
  const home = await endedBesides('policies.write', 'before', true)
  assert.is(home.chat.posted[0]?.view.endedBy?.email, 'mo@example.com')
  assert.is((await home.now()).status?.removal, undefined)
})

test('when the janitor was faster, it has ended it, although somebody signed in', async () => {
  const home = await endedBesides('requests.patchStatus', 'before', false)
  assert.equal((await home.now()).status?.removal?.states, ['Removed', 'Removed'])
  assert.is(home.chat.posted[0]?.view.endedBy, undefined)
  assert.is(home.chat.posted[0]?.view.removedFor?.email, 'dana@example.com')
})

test('when nobody can say who removed it, it was the person who signed in', async () => {
  const home = await house()
  await home.done()
  await home.look()
  home.policies.seed(prodEu, [moToken, janitorToken], {})
  let isDone = false
  home.startJanitor(async (name, when) => {
    if (isDone || name !== 'requests.patchStatus' || when !== 'before') return
    isDone = true
    await home.revoke()
  })
  await home.tidy()
  await home.look()
  assert.is(home.chat.posted[0]?.view.endedBy?.email, 'mo@example.com')
})

class Died extends Error {}

test('killed before and after each of its calls, it converges, and no entry of others is touched', async () => {
  const calls: string[] = []
  const probe = await house(twoProjects)
  await probe.done()
  await probe.look()
  probe.startJanitor((name, moment) => void calls.push(`${moment} ${name}`))
  await probe.tidy()
  assert.ok(calls.length >= 12, calls.join(', '))
  for (let nth = 0; nth < calls.length; nth++) {
    const home = await house(twoProjects)
    const foreign = { role: 'roles/cloudsql.client', members: ['user:dana@example.com'] }
    const policy = home.policies.policy(prodEu)
    home.policies.seed(prodEu, [moToken, janitorToken], { ...policy, bindings: [foreign, ...(policy.bindings ?? [])] })
    await home.done()
    await home.look()
    let seen = 0
    home.startJanitor(() => {
      if (seen++ === nth) throw new Died()
    })
    await home.tidy().catch((error: unknown) => assert.instance(error, Died))
    home.startJanitor()
    await home.tidy()
    await home.look()
    assert.is(await home.phase(), 'Revoked', calls[nth])
    assert.equal(home.policies.policy(prodEu).bindings, [foreign], calls[nth])
    assert.equal(home.ours(prodUs), [], calls[nth])
    assert.equal(home.chat.reminded, [], calls[nth])
  }
})

test('two janitors at once take it out once, and the first answer stays', async () => {
  const home = await house()
  await home.done()
  await home.look()
  const [one, other] = [home.startJanitor(), home.startJanitor()]
  const { signal } = new AbortController()
  const before = home.policies.written.length
  await Promise.all([one.reconcile(home.ref, signal), other.reconcile(home.ref, signal)])
  await home.look()
  assert.is(home.policies.written.length, before + 1)
  assert.is(await home.phase(), 'Revoked')
})

test('a silent Google is asked again until the access has ended by itself', async () => {
  const home = await house()
  await home.done()
  await home.look()
  home.policies.write = async () => {
    throw new Broken('Google did not answer.', { answered: false })
  }
  for (let i = 0; i < 3; i++) await home.tidy().catch((error: unknown) => assert.instance(error, Broken))
  assert.is((await home.now()).status?.removal, undefined)
  home.clock.forward(3600)
  await home.look()
  assert.is(await home.tidy(), undefined)
  assert.is(await home.phase(), 'Expired')
})

test.run()
