// One contract for every chat: the adapter on the simulated Slack and the fake in memory that the controller's tests use.
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { Broken, Refused } from '../../src/domain/outcome.ts'
import type { Chat } from '../../src/domain/ports.ts'
import { createChat } from '../../src/slack/messages/chat.ts'
import { MemoryChat } from '../controller/fakes.ts'
import { ManualClock } from '../fakes/clock.ts'
import { approve, revoke, view } from '../builders/views.ts'
import { channel, openSlack } from '../slack/workspace.ts'
import { factsOf } from './facts.ts'

const test = suite('contract: speaking in Slack')

type Fixture = {
  chat: Chat
  clock: { now: () => Date; forward: (seconds: number) => void }
  /** How many messages stand in the channel outside of threads. */
  standing: () => number
  /** What the message shows. */
  shown: (ts: string) => string
  /** Who was notified so far, by what. */
  notified: () => string[]
  /** Somebody leaves the channel. */
  leaves: (user: string) => void
  /** The message is deleted. */
  remove: (ts: string) => void
  silence: () => void
  close: () => Promise<void>
}

const fixtures: Record<string, () => Promise<Fixture>> = {
  'in memory': async () => {
    const clock = new ManualClock()
    const chat = new MemoryChat(clock)
    return {
      chat,
      clock,
      standing: () => chat.posted.length,
      shown: ts => JSON.stringify(chat.posted.find(post => post.ts === ts)?.view),
      notified: () => chat.notified.map(one => one.replace(/by (message|note)/, 'by mention')),
      leaves: user => void chat.absent.add(user),
      remove: ts => void chat.posted.splice(chat.posted.findIndex(post => post.ts === ts)),
      silence: () => void (chat.isSilent = true),
      close: async () => undefined,
    }
  },
  'over HTTP': async () => {
    const slack = await openSlack()
    const { sim, client, clock } = slack
    return {
      chat: createChat({ client, clock }),
      clock,
      standing: () => slack.messages().filter(({ threadTs }) => threadTs === undefined).length,
      shown: ts => JSON.stringify(sim.state.message(channel, ts)?.blocks),
      notified: () =>
        sim.state.notifications.map(({ user, by }) => `${user} by ${by === 'mention' ? by : 'direct message'}`),
      leaves: user => {
        const at = sim.state.channels.get(channel)
        if (at) at.members = at.members.filter(member => member !== user)
      },
      remove: ts => {
        const message = sim.state.message(channel, ts)
        if (message) sim.state.remove(message)
      },
      silence: () => sim.faults.add({ route: '* /api/*', reset: 'before', times: 100 }),
      close: () => sim.close(),
    }
  },
}

const other = '22222222-0000-4000-8000-000000000002'
const reasonOf = (error: unknown): string | undefined => (error instanceof Refused ? error.refusal.reason : undefined)
const thrown = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

for (const [where, open] of Object.entries(fixtures)) {
  const fact = factsOf(test, where, open)

  fact('a message is posted where it was meant to be, with an address', async ({ chat, standing }) => {
    const posted = await chat.post(channel, view(), { approve })
    assert.is(posted.channel, channel)
    assert.match(posted.permalink ?? '', /^https:/)
    assert.is(standing(), 1)
  })

  fact('a message is found by its request, and by nothing else', async ({ chat, clock }) => {
    const since = clock.now()
    const { ts } = await chat.post(channel, view(), { approve })
    clock.forward(5)
    const second = await chat.post(channel, view({ uid: other }), { approve })
    assert.is((await chat.find(channel, view().uid, since))?.ts, ts)
    assert.is((await chat.find(channel, other, since))?.ts, second.ts)
    assert.is(await chat.find(channel, 'another', since), undefined)
    assert.is(await chat.find(channel, view().uid, new Date(since.getTime() + 3000)), undefined)
  })

  fact('a second message about a request is removed, and nothing else', async ({ chat, clock, standing }) => {
    const since = clock.now()
    await chat.post(channel, view(), { approve })
    const { ts } = await chat.post(channel, view(), { approve })
    await chat.post(channel, view({ uid: other }), { approve })
    await chat.removeOthers({ channel, ts }, view().uid, since)
    assert.is(standing(), 2)
    assert.is((await chat.find(channel, view().uid, since))?.ts, ts)
    assert.ok(await chat.find(channel, other, since))
  })

  fact('a message is edited in place', async ({ chat, standing, shown }) => {
    const posted = await chat.post(channel, view(), { approve })
    await chat.update(posted, view({ state: 'denied', comment: 'use the replica' }), {})
    assert.match(shown(posted.ts), 'use the replica')
    assert.is(standing(), 1)
  })

  fact('a message that is gone cannot be edited', async ({ chat }) => {
    assert.is(reasonOf(await thrown(chat.update({ channel, ts: '9.9' }, view(), {}))), 'MessageGone')
  })

  fact('the requester is told in the thread, and without a message too', async ({ chat, standing }) => {
    const posted = await chat.post(channel, view(), { approve })
    await chat.tell(posted, view({ state: 'granted' }), { news: 'granted' })
    await chat.tell(undefined, view({ state: 'timedOut' }), { news: 'timedOut' })
    assert.is(standing(), 1)
  })

  const ana = { email: 'ana@example.com', name: 'Ana Director', slackUserID: 'U0ANA', level: 2 }
  const both = { approvers: [...view().approvers, ana] }

  fact('an edit notifies nobody, a note in the thread mentions who is asked later, once', async fixture => {
    const { chat, notified, standing } = fixture
    const posted = await chat.post(channel, view(), { approve })
    assert.equal([posted.absent, notified()], [[], ['U0MO by mention']])
    await chat.update(posted, view(both), { approve })
    assert.equal(notified(), ['U0MO by mention'])
    assert.is(await chat.mention(posted, view(both), [ana]), true)
    assert.equal(notified(), ['U0MO by mention', 'U0ANA by mention'])
    assert.is(standing(), 1)
  })

  fact('who is not in the channel is not reached there, and is asked directly', async ({ chat, leaves, notified }) => {
    leaves('U0MO')
    const posted = await chat.post(channel, view(both), { approve })
    assert.equal(posted.absent, ['U0MO'])
    assert.equal(await chat.absentAmong(channel, ['U0ANA', 'U0MO']), ['U0MO'])
    await chat.ask('U0MO', view(both), { approve })
    assert.equal(notified(), ['U0ANA by mention', 'U0MO by direct message'])
  })

  fact('a message that is gone has no thread to mention anybody in', async ({ chat, remove, notified }) => {
    const posted = await chat.post(channel, view(), { approve })
    remove(posted.ts)
    assert.is(await chat.mention(posted, view(both), [ana]), false)
    assert.equal(notified(), ['U0MO by mention'])
  })

  fact('the requester is notified of each news once', async ({ chat, leaves, notified }) => {
    const posted = await chat.post(channel, view(), { approve })
    await chat.tell(posted, view({ state: 'granted' }), { news: 'granted' })
    assert.equal(notified(), ['U0MO by mention', 'U0DANA by mention'])
    leaves('U0DANA')
    await chat.tell(undefined, view({ state: 'expired' }), { news: 'ended' })
    assert.equal(notified().at(-1), 'U0DANA by direct message')
  })

  fact('one person is mentioned about the end, in the thread or directly', async ({ chat, leaves, notified }) => {
    const posted = await chat.post(channel, view(), { approve })
    const note = { about: 'done', to: ana, links: { revoke }, commands: ['gcloud projects'] } as const
    await chat.remind(posted, view({ state: 'granted' }), note)
    assert.equal(notified(), ['U0MO by mention', 'U0ANA by mention'])
    leaves('U0ANA')
    await chat.remind(undefined, view({ state: 'granted' }), note)
    assert.equal(notified().at(-1), 'U0ANA by direct message')
  })

  fact('silence is Broken, never a refusal', async ({ chat, silence }) => {
    const posted = await chat.post(channel, view(), { approve })
    silence()
    const calls = [
      chat.post(channel, view(), {}),
      chat.find(channel, view().uid, new Date(0)),
      chat.update(posted, view(), {}),
      chat.tell(posted, view({ state: 'granted' }), { news: 'granted' }),
      chat.remind(posted, view({ state: 'granted' }), { about: 'done', to: ana, links: {}, commands: [] }),
      chat.mention(posted, view(both), [ana]),
      chat.ask('U0MO', view(), {}),
    ]
    for (const error of await Promise.all(calls.map(thrown))) assert.instance(error, Broken)
  })
}

test.run()
