// Whom the controller asks: the on-call, the next level, the fallback, and what it says when there is nobody.
import * as assert from 'uvu/assert'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { viewOf } from '../../../src/domain/view/view.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('the controller finds approvers')

const onCall = { escalationPolicy: 'PMANAGERS' }
const rules = (approval: object): Parameters<typeof operator>[0] => ({
  spec: { approval: { window: '30m', escalateAfter: '10m', ...approval } },
})
const asked = async (op: Operator): Promise<string[]> =>
  (await op.now()).status?.approvers?.map(({ email, level }) => `${level} ${email}`) ?? []

type Fact = {
  approval?: object
  levels?: Record<number, { email: string; name: string }[]>
  requester?: string
  people?: string[][]
  groups?: Record<string, string[]>
  asked: string[]
  reason: string
}
const dana = { email: 'dana@example.com', name: 'Dana Engineer' }
const ana = { email: 'ana@example.com', name: 'Ana Director' }

table<Fact>(
  test,
  {
    'the person on call': { asked: ['1 mo@example.com'], reason: 'OnCall' },
    'the level that the mapping names': {
      approval: { onCall: { ...onCall, level: 2 } },
      asked: ['2 ana@example.com'],
      reason: 'OnCall',
    },
    'not the requester, but the next level': {
      levels: { 1: [dana], 2: [ana] },
      asked: ['2 ana@example.com'],
      reason: 'OnCall',
    },
    'not the requester by another of their addresses': {
      levels: { 1: [{ email: 'd.engineer@corp.example', name: 'Dana' }], 2: [ana] },
      people: [['dana@example.com', 'd.engineer@corp.example']],
      asked: ['2 ana@example.com'],
      reason: 'OnCall',
    },
    'a gap in the levels is stepped over': {
      levels: { 1: [], 3: [ana] },
      asked: ['3 ana@example.com'],
      reason: 'OnCall',
    },
    'everybody at the level, each once': {
      levels: { 1: [{ email: 'mo@example.com', name: 'Mo' }, { email: 'MO@example.com', name: 'Mo' }, ana] },
      asked: ['1 mo@example.com', '1 ana@example.com'],
      reason: 'OnCall',
    },
    'an account that may not take part is left out': {
      levels: {
        1: [
          { email: 'gil@example.com', name: 'Gil' },
          { email: 'del@example.com', name: 'Del' },
        ],
        2: [ana],
      },
      asked: ['2 ana@example.com'],
      reason: 'OnCall',
    },
    'a look-alike address is nobody': {
      levels: { 1: [{ email: 'mо@example.com', name: 'Mo' }], 2: [ana] },
      asked: ['2 ana@example.com'],
      reason: 'OnCall',
    },
    'the fallback when nobody is on call': {
      levels: {},
      approval: { onCall, fallback: { emails: ['ana@example.com'] } },
      asked: ['0 ana@example.com'],
      reason: 'FallbackAsked',
    },
    'a user group as the fallback, without the requester': {
      levels: {},
      approval: { onCall, fallback: { slackUserGroup: 'S0LEADS' } },
      groups: { S0LEADS: ['U0DANA', 'U0OTTO', 'U0NOMAIL'] },
      asked: ['0 otto@example.com'],
      reason: 'FallbackAsked',
    },
    'the fallback alone when the mapping names no on-call': {
      approval: { fallback: { emails: ['ana@example.com', 'dana@example.com'] } },
      asked: ['0 ana@example.com'],
      reason: 'Asked',
    },
    'nobody at all': { levels: { 1: [dana] }, asked: [], reason: 'NobodyToAsk' },
  },
  async fact => {
    const op = operator(rules(fact.approval ?? { onCall }))
    op.people.push(...(fact.people ?? []))
    op.directory.groups = fact.groups ?? {}
    if (fact.levels) op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: fact.levels }
    await op.ask()
    await op.look()
    assert.equal(await asked(op), fact.asked)
    assert.is((await op.condition('Routed'))?.reason, fact.reason)
    assert.is(op.chat.posted.length, fact.asked.length > 0 ? 1 : 0)
  },
)

test('silence tags the next level too, and people who were asked stay eligible', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.clock.forward(600)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com', '2 ana@example.com'])
  assert.is(
    (await op.condition('Routed'))?.message,
    'No answer from mo@example.com (Mo Manager), so ana@example.com (Ana Director) is asked too.',
  )
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('after the last level comes the fallback, and then nobody more', async () => {
  const op = operator(rules({ onCall, fallback: { emails: ['otto@example.com', 'mo@example.com'] } }))
  await op.ask()
  for (let minute = 0; minute < 29; minute++) {
    await op.look()
    op.clock.forward(60)
  }
  assert.equal(await asked(op), ['1 mo@example.com', '2 ana@example.com', '0 otto@example.com'])
  assert.is(op.log().filter(event => event === 'Routed' || event === 'Escalated').length, 3)
})

test('a mapping that never escalates does not', async () => {
  const op = operator(rules({ onCall, escalateAfter: '0s' }))
  await op.ask()
  await op.look()
  op.clock.forward(1500)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com'])
})

test('PagerDuty silent for 20 seconds: the fallback is asked, it is said so, and PagerDuty is tried on', async () => {
  const op = operator(rules({ onCall, fallback: { emails: ['otto@example.com'] } }))
  op.onCall.isSilent = true
  await op.ask()
  const next = await op.look()
  assert.equal(await asked(op), [])
  assert.is((await op.condition('Routed'))?.reason, 'PagerDutySilent')
  assert.is(next?.toISOString(), '2026-11-23T14:02:15.000Z')
  op.clock.forward(15)
  assert.is((await op.look())?.toISOString(), '2026-11-23T14:02:20.000Z')
  op.clock.forward(5)
  await op.look()
  assert.equal(await asked(op), ['0 otto@example.com'])
  assert.is((await op.condition('Routed'))?.message, 'PagerDuty does not answer, so the fallback is asked.')
  assert.is(op.chat.posted[0]?.view.note, 'PagerDuty does not answer, so the fallback is asked.')
  op.onCall.isSilent = false
  op.clock.forward(15)
  await op.look()
  assert.equal(await asked(op), ['0 otto@example.com', '1 mo@example.com'])
  assert.is((await op.now()).status?.routing?.silentSince, undefined)
  assert.is((await op.condition('Routed'))?.reason, 'OnCall')
})

test('PagerDuty silent and no fallback: it says what to do and goes on looking', async () => {
  const op = operator()
  op.onCall.isSilent = true
  await op.ask()
  await op.look()
  op.clock.forward(20)
  await op.look()
  const routed = await op.condition('Routed')
  assert.match(
    routed?.message ?? '',
    /PagerDuty does not answer.*Put somebody on call for mapping "prod-db", or name a fallback/,
  )
  op.clock.forward(15)
  await op.look()
  assert.equal(await op.condition('Routed'), routed, 'the condition does not flap')
  op.onCall.isSilent = false
  op.clock.forward(15)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com'])
})

test('silence at an escalation keeps the level, and goes on there', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.onCall.isSilent = true
  op.clock.forward(600)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com'])
  op.onCall.isSilent = false
  op.clock.forward(15)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com', '2 ana@example.com'])
})

test('what PagerDuty refuses is said, and the fallback asked', async () => {
  const op = operator(rules({ onCall, fallback: { emails: ['otto@example.com'] } }))
  const refusal = new Refused('PagerDutyRefused', 'PagerDuty does not accept the key.')
  op.onCall.onCall = async () => {
    throw refusal
  }
  await op.ask()
  await op.look()
  assert.is((await op.condition('Routed'))?.message, 'PagerDuty does not accept the key, so the fallback is asked.')
})

test('nobody to ask: it stays Pending, looks again, and times out with the window', async () => {
  const op = operator()
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: {} }
  await op.ask()
  const next = await op.look()
  assert.is(next?.toISOString(), '2026-11-23T14:02:15.000Z')
  assert.is(await op.phase(), 'Pending')
  op.onCall.duties['PMANAGERS'].levels = { 1: [{ email: 'mo@example.com', name: 'Mo Manager' }] }
  op.clock.forward(15)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com'])
})

test('a policy without anybody is not asked for all the levels there could be', async () => {
  const op = operator()
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: {} }
  await op.ask()
  const calls: string[] = []
  await op.start((call, moment) => void (moment === 'before' && calls.push(call))).reconcile(op.ref)
  assert.is(calls.filter(call => call === 'onCall.onCall').length, 3)
})

test('nobody ever: TimedOut, told by direct message', async () => {
  const op = operator()
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: {} }
  await op.ask()
  await op.look()
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'TimedOut')
  assert.equal(op.chat.told, [{ news: 'timedOut', thread: undefined }])
  assert.is((await op.now()).status?.settled, true)
  const why = (await op.condition('Approved'))?.message ?? ''
  assert.match(why, /^Nobody could be asked within 30m: /)
  assert.is(viewOf(await op.now(), undefined).why, why)
})

test('a message that Slack never took: the requester reads that nobody could have decided', async () => {
  const op = operator()
  op.chat.isSilent = true
  await op.ask()
  await op.look().catch(() => undefined)
  op.clock.forward(1800)
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'TimedOut')
  assert.match(
    viewOf(await op.now(), undefined).why ?? '',
    /^Nobody decided within 30m: the message that asks them could not be posted in Slack\.$/,
  )
})

test('a person who comes on call while the request waits is asked too, and nobody is taken off', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.onCall.duties['PMANAGERS'] = {
    name: 'Platform managers',
    levels: { 1: [{ email: 'otto@example.com', name: 'Otto' }] },
  }
  op.clock.forward(59)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com'])
  op.clock.forward(1)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com', '1 otto@example.com'])
  assert.is((await op.now()).status?.routing?.at, '2026-11-23T14:02:00Z', 'escalation is not put off')
})

test('a fallback of more people than a request asks: it is said, and nobody is told twice that they are asked', async () => {
  const op = operator(rules({ onCall, fallback: { slackUserGroup: 'S0ALL' } }))
  const crowd = Array.from({ length: 30 }, (_, i) => ({
    slackUserID: `U0C${i}`,
    email: `c${i}@example.com`,
    teamID: 'T0ACME',
  }))
  op.directory.people.push(...crowd)
  op.directory.groups = { S0ALL: crowd.map(({ slackUserID }) => slackUserID) }
  await op.ask()
  for (let minute = 0; minute < 29; minute++) {
    await op.look()
    op.clock.forward(60)
  }
  assert.is((await asked(op)).length, 20)
  assert.is(
    (await op.condition('Routed'))?.message,
    'PagerDuty names nobody else who may decide, so the fallback is asked. 12 more are left out: a request asks 20 people at most.',
  )
  assert.is(op.log().filter(event => event === 'Routed' || event === 'Escalated').length, 3)
})

test('more people on call than a request asks: they are asked once, however often PagerDuty names the others', async () => {
  const op = operator()
  const crowd = Array.from({ length: 25 }, (_, i) => ({ email: `c${i}@example.com`, name: `C ${i}` }))
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: { 1: crowd } }
  await op.ask()
  for (let minute = 0; minute < 9; minute++) {
    await op.look()
    op.clock.forward(60)
  }
  assert.is((await asked(op)).length, 20)
  assert.match((await op.condition('Routed'))?.message ?? '', / 5 more are left out/)
  assert.is(op.log().filter(event => event === 'Routed').length, 1)
})

test('somebody who takes over two levels at once is asked once', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  op.clock.forward(600)
  await op.look()
  const otto = [{ email: 'otto@example.com', name: 'Otto' }]
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: { 1: otto, 2: otto } }
  op.clock.forward(60)
  await op.look()
  assert.equal(await asked(op), ['1 mo@example.com', '2 ana@example.com', '1 otto@example.com'])
})

test('an address that leads to two Slack accounts tags nobody, and is still asked', async () => {
  const op = operator()
  op.people.push(['mo@example.com', 'otto@example.com'])
  await op.ask()
  await op.look()
  assert.equal(
    (await op.now()).status?.approvers?.map(({ slackUserID }) => slackUserID),
    [undefined],
  )
})

test('a person whom Slack knows by another address is tagged through the people table', async () => {
  const op = operator()
  op.people.push(['mo.manager@corp.example', 'mo@example.com'])
  op.onCall.duties['PMANAGERS'] = {
    name: 'Platform managers',
    levels: { 1: [{ email: 'mo.manager@corp.example', name: 'Mo' }] },
  }
  await op.ask()
  await op.look()
  assert.equal(
    (await op.now()).status?.approvers?.map(({ slackUserID }) => slackUserID),
    ['U0MO'],
  )
  await op.approve({ email: 'mo@example.com' })
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

type Tagged = {
  duty: string
  people?: string[][]
  accounts?: { slackUserID: string; email: string; unfit?: 'guest' }[]
  approvers: string[]
}
table<Tagged>(
  test,
  {
    'an address with a tag that Slack does not know is tried without it': {
      duty: 'mo+pd@example.com',
      approvers: ['mo@example.com U0MO'],
    },
    'a tagged address that Slack knows is that account': {
      duty: 'mo+pd@example.com',
      accounts: [{ slackUserID: 'U0MOPD', email: 'mo+pd@example.com' }],
      approvers: ['mo+pd@example.com U0MOPD'],
    },
    'outside our own domains a tag may be another person': {
      duty: 'mo+pd@partner.example',
      accounts: [{ slackUserID: 'U0OTHER', email: 'mo@partner.example' }],
      approvers: ['mo+pd@partner.example nobody'],
    },
    'the table of people goes first': {
      duty: 'mo+pd@example.com',
      people: [['otto@example.com', 'mo+pd@example.com']],
      approvers: ['mo+pd@example.com U0OTTO'],
    },
    'neither is known': { duty: 'new+pd@example.com', approvers: ['new+pd@example.com nobody'] },
    'the requester with a tag is still the requester': { duty: 'dana+pd@example.com', approvers: [] },
    'a guest is left out with a tag too': {
      duty: 'gil+pd@example.com',
      approvers: [],
    },
  },
  async ({ duty, people = [], accounts = [], approvers }) => {
    const op = operator()
    op.people.push(...people)
    op.directory.people.push(...accounts.map(account => ({ ...account, teamID: 'T0HOME' })))
    op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: { 1: [{ email: duty, name: 'On call' }] } }
    await op.ask()
    await op.look()
    const found = (await op.now()).status?.approvers ?? []
    assert.equal(
      found.map(({ email, slackUserID }) => `${email} ${slackUserID ?? 'nobody'}`),
      approvers,
    )
  },
)

test('who was found without the tag may decide', async () => {
  const op = operator()
  const levels = { 1: [{ email: 'mo+pd@example.com', name: 'Mo' }] }
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels }
  await op.ask()
  await op.look()
  assert.equal(op.chat.notified, ['U0MO by message'])
  await op.approve({ email: 'mo@example.com' })
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

const [mo, otto] = [
  { email: 'mo@example.com', name: 'Mo' },
  { email: 'otto@example.com', name: 'Otto' },
]
const one = { email: 'otto@example.com' }

type Several = { required?: number; approval?: object; levels: object; asked: string[]; reason: string }
table<Several>(
  test,
  {
    'two must approve: the next level is asked at once': {
      levels: { 1: [mo], 2: [ana] },
      asked: ['1 mo@example.com', '2 ana@example.com'],
      reason: 'OnCall',
    },
    'two are on call at the first level, so the next one waits': {
      levels: { 1: [mo, otto], 2: [ana] },
      asked: ['1 mo@example.com', '1 otto@example.com'],
      reason: 'OnCall',
    },
    'the requester does not count': {
      levels: { 1: [mo, dana], 2: [ana] },
      asked: ['1 mo@example.com', '2 ana@example.com'],
      reason: 'OnCall',
    },
    'one person under two addresses does not count twice': {
      levels: { 1: [mo, { email: 'mo+two@example.com', name: 'Mo' }], 2: [ana] },
      asked: ['1 mo@example.com', '2 ana@example.com'],
      reason: 'OnCall',
    },
    'the fallback is asked when the levels are not enough': {
      approval: { fallback: { emails: [one.email] } },
      levels: { 1: [mo] },
      asked: ['1 mo@example.com', '0 otto@example.com'],
      reason: 'FallbackAsked',
    },
    'nobody else can be asked, and it is said': {
      levels: { 1: [mo] },
      asked: ['1 mo@example.com'],
      reason: 'TooFewToAsk',
    },
    'somebody else is allowed, so it can still be approved': {
      approval: { allowed: { emails: [one.email] } },
      levels: { 1: [mo] },
      asked: ['1 mo@example.com'],
      reason: 'OnCall',
    },
    'the author wants nobody else to be asked': {
      approval: { escalateAfter: '0s' },
      levels: { 1: [mo], 2: [ana] },
      asked: ['1 mo@example.com'],
      reason: 'TooFewToAsk',
    },
  },
  async ({ required = 2, approval = {}, levels, asked: expected, reason }) => {
    const op = operator(rules({ onCall, required, ...approval }))
    op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: levels as never }
    await op.ask()
    await op.look()
    assert.equal(await asked(op), expected)
    assert.is((await op.condition('Routed'))?.reason, reason)
    const told = op.chat.told.map(({ news }) => news).filter(news => news === 'tooFew')
    assert.is(told.length, reason === 'TooFewToAsk' ? 1 : 0)
  },
)

test('a request that too few could approve is told otherwise when somebody comes on call', async () => {
  const op = operator(rules({ onCall, required: 2 }))
  const duty = { name: 'Platform managers', levels: { 1: [mo] } }
  op.onCall.duties['PMANAGERS'] = duty
  await op.ask()
  await op.look()
  assert.match((await op.condition('Routed'))?.message ?? '', /2 different people must approve, and only 1 can/)
  duty.levels[1].push(ana)
  op.clock.forward(61)
  await op.look()
  assert.is((await op.condition('Routed'))?.reason, 'OnCall')
  await op.approve({ email: 'mo@example.com' })
  await op.look()
  await op.approve({ email: 'ana@example.com' })
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('after the first approval the next level is still asked, and the first is not called silent', async () => {
  const op = operator(rules({ onCall, required: 2 }))
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels: { 1: [mo, otto], 2: [ana] } }
  await op.ask()
  await op.look()
  await op.approve({ email: 'mo@example.com' })
  await op.look()
  op.clock.forward(601)
  await op.look()
  assert.match(
    (await op.condition('Routed'))?.message ?? '',
    /^No answer from otto@example\.com[^,]*, so ana@example\.com/,
  )
  assert.is((await asked(op)).length, 3)
})

test('when nobody can be tagged, the requester is told once', async () => {
  const op = operator()
  const levels = { 1: [{ email: 'new@example.com', name: 'New' }] }
  op.onCall.duties['PMANAGERS'] = { name: 'Platform managers', levels }
  await op.ask()
  for (let minute = 0; minute < 5; minute++) {
    await op.look()
    op.clock.forward(60)
  }
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['untagged'],
  )
})

test('Slack’s directory silent: nobody is asked yet, and the window still closes', async () => {
  const op = operator()
  op.directory.isSilent = true
  await op.ask()
  const next = await op.look()
  assert.ok(next && next < new Date('2026-11-23T14:02:05Z'))
  op.clock.forward(1800)
  await op.look()
  assert.is(await op.phase(), 'TimedOut')
})

const leads = { spec: { approval: { window: '30m', escalateAfter: '10m', fallback: { slackUserGroup: 'S0LEADS' } } } }
const crowdOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    slackUserID: `U0LEAD${i}`,
    teamID: 'T0HOME',
    email: `lead${i}@example.com`,
  }))

test('whom Slack tells of is asked at once, and the others as soon as it tells of them', async () => {
  const op = operator(leads)
  const crowd = crowdOf(6)
  op.directory.people.push(...crowd)
  op.directory.groups = { S0LEADS: crowd.map(({ slackUserID }) => slackUserID) }
  for (const { slackUserID } of crowd.slice(2)) op.directory.hidden.add(slackUserID)
  await op.ask()
  await op.look()
  assert.equal(await asked(op), ['0 lead0@example.com', '0 lead1@example.com'])
  op.directory.hidden.clear()
  op.clock.forward(60)
  await op.look()
  assert.is((await asked(op)).length, 6)
  assert.is(op.log().filter(event => event === 'Routed').length, 2)
  await op.approve({ email: 'lead5@example.com' })
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('while Slack tells of nobody in the fallback, it is looked for again', async () => {
  const op = operator(leads)
  const [one] = crowdOf(1)
  if (one) op.directory.people.push(one)
  op.directory.groups = { S0LEADS: ['U0LEAD0'] }
  op.directory.hidden.add('U0LEAD0')
  await op.ask()
  const next = await op.look()
  assert.equal(await asked(op), [])
  assert.ok(next && next < new Date('2026-11-23T14:02:05Z'))
  op.directory.hidden.clear()
  await op.look()
  assert.equal(await asked(op), ['0 lead0@example.com'])
})

test('a group that has grown since the mapping became ready is not looked up whole', async () => {
  const op = operator(leads)
  const crowd = crowdOf(500)
  op.directory.people.push(...crowd)
  op.directory.groups = { S0LEADS: crowd.map(({ slackUserID }) => slackUserID) }
  const looked: string[] = []
  const { unhurried } = op.directory
  op.directory.unhurried = {
    membersOf: async group => unhurried.membersOf(group),
    byIds: async ids => (looked.push(...ids), unhurried.byIds(ids)),
  }
  await op.ask()
  await op.look()
  assert.is(looked.length, 50)
  assert.is((await asked(op)).length, 20)
  assert.match((await op.condition('Routed'))?.message ?? '', /480 more are left out: a request asks 20 people at most/)
})

test('one of two on call whom Slack does not tell of keeps the other from nothing', async () => {
  const op = operator()
  op.onCall.duties['PMANAGERS'] = {
    name: 'Platform managers',
    levels: { 1: [{ email: 'mo@example.com', name: 'Mo' }, ana] },
  }
  const byEmail = op.directory.byEmail.bind(op.directory)
  let isSilent = true
  op.directory.byEmail = async email => {
    if (isSilent && email === 'mo@example.com') throw new Broken('Slack does not answer')
    return byEmail(email)
  }
  await op.ask()
  await op.look()
  assert.equal(await asked(op), ['1 ana@example.com'])
  isSilent = false
  op.clock.forward(60)
  await op.look()
  assert.equal(await asked(op), ['1 ana@example.com', '1 mo@example.com'])
})

test.run()
