// Slack's and PagerDuty's true limits, and many requests at once in one channel: the controller with its real adapters, a
// clock moved by hand, and as many workers as in production. What was decided is told first, reminders last, and nobody hammers.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { newRequest } from '../../src/domain/asking/asking.ts'
import { instant } from '../../src/domain/asking/duration.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { Secret } from '../../src/domain/secret.ts'
import { workers } from '../../src/app/controller.ts'
import { createReconciler } from '../../src/controller/reconcile.ts'
import { noMetrics, silentLog } from '../../src/kube/environment.ts'
import { createOnCall } from '../../src/pagerduty/on-call.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { type PagerDutySim, startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { createChat } from '../../src/slack/messages/chat.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import { openSlack, type Slack } from '../slack/workspace.ts'
import { type Operator, operator } from './fakes.ts'
import { organisation, team } from '../builders/organisation.ts'

const test = suite('under the quotas of Slack and PagerDuty')
const namespace = 'hallpass'

type House = {
  slack: Slack
  pagerduty: PagerDutySim
  op: Operator
  /** The keys that are due, with the instants. */
  due: Map<string, number>
  ask(name: string): Promise<void>
  approve(name: string): Promise<void>
  deny(name: string): Promise<void>
  /** Works as the leader does, until nothing is due before `seconds` from now. */
  work(seconds: number): Promise<void>
}

async function inHouse(work: (house: House) => Promise<void>, spec?: Partial<RoleMapping['spec']>): Promise<void> {
  const slack = await openSlack()
  const pagerduty = await startPagerDuty({ clock: slack.clock })
  try {
    await work(houseOf(slack, pagerduty, spec))
  } finally {
    await Promise.all([slack.sim.close(), pagerduty.close()])
  }
}

function houseOf(slack: Slack, pagerduty: PagerDutySim, spec?: Partial<RoleMapping['spec']>): House {
  const op = operator(spec && { spec })
  const { clock, client } = slack
  const reconciler = createReconciler({
    clock,
    requests: op.cluster,
    mappings: op.mappings,
    liveMappings: op.liveMappings,
    onCall: createOnCall({ token: new Secret(defaultKey), clock, rootUrl: pagerduty.url }),
    googleGroups: op.googleGroups,
    directory: createDirectory({ client, clock, installedTeams: [team] }),
    chat: createChat({ client, clock }),
    alerts: createChat({ client, clock }).alerts,
    pager: op.pager,
    pageRoutes: op.pageRoutes,
    pageLimits: { pagesPerPerson: 3, pagesPerMapping: 10 },
    policies: op.policies,
    verifier: op.login,
    tickets: op.ticketSeal,
    tokens: op.tokenSeal,
    sealedTokens: op.sealedTokens,
    auditLog: op.auditLog,
    events: { record: () => undefined },
    people: [],
    ...organisation,
    oauthClientID: op.login.clientID,
    publicUrl: 'https://hallpass.example.com',
    log: silentLog,
    metrics: noMetrics,
    mayAct: () => true,
    pause: async () => undefined,
  })
  const due = new Map<string, number>()
  const nowMs = (): number => clock.now().getTime()
  const set = (ms: number): void => [clock, op.clock].forEach(one => one.set(new Date(ms)))

  const look = async (name: string): Promise<void> => {
    due.delete(name)
    const again = await reconciler.reconcile({ namespace, name }).catch(() => new Date(nowMs() + 1000))
    if (again) due.set(name, Math.max(again.getTime(), nowMs()))
  }

  return {
    slack,
    pagerduty,
    op,
    due,
    ask: async name => {
      const [mapping] = op.mappings.list()
      if (!mapping) throw new Error('there is no mapping')
      await op.cluster.create(
        newRequest(readMapping(mapping), {
          name,
          seconds: 1800,
          reason: 'INC-1 x',
          origin: 'slack',
          requester: { email: 'dana@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' },
        }),
      )
      due.set(name, nowMs())
    },
    approve: async name => {
      op.ref.name = name
      await op.approve()
      due.set(name, nowMs())
    },
    deny: async name => {
      const seen = await op.cluster.get({ namespace, name })
      if (!seen) throw new Error('it is gone')
      const who = { email: 'mo@example.com', slackUserID: 'U0MO' }
      const decision = { id: 'denied-1', verdict: 'Denied' as const, who, at: instant(clock.now()) }
      await op.cluster.patchStatus(seen, { decisions: [decision] })
      due.set(name, nowMs())
    },
    work: async seconds => {
      for (const until = nowMs() + seconds * 1000; ;) {
        const ready = [...due].filter(([, at]) => at <= nowMs()).map(([name]) => name)
        if (ready.length > 0) {
          await Promise.all(ready.slice(0, workers).map(look))
          continue
        }
        const next = Math.min(until, ...due.values())
        set(next)
        if (next === until) return
      }
    },
  }
}

const named = (kind: string, count: number): string[] => Array.from({ length: count }, (_, n) => `prod-db-${kind}${n}`)

/** What was said in the channel since, by kind and in order, with the second of each. */
function saidSince({ slack }: House, since: Date): { what: string; second: number }[] {
  return slack
    .messages()
    .map(({ ts, text }) => ({ what: kindOf(text), second: Number(ts) - since.getTime() / 1000 }))
    .filter(({ second }) => second >= 0)
}

function kindOf(text: string): string {
  if (/ends soon/.test(text)) return 'reminder'
  if (/was denied/.test(text)) return 'decision'
  return /asks for/.test(text) ? 'ask' : 'other'
}

/** What Slack lets through at once before its pace holds. */
const burst = 4

test('a dozen each of reminders, asks and denials at one instant: the denials are told first, the reminders last', () =>
  inHouse(async house => {
    const { slack, clock } = { ...house, clock: house.slack.clock }
    const [held, decided, fresh] = [named('held', 12), named('decided', 12), named('fresh', 12)]
    for (const name of held) await house.ask(name)
    await house.work(1)
    for (const name of held) await house.approve(name)
    await house.work(19 * 60)
    for (const name of decided) await house.ask(name)
    await house.work(60)
    slack.sim.quota.isOn = true
    const [since, calls] = [clock.now(), slack.count('chat.postMessage')]
    // The order in which they come is the worst.
    for (const name of held) house.due.set(name, since.getTime())
    for (const name of fresh) await house.ask(name)
    for (const name of decided) await house.deny(name)
    await house.work(120)

    const said = saidSince(house, since)
    const count = (what: string): number => said.filter(one => one.what === what).length
    assert.equal([count('reminder'), count('ask'), count('decision'), said.length], [12, 12, 12, 36])
    const places = (what: string): number[] => said.flatMap((one, i) => (one.what === what ? [i] : []))
    assert.ok(Math.max(...places('decision')) < 12 + burst, JSON.stringify(said))
    assert.ok(Math.min(...places('ask').filter(i => i >= burst)) > Math.max(...places('decision')))
    assert.ok(Math.min(...places('reminder').filter(i => i >= burst)) > Math.max(...places('ask')))
    const lastDecision = Math.max(...said.filter(({ what }) => what === 'decision').map(({ second }) => second))
    assert.ok(lastDecision <= 15, `the last decision was told after ${lastDecision} s`)
    assert.ok((said.at(-1)?.second ?? Infinity) < 45, 'the pace is used')
    const refused = slack.count('chat.postMessage') - calls - said.length
    assert.ok(refused <= workers, `Slack refused ${refused} messages`)
    assert.is(slack.count('conversations.history'), 0)
  }))

test('when the changes of a minute are used up, messages show decisions before anything else', () =>
  inHouse(async house => {
    const { slack } = house
    const [open, decided] = [named('open', 8), named('decided', 8)]
    for (const name of [...open, ...decided]) await house.ask(name)
    await house.work(590)
    slack.sim.quota.isOn = true
    while (slack.sim.quota.take('chat.update') === 0);
    // The next level is asked for all of them, which changes their messages.
    await house.work(15)
    for (const name of decided) await house.deny(name)
    await house.work(120)
    const changes = slack.sim.calls
      .filter(({ method }) => method === 'chat.update')
      .map(({ args }) => String(args['text']))
    const done = changes.slice(-16)
    assert.is(done.filter(text => /Denied by/.test(text)).length, 8)
    assert.ok(
      done.slice(0, 8).every(text => /Denied by/.test(text)),
      done.join('\n'),
    )
    assert.ok(changes.length <= 16 + workers, `${changes.length} changes were tried for 16`)
  }))

test('when PagerDuty takes no more questions, decisions and reminders do not wait for it, and the asks go on after', () =>
  inHouse(async house => {
    const { slack, pagerduty } = house
    const [decided, fresh] = [named('decided', 10), named('fresh', 30)]
    for (const name of decided) await house.ask(name)
    await house.work(60)
    slack.sim.quota.isOn = true
    while (!pagerduty.quota.take(defaultKey).isOver);
    const since = slack.clock.now()
    for (const name of fresh) await house.ask(name)
    for (const name of decided) await house.deny(name)
    await house.work(20)
    assert.equal([...new Set(saidSince(house, since).map(({ what }) => what))], ['decision'])
    await house.work(120)
    const said = saidSince(house, since)
    assert.is(said.filter(({ what }) => what === 'decision').length, 10)
    assert.is(said.filter(({ what }) => what === 'ask').length, 30)
  }))

test('a fallback of five hundred: fifty are looked up, a share of the quota at a time, and twenty are asked', () =>
  inHouse(
    async house => {
      const { slack, op } = house
      const ids = Array.from({ length: 500 }, (_, i) => `U0M${i}`)
      for (const id of ids)
        slack.sim.state.users.set(id, { id, name: id, real_name: id, email: `${id.toLowerCase()}@example.com` })
      slack.sim.state.usergroups.set('S0ALL', { id: 'S0ALL', handle: 'all', users: ids })
      slack.sim.quota.isOn = true
      for (const name of named('first', 3)) await house.ask(name)
      await house.work(5)
      const first = await op.cluster.get({ namespace, name: 'prod-db-first0' })
      assert.is(first?.status?.approvers?.length, 20, 'whom Slack has told of is asked at once')
      assert.is(slack.count('users.info'), 40)
      await house.work(55)
      for (const name of named('second', 3)) await house.ask(name)
      await house.work(120)
      assert.is(slack.count('users.info'), 50, 'nobody is looked up twice')
      assert.is(slack.count('usergroups.users.list'), 1)
      for (const name of [...named('first', 3), ...named('second', 3)]) {
        const { status } = (await op.cluster.get({ namespace, name })) ?? {}
        assert.is(status?.approvers?.length, 20)
        const routed = status?.conditions?.find(({ type }) => type === 'Routed')?.message ?? ''
        assert.match(routed, /480 more are left out: a request asks 20 people at most/)
      }
    },
    { approval: { window: '30m', escalateAfter: '10m', fallback: { slackUserGroup: 'S0ALL' } } },
  ))

test.run()
