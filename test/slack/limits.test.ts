// Everything we show, at the maxima that the CRDs allow, against the limits that the simulator holds as Slack does.
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import type { MessageView, News } from '../../src/domain/view/view.ts'
import { messageFaults, viewFaults } from '../../src/sim/slack/blocks.ts'
import { alreadyAsked, ambiguous, type Answer, asked, unknownMapping } from '../../src/slack/gateway/answers.ts'
import { help } from '../../src/slack/gateway/help.ts'
import { mine } from '../../src/slack/gateway/own-requests.ts'
import { askForm, denyForm, resultForm } from '../../src/slack/gateway/forms.ts'
import { offers } from '../../src/domain/mapping/offers.ts'
import { renderAsk, renderMention } from '../../src/slack/messages/calls.ts'
import { renderEndNote } from '../../src/slack/messages/end-notes.ts'
import { renderMessage } from '../../src/slack/messages/message.ts'
import { renderNews } from '../../src/slack/messages/news.ts'
import { mapping } from '../builders/mapping.ts'
import { request } from '../builders/request.ts'
import { MemoryMappings } from '../fakes/mappings.ts'
import { approve, fullView, revoke, states, view } from '../builders/views.ts'

const test = suite("Slack's limits")

const news: News[] = [
  'unposted',
  'untagged',
  'tooFew',
  'granted',
  'inDoubt',
  'endingSoon',
  'ended',
  'denied',
  'timedOut',
  'failed',
  'withdrawn',
  'revoked',
]
const shown = (facts: Partial<MessageView>): MessageView[] => [view(facts), fullView(facts)]
table(test, states, facts => {
  for (const one of shown(facts)) {
    assert.equal(messageFaults(renderMessage(one, { approve, revoke }).blocks), [])
    const commands = Array.from({ length: 12 }, () => '&'.repeat(550))
    const to = one.approvers[0] ?? one.requester
    for (const note of [
      { about: 'done', to },
      { about: 'notEnded', to, why: one.why ?? '', nth: 1 },
    ] as const)
      assert.equal(messageFaults(renderEndNote(one, { ...note, links: { revoke }, commands }).blocks), [])
    assert.equal(messageFaults(renderMention(one, one.approvers).blocks), [])
    assert.equal(messageFaults(renderAsk(one, { approve, message: approve }).blocks), [])
    for (const which of news) assert.equal(messageFaults(renderNews(one, which, { revoke }).blocks), [])
  }
})

const grants = Array.from({ length: 10 }, () => ({
  resource: `projects/${'p'.repeat(30)}`,
  role: `organizations/${'9'.repeat(20)}/roles/${'r'.repeat(64)}`,
  condition: '&'.repeat(500),
}))
const many = Array.from({ length: 120 }, (_, i) =>
  mapping({
    name: `${'m'.repeat(36)}-${i}`,
    spec: { description: '&'.repeat(300), reason: { hint: '&'.repeat(200) }, grants },
  }),
)
const full = request(many[0] ?? mapping())
full.spec.reason = '&'.repeat(500)

const answers: Record<string, Answer> = {
  asked: asked(full, { mapping: readMapping(mapping()), isDefault: true }),
  'already asked': alreadyAsked(full),
  help: help(many.map(readMapping), '/access', new Date('2026-11-23T14:00:00Z')),
  mine: mine(
    Array.from({ length: 30 }, () => full),
    {
      awaited: Array.from({ length: 30 }, () => full),
      running: Array.from({ length: 30 }, () => full),
      now: new Date(full.metadata.creationTimestamp),
    },
  ),
  'an unknown mapping': unknownMapping('&'.repeat(8000), ['a', 'b', 'c'], '/access'),
  'several of one name': ambiguous(
    'm'.repeat(40),
    Array.from({ length: 100 }, () => 'n'.repeat(63)),
  ),
}
table(test, answers, answer => {
  assert.ok(answer.text.length <= 4000)
  assert.equal(messageFaults(answer.blocks), [])
  assert.equal(viewFaults(resultForm(answer, 'Ask for access')), [])
})

test('the forms', () => {
  const all = offers(new MemoryMappings(many))
  const origin = { channelID: 'C0PRODACCESS', responseUrl: `https://hooks.slack.com/commands/${'x'.repeat(200)}` }
  assert.equal(viewFaults(askForm(all, { chosen: all[110], duration: '168h', reason: '&'.repeat(500) }, origin)), [])
  assert.equal(viewFaults(askForm(all, { chosen: undefined }, origin)), [])
  const { namespace, name, uid } = full.metadata
  assert.equal(viewFaults(denyForm(full, { namespace, name, uid })), [])
})

test.run()
