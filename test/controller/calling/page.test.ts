// A page in its whole life: raised after silence, acknowledged by a press, resolved by every end; never in anybody's way, and
// the same page after a crash anywhere.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../../src/api/kinds.ts'
import { Refused } from '../../../src/domain/outcome.ts'
import { attack, attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('a page')
const approval = {
  window: '30m',
  escalateAfter: '10m',
  remindAfter: '0s',
  onCall: { escalationPolicy: 'PMANAGERS' },
  page: { route: 'platform', after: '5m' },
} satisfies RoleMapping['spec']['approval']
const paging = (more: Partial<RoleMapping['spec']['approval']> = {}): Operator =>
  operator({ spec: { approval: { ...approval, ...more } } })

async function wait(op: Operator, seconds: number): Promise<void> {
  op.clock.forward(seconds)
  await op.look().catch(() => undefined)
}
async function silent(op = paging()): Promise<Operator> {
  await op.ask()
  await op.look()
  await wait(op, 300)
  return op
}
const told = (op: Operator): string[] => op.chat.told.map(({ news }) => news)

test('nobody is paged before the time, then once, and the log names it', async () => {
  const op = paging()
  await op.ask()
  const next = await op.look()
  assert.ok(next && Number(next) <= Number(op.clock.now()) + 300_000)
  await wait(op, 299)
  assert.equal(op.pager.events, [])
  await wait(op, 1)
  await wait(op, 60)
  assert.equal(
    op.pager.events.map(({ action }) => action),
    ['trigger'],
  )
  assert.ok(op.log().includes('Paged'))
  assert.equal((await op.now()).status?.page?.sent, 'trigger')
  assert.match(JSON.stringify(op.chat.posted[0]?.view.page), /"route":"platform"/)
})

const ends: Record<string, (op: Operator) => Promise<unknown>> = {
  'an approval': op => op.approve(),
  'a denial': op => op.decide('Denied'),
  'a withdrawal': op => op.decide('Withdrawn'),
  'a deletion': async op => op.cluster.delete(await op.now()),
  'the end of the window': async op => op.clock.forward(1800),
}
table(
  test,
  Object.fromEntries(Object.entries(ends).map(([what, end]) => [`${what} resolves the page`, end])),
  async end => {
    const op = await silent()
    await op.press()
    await op.look()
    assert.equal(op.pager.statuses, ['acknowledged'])
    await end(op)
    await op.look()
    assert.equal(op.pager.statuses, ['resolved'])
  },
)

test('a request that is decided in time pages nobody', async () => {
  const op = paging()
  await op.ask()
  await op.look()
  await op.approve()
  await op.look()
  await wait(op, 300)
  assert.equal(op.pager.events, [])
})

test('while PagerDuty takes no event everything else goes on, people are told once, and the page comes late', async () => {
  const op = paging()
  op.pager.isSilent = true
  await silent(op)
  await wait(op, 30)
  assert.equal(told(op), [])
  await wait(op, 40)
  await wait(op, 60)
  assert.equal(told(op), ['unpaged'])
  await wait(op, 200)
  assert.ok(op.chat.notified.includes('U0ANA by note'), 'the next level is asked')
  op.pager.isSilent = false
  await wait(op, 120)
  assert.equal(op.pager.statuses, ['triggered'])
  op.pager.isSilent = true
  await op.approve()
  await op.look().catch(() => undefined)
  assert.is(await op.phase(), 'Provisioned')
  op.pager.isSilent = false
  await wait(op, 10)
  assert.equal([...told(op)], ['unpaged', 'granted'])
  assert.equal(op.pager.statuses, ['resolved'])
})

test('an event that PagerDuty takes late opens the page again, and it is resolved again', async () => {
  const op = paging()
  Object.assign(op.pager, { isSilent: true, isLate: true })
  await silent(op)
  op.pager.isSilent = false
  await wait(op, 5)
  assert.equal(op.pager.statuses, ['triggered'])
  await op.decide('Denied')
  await op.look().catch(() => undefined)
  assert.equal(op.pager.statuses, ['resolved'])
  assert.is(await op.phase(), 'Denied')
  op.pager.arrive()
  await wait(op, 1)
  assert.equal(op.pager.statuses, ['resolved', 'triggered'])
  assert.is((await op.now()).status?.settled, false)
  await wait(op, 30)
  assert.equal(op.pager.statuses, ['resolved', 'resolved'])
  assert.is((await op.now()).status?.settled, true)
})

test('a page that PagerDuty refuses is told and recorded once, and keeps nothing waiting', async () => {
  const op = paging()
  op.pager.refusal = new Refused('PageRefused', 'PagerDuty does not take the event.')
  await silent(op)
  await wait(op, 60)
  assert.equal(told(op), ['unpaged'])
  assert.equal(
    op.log().filter(event => event === 'NotPaged'),
    ['NotPaged'],
  )
  assert.is((await op.now()).status?.page?.refused, 'PageRefused')
  op.pager.refusal = undefined
  await op.decide('Denied')
  await op.look()
  await wait(op, 60)
  assert.equal(op.pager.events, [])
  assert.is((await op.now()).status?.settled, true)
})

test('a request that was stored before its mapping had a route goes on, and pages when the mapping says so', async () => {
  const op = operator({ spec: { approval: { ...approval, page: undefined } as never } })
  await op.ask()
  await op.look()
  await wait(op, 300)
  assert.equal(op.pager.events, [])
  const [stored] = op.mappings.stored
  if (stored) op.mappings.stored = [{ ...stored, spec: { ...stored.spec, approval } }]
  await op.look()
  assert.equal(op.pager.statuses, ['triggered'])
  await op.approve()
  await op.look()
  assert.is(await op.phase(), 'Provisioned')
})

test('a crash at every call between silence and the end: one alert, resolved', async () => {
  let at = 0
  for (let hasDied = true; hasDied;) {
    at += 1
    for (const moment of ['before', 'after'] as const) {
      const op = paging()
      await op.ask()
      await op.look()
      op.clock.forward(300)
      let count = 0
      hasDied = false
      const dying = op.start((_call, when) => {
        if (hasDied) throw new Error('this process is dead')
        if (when === 'before') count += 1
        if (count !== at || when !== moment) return
        hasDied = true
        throw new Error('the process died')
      })
      await dying.reconcile(op.ref).catch(() => undefined)
      op.restart()
      await op.look()
      assert.equal(op.pager.statuses, ['triggered'], `${moment} call ${at}`)
      await op.decide('Denied')
      await op.look()
      assert.equal(op.pager.statuses, ['resolved'], `${moment} call ${at}`)
      assert.is(new Set(op.pager.events.map(({ dedupKey }) => dedupKey)).size, 1)
      assert.is(op.log().filter(event => event === 'Paged').length, 1, `${moment} call ${at}`)
    }
  }
  assert.ok(at > 4, `${at} calls`)
})

attack(test, 'a requester asks, waits for the page and withdraws, a hundred times … 3 pages', async () => {
  const op = paging()
  const begin = op.clock.now()
  for (let n = 0; n < 100; n += 1) {
    op.clock.set(begin)
    await op.ask()
    await op.look()
    op.clock.forward(300)
    await op.look()
    await op.decide('Withdrawn')
    await op.look()
    // The next request has another name.
    const { metadata, ...ended } = await op.now()
    op.cluster.stored.delete(`hallpass/${metadata.name}`)
    op.cluster.stored.set(`hallpass/prod-db-${n}`, { ...ended, metadata: { ...metadata, name: `prod-db-${n}` } })
  }
  assert.equal([...new Set(told(op))], ['unpaged'])
  return `${op.pager.alerts.length} pages`
})

attacks(
  test,
  {
    'a mapping pages through a route of another namespace … PageRouteForeign': ['platform', 'other'],
    'a mapping pages through a route that nobody set up … PageRouteUnknown': ['elsewhere', 'hallpass'],
  } as Record<string, [string, string]>,
  async ([name, namespace]) => {
    const op = paging()
    op.outside.pageRoutes.splice(0, 9, { name, namespaces: [namespace] })
    await silent(op)
    assert.equal(op.pager.events, [])
    assert.equal(told(op), ['unpaged'])
    return (await op.now()).status?.page?.refused ?? 'paged'
  },
)

attack(test, 'a link that leads to an approval is looked for in what is sent to PagerDuty … none', async () => {
  const op = await silent()
  const { approve = 'https://' } = op.chat.posted[0]?.links ?? {}
  const sent = JSON.stringify(op.pager.events)
  assert.match(approve, /\/approve\?t=/)
  assert.match(sent, 'https://slack.example.com/')
  return /approve\?|t=/.test(sent) ? 'found' : 'none'
})

test.run()
