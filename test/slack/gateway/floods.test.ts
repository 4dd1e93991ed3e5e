// People who ask too much: alone, in a crowd, through several gateways at once, and faster than anybody can be looked up.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import type { Limits } from '../../../src/domain/asking/limits.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { SlackPerson } from '../../../src/domain/ports.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { createTally } from '../../../src/store/tally.ts'
import { attack, attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Office, type Reply } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { generous, team } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import { ManualClock, start } from '../../fakes/clock.ts'
import { MemoryDirectory } from '../../fakes/directory.ts'
import { MemoryRequests } from '../../fakes/requests.ts'

const test = suite('floods of asks')
const names = Array.from({ length: 40 }, (_, n) => `db-${n}`)
const many = names.map(name => mapping({ name, spec: { command: `/${name}` } }))

type Options = { limits?: Partial<Limits>; more?: Partial<GatewayOptions> }
async function inOffice<T>(work: (office: Office) => Promise<T>, { limits, more }: Options = {}): Promise<T> {
  const office = await new Office(many, { limits: { ...generous, ...limits }, ...more }).open()
  try {
    return await work(office)
  } finally {
    await office.close()
  }
}
const counted = (replies: readonly Reply[], said: RegExp): number =>
  replies.filter(({ text }) => said.test(text)).length
const stored = ({ requests }: Office): number => requests.all().length
/** Ends a request as the controller does: it leaves the watch. */
function end(office: Office, one: AccessRequest, phase: 'Withdrawn' | 'Denied' = 'Withdrawn'): void {
  office.requests.put({ ...one, status: { ...one.status, phase, settled: true } })
}
/** Everybody who asks is a known person. */
class Crowd extends MemoryDirectory {
  override async byId(slackUserID: string): Promise<SlackPerson | undefined> {
    return { slackUserID, teamID: team, email: `${slackUserID.toLowerCase()}@example.com` }
  }
}

attack(test, 'one person asks for forty things one after the other … 5 stored, told the limit and what waits', () =>
  inOffice(
    async office => {
      const replies: Reply[] = []
      for (const name of names) replies.push(await office.command(`/${name} INC-1 x`))
      const last = replies.at(-1)
      assert.match(
        last?.text ?? '',
        /^Your request was not stored: 5 of your requests already wait for a decision, and one person may have no more/,
      )
      assert.match(last?.text ?? '', /\*db-0\*, 30 minutes: waits for/)
      assert.is(last?.raw.match(/"withdraw:\d"/g)?.length, 5, 'each can be withdrawn right there')
      return `${stored(office)} stored, ${counted(replies, /Your request was not stored/) === 35 ? 'told the limit and what waits' : 'not told'}`
    },
    { limits: { openPerPerson: 5 } },
  ),
)

/** Somebody who has another address each time: a person may change their own in Slack, such as by a tag. */
class Changeling extends MemoryDirectory {
  #looks = 0
  override async byId(slackUserID: string): Promise<SlackPerson | undefined> {
    return { slackUserID, teamID: team, email: `dana+${this.#looks++}@example.com` }
  }
}

attacks<{ limits: Partial<Limits>; isEnding: boolean }>(
  test,
  {
    'one account asks for forty things under forty addresses … 5 stored': {
      limits: { openPerPerson: 5 },
      isEnding: false,
    },
    'one account asks and withdraws under forty addresses … 20 stored': {
      limits: { hourlyPerPerson: 20 },
      isEnding: true,
    },
  },
  ({ limits, isEnding }) =>
    inOffice(
      async office => {
        for (const name of names) {
          await office.command(`/${name} INC-1 x`)
          if (isEnding) for (const one of office.requests.unsettled()) end(office, one)
        }
        assert.ok(new Set(office.requests.all().map(({ spec }) => spec.requester.email)).size > 4)
        return `${stored(office)} stored`
      },
      { limits, more: { directory: new Changeling() } },
    ),
)

attack(test, 'one person asks for forty things at once … 5 stored', () =>
  inOffice(
    async office => {
      await Promise.all(names.map(name => office.command(`/${name} INC-1 x`)))
      return `${stored(office)} stored`
    },
    { limits: { openPerPerson: 5 } },
  ),
)

attack(test, 'a flooder withdraws each ask to ask again … 20 stored within the hour, told from when on', () =>
  inOffice(
    async office => {
      const replies: Reply[] = []
      for (let n = 0; n < 30; n++) {
        replies.push(await office.command('/db-0 INC-1 x'))
        for (const one of office.requests.unsettled()) end(office, one)
        office.clock.forward(60)
      }
      const told = replies.at(-1)?.text ?? ''
      assert.match(told, /you have asked 20 times within an hour, and one person may not ask more often/)
      const from = new Date(start.getTime() + 3600_000).toISOString().slice(0, 16)
      const seen = `${stored(office)} stored within the hour, ${told.includes(from) ? 'told from when on' : told}`
      office.clock.forward(1801)
      assert.match((await office.command('/db-0 INC-1 x')).text, /^Asked for/, 'after the hour one may ask again')
      return seen
    },
    { limits: { hourlyPerPerson: 20 } },
  ),
)

attack(test, 'a crowd asks for one thing … 10 stored, the others told that it is the most at a time', () =>
  inOffice(
    async office => {
      const replies = await Promise.all(
        Array.from({ length: 40 }, (_, n) => office.command('/db-0 INC-1 x', { user_id: `U0CROWD${n}` })),
      )
      const told = counted(
        replies,
        /10 requests for \*db-0\* already wait for a decision, and no more may wait at a time/,
      )
      return `${stored(office)} stored, ${told === 30 ? 'the others told that it is the most at a time' : `${told} told`}`
    },
    { limits: { openPerMapping: 10 }, more: { directory: new Crowd() } },
  ),
)

attack(test, 'a crowd asks for one thing and withdraws … 15 stored within the hour', () =>
  inOffice(
    async office => {
      const replies: Reply[] = []
      for (let n = 0; n < 20; n++) {
        replies.push(await office.command('/db-0 INC-1 x', { user_id: `U0CROWD${n}` }))
        for (const one of office.requests.unsettled()) end(office, one)
      }
      assert.match(
        replies.at(-1)?.text ?? '',
        /\*db-0\* was asked for 15 times within an hour, and it may not be asked for more often/,
      )
      return `${stored(office)} stored within the hour`
    },
    { limits: { hourlyPerMapping: 15 }, more: { directory: new Crowd() } },
  ),
)

attack(
  test,
  'one person asks through three gateways at once … at most 3 times the limit stored, then none',
  async () => {
    const clock = new ManualClock()
    const requests = new MemoryRequests(clock)
    // Each watch is as late as it can be: nothing is shown before all have stored.
    const hooks: ((one: AccessRequest) => void)[] = []
    let isLate = true
    const late = {
      ofRequester: (namespace: string, email: string) =>
        isLate ? [] : requests.standing.ofRequester(namespace, email),
      ofPerson: (email: string) => (isLate ? [] : requests.standing.ofPerson(email)),
      ofApprover: () => [],
      ofReviewer: () => [],
      ofMapping: (key: string) => (isLate ? [] : requests.standing.ofMapping(key)),
      onSeen: (hook: (one: AccessRequest) => void): void => void hooks.push(hook),
    }
    const offices = await Promise.all(
      [1, 2, 3].map(() =>
        new Office(many, { requests, standing: late, limits: { ...generous, openPerPerson: 5 } }).open(),
      ),
    )
    try {
      await Promise.all(
        names.map(async (name, n) => offices[n % 3]?.command(`/${name} INC-1 x`, { trigger_id: `race.${n}` })),
      )
      const raced = requests.all().length
      isLate = false
      for (const hook of hooks) for (const one of requests.all()) hook(one)
      for (const [n, office] of offices.entries()) await office.command('/db-39 INC-1 y', { trigger_id: `after.${n}` })
      const later = requests.all().length - raced
      assert.ok(raced >= 5, 'some were stored')
      return `${raced <= 15 ? 'at most 3 times the limit' : raced} stored, ${later === 0 ? 'then none' : `then ${later}`}`
    } finally {
      for (const office of offices) await office.close()
    }
  },
)

attack(test, 'a repeated delivery comes when the limit is reached … the same request, 1 stored', () =>
  inOffice(
    async office => {
      const body = office.commandBody('/db-0 INC-1 x')
      await office.deliver(body)
      const again = await office.deliver(body)
      return `${again.text.startsWith('Asked for') ? 'the same request' : again.text}, ${stored(office)} stored`
    },
    { limits: { openPerPerson: 1, hourlyPerPerson: 1 } },
  ),
)

test('nobody is turned away for requests that were decided since the watch saw them', () =>
  inOffice(
    async office => {
      const waiting = request(mapping({ name: 'db-1' }))
      office.requests.put({ ...waiting, status: { ...waiting.status, phase: 'Denied' } })
      assert.match((await office.command('/db-0 INC-1 x')).text, /^Asked for/)
    },
    {
      limits: { openPerPerson: 1 },
      more: {
        standing: {
          ofRequester: () => [],
          ofPerson: () => [request(mapping({ name: 'db-1' }))],
          ofApprover: () => [],
          ofReviewer: () => [],
          ofMapping: () => [],
          onSeen: () => undefined,
        },
      },
    },
  ))

test('what could not be stored does not count', () =>
  inOffice(
    async office => {
      office.requests.beforeWrite = async () => {
        throw new Broken('no', { answered: true })
      }
      await office.command('/db-0 INC-1 x')
      office.requests.beforeWrite = async () => undefined
      assert.match((await office.command('/db-0 INC-1 x')).text, /^Asked for/)
    },
    { limits: { openPerPerson: 1, hourlyPerPerson: 1 } },
  ))

attacks<'command' | 'click'>(
  test,
  {
    'one person sends 300 commands while the cluster is slow … 100 taken, 200 told so, another person served':
      'command',
    'one person clicks 300 times while the cluster is slow … 100 taken, 20 told so, another person served': 'click',
  },
  async kind => {
    const directory = new Crowd()
    const { promise, resolve } = Promise.withResolvers<void>()
    let [looks, later] = [0, 0]
    const respond = async (): Promise<void> => {
      later += 1
      await promise
    }
    const byId = directory.byId.bind(directory)
    directory.byId = async id => {
      if (id === 'U0FLOOD') {
        looks += 1
        await promise
      }
      return byId(id)
    }
    return inOffice(
      async office => {
        const replies = await Promise.all(Array.from({ length: 300 }, (_, n) => flood(office, kind, n)))
        const [taken, saidLater] = [looks, later]
        const { text } = await office.command('/db-0 INC-1 x')
        resolve()
        await office.settled()
        const told = kind === 'command' ? counted(replies, /still being answered/) : saidLater
        return `${taken} taken, ${told} told so, ${text.startsWith('Asked for') ? 'another person served' : text}`
      },
      { more: { directory, respond, storeDeadlineMs: 30 } },
    )
  },
)
const target = { ns: 'hallpass', n: 'db-0-aaaabbbbcccc', u: '22222222-0000-4000-8000-000000000001' }
const flood = (office: Office, kind: 'command' | 'click', n: number): Promise<Reply> =>
  kind === 'command'
    ? office.command('/db-0 INC-1 x', { user_id: 'U0FLOOD' })
    : office.deliver(
        office.interaction({
          type: 'block_actions',
          user: { id: 'U0FLOOD', team_id: team },
          team: { id: team },
          trigger_id: `click.${n}`,
          response_url: 'https://hooks.slack.com/actions/1',
          channel: { id: 'C0PRODACCESS' },
          container: { type: 'message' },
          actions: [{ action_id: 'withdraw', value: JSON.stringify(target) }],
        }),
      )

attack(test, 'the admission policies are removed while Slack goes on sending … nothing stored, told so', () => {
  let isHeld = true
  return inOffice(
    async office => {
      isHeld = false
      const { text } = await office.command('/db-0 INC-1 x')
      const click = office.interaction({
        type: 'block_actions',
        user: { id: 'U0DANA', team_id: team },
        team: { id: team },
        trigger_id: 'click.1',
        response_url: 'https://hooks.slack.com/actions/1',
        channel: { id: 'C0PRODACCESS' },
        container: { type: 'message' },
        actions: [{ action_id: 'ask', value: '' }],
      })
      await office.deliver(click)
      const saidSo = [text, office.screens.said.at(-1)?.answer.text ?? ''].every(said => /accepts nothing/.test(said))
      const end = `${stored(office) === 0 ? 'nothing' : stored(office)} stored, ${saidSo ? 'told so' : 'not told'}`
      isHeld = true
      assert.match((await office.command('/db-0 INC-1 x')).text, /^Asked for/, 'once they are back it goes on')
      return end
    },
    { more: { isHeld: () => isHeld } },
  )
})

test('the tally forgets after an hour, and is bounded', () => {
  const clock = new ManualClock()
  const tally = createTally(clock)
  const ask = (name: string): AccessRequest => {
    const one = request(mapping())
    return { ...one, metadata: { ...one.metadata, name, creationTimestamp: clock.now().toISOString() } }
  }
  for (let n = 0; n < 25_000; n++) tally.see(ask(`n-${n}`))
  assert.is(tally.of({ mapping: 'hallpass/prod-db' }).length, 20_000)
  clock.forward(3601)
  tally.see(ask('last'))
  assert.is(tally.of({ mapping: 'hallpass/prod-db' }).length, 1)
  assert.is(tally.has(ask('n-24999')), false)
})

test.run()
