// Many asks at once: for the same and by the same person, past a watch that is behind, and more than can be taken.
import { setImmediate } from 'node:timers/promises'
import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { SlackPerson, AliveRequests } from '../../../src/domain/ports.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { Office, type Reply } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { team } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { MemoryDirectory } from '../../fakes/directory.ts'

const test = suite('asking at once')

async function inOffice(work: (office: Office) => Promise<void>, options: Partial<GatewayOptions> = {}): Promise<void> {
  const office = await new Office([mapping()], options).open()
  try {
    await work(office)
  } finally {
    await office.close()
  }
}

/** Everybody who asks is a known person. */
class Crowd extends MemoryDirectory {
  onLook: (looks: number) => unknown = () => undefined
  #looks = 0
  override async byId(slackUserID: string): Promise<SlackPerson | undefined> {
    this.onLook(++this.#looks)
    return { slackUserID, teamID: team, email: `${slackUserID.toLowerCase()}@example.com` }
  }
}

/** A watch that has shown nothing yet. */
const blind: AliveRequests = {
  ofRequester: () => [],
  ofPerson: () => [],
  ofApprover: () => [],
  ofReviewer: () => [],
  ofMapping: () => [],
  onSeen: () => undefined,
}

/** Lets writes through when told to. */
function gate(office: Office): () => void {
  const { promise, resolve } = Promise.withResolvers<void>()
  office.requests.beforeWrite = () => promise
  return resolve
}

const counted = (replies: readonly Reply[], said: RegExp): number =>
  replies.filter(({ text }) => said.test(text)).length

test('of a hundred asks for the same by one person at once, one is stored, and all others are told of it', () =>
  inOffice(async office => {
    const flood = Array.from({ length: 100 }, (_, n) => office.command(`/prod-db INC-1 flood ${n}`))
    const replies = await Promise.all(flood)
    assert.equal([counted(replies, /^Asked for/), counted(replies, /^You already asked/)], [1, 99])
    assert.is(office.requests.all().length, 1)
  }))

test('a delivery that comes twice at once is one ask with one answer', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db INC-1 x')
    const replies = await Promise.all([office.deliver(body), office.deliver(body)])
    assert.is(counted(replies, /^Asked for/), 2)
    assert.is(office.requests.all().length, 1)
  }))

test('who waited for an ask that could not be stored is told that their request was not stored either, and the cluster is not overloaded', () => {
  const [all, directory] = [Promise.withResolvers<void>(), new Crowd()]
  directory.onLook = looks => looks === 3 && all.resolve()
  return inOffice(
    async office => {
      let writes = 0
      office.requests.beforeWrite = async () => {
        writes += 1
        throw new Broken('no', { answered: false })
      }
      const replies = await Promise.all(['one', 'two', 'three'].map(word => office.command(`/prod-db INC-1 ${word}`)))
      assert.equal([counted(replies, /areq-504/), counted(replies, /areq-503/)], [1, 2])
      assert.is(writes, 4)
    },
    // The first one's second attempt waits until all have asked.
    { directory, pause: async () => (await all.promise, setImmediate()) },
  )
})

test('who waited for an ask that was refused for itself alone is stored', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db INC-1 x')
    await office.deliver(body)
    const [mine] = office.requests.all()
    if (!mine?.spec.slack) throw new Error('nothing was stored')
    const slack = { ...mine.spec.slack, triggerDigest: 'b'.repeat(64) }
    office.requests.put({ ...mine, spec: { ...mine.spec, slack }, status: { phase: 'Expired' } })
    const replies = await Promise.all([office.deliver(body), office.command('/prod-db INC-2 y')])
    assert.match(replies[0].text, /Another request has the name/)
    assert.match(replies[1].text, /^Asked for/)
  }))

test('different people ask side by side', () =>
  inOffice(async office => {
    const open = gate(office)
    const asks = [office.command('/prod-db INC-1 x'), office.command('/prod-db INC-1 x', { user_id: 'U0OTTO' })]
    open()
    assert.is(counted(await Promise.all(asks), /^Asked for/), 2)
  }))

test('nobody is turned away for a request that was decided or removed since the watch saw it', async () => {
  const waiting = request(mapping())
  const over = { ...waiting, status: { ...waiting.status, phase: 'Denied' as const } }
  for (const stored of [over, undefined])
    await inOffice(
      async office => {
        if (stored) office.requests.put(stored)
        assert.match((await office.command('/prod-db INC-9 again')).text, /^Asked for/)
      },
      { standing: { ...blind, ofRequester: () => [waiting] } },
    )
})

test('a request that the watch has not seen does not keep the name from telling a repeat', () =>
  inOffice(
    async office => {
      const body = office.commandBody('/prod-db INC-1 x')
      await office.deliver(body)
      assert.match((await office.deliver(body)).text, /^Asked for/)
      assert.is(office.requests.all().length, 1)
    },
    { standing: blind },
  ))

test('more than can be taken is refused at once and not stored, and what was taken is stored', () =>
  inOffice(
    async office => {
      const open = gate(office)
      const ask = (n: number): Promise<Reply> => office.command('/prod-db INC-1 x', { user_id: `U0CROWD${n}` })
      const taken = await Promise.all(Array.from({ length: 400 }, (_, n) => ask(n)))
      assert.is(counted(taken, /^Still storing/), 400)
      assert.match((await ask(400)).text, /too busy at the moment.*nothing was stored.*areq-429/)
      open()
      await office.settled()
      assert.is(office.requests.all().length, 400)
      assert.match((await ask(401)).text, /^Asked for/)
    },
    { storeDeadlineMs: 30, directory: new Crowd() },
  ))

test.run()
