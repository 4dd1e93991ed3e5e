// Who had access by a window of several days: only inside its times, from the cluster and from the log; and its binding is
// not mistaken for one that somebody made around Hallpass.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { addedIn, grantsAround } from '../../src/audit/around.ts'
import { eventsIn, type LoggedEvent } from '../../src/audit/log-entries.ts'
import { grantsInForceFromPolicyWrites } from '../../src/audit/policy-writes.ts'
import { grantsInForce, grantsInForceFromEntries } from '../../src/audit/who.ts'
import { instant } from '../../src/domain/asking/duration.ts'
import { timesFrom, type Window } from '../../src/domain/asking/window.ts'
import { restrictionOf } from '../../src/domain/granting/restriction.ts'
import type { Hours } from '../../src/domain/hours/span.ts'
import { expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { attack } from '../attacks.ts'
import { at, each, lived, noon, record, request, streamOf } from '../builders/history.ts'
import { suite, table } from '../suite.ts'

const test = suite('who had access by a window')

const window: Window = { zone: 'Europe/Berlin', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' }
function nights(status: Partial<RequestStatus> = {}): AccessRequest {
  const made = request({ expiresAt: window.until, ...status })
  return { ...made, spec: { ...made.spec, duration: '4h', window } }
}

async function bothSay(query: Date, status: Partial<RequestStatus> = {}): Promise<string[]> {
  const { now, log } = lived(nights(status), [['Granted', 0, {}]])
  const [cluster, logged] = [await grantsInForce(each([now]), { at: query }), await fromLog(log, query)]
  const short = (grants: typeof cluster.grants): string[] =>
    grants.map(({ from, until, isUncertain }) => `${instant(from)} ${instant(until)}${isUncertain ? '?' : ''}`)
  assert.equal(short(cluster.grants), short(logged.grants), 'the cluster and the log agree')
  return short(cluster.grants)
}

async function read(log: object[]): Promise<LoggedEvent[]> {
  return Array.fromAsync(eventsIn(streamOf(JSON.stringify(log)), { count: 0 }))
}

async function fromLog(log: object[], query: Date): ReturnType<typeof grantsInForceFromEntries> {
  return grantsInForceFromEntries(each(await read(log)), { at: query })
}

const firstNight = '2026-11-23T21:00:00Z 2026-11-24T01:00:00Z'
table<[string, string[], Partial<RequestStatus>?]>(
  test,
  {
    'before the first night nobody holds it': ['2026-11-23T20:59:59Z', []],
    'from the first second of a night': ['2026-11-23T21:00:00Z', [firstNight]],
    'until the last second of a night': ['2026-11-24T00:59:59Z', [firstNight]],
    'between two nights nobody holds it': ['2026-11-24T01:00:00Z', []],
    'by day nobody holds it': ['2026-11-25T12:00:00Z', []],
    'in the last night': ['2026-11-27T00:30:00Z', ['2026-11-26T21:00:00Z 2026-11-27T01:00:00Z']],
    'after the last night nobody holds it': ['2026-11-27T01:00:00Z', []],
    'in the night after the last nobody holds it': ['2026-11-27T22:00:00Z', []],
    'a night in which it is ended early lasts until then': [
      '2026-11-23T22:00:00Z',
      ['2026-11-23T21:00:00Z 2026-11-23T23:00:00Z'],
      { phase: 'Revoked', endedAt: '2026-11-23T23:00:00Z', grants: [record(0, 'Removed')] },
    ],
    'after an early end no night is left': [
      '2026-11-24T22:00:00Z',
      [],
      { phase: 'Revoked', endedAt: '2026-11-23T23:00:00Z', grants: [record(0, 'Removed')] },
    ],
    'a night that is in doubt is marked': [
      '2026-11-23T22:00:00Z',
      [`${firstNight}?`],
      { grants: [record(0, 'Unknown')] },
    ],
    'a first night that was approved in its middle begins then': [
      '2026-11-23T22:00:00Z',
      ['2026-11-23T21:30:00Z 2026-11-24T01:00:00Z'],
      { startsAt: '2026-11-23T21:30:00Z' },
    ],
  },
  async ([query, held, status]) => assert.equal(await bothSay(new Date(query), status), held),
)

test('over a week, it is held exactly in the times that are said', async () => {
  const times = timesFrom({ window }, noon)
  for (let minute = 0; minute < 7 * 1440; minute += 17) {
    const query = new Date(noon.getTime() + minute * 60_000)
    const inside = times.some(({ from, until }) => from <= query && query < until)
    assert.is((await grantsInForce(each([nights()]), { at: query })).grants.length > 0, inside, instant(query))
  }
})

const workdays: Hours = { zone: 'UTC', spans: [{ days: ['Tue', 'Wed'], from: '20:00', to: '00:30' }] }

test('within hours, only the meeting of both counts: from the cluster, from the log and from the policy writes', async () => {
  const asked = nights()
  asked.spec.hours = workdays
  const { now: stored, log: entries } = lived(asked, [['Granted', 0, {}]])
  const written = expressionOf({
    condition: restrictionOf(asked.spec, {}),
    startsAt: noon,
    expiresAt: new Date(window.until),
  })
  const writes = [policyWrite(written, titleOf('1f0c8a52-93a1-4f37-8f0e-2b7d1a6c9e44'))]
  for (const [query, held] of [
    // The night of Monday is outside of the hours.
    ['2026-11-23T22:00:00Z', undefined],
    // The hours are open, and the window is not.
    ['2026-11-24T20:30:00Z', undefined],
    ['2026-11-24T21:00:00Z', '2026-11-24T21:00:00Z 2026-11-25T00:30:00Z'],
    // The window is open, and the hours are not.
    ['2026-11-25T00:30:00Z', undefined],
    ['2026-11-25T23:00:00Z', '2026-11-25T21:00:00Z 2026-11-26T00:30:00Z'],
    ['2026-11-26T23:00:00Z', undefined],
  ] as const) {
    const at = new Date(query)
    const answers = [
      await grantsInForce(each([stored]), { at }),
      await fromLog(entries, at),
      await grantsInForceFromPolicyWrites(each(writes), { at }),
    ]
    for (const { source, grants } of answers) {
      const [found, ...more] = grants.map(({ from, until }) => `${instant(from)} ${instant(until)}`)
      assert.equal([found, more.length], [held, 0], `${source} at ${query}`)
    }
    const says = answers.map(({ grants: [first] }) => first?.hours)
    const words =
      'Tuesday and Wednesday 20:00 to 00:30 the next day (UTC), and within these every day 22:00 to 02:00 the next day (Europe/Berlin)'
    assert.equal(says, held ? [words, words, words] : [undefined, undefined, undefined])
  }
})

const { now, log } = lived(nights({ phase: 'Approved', grants: [record(0, 'Pending')] }), [
  ['GrantStarted', 0, {}],
  ['Granted', 5, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
])
const expression = expressionOf({
  condition: restrictionOf({ window }, {}),
  startsAt: noon,
  expiresAt: new Date(window.until),
})

const delta = { action: 'ADD', role: 'roles/cloudsql.client', member: 'user:dana@example.com' }
const policyWrite = (written: string, title = titleOf(now.metadata.uid)): object => ({
  timestamp: at(2),
  protoPayload: {
    methodName: 'SetIamPolicy',
    resourceName: 'projects/prod-eu',
    authenticationInfo: { principalEmail: 'mo@example.com' },
    serviceData: {
      policyDelta: {
        bindingDeltas: [{ ...delta, condition: { title, expression: written } }],
      },
    },
  },
})

async function whyAround(written: string): Promise<string | undefined> {
  return grantsAround(addedIn(policyWrite(written)), await read(log))[0]?.why
}

test('the policy writes alone say the same of each night', async () => {
  for (const [query, count] of [
    ['2026-11-23T22:00:00Z', 1],
    ['2026-11-24T01:00:00Z', 0],
    ['2026-11-25T12:00:00Z', 0],
    ['2026-11-27T00:30:00Z', 1],
    ['2026-11-27T22:00:00Z', 0],
  ] as const) {
    const writes = each([policyWrite(expression, titleOf('1f0c8a52-93a1-4f37-8f0e-2b7d1a6c9e44'))])
    const { grants } = await grantsInForceFromPolicyWrites(writes, { at: new Date(query) })
    assert.is(grants.length, count, query)
  }
})

test('the binding of a window is Hallpass’s', async () => assert.is(await whyAround(expression), undefined))

attack(
  test,
  'an approver writes the binding of a window without the hours of the mapping … it gives something else than what was approved',
  async () => {
    const asked = nights({ phase: 'Approved', grants: [record(0, 'Pending')] })
    asked.spec.hours = workdays
    const { log: entries } = lived(asked, [
      ['GrantStarted', 0, {}],
      ['Granted', 5, { phase: 'Provisioned', grants: [record(0, 'Written')] }],
    ])
    const whole = expressionOf({
      condition: restrictionOf(asked.spec, {}),
      startsAt: noon,
      expiresAt: new Date(window.until),
    })
    const why = async (text: string): Promise<string | undefined> =>
      grantsAround(addedIn(policyWrite(text, titleOf(asked.metadata.uid))), await read(entries))[0]?.why
    assert.is(await why(whole), undefined, 'with both it is Hallpass’s')
    return (await why(expression)) ?? 'nothing was noticed'
  },
)

attack(
  test,
  'an approver writes the binding of a window without its hours … it gives something else than what was approved',
  async () => {
    const open = expressionOf({ startsAt: noon, expiresAt: new Date(window.until) })
    return (await whyAround(open)) ?? 'nothing was noticed'
  },
)

attack(test, 'an entry of the log names a zone that no clock has … the entry is skipped', async () => {
  const [first] = log as { jsonPayload: object }[]
  const forged = { ...first, jsonPayload: { ...first?.jsonPayload, window: { ...window, zone: 'Mars/Olympus' } } }
  return (await read([forged])).length === 0 ? 'the entry is skipped' : 'the entry is read'
})

test.run()
