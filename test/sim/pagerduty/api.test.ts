// What the simulated PagerDuty promises the official client: its checks, bounds and shapes.
import * as assert from 'uvu/assert'
import { startPagerDuty, type PagerDutySim } from '../../../src/sim/pagerduty/start.ts'
import { ManualClock, start } from '../../fakes/clock.ts'
import { suite, table } from '../../suite.ts'

const test = suite('simulated PagerDuty')
const clock = new ManualClock()
let sim: PagerDutySim

test.before.each(async () => {
  clock.set(start)
  sim = await startPagerDuty({ clock })
})
test.after.each(async () => sim.close())

type JsonResponse = { status: number; headers: Headers; body: Json }
type Json = Record<string, unknown>

const headers = { accept: 'application/vnd.pagerduty+json;version=2', authorization: 'Token token=pd-sandbox-key' }

async function get(path: string, more: Record<string, string> = {}): Promise<JsonResponse> {
  const response = await fetch(`${sim.url}${path}`, { headers: { ...headers, ...more } })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json }
}

async function put(path: string, body: unknown): Promise<number> {
  const json = { 'content-type': 'application/json' }
  return (await fetch(`${sim.url}${path}`, { method: 'PUT', headers: json, body: JSON.stringify(body) })).status
}

function entries(
  answer: JsonResponse,
): { level: unknown; who: unknown; email: unknown; schedule: unknown; start: unknown }[] {
  return (answer.body['oncalls'] as Record<string, Record<string, unknown> | null>[]).map(entry => ({
    level: entry['escalation_level'],
    who: entry['user']?.['id'],
    email: entry['user']?.['email'],
    schedule: entry['schedule']?.['id'],
    start: entry['start'],
  }))
}

function errorOf(answer: JsonResponse): string {
  const { code } = answer.body['error'] as { code: number; message: string }
  return `${answer.status} ${code}`
}

test('both levels of a policy are on call, without e-mail unless users are included', async () => {
  const bare = entries(await get('/oncalls?escalation_policy_ids[]=PMANAGERS'))
  assert.equal(bare, [
    { level: 1, who: 'PMO', email: undefined, schedule: 'PROTA', start: null },
    { level: 2, who: 'PANA', email: undefined, schedule: undefined, start: null },
  ])
  const full = entries(await get('/oncalls?escalation_policy_ids[]=PMANAGERS&include[]=users'))
  assert.equal(
    full.map(({ email }) => email),
    ['mo@example.com', 'ana@example.com'],
  )
})

test('a filter without brackets filters nothing', async () => {
  assert.is(entries(await get('/oncalls?escalation_policy_ids=PNONE')).length, 2)
  assert.is(entries(await get('/oncalls?escalation_policy_ids[]=PNONE')).length, 0)
})

test('a shift counts from its start to the instant before its end', async () => {
  const rota = sim.state.schedules.get('PROTA')
  const end = new Date(start.getTime() + 3_600_000)
  rota?.shifts.splice(0, 1, { user: 'PMO', start, end }, { user: 'POTTO', start: end })
  const who = async (): Promise<unknown[]> =>
    entries(await get('/oncalls?schedule_ids[]=PROTA')).map(entry => entry.who)
  assert.equal(await who(), ['PMO'])
  clock.forward(3599)
  assert.equal(await who(), ['PMO'])
  clock.forward(1)
  assert.equal(await who(), ['POTTO'])
  const day = `since=${start.toISOString()}&until=2026-11-24T14:02:00Z`
  assert.equal(
    entries(await get(`/oncalls?schedule_ids[]=PROTA&${day}`)).map(entry => entry.start),
    ['2026-11-23T14:02:00Z', '2026-11-23T15:02:00Z'],
  )
})

test('a list comes in pages', async () => {
  const one = await get('/oncalls?limit=1')
  assert.equal([one.body['more'], one.body['limit'], one.body['offset'], one.body['total']], [true, 1, 0, null])
  const two = await get('/oncalls?limit=1&offset=1&total=true')
  assert.equal([two.body['more'], two.body['total']], [false, 2])
  assert.equal(
    entries(two).map(entry => entry.who),
    ['PANA'],
  )
})

table<{ path: string; headers?: Record<string, string>; error: string }>(
  test,
  {
    'a page of more than 100 is refused': { path: '/oncalls?limit=101', error: '400 2001' },
    'beyond ten thousand nothing is listed': { path: '/oncalls?limit=100&offset=9901', error: '400 2001' },
    'a limit that is no number is refused': { path: '/oncalls?limit=all', error: '400 2001' },
    'an include that is not known is refused': { path: '/oncalls?include[]=user', error: '400 2001' },
    'more than 90 days are refused': {
      path: '/oncalls?since=2026-01-01T00:00:00Z&until=2026-05-01T00:00:00Z',
      error: '400 2001',
    },
    'a call without a key is refused': { path: '/oncalls', headers: { authorization: '' }, error: '401 2006' },
    'an unknown key is refused': { path: '/oncalls', headers: { authorization: 'Token token=x' }, error: '401 2006' },
    'a bare key is refused': { path: '/oncalls', headers: { authorization: 'pd-sandbox-key' }, error: '401 2006' },
    'another version is refused': { path: '/oncalls', headers: { accept: 'application/json' }, error: '406 2001' },
    'an unknown user is not found': { path: '/users/PNONE', error: '404 2100' },
    'an unknown policy is not found': { path: '/escalation_policies/PNONE', error: '404 2100' },
    'an unknown schedule is not found': { path: '/schedules/PNONE', error: '404 2100' },
    'an unknown path is not found': { path: '/incidents', error: '404 2100' },
    'a classic schedule is not on the v3 path': { path: '/v3/schedules/PROTA', error: '400 2001' },
  },
  async ({ path, headers: more, error }) => assert.is(errorOf(await get(path, more)), error),
)

test('a key without rights is told so', async () => {
  sim.keys.set('weak', 'nothing')
  assert.is(errorOf(await get('/oncalls', { authorization: 'Bearer weak' })), '403 2010')
})

test('an account whose plan lacks something is told so', async () => {
  sim.keys.set('poor', 'unpaid')
  assert.is(errorOf(await get('/oncalls', { authorization: 'Bearer poor' })), '402 2014')
})

const window = 'since=2026-11-23T14:00:00Z&until=2026-11-23T16:00:00Z'
const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 23, hour))

test('a classic schedule shows its shifts only for a window, cut to it, without addresses', async () => {
  sim.state.schedules.set('PROTA', { id: 'PROTA', name: 'Rota', shifts: [{ user: 'PMO', start: at(15) }] })
  const final = async (query: string): Promise<Json> =>
    ((await get(`/schedules/PROTA?${query}`)).body['schedule'] as Json)['final_schedule'] as Json
  assert.is((await final(''))['rendered_schedule_entries'], undefined)
  const [entry, ...others] = (await final(window))['rendered_schedule_entries'] as Json[]
  assert.equal([entry?.['start'], entry?.['end']], ['2026-11-23T16:00:00+01:00', '2026-11-23T17:00:00+01:00'])
  assert.not.match(JSON.stringify(entry), /@example/)
  assert.equal(others, [])
  assert.is((await final(window))['rendered_coverage_percentage'], 50)
})

test('a v3 schedule shows its shifts only when they and their window are asked for, and people by id alone', async () => {
  const shifts = [
    { user: 'PMO', start: at(10), end: at(15) },
    { user: null, start: at(15) },
  ]
  sim.state.schedules.set('PNEW', { id: 'PNEW', name: 'New', isV3: true, shifts })
  const schedule = async (query: string): Promise<Json> =>
    (await get(`/v3/schedules/PNEW?${query}`)).body['schedule'] as Json
  for (const query of ['', window, 'include[]=final_schedule'])
    assert.is((await schedule(query))['final_schedule'], undefined, query)
  const shown = await schedule(`include[]=final_schedule&${window}`)
  assert.is(shown['users'], undefined)
  const final = shown['final_schedule'] as Json
  assert.equal(
    (final['computed_shift_assignments'] as Json[]).map(({ member, start_time, end_time }) => [
      member,
      start_time,
      end_time,
    ]),
    [
      [{ type: 'user_member', user_id: 'PMO' }, '2026-11-23T15:00:00+01:00', '2026-11-23T16:00:00+01:00'],
      [{ type: 'empty_member' }, '2026-11-23T16:00:00+01:00', '2026-11-23T17:00:00+01:00'],
    ],
  )
  assert.is(final['rendered_coverage_percentage'], 50)
})

test('a v3 path says what is wrong as a list for each field', async () => {
  sim.state.schedules.set('PNEW', { id: 'PNEW', name: 'New', isV3: true, shifts: [] })
  for (const path of [
    'PNEW?include[]=users',
    `PNEW?include[]=final_schedule&since=${at(9).toISOString()}&until=${at(9).toISOString()}`,
    'PROTA',
  ]) {
    const { status, body } = await get(`/v3/schedules/${path}`)
    const { errors } = body['error'] as { errors: Record<string, string[]> }
    assert.is(status, 400)
    assert.ok(
      Object.values(errors).every(list => list.length === 1),
      path,
    )
  }
})

test('a user of whom lists show only a reference is shown in full alone', async () => {
  const mo = sim.state.users.get('PMO')
  if (mo) mo.isBare = true
  assert.is(entries(await get('/oncalls?include[]=users'))[0]?.email, undefined)
  assert.is(((await get('/users/PMO')).body['user'] as Json)['email'], 'mo@example.com')
})

test('objects are shown in full, the calendar secret included', async () => {
  const user = (await get('/users/PMO')).body['user'] as Json
  assert.equal([user['name'], user['email'], user['type']], ['Mo Manager', 'mo@example.com', 'user'])
  assert.match(String(user['http_cal_url']), /secret-calendar/)
  const policy = (await get('/escalation_policies/PMANAGERS')).body['escalation_policy'] as Json
  assert.is(policy['name'], 'Platform managers')
  const schedule = (await get('/schedules/PROTA')).body['schedule'] as Json
  assert.is(schedule['name'], 'Managers on duty')
  assert.is(((await get('/users?query=ana%20d')).body['users'] as unknown[]).length, 1)
})

test('the 961st call of a minute is one too many, and the next minute is free', async () => {
  sim.quota.limit = 3
  const first = await get('/oncalls')
  assert.equal(
    ['limit', 'remaining', 'reset'].map(name => first.headers.get(`ratelimit-${name}`)),
    ['3', '2', '60'],
  )
  await get('/oncalls')
  await get('/oncalls')
  assert.is(errorOf(await get('/oncalls')), '429 2020')
  clock.forward(60)
  assert.is((await get('/oncalls')).status, 200)
  sim.quota.limit = 0
  sim.quota.isOn = false
  assert.is((await get('/oncalls')).status, 200)
})

test('another process puts people on call', async () => {
  assert.is(await put('/_sim/oncall', { escalationPolicy: 'PMANAGERS', level: 1, users: ['otto@example.com'] }), 204)
  assert.is(await put('/_sim/oncall', { schedule: 'PROTA', users: [] }), 204)
  assert.is(await put('/_sim/oncall', { escalationPolicy: 'PMANAGERS', users: ['nobody@example.com'] }), 400)
  assert.equal(
    entries(await get('/oncalls')).map(({ level, who }) => [level, who]),
    [
      [1, 'POTTO'],
      [2, 'PANA'],
    ],
  )
})

test.run()
