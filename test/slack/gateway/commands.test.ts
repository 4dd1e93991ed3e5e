import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import type { GatewayOptions } from '../../../src/slack/gateway/gateway.ts'
import { Office, type Reply } from '../delivery.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'

const test = suite('slash commands')

async function inOffice(
  work: (office: Office) => Promise<void>,
  mappings = [mapping()],
  options: Partial<GatewayOptions> = {},
): Promise<void> {
  const office = await new Office(mappings, options).open()
  try {
    await work(office)
  } finally {
    await office.close()
  }
}

const iso = '2026-11-23T14:02:00Z'
const at = `<!date^${start.getTime() / 1000}^{time}|${iso}>`
const stories: Record<string, { line: string; by?: string; says: string | RegExp; stored?: number; team?: string }> = {
  'an ask is stored and answered at once': {
    line: '/prod-db 30m INC-1234 replaying',
    says: 'Asked for *prod-db*, 30 minutes. The manager on call is being looked up; follow it in <#C0PRODACCESS>.',
    stored: 1,
  },
  'the generic command reaches the mapping by name': {
    line: '/access prod-db 2h INC-1',
    says: /^Asked for \*prod-db\*, 2 hours\./,
    stored: 1,
  },
  'a name copied with its marks is understood': { line: '/access *prod-db* INC-1 x', says: /^Asked for/, stored: 1 },
  'a bare number is reason': {
    line: '/prod-db 500 errors INC-1',
    says: /^Asked for \*prod-db\*, 30 minutes \(the default\)\./,
    stored: 1,
  },
  'an unknown name is answered with what was meant': {
    line: '/access prod-bd 30m INC-1',
    says: '"prod-bd" is not something you can ask for here. Did you mean *prod-db*?',
  },
  'an unknown command too': { line: '/prod-dd INC-1', says: /"\/prod-dd" is not .* Did you mean \*prod-db\*\?/ },
  'nothing alike points to the help': { line: '/access billing INC-1', says: /`\/access help` lists what is\./ },
  'too long': { line: '/prod-db 9h INC-1', says: '*prod-db* lasts at most 4 hours; you asked for 9 hours.' },
  'too short': { line: '/prod-db 1m INC-1', says: '*prod-db* lasts at least 5 minutes; you asked for 1 minute.' },
  'a duration in words': { line: '/prod-db 2hours INC-1', says: /^Asked for \*prod-db\*, 2 hours\./, stored: 1 },
  'a duration at the end': {
    line: '/prod-db INC-1 replay for 15 min',
    says: /^Asked for \*prod-db\*, 15 minutes \(as said at the end of your reason\)\./,
    stored: 1,
  },
  'a time at the end that may belong to the reason': {
    line: '/prod-db INC-1 pages slow for 2 hours',
    says: '"slow for 2 hours" may be how long you need, or belong to the reason. If you need 2 hours, write that first: "2h INC-1 pages slow". If it belongs to the reason, write how long you need before it, such as "30m INC-1 pages slow for 2 hours".',
  },
  'a time that is not understood': {
    line: '/prod-db 2 huors INC-1',
    says: '"2 huors" may be a time, but it is not clear how long you need. Write that first, such as 30m, 2h or 1h30m, and then the reason.',
  },
  'no time at all': { line: '/prod-db 0m INC-1', says: /^"0m" may be a time/ },
  'days are not known': { line: '/access prod-db 1d INC-1', says: /^"1d" may be a time/ },
  'help with a capital': { line: '/prod-db Help', says: /^Production access for a limited time\./ },
  'help after a name': { line: '/access prod-db ?', says: /^Production access for a limited time\./ },
  'mine with a capital, on any command': { line: '/prod-db Mine', says: /no access through Hallpass at the moment/ },
  'a reason is missing': { line: '/prod-db 30m', says: '*prod-db* needs a reason, with a ticket such as INC-1234.' },
  'a reason that does not fit': {
    line: '/prod-db please',
    says: '*prod-db* needs a reason, with a ticket such as INC-1234.',
  },
  'a reason that is too long': {
    line: `/prod-db INC-1 ${'x'.repeat(600)}`,
    says: /at most 500 characters; yours has 606/,
  },
  'a reason that is much too long, with a time in it, and that would not fit': {
    line: `/prod-db ${'slow for 10 minutes, then '.repeat(800)}`,
    says: /^A reason has at most 500 characters; yours has 20799\.$/,
  },
  'a guest': { line: '/prod-db INC-1', by: 'U0GIL', says: /^Guests of this workspace cannot/ },
  'a bot': { line: '/prod-db INC-1', by: 'U0BOT', says: /^Apps and bots cannot/ },
  'a stranger': { line: '/prod-db INC-1', by: 'U0SAM', says: /^Only members of the workspace/ },
  'a deactivated account': { line: '/prod-db INC-1', by: 'U0DEL', says: /is deactivated/ },
  'somebody without e-mail': { line: '/prod-db INC-1', by: 'U0NOMAIL', says: /no confirmed e-mail address/ },
  'somebody Slack does not know': { line: '/prod-db INC-1', by: 'U0NOBODY', says: /does not know your account/ },
  'another workspace': { line: '/prod-db INC-1', team: 'T0OTHER', says: /^Only members of the workspace/ },
  'mine, with nothing': { line: '/access mine', says: /no access through Hallpass at the moment/ },
}
table(test, stories, ({ line, by, team, says, stored = 0 }) =>
  inOffice(async office => {
    const reply = await office.command(line, { ...(by && { user_id: by }), ...(team && { team_id: team }) })
    assert.is(reply.status, 200)
    if (typeof says === 'string') assert.is(reply.text, says)
    else assert.match(reply.text, says)
    assert.is(office.requests.all().length, stored)
  }),
)

test('a generic command of another name is the one that people are told of', () =>
  inOffice(
    async office => {
      assert.match((await office.command('/prod billing INC-1')).text, /`\/prod help` lists what is\./)
      office.screens.isClosed = true
      assert.match((await office.command('/prod')).text, /type it in one line: `\/prod NAME 30m reason`/)
    },
    [mapping()],
    { command: '/prod' },
  ))

test('what is stored is what was asked, with the snapshot of the mapping', () =>
  inOffice(async office => {
    await office.command('/prod-db 45m INC-1 look')
    const [stored] = office.requests.all()
    assert.match(stored?.metadata.name ?? '', /^prod-db-[a-z2-7]{12}$/)
    assert.equal(stored?.metadata.finalizers, ['hallpass.dev/account'])
    if (!stored) return assert.unreachable()
    const { slack, grants, approval, ...spec } = stored.spec
    assert.equal(spec, {
      roleMapping: 'prod-db',
      origin: 'slack',
      requester: { email: 'dana@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' },
      duration: '45m',
      reason: 'INC-1 look',
    })
    assert.is(grants.length, 2)
    assert.is(approval.window, '30m')
    assert.is(slack?.channelID, 'C0SOMEWHERE')
  }))

test('a person who is not a permitted requester is refused, and learns of nothing by guessing', () =>
  inOffice(
    async office => {
      assert.is(
        (await office.command('/prod-db INC-1')).text,
        '"/prod-db" is not something you can ask for here. `/access help` lists what is.',
      )
      assert.not.match((await office.command('/access prod-bd INC-1')).text, /Did you mean/)
      assert.match((await office.command('/access help')).text, /nothing that you can ask for/)
      assert.match((await office.command('/access')).text, /nothing that you can ask for/)
      assert.is(office.requests.all().length, 0)
    },
    [mapping({ spec: { requesters: { emails: ['mo@example.com'] } } })],
  ))

const bosses = { requesters: { emails: ['boss@example.com'] } }
const closed = { requesters: { slackUserGroups: ['S0BOSS'] } }
const secrets: Record<string, { mappings: RoleMapping[]; isSilent?: boolean }> = {
  'is ready': { mappings: [mapping({ name: 'merger', spec: bosses })] },
  'is not ready': { mappings: [mapping({ name: 'merger', isReady: false, spec: bosses })] },
  'there are several of': {
    mappings: ['team-a', 'team-b'].map(namespace => mapping({ name: 'merger', namespace, spec: bosses })),
  },
  'is for a user group': { mappings: [mapping({ name: 'merger', spec: closed })] },
  'is for a user group that Slack does not tell of': {
    mappings: [mapping({ name: 'merger', spec: closed })],
    isSilent: true,
  },
}
const guesses = ['/access NAME INC-1 look', '/access NAME', '/NAME INC-1 look', '/NAME', '/access team-a/NAME 9h']
table(
  test,
  Object.fromEntries(
    Object.entries(secrets).flatMap(([which, facts]) =>
      guesses.map(line => [`a guess finds no mapping that ${which}: ${line}`, { ...facts, line }]),
    ),
  ),
  ({ mappings, isSilent = false, line }) =>
    inOffice(
      async office => {
        if (isSilent) office.directory.membersOf = async () => Promise.reject(new Broken('Slack does not answer'))
        const answerTo = async (name: string): Promise<string> =>
          (await office.command(line.replace('NAME', name))).raw.replaceAll(name, 'NAME')
        const answer = await answerTo('merger')
        assert.is(answer, await answerTo('merged'))
        assert.match(answer, isSilent ? /areq-502/ : /is not something you can ask for here/)
        assert.equal(office.screens.forms, {})
        assert.is(office.requests.all().length, 0)
      },
      [...mappings, mapping()],
    ),
)

test('of several with one name, only those are told of that this person may ask for', () =>
  inOffice(
    async office => {
      office.directory.groups = { S0DBA: ['U0DANA'] }
      const reply = await office.command('/access prod-db 30m INC-1')
      assert.is(reply.text, 'There are several *prod-db*. Please say which: *team-b/prod-db* or *team-c/prod-db*.')
      assert.match((await office.command('/access team-a/prod-db 30m INC-1')).text, /is not something you can ask for/)
      assert.match((await office.command('/access team-c/prod-db 30m INC-1')).text, /^Asked/)
    },
    [
      mapping({ namespace: 'team-a', spec: bosses }),
      mapping({ namespace: 'team-b' }),
      mapping({ namespace: 'team-c', spec: { requesters: { slackUserGroups: ['S0DBA'] } } }),
    ],
  ))

test('a mapping that this person may ask for is told of as not ready, whatever others have its name', () =>
  inOffice(
    async office => {
      assert.match((await office.command('/access prod-db INC-1')).text, /cannot be asked for at the moment/)
    },
    [mapping({ namespace: 'team-a', spec: bosses }), mapping({ namespace: 'team-b', isReady: false })],
  ))

test('Slack is not asked about groups for what is open without them', () =>
  inOffice(
    async office => {
      office.directory.membersOf = async () => Promise.reject(new Broken('Slack does not answer'))
      assert.match((await office.command('/access prod-db INC-1')).text, /^Asked/)
    },
    [mapping(), mapping({ name: 'merger', spec: closed })],
  ))

test('a member of a permitted user group may ask; while Slack is silent about groups nobody is asked', () =>
  inOffice(
    async office => {
      office.directory.groups = { S0DBA: ['U0DANA'] }
      assert.match((await office.command('/prod-db INC-1')).text, /^Asked/)
      office.directory.isSilent = true
      assert.match((await office.command('/prod-db INC-2')).text, /areq-502/)
    },
    [mapping({ spec: { requesters: { slackUserGroups: ['S0DBA'] } } })],
  ))

test('a mapping that is not ready is named as such; of two with one command only the ready one counts', () =>
  inOffice(
    async office => {
      assert.match((await office.command('/old INC-1')).text, /cannot be asked for at the moment/)
      assert.match((await office.command('/prod-db INC-1')).text, /^Asked for \*prod-db\*/)
    },
    [
      mapping({ name: 'a-younger', isReady: false, spec: { command: '/prod-db' } }),
      mapping(),
      mapping({ name: 'old', isReady: false }),
    ],
  ))

test('one name in two namespaces is asked back, and the namespace tells them apart', () =>
  inOffice(
    async office => {
      const reply = await office.command('/access prod-db 30m INC-1')
      assert.is(reply.text, 'There are several *prod-db*. Please say which: *team-a/prod-db* or *team-b/prod-db*.')
      assert.match((await office.command('/access team-b/prod-db 30m INC-1')).text, /^Asked/)
      assert.is(office.requests.all()[0]?.metadata.namespace, 'team-b')
    },
    [mapping({ namespace: 'team-a' }), mapping({ namespace: 'team-b' })],
  ))

test('what a person types mentions nobody and turns no text around', () =>
  inOffice(async office => {
    const reply = await office.command('/access <!channel>\u202E<@U1AB> INC-1 x')
    assert.match(reply.text, /^"@channel@u1ab" is not something/)
    await office.command('/prod-db INC-1 <!channel>\u202E <@U1>\u0007 & co')
    assert.is(office.requests.all()[0]?.spec.reason, 'INC-1 @channel @U1 & co')
  }))

test('the help names what this person may ask for', () =>
  inOffice(async office => {
    const { text } = await office.command('/access help')
    assert.match(text, '`/access prod-db 30m a ticket such as INC-1234`')
    assert.match(text, '• *prod-db* or `/prod-db`: The payments database, up to 4 hours')
  }))

test('what a mapping says of itself in the help stays one line, and within its marks', () =>
  inOffice(
    async office => {
      const { text } = await office.command('/access help')
      const lines = text.split('\n')
      assert.is(lines.length, 4, text)
      const example = "`/access prod-db 30m INC-1' or *anything* '/evil' '.`"
      assert.is(lines[0], `Production access for a limited time. Ask like this: ${example}`)
      assert.is(lines[3], '• *prod-db* or `/prod-db`: The database • *root*, for &lt;!channel&gt;, up to 4 hours')
      assert.not.match(text, /[\u202E\u3164]/)
      const refused = (await office.command('/prod-db 30m')).text
      assert.is(refused, '*prod-db* needs a reason, with INC-1` or *anything* `/evil` `..')
    },
    [
      mapping({
        spec: {
          description: 'The database\n• *root*, for <!channel>\u202E\u3164',
          reason: { required: true, hint: 'INC-1` or *anything*\n`/evil`\u2028`.\u202E' },
        },
      }),
    ],
  ))

test('a delivery that comes twice asks once and is answered the same', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db INC-1 x')
    const first = await office.deliver(body)
    const second = await office.deliver(body)
    assert.match(first.text, /^Asked/)
    assert.is(second.text, first.text)
    assert.is(office.requests.all().length, 1)
  }))

test('a delivery that comes again after its request was decided does not ask again', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db INC-1 x')
    await office.deliver(body)
    const [stored] = office.requests.all()
    if (stored) office.requests.put({ ...stored, status: { phase: 'Denied' } })
    assert.match((await office.deliver(body)).text, /^Asked/)
    assert.is(office.requests.all().length, 1)
  }))

test('a name that somebody else took is not treated as our own', () =>
  inOffice(async office => {
    const body = office.commandBody('/prod-db INC-1 x')
    await office.deliver(body)
    const [stored] = office.requests.all()
    if (stored)
      office.requests.put({
        ...stored,
        spec: { ...stored.spec, slack: { teamID: 'T0', channelID: 'C0', triggerDigest: 'b'.repeat(64) } },
        status: { phase: 'Expired' },
      })
    assert.match((await office.deliver(body)).text, /Another request has the name/)
  }))

test('the same person and mapping pending: the answer links to it', () =>
  inOffice(async office => {
    const waiting = request(mapping(), {
      status: { message: { channel: 'C0', intentAt: iso, permalink: 'https://example.slack.com/p1' } },
    })
    office.requests.put(waiting)
    const reply = await office.command('/prod-db INC-9 again')
    assert.is(
      reply.text,
      `You already asked for *prod-db*, 30 minutes, at ${at}; it waits for mo@example.com (Mo Manager).`,
    )
    assert.match(reply.raw, '"url":"https://example.slack.com/p1"')
    assert.is(office.requests.all().length, 1)
  }))

test('who asks twice reads when the first one begins and works', () =>
  inOffice(async office => {
    const asked = request(mapping())
    const hours = { zone: 'UTC', spans: [{ from: '20:00', to: '23:00' }] }
    office.requests.put({ ...asked, spec: { ...asked.spec, hours, notBefore: '2026-11-23T20:00:00Z' } })
    const { text } = await office.command('/prod-db INC-9 again')
    assert.is(
      text,
      `You already asked for *prod-db*, 30 minutes from <!date^1795464000^{time}|2026-11-23T20:00:00Z>, at ${at}; it waits for mo@example.com (Mo Manager). It works only every day 20:00 to 23:00 (UTC).`,
    )
  }))

test('a pending one that nobody can decide any more is not in the way', () =>
  inOffice(async office => {
    office.requests.put(request(mapping()))
    office.clock.forward(1800)
    assert.match((await office.command('/prod-db INC-9 again')).text, /^Asked/)
  }))

test('mine lists access in force and waiting requests', () =>
  inOffice(async office => {
    office.requests.put(request(mapping()))
    const { text, raw } = await office.command('/access mine')
    assert.is(text, `• *prod-db*, 30 minutes: waits for mo@example.com (Mo Manager) since ${at}`)
    assert.match(raw, '"action_id":"withdraw:0"')
  }))

test('mine says when access works: to its holder, to who decides, and to who may end it', () =>
  inOffice(async office => {
    const asked = request(mapping())
    const hours = { zone: 'UTC', spans: [{ from: '14:20', to: '16:00' }] }
    const works =
      '. It works only every day 14:20 to 16:00 (UTC): in this time from Monday 23 November 2026, 14:20 until Monday 23 November 2026, 14:32.'
    office.requests.put({ ...asked, spec: { ...asked.spec, hours } })
    assert.is(
      (await office.command('/access mine')).text,
      `• *prod-db*, 30 minutes: waits for mo@example.com (Mo Manager) since ${at}${works}`,
    )
    assert.ok((await office.command('/access mine', { user_id: 'U0MO' })).text.endsWith(works))
    const running = {
      phase: 'Provisioned',
      startsAt: '2026-11-23T14:02:00Z',
      expiresAt: '2026-11-23T14:32:00Z',
    } as const
    office.requests.put({ ...asked, spec: { ...asked.spec, hours }, status: { ...asked.status, ...running } })
    const until = `until <!date^1795444320^{time}|2026-11-23T14:32:00Z>${works}`
    assert.is((await office.command('/access mine')).text, `• *prod-db*, ${until}`)
    const asMo = await office.command('/access mine', { user_id: 'U0MO' })
    assert.ok(asMo.text.includes(`dana@example.com (Dana Engineer) has *prod-db* ${until}`), asMo.text)
  }))

test('what can no longer be decided has no Withdraw in the list', () =>
  inOffice(async office => {
    office.requests.put(request(mapping()))
    office.clock.forward(1800)
    assert.not.match((await office.command('/access mine')).raw, '"withdraw:0"')
  }))

test('mine says how many of two have approved, and no longer asks the first of them', () =>
  inOffice(async office => {
    const asked = request(mapping())
    const at = asked.metadata.creationTimestamp
    const [mo] = asked.status?.approvers ?? []
    office.requests.put({
      ...asked,
      spec: { ...asked.spec, approval: { ...asked.spec.approval, required: 2 } },
      status: {
        ...asked.status,
        approvers: [mo, { ...mo, email: 'ana@example.com', slackUserID: 'U0ANA' }] as never,
        decisions: [{ id: 'a', verdict: 'Approved', who: { email: 'mo@example.com' }, at } as never],
      },
    })
    assert.match((await office.command('/access mine', { user_id: 'U0MO' })).text, 'no request waits for yours')
    const asAna = await office.command('/access mine', { user_id: 'U0ANA' })
    assert.match(asAna.text, /30 minutes, 1 of 2 approved: please decide by/)
    assert.match(
      (await office.command('/access mine')).text,
      /30 minutes, 1 of 2 approved: waits for ana@example\.com[^,]* since/,
    )
  }))

test('mine lists what waits for a manager, the most urgent first, and nobody else sees it', () =>
  inOffice(async office => {
    const first = request(mapping())
    const later = new Date(new Date(first.metadata.creationTimestamp).getTime() + 60_000).toISOString()
    const named = (name: string, creationTimestamp: string, status: object = {}): void =>
      void office.requests.put({
        ...first,
        metadata: { ...first.metadata, name, uid: name, creationTimestamp },
        status: { ...first.status, ...status },
      })
    named('second', later)
    named('first', first.metadata.creationTimestamp, {
      message: { channel: 'C0', intentAt: later, ts: '1.2', permalink: 'https://example.slack.com/p1' },
    })
    named('denied', later, { decisions: [{ id: 'd', verdict: 'Denied', who: { email: 'mo@example.com' }, at: later }] })
    const asMo = await office.command('/access mine', { user_id: 'U0MO' })
    const lines = asMo.text.split('\n')
    assert.is(lines.length, 3, asMo.text)
    assert.is(lines[0], 'Waiting for your decision:')
    assert.match(
      lines[1] ?? '',
      /^• \*prod-db\* for dana@example\.com \(Dana Engineer\), 30 minutes: please decide by .*14:32/,
    )
    assert.match(lines[2] ?? '', '14:33')
    assert.match(asMo.raw, '"url":"https://example.slack.com/p1"')
    assert.not.match(asMo.raw, 'withdraw')
    assert.match((await office.command('/access mine', { user_id: 'U0OTTO' })).text, 'no request waits for yours')
  }))

const fail = (answered: boolean) => async () => {
  throw new Broken('no', { answered })
}

test('what cannot be stored is said, with its code', () =>
  inOffice(async office => {
    office.requests.beforeWrite = fail(true)
    assert.is(
      (await office.command('/prod-db INC-1 x')).text,
      'Your request could not be stored, so nobody was asked. Please try again in a minute; if it goes on, tell the platform team (code areq-503).',
    )
  }))

test('a store that breaks off each time leaves the doubt stated', () =>
  inOffice(async office => {
    office.requests.beforeWrite = fail(false)
    const reply = await office.command('/prod-db INC-1 x')
    assert.match(reply.text, /It is not known whether your request was stored.*areq-504/)
  }))

test('a store that fails for a moment is tried again', () =>
  inOffice(async office => {
    let failures = 3
    office.requests.beforeWrite = async () => {
      if (failures-- > 0) throw new Broken('no')
    }
    assert.match((await office.command('/prod-db INC-1 x')).text, /^Asked/)
    assert.is(office.requests.all().length, 1)
  }))

test('an answer that got lost is found again under the same name', () =>
  inOffice(async office => {
    office.requests.losesAnswers = 1
    const reply = await office.command('/prod-db INC-1 x')
    assert.match(reply.text, /^Asked/)
    assert.is(office.requests.all().length, 1)
  }))

test('a slow store is acknowledged in time, and the result follows', () =>
  inOffice(
    async office => {
      const stored = Promise.withResolvers<void>()
      office.requests.beforeWrite = () => stored.promise
      const reply: Reply = await office.command('/prod-db INC-1 x')
      assert.is(reply.text, 'Still storing your request; the answer follows here in a moment.')
      assert.is(office.screens.said.length, 0)
      stored.resolve()
      await office.settled()
      assert.is(office.screens.said[0]?.url, 'https://hooks.slack.com/commands/1')
      assert.match(lastWords(office), /^Asked for \*prod-db\*/)
    },
    [mapping()],
    { storeDeadlineMs: 30 },
  ))

test('what stores nothing does not speak of storing when it is slow', () =>
  inOffice(
    async office => {
      const looked = Promise.withResolvers<void>()
      const byId = office.directory.byId.bind(office.directory)
      office.directory.byId = async id => looked.promise.then(() => byId(id))
      for (const line of ['/access help', '/access mine', '/prod-db'])
        assert.is((await office.command(line)).text, 'This takes a moment; it follows here.')
      assert.match((await office.command('/prod-db INC-1 x')).text, /^Still storing your request/)
      looked.resolve()
      await office.settled()
      assert.is(office.screens.said.length, 3)
    },
    [mapping()],
    { storeDeadlineMs: 30 },
  ))

function lastWords(office: Office): string {
  return office.screens.said.at(-1)?.answer.text ?? ''
}

test.run()
