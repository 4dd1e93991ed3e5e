// Entries with hours: what is written, and that it is known again as Hallpass's own.
import { readFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import { maxOperators, readCondition } from '../../../src/cel/condition.ts'
import { withBindings } from '../../../src/domain/granting/adding.ts'
import { type Binding, endOfOurs, expressionOf, titleOf } from '../../../src/domain/granting/policy.ts'
import { removalCommands } from '../../../src/domain/granting/removal-commands.ts'
import { restrictionOf } from '../../../src/domain/granting/restriction.ts'
import { wantedBy } from '../../../src/domain/granting/wanted.ts'
import { sayWorking } from '../../../src/domain/hours/words.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import type { Window } from '../../../src/domain/asking/window.ts'
import type { Hours } from '../../../src/domain/hours/span.ts'
import { nights } from '../../builders/hours.ts'
import { suite, table } from '../../suite.ts'

const test = suite('entries with hours')
const [startsAt, expiresAt] = ['2026-11-23T14:05:00Z', '2026-11-24T02:05:00Z'].map(at => new Date(at)) as [Date, Date]
const time = 'request.time >= timestamp("2026-11-23T14:05:00Z") && request.time < timestamp("2026-11-24T02:05:00Z")'
const [D = '', H = '', minute = ''] = ['getDayOfWeek', 'getHours', 'getMinutes'].map(
  field => `request.time.${field}("Europe/Berlin")`,
)
const clause = `(${D} >= 1 && ${D} <= 5 && ${H} >= 22) || (${D} >= 2 && ${H} < 6)`
const own = "resource.type == 'compute.googleapis.com/Instance' || resource.name.endsWith('.jpg')"

table<{ condition?: string; expression: string }>(
  test,
  {
    'hours alone': { expression: `(${clause}) && ${time}` },
    'hours after the mapping’s own condition': {
      condition: own,
      expression: `((${own}) && (${clause})) && ${time}`,
    },
  },
  ({ condition, expression }) => {
    const restriction = restrictionOf({ hours: nights }, { ...(condition && { condition }) })
    const written = expressionOf({ condition: restriction, startsAt, expiresAt })
    assert.is(written, expression)
    const read = readCondition(written)
    assert.equal(read.faults, [])
    assert.ok(read.operators <= maxOperators)
    const at = (text: string): boolean | undefined =>
      read.evaluate({ at: new Date(text), attributes: { 'resource.type': 'compute.googleapis.com/Instance' } })
    assert.equal(
      ['2026-11-23T14:05:00Z', '2026-11-23T21:00:00Z', '2026-11-24T02:04:59Z', '2026-11-24T02:05:00Z'].map(at),
      [false, true, true, false],
    )
    const binding: Binding = {
      role: 'roles/viewer',
      members: ['user:dana@example.com'],
      condition: { title: titleOf('22222222-0000-4000-8000-000000000001'), expression: written },
    }
    assert.equal(endOfOurs(binding), expiresAt)
    const next = { uid: '33333333-0000-4000-8000-000000000002', member: 'user:otto@example.com', role: binding.role }
    const after = withBindings(
      { etag: 'e', bindings: [binding] },
      [{ ...next, startsAt: expiresAt, expiresAt, description: '' }],
      expiresAt,
    )
    assert.is(after.bindings?.length, 1, 'what has expired is removed')
  },
)

table<{ window: Partial<Window>; hours?: Hours; restriction: string }>(
  test,
  {
    'hours and a window in one zone are one clause, if that is shorter': {
      window: { from: '22:00', to: '02:00' },
      restriction: `(${D} >= 1 && ${D} <= 5 && ${H} >= 22) || (${D} >= 2 && ${H} < 2)`,
    },
    'with minutes too': {
      window: { from: '09:01', to: '11:01' },
      hours: { zone: nights.zone, spans: [{ from: '08:01', to: '10:31' }] },
      restriction: `(${H} == 9 && ${minute} >= 1) || (${H} == 10 && ${minute} < 31)`,
    },
    'in two zones they are two clauses, because their clocks change at different times': {
      window: { zone: 'Europe/Zurich', from: '22:00', to: '02:00' },
      restriction: `(${clause}) && (${H.replace('Berlin', 'Zurich')} >= 22 || ${H.replace('Berlin', 'Zurich')} < 2)`,
    },
    'a window that never meets the hours stays apart from them': {
      window: { from: '10:00', to: '12:00' },
      restriction: `(${clause}) && (${H} >= 10 && ${H} < 12)`,
    },
  },
  ({ window, hours = nights, restriction }) => {
    const spec = { hours, window: { zone: nights.zone, from: '', to: '', until: '2026-11-27T01:00:00Z', ...window } }
    assert.is(restrictionOf(spec, {}), restriction)
    const own = 'resource.type == "x"'
    const whole = restriction.startsWith(`(${clause})`) ? restriction : `(${restriction})`
    assert.is(restrictionOf(spec, { condition: own }), `(${own}) && ${whole}`)
  },
)

test('the documentation shows what is written', async () => {
  const [from, until] = ['2026-11-30T17:00:00Z', '2026-12-01T01:00:00Z'].map(at => new Date(at)) as [Date, Date]
  const condition = restrictionOf({ hours: nights }, {})
  const written = expressionOf({ condition, startsAt: from, expiresAt: until })
  const text = await readFile(new URL('../../../docs/hours.md', import.meta.url), 'utf8')
  assert.ok(text.includes(`\n${written}\n`), written)
  assert.ok(text.includes(`"expression": ${JSON.stringify(written)}\n`), 'by hand')
  assert.ok(text.includes(sayWorking(nights, [{ from, until }])), 'in words')
})

test('without hours, the condition is the mapping’s own', () => {
  assert.is(restrictionOf({}, {}), undefined)
  assert.is(restrictionOf({}, { condition: own }), own)
  assert.is(restrictionOf({ hours: nights }, { condition: '' }), clause, 'the log may have an empty one')
})

test('what would be added, and the commands that remove it, have the hours', () => {
  const asked = request(mapping(), { status: { startsAt: '2026-11-23T14:05:00Z', expiresAt: '2026-11-24T02:05:00Z' } })
  asked.spec.hours = nights
  const [wanted] = wantedBy(asked, undefined, startsAt)
  assert.is(wanted?.wanted[0]?.condition, clause)
  const commands = removalCommands(asked)
  assert.is(commands.length, 2)
  for (const command of commands) assert.ok(command.includes(JSON.stringify(`(${clause}) && ${time}`)), command)
})

test.run()
