// A window of several days as the controller carries it: one binding until the last night, told once, and closed to
// anyone who changes it on the way.
import * as assert from 'uvu/assert'
import { readCondition } from '../../src/cel/condition.ts'
import { sayHours } from '../../src/domain/hours/words.ts'
import type { Hours } from '../../src/domain/hours/span.ts'
import { attack } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Operator, operator } from './fakes.ts'

const test = suite('windows of several days, granted')

const window = { zone: 'Europe/Zurich', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' }
const asWindow = { duration: '4h', window }
const withNights = (): Operator =>
  operator({ spec: { duration: { default: '30m', max: '4h', min: '1m', recurring: { maxDays: 5 } } } })

async function granted(op: Operator, forged: object = asWindow): Promise<void> {
  await op.ask({ forged })
  await op.look()
  op.clock.forward(60)
  await op.approve()
  await op.look()
}

test('one binding has the hours and the end of the last night; people are told once, and warned before the end', async () => {
  const op = withNights()
  await granted(op)
  const { status } = await op.now()
  assert.equal([status?.phase, status?.expiresAt], ['Provisioned', window.until])
  const hours = 'request.time.getHours("Europe/Zurich")'
  assert.is(
    op.ours()[0]?.condition?.expression,
    `(${hours} >= 22 || ${hours} < 2) && request.time >= timestamp("${status?.startsAt}") && request.time < timestamp("${window.until}")`,
  )
  op.clock.set(new Date('2026-11-25T12:00:00Z'))
  await op.look()
  assert.is((await op.now()).status?.phase, 'Provisioned', 'between two nights it is still granted')
  op.clock.set(new Date('2026-11-27T00:50:00Z'))
  await op.look()
  op.clock.set(new Date(window.until))
  await op.look()
  assert.is((await op.now()).status?.phase, 'Expired')
  assert.equal(
    op.chat.told.map(({ news }) => news),
    ['granted', 'endingSoon', 'ended'],
  )
  assert.equal(op.log(), ['Requested', 'Routed', 'Approved', 'GrantStarted', 'Granted', 'Expired'])
  assert.equal(op.auditLog.entries()[0]?.payload['window'], window)
})

const hours: Hours = { zone: 'Europe/Berlin', spans: [{ days: ['Mon', 'Wed'], from: '23:00', to: '06:00' }] }
const within = { ...asWindow, window: { ...window, until: '2026-11-26T01:00:00Z' }, hours }
const withHours = (): Operator =>
  operator({ spec: { duration: { default: '30m', max: '4h', min: '1m', recurring: { maxDays: 2 } }, hours } })

test('within the hours of the mapping, the binding has both, and everybody reads which times work', async () => {
  const op = withHours()
  await granted(op, within)
  const { status } = await op.now()
  assert.equal([status?.phase, status?.expiresAt], ['Provisioned', within.window.until])
  const words = `${sayHours(hours)}, and within these every day 22:00 to 02:00 the next day (Europe/Zurich)`
  assert.is(status?.grantSummary?.hours, words)
  const [D, H] = ['getDayOfWeek', 'getHours'].map(field => `request.time.${field}("Europe/Berlin")`)
  const Z = 'request.time.getHours("Europe/Zurich")'
  assert.is(
    op.ours()[0]?.condition?.expression,
    `((((${D} == 1 || ${D} == 3) && ${H} >= 23) || ((${D} == 2 || ${D} == 4) && ${H} < 6)) && (${Z} >= 22 || ${Z} < 2)) && request.time >= timestamp("${status?.startsAt}") && request.time < timestamp("${within.window.until}")`,
  )
  const holds = ['2026-11-23T21:30:00Z', '2026-11-23T22:30:00Z', '2026-11-24T22:30:00Z', '2026-11-25T22:30:00Z'].map(
    at => readCondition(op.ours()[0]?.condition?.expression ?? '').evaluate({ at: new Date(at), attributes: {} }),
  )
  assert.equal(holds, [false, true, false, true])
  assert.is(
    op.chat.posted[0]?.view.hours,
    'It works only Monday and Wednesday 23:00 to 06:00 the next day (Europe/Berlin): in these times from Monday 23 November 2026, 23:00 until Tuesday 24 November 2026, 02:00, and once more.',
  )
})

const reasonOf = async (op: Operator): Promise<string> => {
  const { status } = await op.now()
  return status?.phase === 'Failed' ? ((await op.condition('Approved'))?.reason ?? 'no reason') : (status?.phase ?? '')
}

attack(test, 'the mapping takes windows back while one waits for its approval … MappingChanged', async () => {
  const op = withNights()
  await op.ask({ forged: asWindow })
  await op.look()
  for (const { spec } of op.mappings.stored) spec.duration = { default: '30m', max: '4h', min: '1m' }
  await op.approve()
  await op.look()
  return reasonOf(op)
})

attack(test, 'the mapping allows fewer days while one waits for its approval … BadWindow', async () => {
  const op = withNights()
  await op.ask({ forged: asWindow })
  await op.look()
  for (const { spec } of op.mappings.stored)
    spec.duration = { default: '30m', max: '4h', min: '1m', recurring: { maxDays: 1 } }
  await op.approve()
  await op.look()
  return reasonOf(op)
})

attack(test, 'a stored window has more days than the mapping allows … BadWindow', async () => {
  const op = withNights()
  await granted(op, { ...asWindow, window: { ...window, until: '2026-11-30T01:00:00Z' } })
  return reasonOf(op)
})

attack(test, 'a stored window names a place without a clock … BadWindow', async () => {
  const op = withNights()
  await granted(op, { ...asWindow, window: { ...window, zone: 'Mars/Olympus' } })
  return reasonOf(op)
})

attack(test, 'a stored window leaves out the hours of its mapping … MappingChanged', async () => {
  const op = withHours()
  await granted(op, { ...within, hours: undefined })
  return reasonOf(op)
})

attack(test, 'a stored window is wholly outside of the hours of its mapping … OutsideHours', async () => {
  const op = withHours()
  await granted(op, { ...within, duration: '2h', window: { ...within.window, from: '09:00', to: '11:00' } })
  return reasonOf(op)
})

attack(test, 'a window is approved after the last of its times within the hours … OutsideHours', async () => {
  const early: Hours = { zone: 'UTC', spans: [{ from: '13:00', to: '14:04' }] }
  const op = operator({
    spec: { duration: { default: '30m', max: '4h', min: '1m', recurring: { maxDays: 2 } }, hours: early },
  })
  const today = { zone: 'UTC', from: '13:00', to: '17:00', until: '2026-11-23T17:00:00Z' }
  await op.ask({ forged: { duration: '4h', window: today, hours: early } })
  await op.look()
  op.clock.forward(300)
  await op.approve()
  await op.look()
  return reasonOf(op)
})

attack(test, 'a window is approved after its last night … WindowOver', async () => {
  const op = withNights()
  await granted(op, { ...asWindow, window: { ...window, until: '2026-11-23T14:02:30Z' } })
  return reasonOf(op)
})

test.run()
