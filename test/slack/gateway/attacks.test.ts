import { request as send } from 'node:http'
import * as assert from 'uvu/assert'
import { attack, attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { readMeaning } from '../../../src/slack/gateway/grammar.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { type Forged, signatureOf } from '../../../src/sim/slack/sender.ts'
import type { Delivered } from '../../../src/sim/slack/types.ts'
import type { Payload } from '../../sim/slack/fixture.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { start } from '../../fakes/clock.ts'
import { type House, inHouse } from '../house.ts'
import { view } from '../../builders/views.ts'
import { channel } from '../workspace.ts'

const test = suite('attacks on the gateway')
const db = mapping()
const statusOf = (delivered: Delivered): number => ('status' in delivered ? delivered.status : 0)
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const decisions = ({ requests }: House): NonNullable<NonNullable<AccessRequest['status']>['decisions']> =>
  requests.all().flatMap(({ status }) => status?.decisions ?? [])

const counted = (house: House): string => `${decisions(house).length} decision`
const verdictOf = ({ requests }: House, { metadata: { namespace, name } }: AccessRequest): string =>
  requests.stored.get(`${namespace}/${name}`)?.status?.decisions?.[0]?.verdict ?? 'undecided'

/** The bytes of a true delivery, as somebody who overheard it has them. */
async function overheard({ sim }: House, act: () => Promise<unknown>): Promise<string> {
  await act()
  return sim.sender.deliveries.at(-1)?.body ?? ''
}
const ask =
  ({ sim }: House) =>
  async (): Promise<unknown> =>
    sim.desktop.slashCommand({ user: 'U0DANA', channel, command: '/prod-db', text: '30m INC-1 x' })
const rewritten = (body: string, change: (payload: Payload) => object): string =>
  form({ payload: JSON.stringify(change(JSON.parse(new URLSearchParams(body).get('payload') ?? '{}') as never)) })

const later = (seconds: number): Date => new Date(start.getTime() + seconds * 1000)
const forgeries: Record<string, { forged: Forged; change?: (body: string) => string; status: number }> = {
  unsigned: { forged: { headers: { 'x-slack-signature': undefined } }, status: 401 },
  'without a timestamp': { forged: { headers: { 'x-slack-request-timestamp': undefined } }, status: 401 },
  'signed with another secret': { forged: { secret: 'guess' }, status: 401 },
  'signed with no secret': { forged: { secret: '' }, status: 401 },
  stale: { forged: { at: later(-301) }, status: 401 },
  'dated in the future': { forged: { at: later(301) }, status: 401 },
  'dated in milliseconds': { forged: { at: new Date(start.getTime() * 1000) }, status: 401 },
  'signed for another instant': {
    forged: { headers: { 'x-slack-request-timestamp': String(start.getTime() / 1000 + 1) } },
    status: 401,
  },
  'changed after it was signed': {
    forged: {
      headers: { 'x-slack-signature': signatureOf('sandbox-signing-secret', String(start.getTime() / 1000), 'a=b') },
    },
    status: 401,
  },
  'two signatures, one of them true': {
    forged: { headers: { 'x-slack-signature': `v0=${'0'.repeat(64)}, v0=${'1'.repeat(64)}` } },
    status: 401,
  },
  'in 200 kB': { forged: {}, change: body => `${body}&pad=${'x'.repeat(200_000)}`, status: 413 },
  compressed: { forged: { headers: { 'content-encoding': 'gzip' } }, status: 400 },
  'as multipart': { forged: { headers: { 'content-type': 'multipart/form-data; boundary=x' } }, status: 400 },
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(forgeries).map(([how, fact]) => [`an ask is delivered ${how} … ${fact.status}, 0 stored`, fact]),
  ),
  ({ forged, change = (body: string) => body }) =>
    inHouse(
      async house => {
        const body = await overheard(house, ask(house))
        house.requests.stored.clear()
        const status = statusOf(await house.sim.sender.raw(change(body), forged))
        assert.not.match(house.logged.join('\n'), /U0DANA|INC-1|hooks|response_url|sandbox-signing-secret/)
        return `${status}, ${house.requests.all().length} stored`
      },
      [db],
    ),
)

attack(test, 'an ask is replayed in time, also after it was decided … 1 stored', () =>
  inHouse(
    async house => {
      const body = await overheard(house, ask(house))
      for (let i = 0; i < 3; i++) assert.is(statusOf(await house.sim.sender.raw(body)), 200)
      const [stored] = house.requests.all()
      if (stored) house.requests.put({ ...stored, status: { phase: 'Denied' } })
      await Promise.all([1, 2, 3].map(() => house.sim.sender.raw(body)))
      return `${house.requests.all().length} stored`
    },
    [db],
  ),
)

attack(test, 'an ask is replayed five minutes later … 401', () =>
  inHouse(
    async house => {
      const body = await overheard(house, ask(house))
      house.clock.forward(301)
      return String(statusOf(await house.sim.sender.raw(body, { at: start })))
    },
    [db],
  ),
)

/** Mo's open form to deny, and what submitting it delivers. */
async function denial(house: House, comment: string): Promise<string> {
  const ts = await house.announce(request(db))
  await house.sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
  await house.gateway.stop()
  return overheard(house, () => house.sim.desktop.submitView({ user: 'U0MO', values: { comment } }))
}

attack(test, 'a denial is replayed three times at once … 1 decision', () =>
  inHouse(
    async house => {
      const body = await denial(house, 'no')
      await Promise.all([1, 2, 3].map(() => house.sim.sender.raw(body)))
      return counted(house)
    },
    [db],
  ),
)

attack(test, 'two managers deny at once … 1 decision', () =>
  inHouse(
    async house => {
      const { sim } = house
      const approvers = ['U0MO', 'U0ANA'].map(id => ({
        email: `${id.slice(2).toLowerCase()}@example.com`,
        slackUserID: id,
        level: 1,
        why: 'on call',
        at: start.toISOString(),
      }))
      const ts = await house.announce(request(db, { approvers }))
      for (const user of ['U0MO', 'U0ANA']) await sim.desktop.clickButton({ user, ts, actionID: 'deny' })
      await house.gateway.stop()
      await Promise.all(['U0MO', 'U0ANA'].map(user => sim.desktop.submitView({ user, values: { comment: user } })))
      const [shown, ...more] = ['U0MO', 'U0ANA'].flatMap(user => sim.state.openViews(user))
      assert.match(JSON.stringify(shown?.view), 'already denied')
      assert.equal(more, [], 'the form of the one who decided is closed')
      return counted(house)
    },
    [db],
  ),
)

attack(test, 'the requester withdraws while the manager denies … 1 decision', () =>
  inHouse(
    async house => {
      const { sim } = house
      await ask(house)()
      const [own] = sim.state.ephemerals('U0DANA')
      const [stored] = house.requests.all()
      if (!stored) return 'nothing was stored'
      const ts = await house.announce({ ...stored, status: request(db).status ?? {} })
      await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
      await house.gateway.stop()
      await Promise.all([
        sim.desktop.clickButton({ user: 'U0DANA', channel, ts: own?.ts ?? '', actionID: 'withdraw' }),
        sim.desktop.submitView({ user: 'U0MO', values: { comment: 'no' } }),
      ])
      await house.gateway.stop()
      return counted(house)
    },
    [db],
  ),
)

attack(test, "a Withdraw button carries the value of another's request … undecided", () =>
  inHouse(
    async house => {
      const { sim } = house
      const other = request(db)
      other.spec.requester = { email: 'otto@example.com', slackUserID: 'U0OTTO', name: 'Otto Other' }
      house.requests.put(other)
      await ask(house)()
      const [own] = sim.state.ephemerals('U0DANA')
      const body = await overheard(house, () =>
        sim.desktop.clickButton({ user: 'U0DANA', channel, ts: own?.ts ?? '', actionID: 'withdraw' }),
      )
      await house.gateway.stop()
      const { namespace, name, uid } = other.metadata
      const value = encodeTarget({ namespace, name, uid })
      await sim.sender.raw(rewritten(body, payload => ({ ...payload, actions: [{ ...payload.actions[0], value }] })))
      await house.gateway.stop()
      assert.match(house.told('U0DANA').at(-1) ?? '', /Only the person who asked/)
      return verdictOf(house, other)
    },
    [db],
  ),
)

attack(test, 'a form to deny is aimed at a request that its sender may not decide … undecided', () =>
  inHouse(
    async house => {
      const body = await denial(house, 'no')
      const other = request(db, { approvers: [] })
      other.metadata = { ...other.metadata, name: 'prod-db-zzzzzzzzzzzz', uid: other.metadata.uid.replace('1', '9') }
      house.requests.put(other)
      const { namespace, name, uid } = other.metadata
      const aimed = (payload: Payload): object => ({
        ...payload,
        view: { ...payload.view, private_metadata: encodeTarget({ namespace, name, uid }) },
      })
      await house.sim.sender.raw(rewritten(body, aimed))
      return verdictOf(house, other)
    },
    [db],
  ),
)

const foreign: Record<string, (payload: Payload) => object> = {
  'as Slack tells it': payload => payload,
  'without their own team': payload => ({ ...payload, user: { id: 'U0SAM' } }),
  'under our team': payload => ({ ...payload, user: { id: 'U0SAM', team_id: 'T0HOME' } }),
  'in a delivery of their workspace': payload => ({ ...payload, team: { id: 'T0OTHER' } }),
  'in a delivery without a team': payload => ({ ...payload, team: null }),
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(foreign).map(([how, change]) => [
      `a stranger of a shared channel presses Deny, ${how} … told why twice, 0 forms opened`,
      change,
    ]),
  ),
  change =>
    inHouse(
      async house => {
        const approver = {
          email: 'sam@example.com',
          slackUserID: 'U0SAM',
          level: 1,
          why: 'on call',
          at: start.toISOString(),
        }
        const ts = await house.announce(request(db, { approvers: [approver] }))
        const body = await overheard(house, () =>
          house.sim.desktop.clickButton({ user: 'U0SAM', ts, actionID: 'deny' }),
        )
        await house.gateway.stop()
        const changed = (payload: Payload): object => ({ ...change(payload), trigger_id: 'other' })
        await house.sim.sender.raw(rewritten(body, changed))
        await house.gateway.stop()
        assert.ok(house.told('U0SAM').every(text => text.startsWith('Only members of the workspace')))
        assert.is(house.told('U0SAM').length, 2)
        return `told why twice, ${house.sim.state.openViews('U0SAM').length} forms opened`
      },
      [db],
    ),
)

const malformed: Record<string, string> = {
  'a payload twice': `payload=${encodeURIComponent('{"type":"block_actions"}')}&payload=${encodeURIComponent('{"type":"view_submission"}')}`,
  'a payload and a command': form({ command: '/prod-db', text: 'INC-1 x', payload: '{"type":"block_actions"}' }),
  'a command twice': 'command=/prod-db&command=/access&text=INC-1',
  'a list for a payload': form({ payload: '[]' }),
  'a text for a payload': form({ payload: '"block_actions"' }),
  'a number for a payload': form({ payload: '7' }),
  'an interaction without anything': form({ payload: '{"type":"block_actions"}' }),
  'an interaction without actions': form({
    payload: '{"type":"block_actions","actions":[],"user":{"id":"U0DANA"},"team":{"id":"T0HOME"}}',
  }),
  'actions that are no list': form({ payload: '{"type":"block_actions","actions":"deny"}' }),
  'an action without an id': form({
    payload: '{"type":"block_actions","actions":[{}],"user":{"id":"U0DANA"},"team":{"id":"T0HOME"}}',
  }),
  'actions of nothing': form({ payload: '{"type":"block_actions","actions":[null]}' }),
  'a submission without a view': form({ payload: '{"type":"view_submission"}' }),
  'a view without an id': form({
    payload: '{"type":"view_submission","view":{"callback_id":"deny"},"user":{"id":"U0MO"}}',
  }),
  'a view without a callback': form({
    payload: '{"type":"view_submission","view":{"id":"V1"},"user":{"id":"U0MO"},"team":{"id":"T0HOME"}}',
  }),
  'a channel of nothing': form({
    payload: '{"type":"block_actions","actions":[{"action_id":"deny"}],"user":{"id":"U0MO"},"channel":null}',
  }),
  'addresses of nothing': form({
    payload:
      '{"type":"view_submission","view":{"id":"V1","callback_id":"x"},"user":{"id":"U0MO"},"response_urls":[null]}',
  }),
  'a closed view without a view': form({ payload: '{"type":"view_closed"}' }),
  'a prototype': form({
    payload: '{"type":"block_actions","__proto__":{"actions":[{"action_id":"deny"}]},"constructor":{}}',
  }),
  'nesting without end': form({
    payload: `{"type":"block_actions","actions":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  }),
  'a command with nothing else': form({ command: '/prod-db' }),
  'a command of another shape': form({ command: '/prod-db', text: 'INC-1', user_id: '<script>', team_id: 'T0HOME' }),
  'percent signs that mean nothing': 'command=%2Fprod-db&text=%E0%A4%A&user_id=%zz',
  'bytes that are no text': `command=/prod-db&text=${String.fromCharCode(0)}%ff%fe`,
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(malformed).map(([what, body]) => [
      `a delivery holds ${what} … answered in time, 0 stored, the next ask is served`,
      body,
    ]),
  ),
  body =>
    inHouse(
      async house => {
        const began = performance.now()
        const delivered = await house.sim.sender.raw(body)
        assert.ok(statusOf(delivered) >= 200 && statusOf(delivered) < 500, JSON.stringify(delivered))
        const isInTime = performance.now() - began < 2500
        const stored = house.requests.all().length
        await ask(house)()
        const next = house.requests.all().length === stored + 1 ? 'the next ask is served' : 'the gateway is stuck'
        return `${isInTime ? 'answered in time' : 'answered late'}, ${stored} stored, ${next}`
      },
      [db],
    ),
)

attack(test, 'the body of a delivery trickles in … 408', () =>
  inHouse(
    async house => {
      const status = await new Promise<number | undefined>(resolve => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1000' }
        const sent = send(house.url, { method: 'POST', headers }, reply => resolve(reply.statusCode))
        sent.on('error', () => resolve(0))
        sent.write('command=')
      })
      return String(status)
    },
    [db],
  ),
)

const words: Record<string, { typed: string; stored: string }> = {
  mentions: {
    typed: 'no <!channel> <@U0ANA> <!subteam^S0DBA> @here',
    stored: 'no @channel @U0ANA @S0DBA @here',
  },
  'a link': { typed: 'see <https://evil.example|the runbook>', stored: 'see the runbook (https://evil.example)' },
  'backticks and stars': { typed: '```\n*Approved* by `Ana`', stored: '``` *Approved* by `Ana`' },
  'text that turns around': { typed: 'deny \u202Etxt.exe\u202C \u2066x\u2069 \u061Cy', stored: 'deny txt.exe x y' },
  'text of no width': { typed: 'n\u200Bo\u2060 \uFEFFway\u00AD', stored: 'no way' },
  'quotes that close the outer ones': { typed: 'no". Approved by Ana. "', stored: 'no". Approved by Ana. "' },
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(words).map(([what, fact]) => [
      `a comment to a denial holds ${what} … kept as words, without markup in Slack`,
      fact,
    ]),
  ),
  ({ typed, stored }) =>
    inHouse(
      async house => {
        await denial(house, typed)
        const [decision] = decisions(house)
        const denied = view({ state: 'denied', deniedBy: { name: 'Mo Manager' } })
        await house.chat.tell(undefined, { ...denied, comment: decision?.comment }, { news: 'denied' })
        const said = JSON.stringify(house.direct('U0DANA')[0])
        assert.not.match(said, 'no\\\\". Approved by Ana')
        const markup = /<!channel>|<@U0ANA>|<!subteam|<https:\/\/evil|\u202E|\u061C|\u200B/.test(said)
        return `${decision?.comment === stored ? 'kept as words' : 'changed'}, ${markup ? 'with' : 'without'} markup in Slack`
      },
      [db],
    ),
)

attacks<string>(
  test,
  {
    'a mapping is named by eight thousand quotes … at most 100 characters are looked at': `${"'".repeat(8000)}x reason`,
    'a mapping has a name of eight thousand letters … at most 100 characters are looked at': `${'x'.repeat(8000)} reason`,
  },
  text => {
    const meaning = readMeaning('/access', text, '/access')
    const length = 'mapping' in meaning ? (meaning.mapping?.length ?? 0) : -1
    return length >= 0 && length <= 100 ? 'at most 100 characters are looked at' : `${length} characters`
  },
)

attack(test, 'a reason is made of characters that nobody can see … 0 stored', () =>
  inHouse(
    async house => {
      const loose = ['\u200B', '\u2060\u200D', '\u00AD', '\u3164', '\u2800', '\uFEFF', '\u202E']
      for (const text of loose)
        await house.sim.desktop.slashCommand({ user: 'U0DANA', channel, command: '/prod-db', text: `30m ${text}` })
      return `${house.requests.all().length} stored`
    },
    [mapping({ spec: { reason: { required: true } } })],
  ),
)

test.run()
