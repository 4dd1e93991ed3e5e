// The on-call adapter when PagerDuty is slow, strict, broken or strange; and that nothing it says holds a secret.
import { inspect } from 'node:util'
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import type { OnCall } from '../../src/domain/ports.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createOnCall } from '../../src/pagerduty/on-call.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { startPagerDuty, type PagerDutySim } from '../../src/sim/pagerduty/start.ts'
import { ManualClock, start } from '../fakes/clock.ts'
import { pagerDutyAnswer } from '../sim/pagerduty/answers.ts'
import { suite, table } from '../suite.ts'

const test = suite('on-call adapter')
const key = 'pd-sandbox-key'
const level1 = { escalationPolicy: 'PMANAGERS', level: 1 }
const clock = new ManualClock()
let sim: PagerDutySim
let port: OnCall

test.before.each(async () => {
  clock.set(start)
  sim = await startPagerDuty({ clock })
  port = open()
})
test.after.each(async () => sim.close())

function open(more: { token?: string; timeoutMs?: number } = {}): OnCall {
  return createOnCall({
    token: new Secret(more.token ?? key),
    clock,
    rootUrl: sim.url,
    timeoutMs: more.timeoutMs ?? 8000,
  })
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const result: unknown = await work.then(
    value => assert.unreachable(`succeeded with ${inspect(value)}`),
    (error: unknown) => error,
  )
  assert.not.match(inspect(result, { depth: 9, showHidden: true }), /pd-sandbox-key|other-key|secret-calendar/)
  return result
}

/** How many calls the simulator has counted. */
function callsMade(): number {
  return sim.quota.limit - sim.quota.take(key).remaining - 1
}

table<{ fault: Partial<Fault>; outcome: RegExp }>(
  test,
  {
    'a key that is not known is refused, and the setting named': {
      fault: { status: 401, body: '<html>Unauthorized</html>' },
      outcome: /^Refused PagerDutyKeyRefused .*"pagerduty-token"/,
    },
    'a key that may not read is refused, and the setting named': {
      fault: pagerDutyAnswer('access denied'),
      outcome: /^Refused PagerDutyKeyTooNarrow .*"pagerduty-token"/,
    },
    'an account without the feature is refused': {
      fault: pagerDutyAnswer('no ability'),
      outcome: /^Refused PagerDutyPlanTooSmall .*plan of the PagerDuty account/,
    },
    'a query that PagerDuty does not take is refused': {
      fault: pagerDutyAnswer('invalid input'),
      outcome: /^Refused PagerDutyRefused/,
    },
    'a page of a proxy says nothing about the key': {
      fault: { status: 403, body: '<html>secret-calendar</html>' },
      outcome: /^Broken answered Something between Hallpass and PagerDuty, such as a proxy, answered 403/,
    },
    'a proxy that wants its own sign-in': { fault: { status: 407, body: '<html>' }, outcome: /^Broken answered/ },
    'JSON of something else': {
      fault: { status: 400, body: { error: 'blocked' } },
      outcome: /^Broken answered Something between/,
    },
    'no body at all': { fault: { status: 413, body: '' }, outcome: /^Broken answered/ },
    'a limit is reached': { fault: { status: 429, times: 4 }, outcome: /^Waiting 2026-11-23T14:02:15/ },
    'an error of PagerDuty was answered': { fault: { status: 500 }, outcome: /^Broken answered/ },
    'an error page of a proxy was answered': {
      fault: { status: 502, body: '<html>secret-calendar</html>' },
      outcome: /^Broken answered/,
    },
    'a page that is no JSON was answered, and is no answer': {
      fault: { status: 200, body: '<html>sign in</html>' },
      outcome: /^Broken answered/,
    },
    'an answer without its list is no answer': { fault: { status: 200, body: {} }, outcome: /^Broken answered/ },
    'a redirect is not followed': {
      fault: { status: 302, headers: { location: 'http://127.0.0.1:1/steal' } },
      outcome: /^Broken unanswered/,
    },
    'a connection that breaks was not answered': { fault: { reset: 'before' }, outcome: /^Broken unanswered/ },
  },
  async ({ fault, outcome }) => {
    sim.faults.add({ route: 'GET /oncalls', ...fault })
    const began = performance.now()
    assert.match(say(await failureOf(port.onCall(level1))), outcome)
    assert.ok(performance.now() - began < 7000, 'took its time')
  },
)

function say(error: unknown): string {
  if (error instanceof Refused) return `Refused ${error.refusal.reason} ${error.message}`
  if (error instanceof Waiting) return `Waiting ${error.until.toISOString()}`
  if (error instanceof Broken) return `Broken ${error.answered ? 'answered' : 'unanswered'} ${error.message}`
  return inspect(error)
}

test('a 404 of a proxy does not make a policy or schedule unknown', async () => {
  for (const named of [{ escalationPolicy: 'PMANAGERS' }, { schedule: 'SPRIMARY' }]) {
    sim.faults.add({ route: 'GET /*', status: 404, body: '<html>not here</html>' })
    assert.match(say(await failureOf(port.describe(named))), /^Broken answered Something between/)
  }
})

test('a call that meets the limit is made once', async () => {
  sim.quota.limit = 1
  await port.onCall(level1)
  assert.match(say(await failureOf(port.onCall({ ...level1, level: 2 }))), /^Waiting/)
  sim.quota.limit = 960
  assert.is(callsMade(), 2)
})

test('silence is Broken at the deadline', async () => {
  sim.faults.add({ route: 'GET /oncalls', hang: true })
  const began = performance.now()
  assert.match(say(await failureOf(open({ timeoutMs: 300 }).onCall(level1))), /^Broken unanswered/)
  assert.ok(performance.now() - began < 7000)
})

test('a queue behind silence ends at the same deadline, and the next question is answered', async () => {
  sim.faults.add({ route: 'GET /oncalls', hang: true })
  const quick = open({ timeoutMs: 1000 })
  const levels = [1, 2, 3, 4]
  const began = performance.now()
  const results = await Promise.allSettled(levels.map(level => quick.onCall({ ...level1, level })))
  assert.equal(
    results.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected', 'rejected'],
  )
  assert.ok(performance.now() - began < 3500)
  assert.is((await quick.onCall(level1))[0]?.email, 'mo@example.com')
})

test('an answer holds for 30 seconds, a failure not at all', async () => {
  sim.faults.add({ route: 'GET /oncalls', status: 500 })
  await failureOf(port.onCall(level1))
  assert.is((await port.onCall(level1))[0]?.email, 'mo@example.com')
  sim.state.setOnCall({ ...level1, users: ['POTTO'] })
  clock.forward(29)
  assert.is((await port.onCall(level1))[0]?.email, 'mo@example.com')
  clock.forward(1)
  assert.is((await port.onCall(level1))[0]?.email, 'otto@example.com')
})

test('the same question at the same time is asked once', async () => {
  await Promise.all(Array.from({ length: 8 }, async () => port.onCall(level1)))
  assert.is(callsMade(), 1)
})

test('everybody is found, however many pages there are', async () => {
  const many = Array.from({ length: 250 }, (_, i) => `PU${i}`)
  for (const id of many) sim.state.users.set(id, { id, name: id, email: `${id}@Example.com` })
  sim.state.setOnCall({ ...level1, users: many })
  const people = await port.onCall(level1)
  assert.is(people.length, 250)
  assert.is(people.at(-1)?.email, 'pu249@example.com')
})

test('without end there is a no instead', async () => {
  const many = Array.from({ length: 1001 }, (_, i) => `PU${i}`)
  for (const id of many) sim.state.users.set(id, { id, name: id, email: `${id}@example.com` })
  sim.state.setOnCall({ ...level1, users: many })
  assert.match(say(await failureOf(port.onCall(level1))), /^Refused PagerDutyTooMany/)
})

test('entries of another policy or level name nobody, whatever the filter did', async () => {
  const user = { id: 'PEVE', email: 'eve@example.com', name: 'Eve' }
  const entry = { user, escalation_policy: { id: 'POTHER' }, escalation_level: 1, schedule: null }
  sim.faults.add({ route: 'GET /oncalls', status: 200, body: { oncalls: [entry], more: false } })
  assert.equal(await port.onCall(level1), [])
})

test('names that are too long are cut between characters', async () => {
  const long = `${'N'.repeat(79)}👩‍💻`
  const user = { id: 'PMO', email: 'mo@example.com', name: long }
  const policy = { id: 'PMANAGERS', summary: long }
  const entry = { user, escalation_policy: policy, escalation_level: 1, schedule: null }
  sim.faults.add({ route: 'GET /oncalls', status: 200, body: { oncalls: [entry], more: false } })
  const [person] = await port.onCall(level1)
  assert.equal([person?.name, person?.source], ['N'.repeat(79), `${'N'.repeat(79)}, level 1`])
})

test('what is not an entry names nobody', async () => {
  const oncalls = [
    null,
    7,
    {},
    { user: null },
    { user: { id: 'PX' }, escalation_policy: { id: 'PMANAGERS' }, escalation_level: 1 },
  ]
  sim.faults.add({ route: 'GET /oncalls', status: 200, body: { oncalls } })
  assert.equal(await port.onCall(level1), [])
})

test('a schedule names who is on duty, with or without a policy that uses it', async () => {
  assert.equal(
    (await port.onCall({ schedule: 'PROTA', level: 1 })).map(({ email, source }) => `${email}: ${source}`),
    ['mo@example.com: Managers on duty'],
  )
  sim.state.schedules.set('PLONE', { id: 'PLONE', name: 'Lone', shifts: [{ user: 'POTTO' }] })
  assert.equal(
    (await port.onCall({ schedule: 'PLONE', level: 1 })).map(({ email }) => email),
    ['otto@example.com'],
  )
  assert.equal(await port.onCall({ schedule: 'PNONE', level: 1 }), [])
})

const hours = (n: number): Date => new Date(start.getTime() + n * 3_600_000)

test('a shift-based schedule names who is on duty now, with or without a policy that uses it', async () => {
  const shifts = [
    { user: 'POTTO', start: hours(-5), end: hours(-1) },
    { user: 'PMO', start: hours(-1), end: hours(1) },
    { user: 'PANA', start: hours(-1), end: hours(2) },
    { user: 'PDANA', start: hours(1) },
  ]
  sim.state.schedules.set('PNEW', { id: 'PNEW', name: 'New rota', isV3: true, shifts })
  const said = async (): Promise<string[]> =>
    (await port.onCall({ schedule: 'PNEW', level: 1 })).map(({ email, source }) => `${email}: ${source}`)
  const expected = ['mo@example.com: New rota', 'ana@example.com: New rota']
  assert.equal(await said(), expected)
  sim.state.policies.set('PNEWER', { id: 'PNEWER', name: 'Newer', levels: [[{ schedule: 'PNEW' }]] })
  clock.forward(30)
  assert.equal(await said(), expected)
  clock.forward(3600)
  assert.equal(await said(), ['ana@example.com: New rota', 'dana@example.com: New rota'])
})

test('a shift that is nobody’s, or of a user who is gone, names nobody', async () => {
  const shifts = [{ user: null }, { user: 'PGONE' }, { user: 'PMO', end: hours(-1) }]
  sim.state.schedules.set('PNEW', { id: 'PNEW', name: 'New rota', isV3: true, shifts })
  assert.equal(await port.onCall({ schedule: 'PNEW', level: 1 }), [])
})

test('an answer about another user gives nobody an address', async () => {
  sim.state.schedules.set('PNEW', { id: 'PNEW', name: 'New rota', isV3: true, shifts: [{ user: 'PMO' }] })
  sim.faults.add({ route: 'GET /users/*', status: 200, body: { user: { id: 'PEVE', email: 'eve@example.com' } } })
  assert.equal(await port.onCall({ schedule: 'PNEW', level: 1 }), [])
})

test('a person whom PagerDuty shows without address is looked up, once, by level and by schedule', async () => {
  const mo = sim.state.users.get('PMO')
  if (mo) mo.isBare = true
  sim.state.setOnCall({ ...level1, users: ['PMO', 'POTTO'] })
  assert.equal(
    (await port.onCall(level1)).map(({ email, name }) => `${name}: ${email}`),
    ['Mo Manager: mo@example.com', 'Otto Other: otto@example.com'],
  )
  assert.is(callsMade(), 2)
  sim.state.schedules.set('PLONE', { id: 'PLONE', name: 'Lone', shifts: [{ user: 'PMO' }] })
  assert.equal(
    (await port.onCall({ schedule: 'PLONE', level: 1 })).map(({ email }) => email),
    ['mo@example.com'],
  )
})

test('of people without address 20 are looked up, as many as a request asks', async () => {
  const many = Array.from({ length: 25 }, (_, i) => `PU${i}`)
  for (const id of many) sim.state.users.set(id, { id, name: id, email: `${id}@example.com`, isBare: true })
  sim.state.setOnCall({ ...level1, users: many })
  assert.is((await port.onCall(level1)).length, 20)
  assert.is(callsMade(), 21)
})

for (const isV3 of [false, true])
  test(`a ${isV3 ? 'shift-based' : 'classic'} schedule says its name, who is on call now, and the next gap`, async () => {
    const shifts = [
      { user: 'PMO', start: hours(-1), end: hours(1) },
      { user: 'POTTO', start: hours(1), end: hours(5) },
      { user: 'PMO', start: hours(6) },
    ]
    sim.state.schedules.set('PX', { id: 'PX', name: 'Rota', isV3, shifts })
    const gap = { from: hours(5), until: hours(6) }
    assert.equal(await port.describe({ schedule: 'PX' }), { name: 'Rota', coverage: { now: ['Mo Manager'], gap } })
    sim.state.schedules.set('PX', { id: 'PX', name: 'Rota', isV3, shifts: [{ user: 'PMO' }] })
    clock.forward(31)
    assert.equal(await port.describe({ schedule: 'PX' }), { name: 'Rota', coverage: { now: ['Mo Manager'] } })
    sim.state.schedules.set('PX', { id: 'PX', name: 'Rota', isV3, shifts: [] })
    clock.forward(31)
    assert.equal(await port.describe({ schedule: 'PX' }), { name: 'Rota', coverage: { now: [], gap: {} } })
  })

test('a policy has a gap only when nobody is on call at any level that is asked', async () => {
  const rota = sim.state.schedules.get('PROTA')
  rota?.shifts.splice(0, 1, { user: 'PMO', end: hours(5) })
  assert.equal((await port.describe(level1))?.coverage, { now: ['Mo Manager'] })
  sim.state.setOnCall({ ...level1, level: 2, users: [] })
  clock.forward(31)
  assert.equal((await port.describe(level1))?.coverage, { now: ['Mo Manager'], gap: { from: hours(5) } })
})

test('a policy with more turns than are read keeps its name, and only its coverage is not known', async () => {
  const many = Array.from({ length: 1001 }, (_, i) => `PU${i}`)
  for (const id of many) sim.state.users.set(id, { id, name: id, email: `${id}@example.com` })
  sim.state.setOnCall({ ...level1, users: many })
  assert.equal(await port.describe(level1), { name: 'Platform managers' })
})

test('a name that is odd stays in its path', async () => {
  assert.is(await port.describe({ escalationPolicy: '../users/PMO' }), undefined)
  assert.is(await port.describe({ escalationPolicy: 'PMANAGERS?x=1' }), undefined)
})

test('an address that Hallpass cannot read is passed on as it is', async () => {
  sim.state.users.set('PODD', { id: 'PODD', name: 'Odd', email: '"odd one"@example.com' })
  sim.state.setOnCall({ ...level1, users: ['PODD'] })
  assert.is((await port.onCall(level1))[0]?.email, '"odd one"@example.com')
})

test('naming neither policy nor schedule is refused', async () => {
  assert.match(say(await failureOf(port.onCall({ level: 1 }))), /^Refused OnCallUnnamed/)
})

test.run()
