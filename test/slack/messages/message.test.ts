import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import * as assert from 'uvu/assert'
import { attack } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import type { Links } from '../../../src/domain/ports.ts'
import type { MessageView, News } from '../../../src/domain/view/view.ts'
import { encodeTarget, type Rendered } from '../../../src/slack/messages/blocks.ts'
import { renderAsk, renderDirectReminder, renderMention, renderReminder } from '../../../src/slack/messages/calls.ts'
import { renderMessage } from '../../../src/slack/messages/message.ts'
import { renderNews } from '../../../src/slack/messages/news.ts'
import { approve, fullView, revoke, states, view, worksAtNight } from '../../builders/views.ts'

const test = suite('the message and its news')
const links: Links = { approve, revoke }
const golden = new URL('../golden/', import.meta.url)

/** Compares with what was agreed; `UPDATE_GOLDEN=1` writes it again, to be read in the diff. */
function agrees(name: string, shown: Rendered): void {
  const file = new URL(`${name}.json`, golden)
  const text = `${JSON.stringify(shown, null, 2)}\n`
  if (process.env['UPDATE_GOLDEN']) {
    mkdirSync(golden, { recursive: true })
    writeFileSync(file, text)
  }
  assert.ok(existsSync(file), `no golden file for ${name}; write it with UPDATE_GOLDEN=1`)
  assert.fixture(text, readFileSync(file, 'utf8'))
}

table(test, states, facts => agrees(`message-${facts.golden}`, renderMessage(view(facts), links)))

const news: Record<string, Partial<MessageView> & { news: News }> = Object.fromEntries(
  Object.entries({
    unposted: {
      state: 'asking',
      why: 'Hallpass cannot write to Slack channel "C0PRODACCESS": it is archived; name another channel in the mapping.',
    },
    tooFew: {
      state: 'asking',
      note: 'Asked mo@example.com. 3 different people must approve, and only 1 can: put somebody else on call, or name more people in approval.fallback of mapping "prod-db".',
    },
    untagged: { state: 'asking', approvers: [{ email: 'mo@pager.example', level: 1 }] },
    unpaged: { state: 'asking', page: { why: 'PagerDuty does not take the event that pages somebody.' } },
    granted: { state: 'granted' },
    inDoubt: { state: 'inDoubt', unknown: [{ resource: 'projects/prod-eu', role: 'roles/logging.viewer' }] },
    endingSoon: { state: 'granted' },
    ended: { state: 'expired' },
    denied: { state: 'denied', comment: 'use the replica', deniedBy: { name: 'Mo Manager', email: 'mo@example.com' } },
    timedOut: { state: 'timedOut' },
    failed: { state: 'failed', why: 'Google refused "roles/cloudsql.client" on "projects/prod-eu"' },
    withdrawn: { state: 'withdrawn' },
    revoked: { state: 'revoked' },
  } satisfies Record<News, Partial<MessageView>>).map(([name, facts]) => [
    `news: ${name}`,
    { ...facts, news: name as News },
  ]),
)
table(test, news, ({ news: which, ...facts }) => agrees(`news-${which}`, renderNews(view(facts), which, links)))

const mo = { email: 'mo@example.com', name: 'Mo Manager', slackUserID: 'U0MO', level: 1 }
const ana = { email: 'ana@example.com', name: 'Ana Director', slackUserID: 'U0ANA', level: 2 }
const otto = { email: 'otto@example.com', level: 0 }
/** The notes that mention people who are asked later. */
const notes: Record<string, { golden: string; people: MessageView['approvers']; asked?: MessageView['approvers'] }> = {
  'a note: the next level, after silence': { golden: 'escalation', people: [ana] },
  'a note: who came on call': { golden: 'hand-over', people: [{ ...ana, level: 1 }] },
  'a note: the fallback, after silence': { golden: 'fallback', people: [{ ...ana, level: 0 }, otto], asked: [mo] },
  'a note: more of the fallback': { golden: 'more', people: [{ ...ana, level: 0 }], asked: [otto] },
}
table(test, notes, ({ golden: name, people, asked = [mo] }) =>
  agrees(`note-${name}`, renderMention(view({ approvers: [...asked, ...people] }), people)),
)

test('a reminder mentions who is silent, and says until when', () => {
  agrees('note-reminder', renderReminder(view({ approvers: [mo] }), [mo]))
  const message = 'https://acme.slack.com/archives/C0PRODACCESS/p1'
  agrees('ask-reminder', renderDirectReminder(view(), { approve, message }))
})

test('the message says that people are paged, or that nobody could be', () => {
  const words = (page: MessageView['page']): string => renderMessage(view({ ...(page && { page }) }), links).text
  assert.match(
    words({ route: 'platform', raisedAt: '2026-11-23T14:07:00Z' }),
    /pages people through the route platform/,
  )
  assert.match(words({ why: 'PagerDuty does not take it.' }), /Nobody could be paged\. PagerDuty does not take it\./)
  assert.not.match(words(undefined), /page/)
})

test('a note mentions only the people who are asked now, and nobody who was mentioned before', () => {
  const called = { earlier: { called: { at: '2026-11-23T13:58:00Z', who: ['U0ANA'] } } }
  const words = (more: Partial<MessageView>): string =>
    JSON.stringify(renderMention(view({ approvers: [mo, ana], ...more }), [ana]).blocks)
  assert.match(words({}), '<@U0ANA>, mo@example.com (Mo Manager) has not answered.')
  assert.not.match(words({}), '<@U0MO>')
  assert.not.match(words(called), '<@')
})

test('a direct message links to the page and has nothing to press that could become outdated', () => {
  const message = 'https://acme.slack.com/archives/C0PRODACCESS/p1'
  agrees('ask', renderAsk(view(), { approve, message }))
  const words = JSON.stringify(renderAsk(view(), { approve, message }).blocks)
  assert.match(words, `"url":"${approve}"`)
  assert.not.match(words, '"action_id":"deny"')
  assert.not.match(JSON.stringify(renderAsk(view(), {}).blocks), '"actions"')
})

test('a direct message says when the access begins and works, as the message does; so do the reminder and the news', () => {
  const later = { notBefore: '2026-11-23T18:00:00Z', seconds: 8 * 3600, hours: worksAtNight }
  const begins = 'for 8 hours from <!date^1795456800^{time}|2026-11-23T18:00:00Z>'
  for (const { text, blocks } of [
    renderAsk(view(later), { approve }),
    renderDirectReminder(view(later), { approve }),
    renderMessage(view(later), links),
  ])
    for (const shown of [text, JSON.stringify(blocks)])
      for (const words of [begins, worksAtNight]) assert.ok(shown.includes(words), `${words} in ${shown}`)
  for (const state of ['granting', 'denied', 'timedOut', 'withdrawn', 'failed'] as const)
    assert.ok(renderMessage(view({ ...later, state }), links).text.includes(begins), state)
  for (const about of ['granted', 'inDoubt'] as const)
    assert.ok(renderNews(view({ ...later, state: about }), about).text.includes(worksAtNight), about)
  const odd = renderAsk(view({ hours: 'It works only <!channel>.' }), { approve })
  assert.not.match(JSON.stringify(odd), '<!channel>')
})

attack(test, 'a stored window names a place without a clock, so that nobody can be asked or told … shown', () => {
  const window = { zone: 'Mars/Olympus', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' }
  const texts = [
    renderMessage(view({ window }), links),
    renderAsk(view({ window }), links),
    renderNews(view({ window, state: 'granted' }), 'granted'),
  ].map(({ text }) => text)
  return texts.every(text =>
    text.includes('22:00\u201302:00 (Mars/Olympus), the last until Friday 27 November 2026, 01:00'),
  )
    ? 'shown'
    : texts.join('\n')
})

test('when nobody can be mentioned, the channel reads what to do', () => {
  const words = (approvers: MessageView['approvers']): string =>
    JSON.stringify(renderMessage(view({ approvers }), links).blocks)
  assert.match(words([otto]), /does not know an account with `otto@example\.com`, so nobody was notified.*`people`/)
  assert.not.match(words([otto, mo]), 'nobody was notified')
  assert.not.match(words([]), 'nobody was notified')
})

test('the words of the one message are those that people were promised', () => {
  const words = JSON.stringify(renderMessage(view({ state: 'asking' }), links))
  assert.match(words, 'Dana Engineer asks for *prod-db* for 30 minutes')
  assert.match(words, '> INC-1234 replaying the failed payout batch')
  assert.match(words, '<@U0MO>, you are on call. Please decide by <!date^1795444320^{time}|2026-11-23T14:32:00Z>.')
})

test('the requester reads what the approver left out, and the comment', () => {
  const { golden: _, ...facts } = states['granted in part, with a comment'] ?? { golden: '' }
  const words = (more: Partial<MessageView>): string => renderNews(view({ ...facts, ...more }), 'granted').text
  assert.match(
    words({}),
    /Approved by mo@example\.com \(Mo Manager\) at .*, without roles\/logging\.viewer and for 15 minutes instead of 30 minutes: "reads are enough &lt;!here&gt;"\./,
  )
  assert.not.match(words({ narrowed: undefined, comment: undefined }), 'Approved by')
  const kept = { role: 'roles/logging.viewer', resource: 'projects/prod-us' }
  assert.match(words({ grants: [kept] }), 'without roles/logging.viewer on projects/prod-eu and')
  const many = Array.from({ length: 5 }, (_x, i) => ({ role: `roles/r${i}`, resource: 'projects/p' }))
  assert.match(words({ narrowed: { without: many } }), 'without roles/r0, roles/r1, roles/r2 and 2 more: ')
})

test('what the requester has anyway is in the channel and in their news, with the grant and with its end', () => {
  const held = [{ role: 'roles/logging.viewer', resource: 'projects/prod-eu' }]
  const says = /already has roles\/logging\.viewer on projects\/prod-eu without a time limit/
  for (const state of ['granted', 'expired', 'revoked'] as const) {
    assert.match(renderMessage(view({ state, held }), links).text, says, state)
    assert.not.match(renderMessage(view({ state }), links).text, says, state)
  }
  for (const news of ['granted', 'ended', 'revoked'] as const)
    assert.match(renderNews(view({ state: 'granted', held }), news).text, says, news)
})

test('the headline of a request that is over says how it ended', () => {
  const over: MessageView['state'][] = ['denied', 'timedOut', 'withdrawn', 'failed', 'expired', 'revoked']
  const heads = over.map(state => JSON.stringify(renderMessage(view({ state }), links).blocks[0]))
  for (const head of heads) assert.not.match(head, 'asks for')
  assert.match(heads[0] ?? '', 'Dana Engineer asked for *prod-db* for 30 minutes and was denied.')
})

test('access that ended early is never said to have ended earlier than it did', () => {
  const ended = view({ state: 'revoked', endedAt: '2026-11-23T13:35:32Z', expiresAt: '2026-11-23T14:35:12Z' })
  assert.match(renderMessage(ended, links).text, ', 59 minutes early.')
})

test('a failed request says when asking again can help', () => {
  const words = (againOnce?: string): string =>
    JSON.stringify(renderNews(view({ state: 'failed', why: 'No channel', againOnce }), 'failed'))
  assert.match(words(), /If asking again does not help, ask the platform team about request prod-db-/)
  const corrected = words('the mapping is corrected')
  assert.match(
    corrected,
    /Asking again helps only once the mapping is corrected\. The name of this request is prod-db-/,
  )
})

test('asking again mentions only whom nobody has mentioned yet', () => {
  const { text, blocks } = renderMessage(
    view(states['asked again after a withdrawal, nobody is mentioned twice']),
    links,
  )
  const words = JSON.stringify(blocks)
  assert.not.match(words, '<@U0MO>')
  assert.match(words, 'Mo Manager and <@U0ANA>, you are on call.')
  assert.match(
    words,
    'dana@example.com (Dana Engineer) withdrew the same request and asks again; mo@example.com (Mo Manager) was mentioned at',
  )
  assert.not.match(text, '<@')
})

test('the approver reads when access begins, if not at once', () => {
  const headline = (notBefore?: string): string =>
    JSON.stringify(renderMessage(view({ state: 'asking', notBefore }), links).blocks[0])
  assert.match(headline('2026-11-24T08:00:00Z'), /for 30 minutes from <!date\^\d+\^.*\|2026-11-24T08:00:00Z>/)
  assert.not.match(headline('2026-11-23T13:00:00Z'), /minutes from/)
  assert.not.match(headline(), /minutes from/)
})

test('the address of the requester is always in the small print', () => {
  for (const { golden: _, ...facts } of Object.values(states)) {
    const requester = { email: 'mallory@example.com', name: 'Ana Director', slackUserID: 'U0MAL' }
    const small = JSON.stringify(renderMessage(view({ ...facts, requester }), links).blocks.at(-1))
    assert.match(
      small,
      /"context".*("|  ·  )mallory@example\.com  ·  request prod-db-7f3k2aaaaaaa("|  ·  (follows|asked on the web))/,
    )
  }
})

test('Approve names its request, and the message says who is looking without mentioning them', () => {
  const { blocks } = renderMessage(view(), links)
  assert.match(JSON.stringify(blocks), `"url":"${approve}","value":${JSON.stringify(encodeTarget(view()))}`)
  const looked = renderMessage(view(states['somebody is looking at it']), links)
  assert.match(JSON.stringify(looked.blocks), /mo@example\.com \(Mo &lt;!channel&gt; Manager\) is looking at it\./)
  assert.match(looked.text, 'is looking at it.')
})

test('without a link there is no Approve', () => {
  assert.not.match(JSON.stringify(renderMessage(view({}), {}).blocks), '"action_id":"approve"')
  const tooLong = { approve: `https://hallpass.example.com/${'x'.repeat(3000)}` }
  assert.not.match(JSON.stringify(renderMessage(view({}), tooLong).blocks), '"action_id":"approve"')
})

test('nothing a person typed mentions anyone or makes a link', () => {
  const nasty = '<!channel> <@U1> <https://evil.example|click> @here\n> more & <!subteam^S1>\u202Etxt'
  for (const { golden: _, ...facts } of Object.values(states)) {
    const shown = view({
      ...facts,
      reason: nasty,
      comment: nasty,
      why: nasty,
      note: nasty,
      requester: { email: 'dana@example.com', name: nasty },
      approvedBy: { email: 'mo@example.com', name: nasty, at: '2026-11-23T14:05:00Z' },
      deniedBy: { name: nasty },
    })
    const people = [{ ...ana, slackUserID: '<!channel>', name: nasty }]
    for (const rendered of [
      renderMessage(shown, links),
      renderNews(shown, 'denied'),
      renderNews(shown, 'failed'),
      renderMention(view({ ...shown, approvers: [{ ...mo, name: nasty }, ...people] }), people),
      renderAsk(shown, links),
    ]) {
      const words = JSON.stringify(rendered)
      assert.not.match(words, /<!(channel|here|everyone|subteam)|<@U1>|<https:\/\/evil|\u202E/)
      assert.not.match(words, /"verbatim":false/)
      assert.is(words.match(/"mrkdwn"/g)?.length, words.match(/"verbatim":true/g)?.length)
    }
  }
})

test("a mapping's links open only https pages", () => {
  const shown = view({
    state: 'granted',
    afterGrant: {
      links: [
        { text: 'Bad', url: 'javascript:alert(1)' },
        { text: 'a|b>', url: 'https://x.example/?a=1&b=2' },
      ],
    },
  })
  const words = JSON.stringify(renderMessage(shown, links).blocks)
  assert.not.match(words, 'javascript:')
  assert.match(words, '<https://x.example/?a=1&amp;b=2|a¦b&gt;>')
})

test("every message holds Slack's limits at our maxima", () => {
  for (const { golden: _, ...facts } of Object.values(states))
    for (const shown of [renderMessage(fullView(facts), links), renderNews(fullView(facts), 'failed')]) {
      assert.ok(shown.text.length <= 4000)
      assert.ok(shown.blocks.length <= 50)
      for (const block of shown.blocks) assertLimits(block)
    }
})

function assertLimits(part: unknown): void {
  if (part === null || typeof part !== 'object') return
  const { type, text, value, url } = part as Record<string, unknown>
  if (type === 'mrkdwn') assert.ok(String(text).length <= 3000 && String(text).length > 0)
  if (type === 'plain_text') assert.ok(String(text).length <= 75)
  if (typeof value === 'string') assert.ok(value.length <= 2000)
  if (typeof url === 'string') assert.ok(url.length <= 3000)
  for (const inner of Object.values(part)) assertLimits(inner)
}

test.run()
