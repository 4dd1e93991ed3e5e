// The messages about emergencies: what they say through a life, and that Slack takes them, in a channel where the one message of
// a request could be too.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import type { Alerts, Calling } from '../../../src/domain/calling/alerts.ts'
import type { MessageView } from '../../../src/domain/view/view.ts'
import { renderAlert } from '../../../src/slack/messages/alert-message.ts'
import { createChat } from '../../../src/slack/messages/chat.ts'
import { renderReviewAsk, renderReviewCall } from '../../../src/slack/messages/emergency.ts'
import { renderMessage } from '../../../src/slack/messages/message.ts'
import { attacks } from '../../attacks.ts'
import { approve, view } from '../../builders/views.ts'
import { suite, table } from '../../suite.ts'
import { channel, openSlack } from '../workspace.ts'

const test = suite('alerts about emergencies')

const review = 'https://hallpass.example.com/review?t=dGlja2V0'
type Facts = Partial<Omit<MessageView, 'emergency'>> & { emergency: NonNullable<MessageView['emergency']> }

const ended = { state: 'expired', endedAt: '2026-11-23T14:35:12Z' } as const
const reviewBy = '2026-11-24T14:35:12Z'
const lives: Record<string, Facts> = {
  asking: { emergency: { review: 'later', group: 'S0SECURITY' } },
  granted: { state: 'granted', emergency: { review: 'running', group: 'S0SECURITY' } },
  due: { ...ended, emergency: { review: 'due', group: 'S0SECURITY', reviewBy } },
  reviewed: {
    ...ended,
    emergency: {
      review: 'done',
      reviewBy,
      reviewedBy: { email: 'sam@example.com', name: 'Sam Security', comment: 'the batch was <really> stuck' },
    },
  },
  overdue: { ...ended, emergency: { review: 'overdue', reviewBy } },
  denied: {
    state: 'denied',
    deniedBy: { email: 'mo@example.com', name: 'Mo Manager' },
    comment: 'use the replica',
    emergency: { review: 'none' },
  },
}

/** Compares with what was agreed; `UPDATE_GOLDEN=1` writes it again, to be read in the diff. */
function agrees(name: string, shown: object): void {
  const file = new URL(`../golden/${name}.json`, import.meta.url)
  const text = `${JSON.stringify(shown, null, 2)}\n`
  if (process.env['UPDATE_GOLDEN']) writeFileSync(file, text)
  assert.ok(existsSync(file), `no golden file for ${name}; write it with UPDATE_GOLDEN=1`)
  assert.fixture(text, readFileSync(file, 'utf8'))
}

for (const [name, facts] of Object.entries(lives))
  test(`an alert that is ${name}`, () => agrees(`alert-${name}`, renderAlert(view(facts), { approve, review })))

test('the one message says that it is an emergency, and that the second channel could not be told', () =>
  agrees(
    'message-emergency',
    renderMessage(
      view({ emergency: { review: 'later', untold: 'Hallpass cannot write to Slack channel "C0SECURITY"' } }),
      {
        approve,
      },
    ),
  ))

const sam = { email: 'sam@example.com', slackUserID: 'U0SAM', name: 'Sam Security' }
const calling: Calling = { call: 'reviewAsked', people: [sam, { email: 'lee@example.com' }], links: { review } }
const due = view(lives['due'])

test('the reviewers are asked, reminded, and asked directly', () => {
  agrees('note-review', renderReviewCall(due, calling))
  agrees('note-review-reminder', renderReviewCall(due, { ...calling, call: 'reviewReminded' }))
  agrees('ask-review', renderReviewAsk(due, calling))
})

table<{ facts: Facts; offers: boolean }>(
  test,
  {
    'before the end there is no link to a review': { facts: lives['granted'] as Facts, offers: false },
    'when it is due there is': { facts: lives['due'] as Facts, offers: true },
    'when it is done there is no link': { facts: lives['reviewed'] as Facts, offers: false },
  },
  ({ facts, offers }) =>
    assert.is(JSON.stringify(renderAlert(view(facts), { approve, review })).includes(review), offers),
)

attacks<Partial<MessageView>>(
  test,
  {
    'a reason mentions everybody in the alert … nobody mentioned': { reason: '<!channel> <@U0MO> *now*' },
    'a name mentions somebody in the alert … nobody mentioned': {
      requester: { email: 'dana@example.com', name: '<@U0MO> <!channel>' },
    },
    'an approver is mentioned in the alert … nobody mentioned': { approvers: due.approvers },
  },
  change => {
    const { blocks } = renderAlert(view({ ...lives['asking'], ...change }), {})
    const mentioned = JSON.stringify(blocks).match(/<(?:@U|!channel|!everyone)[^>]*>/g)
    return mentioned ? mentioned.join() : 'nobody mentioned'
  },
)

type Fixture = { alerts: Alerts; sim: Awaited<ReturnType<typeof openSlack>>['sim'] }

async function within(
  work: (fixture: Fixture & { since: Date; post: () => Promise<string> }) => Promise<void>,
): Promise<void> {
  const { sim, client, clock } = await openSlack()
  const { alerts, ...chat } = createChat({ client, clock })
  // The same channel on purpose: neither may find the other.
  const post = async (): Promise<string> => (await chat.post(channel, view(), { approve })).ts
  try {
    await work({ alerts, sim, since: clock.now(), post })
  } finally {
    await sim.close()
  }
}

test('Slack takes an alert in every state, and notifies the channel', () =>
  within(async ({ alerts, sim }) => {
    const { ts } = await alerts.post(channel, view(lives['asking']), {})
    assert.ok(
      sim.state.notifications.some(({ by }) => by === 'mention'),
      'somebody is notified',
    )
    for (const facts of Object.values(lives)) await alerts.update({ channel, ts }, view(facts), { review })
    assert.match(JSON.stringify(sim.state.message(channel, ts)?.blocks), 'use the replica')
  }))

test('an alert and the one message of its request are not mistaken for each other', () =>
  within(async ({ alerts, since, post, sim }) => {
    const one = await post()
    assert.is(await alerts.find(channel, view().uid, since), undefined)
    const first = await alerts.post(channel, view(lives['asking']), {})
    assert.is((await alerts.find(channel, view().uid, since))?.ts, first.ts)
    const second = await alerts.post(channel, view(lives['asking']), {})
    await alerts.removeOthers(second, view().uid, since)
    assert.equal(
      sim.state.messages(channel).map(({ ts }) => ts),
      [one, second.ts],
    )
  }))

test('the note is in the thread; without a thread it is false', () =>
  within(async ({ alerts, sim }) => {
    const alert = await alerts.post(channel, due, { review })
    assert.is(await alerts.mention(alert, due, calling), true)
    const note = sim.state.messages(channel).find(({ threadTs }) => threadTs === alert.ts)
    assert.match(note?.text ?? '', /please review dana@example\.com/)
    await alerts.ask('U0ANA', due, calling)
    assert.match(sim.state.directMessages('U0ANA')[0]?.text ?? '', /^Please review/)
    const message = sim.state.message(channel, alert.ts)
    if (message) sim.state.remove(message)
    assert.is(await alerts.mention(alert, due, calling), false)
  }))

test.run()
