import { request as send } from 'node:http'
import * as assert from 'uvu/assert'
import { suite, table } from '../../suite.ts'
import type { AccessRequest } from '../../../src/api/kinds.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import type { Forged } from '../../../src/sim/slack/sender.ts'
import { signatureOf } from '../../../src/sim/slack/sender.ts'
import type { Delivered } from '../../../src/sim/slack/types.ts'
import type { Payload } from '../../sim/slack/world.ts'
import { mapping, request, start } from '../fakes.ts'
import { type House, inHouse } from '../house.ts'
import { view } from '../views.ts'
import { channel } from '../workspace.ts'

const test = suite('attacks on the gateway')
const db = mapping()
const statusOf = (delivered: Delivered): number => ('status' in delivered ? delivered.status : 0)
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
const decisions = ({ requests }: House): NonNullable<NonNullable<AccessRequest['status']>['decisions']> =>
  requests.all().flatMap(({ status }) => status?.decisions ?? [])

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
  oversized: { forged: {}, change: body => `${body}&pad=${'x'.repeat(200_000)}`, status: 413 },
  compressed: { forged: { headers: { 'content-encoding': 'gzip' } }, status: 400 },
  'as multipart': { forged: { headers: { 'content-type': 'multipart/form-data; boundary=x' } }, status: 400 },
}
table(
  test,
  Object.fromEntries(Object.entries(forgeries).map(([how, fact]) => [`a delivery ${how} changes nothing`, fact])),
  ({ forged, change = (body: string) => body, status }) =>
    inHouse(
      async house => {
        const body = await overheard(house, ask(house))
        house.requests.stored.clear()
        assert.is(statusOf(await house.sim.sender.raw(change(body), forged)), status)
        assert.is(house.requests.all().length, 0)
        assert.not.match(house.logged.join('\n'), /U0DANA|INC-1|hooks|response_url|sandbox-signing-secret/)
      },
      [db],
    ),
)

test('an ask that is replayed in time stores nothing new, also after it was decided', () =>
  inHouse(
    async house => {
      const body = await overheard(house, ask(house))
      for (let i = 0; i < 3; i++) assert.is(statusOf(await house.sim.sender.raw(body)), 200)
      const [stored] = house.requests.all()
      if (stored) house.requests.put({ ...stored, status: { phase: 'Denied' } })
      await Promise.all([1, 2, 3].map(() => house.sim.sender.raw(body)))
      assert.is(house.requests.all().length, 1)
    },
    [db],
  ))

test('an ask that is replayed too late is refused', () =>
  inHouse(
    async house => {
      const body = await overheard(house, ask(house))
      house.clock.forward(301)
      assert.is(statusOf(await house.sim.sender.raw(body, { at: start })), 401)
    },
    [db],
  ))

/** Mo's open form to deny, and what submitting it delivers. */
async function denial(house: House, comment: string): Promise<string> {
  const ts = await house.announce(request(db))
  await house.sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
  await house.gateway.stop()
  return overheard(house, () => house.sim.desktop.submitView({ user: 'U0MO', values: { comment } }))
}

test('a denial that is replayed is the same decision', () =>
  inHouse(
    async house => {
      const body = await denial(house, 'no')
      await Promise.all([1, 2, 3].map(() => house.sim.sender.raw(body)))
      assert.is(decisions(house).length, 1)
    },
    [db],
  ))

test('two managers who deny at once: one decision, and the other is told', () =>
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
      assert.is(decisions(house).length, 1)
      const shown = ['U0MO', 'U0ANA'].map(user => JSON.stringify(sim.state.openViews(user)[0]?.view)).join('\n')
      assert.match(shown, 'You denied')
      assert.match(shown, 'already denied')
    },
    [db],
  ))

test('withdrawing and denying at once leave one decision', () =>
  inHouse(
    async house => {
      const { sim } = house
      await ask(house)()
      const [own] = sim.state.ephemerals('U0DANA')
      const [stored] = house.requests.all()
      if (!stored) return assert.unreachable()
      const ts = await house.announce({ ...stored, status: request(db).status ?? {} })
      await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
      await house.gateway.stop()
      await Promise.all([
        sim.desktop.clickButton({ user: 'U0DANA', channel, ts: own?.ts ?? '', actionID: 'withdraw' }),
        sim.desktop.submitView({ user: 'U0MO', values: { comment: 'no' } }),
      ])
      await house.gateway.stop()
      assert.is(decisions(house).length, 1)
    },
    [db],
  ))

test("the value of another's request does not withdraw it", () =>
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
      assert.is(house.requests.stored.get(`${namespace}/${name}`)?.status?.decisions, undefined)
      assert.match(house.told('U0DANA').at(-1) ?? '', /Only the person who asked/)
    },
    [db],
  ))

test('the form of one request does not deny another one that its sender may not decide', () =>
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
      assert.is(house.requests.stored.get(`${namespace}/${name}`)?.status?.decisions, undefined)
    },
    [db],
  ))

const foreign: Record<string, (payload: Payload) => object> = {
  'as Slack tells it': payload => payload,
  'without their own team': payload => ({ ...payload, user: { id: 'U0SAM' } }),
  'under our team': payload => ({ ...payload, user: { id: 'U0SAM', team_id: 'T0HOME' } }),
  'in a delivery of their workspace': payload => ({ ...payload, team: { id: 'T0OTHER' } }),
  'in a delivery without a team': payload => ({ ...payload, team: null }),
}
for (const [how, change] of Object.entries(foreign))
  test(`a stranger of a shared channel cannot decide, ${how}`, () =>
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
        assert.equal(house.sim.state.openViews('U0SAM'), [])
      },
      [db],
    ))

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
for (const [what, body] of Object.entries(malformed))
  test(`${what}: answered at once, and nothing happens`, () =>
    inHouse(
      async house => {
        const began = performance.now()
        const delivered = await house.sim.sender.raw(body)
        assert.ok(statusOf(delivered) >= 200 && statusOf(delivered) < 500, JSON.stringify(delivered))
        assert.ok(performance.now() - began < 2500, 'it was not answered at once')
        await ask(house)()
        assert.is(house.requests.all().length, 1, 'the gateway no longer works')
      },
      [db],
    ))

test('a body that trickles in is not waited for', () =>
  inHouse(
    async house => {
      const status = await new Promise<number | undefined>(resolve => {
        const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1000' }
        const sent = send(house.url, { method: 'POST', headers }, reply => resolve(reply.statusCode))
        sent.on('error', () => resolve(0))
        sent.write('command=')
      })
      assert.is(status, 408)
    },
    [db],
  ))

const words: Record<string, { typed: string; stored: string }> = {
  mentions: {
    typed: 'no <!channel> <@U0ANA> <!subteam^S0DBA> @here',
    stored: 'no <!channel> <@U0ANA> <!subteam^S0DBA> @here',
  },
  'a link': { typed: 'see <https://evil.example|the runbook>', stored: 'see <https://evil.example|the runbook>' },
  'backticks and stars': { typed: '```\n*Approved* by `Ana`', stored: '``` *Approved* by `Ana`' },
  'text that turns around': { typed: 'deny \u202Etxt.exe\u202C \u2066x\u2069 \u061Cy', stored: 'deny txt.exe x y' },
  'text of no width': { typed: 'n\u200Bo\u2060 \uFEFFway\u00AD', stored: 'no way' },
  'quotes that close ours': { typed: 'no". Approved by Ana. "', stored: 'no". Approved by Ana. "' },
}
for (const [what, { typed, stored }] of Object.entries(words))
  test(`a comment with ${what} is kept as words`, () =>
    inHouse(
      async house => {
        await denial(house, typed)
        const [decision] = decisions(house)
        assert.is(decision?.comment, stored)
        await house.chat.tell(
          undefined,
          {
            ...view({ state: 'denied', deniedBy: { name: 'Mo Manager' } }),
            comment: decision?.comment,
          },
          'denied',
        )
        const said = JSON.stringify(house.direct('U0DANA')[0])
        assert.not.match(said, /<!channel>|<@U0ANA>|<!subteam|<https:\/\/evil|\u202E|\u061C|\u200B/)
        assert.not.match(said, 'no\\\\". Approved by Ana')
      },
      [db],
    ))

test('a reason of nothing that can be seen is no reason', () =>
  inHouse(
    async house => {
      const loose = ['\u200B', '\u2060\u200D', '\u00AD', '\u3164', '\u2800', '\uFEFF', '\u202E']
      for (const text of loose)
        await house.sim.desktop.slashCommand({ user: 'U0DANA', channel, command: '/prod-db', text: `30m ${text}` })
      assert.is(house.requests.all().length, 0)
    },
    [mapping({ spec: { reason: { required: true } } })],
  ))

test.run()
