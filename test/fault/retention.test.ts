// The end of a request's retention, with the real controller: killed at each outside call on the way, and with Cloud Logging
// broken in every way. The request goes only after the log was read back, and in the end it does go.
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { defaultAuditView, defaultIdentities } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { suite, table } from '../suite.ts'
import type { Installation } from './installation.ts'
import { type Moment, moments } from './proxy.ts'
import { all, until } from './scene.ts'
import { openStage, type Stage } from './stage.ts'
import { play } from './stories.ts'

const test = suite('the end of retention', { timeoutMs: 450_000 })
/** Chooses the points; set it to play them again. */
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(1000))
const isWhole = process.env['FAULT_ALL'] === '1'
const chosenPoints = 3
const route = 'POST /v2/entries:list'
const within = 60_000
const view = { name: defaultAuditView, parent: 'projects/hallpass-ops' }
const controller = `serviceAccount:${defaultIdentities.controller.email}`

let stage: Stage
let home: Installation

test.before(async () => {
  stage = await openStage(1, 0, '1s')
  const [installation] = stage.installations
  if (!installation) throw new Error('the stage has no installation')
  home = installation
})
test.after(async () => stage.close())
test.after.each(() => home.google.faults.clear())

/** A request is denied and settled, a second passes, and the controller starts: its first sweep is at once. */
async function swept(before: () => void = () => undefined): Promise<void> {
  await home.clear()
  await home.rest()
  const [{ status } = {}] = await play(home, 'denied', { seconds: 8 })
  await until(
    'its second is over',
    within,
    async () => Date.now() > Date.parse(status?.endedAt ?? '') + 2000 || undefined,
  )
  home.proxies.controller.begin()
  before()
  await home.processes.controller.restart()
}

async function gone(): Promise<void> {
  await until('the request is gone', within, async () => (await all(home)).length === 0 || undefined)
  const events = home.google.logs.entries().filter(({ jsonPayload }) => jsonPayload?.['event'] === 'Denied')
  assert.ok(events.length > 0, 'the log keeps it')
}

const calls = (): string[] =>
  home.proxies.controller.calls.filter(call => /entries:list|DELETE accessrequests|\{?finalizers/.test(call))

test('wherever the controller dies, the request goes once the log was read back', async () => {
  await swept()
  await gone()
  const points = [...new Set(calls())].flatMap(call => moments.map((moment: Moment) => ({ call, moment })))
  assert.ok(
    points.some(({ call }) => call.includes('entries:list')),
    String(home.proxies.controller.calls),
  )
  assert.ok(points.some(({ call }) => call.startsWith('DELETE accessrequests')))
  console.log(`${points.length} points; FAULT_SEED=${seed}`)
  const some = Array.from({ length: chosenPoints }, (_, n) => points[(seed + n * 2) % points.length])
  for (const point of isWhole ? points : some.filter(each => each !== undefined)) {
    await swept(() => home.proxies.controller.arm(point))
    await gone()
    assert.ok(home.proxies.controller.hasStruck(), `${point.call} did not come`)
    console.log(`${point.call}, ${point.moment}: converged`)
  }
})

const googleError = (code: number, status: string): Partial<Fault> => ({
  status: code,
  body: { error: { code, message: 'on purpose', status } },
})
table<Partial<Fault>>(
  test,
  {
    'Logging is down for a while': { status: 503, body: {}, times: 3 },
    'Logging fails': { ...googleError(500, 'INTERNAL'), times: 2 },
    'Logging closes the connection': { reset: 'before', times: 2 },
    'Logging does not answer a read': { reset: 'after', times: 2 },
    'something answers with a page': { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
    'something answers with half a JSON text': {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{"entries": [',
    },
  },
  async fault => {
    await swept(() => home.google.faults.add({ route, ...fault }))
    await gone()
    assert.is(home.google.faults.left, 0)
  },
)

/** The request is still there after a sweep that could not confirm it; an Event has the reason. */
async function kept(reason: string): Promise<string> {
  const [request] = await all(home)
  const name = request?.metadata.name ?? ''
  const said = await until(`an Event says ${reason}`, within, async () => {
    const path = `/apis/events.k8s.io/v1/namespaces/${home.namespace}/events`
    const { items } = (await home.cluster.transport.request({ method: 'GET', path })) as {
      items: { reason: string; note: string; regarding: { name: string } }[]
    }
    return items.find(event => event.reason === reason && event.regarding.name === name)?.note
  })
  assert.is((await all(home)).length, 1)
  return said
}

test('without the right the request stays, and an Event says what to grant and where', async () => {
  await swept(() => home.google.policies.define({ ...view, bindings: [] }))
  assert.match(await kept('LogUnreadable'), /Grant the controller "logging\.views\.access" there/)
  home.google.policies.define({ ...view, bindings: [{ role: 'roles/logging.viewAccessor', members: [controller] }] })
  await home.processes.controller.restart()
  await gone()
})

table<() => void>(
  test,
  {
    'an answer without entries is no confirmation': () => home.google.faults.add({ route, status: 200, body: {} }),
    'a log whose entries were deleted is no confirmation': () =>
      void home.google.logs.delete('projects/hallpass-ops/logs/hallpass'),
  },
  async before => {
    await swept(before)
    assert.match(await kept('NotInLog'), /how long the log bucket keeps entries/)
  },
)

test.run()
