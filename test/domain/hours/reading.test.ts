// Hours read back from a condition are open at the same times as those that were written, and nothing else is read as
// hours.
import * as assert from 'uvu/assert'
import { hoursOfRequest, restrictionOf } from '../../../src/domain/granting/restriction.ts'
import { clauseOf } from '../../../src/domain/hours/clause.ts'
import { faultOfHours } from '../../../src/domain/hours/fault.ts'
import { isOpen } from '../../../src/domain/hours/opening.ts'
import { hoursIn } from '../../../src/domain/hours/reading.ts'
import type { Hours } from '../../../src/domain/hours/span.ts'
import { sayAllHours, sayHours } from '../../../src/domain/hours/words.ts'
import { attacks } from '../../attacks.ts'
import { hoursAtRandom, nights } from '../../builders/hours.ts'
import { suite, table } from '../../suite.ts'

const test = suite('hours read from a condition')
const own = "resource.type == 'compute.googleapis.com/Instance' || resource.name.endsWith('.jpg')"

test('hours at random come back open at the same times, alone and after another condition', () => {
  const zone = 'Europe/Berlin'
  const all = hoursAtRandom(zone, 12, 20_261_201).filter(hours => faultOfHours(hours) === undefined)
  assert.ok(all.length > 6, `only ${all.length} are hours that we accept`)
  for (const hours of all)
    for (const condition of [undefined, own]) {
      const [read, ...more] = hoursIn(restrictionOf({ hours }, { ...(condition && { condition }) }) ?? '')
      assert.equal([read?.zone, more], [zone, []])
      for (let minute = 0; minute < 7 * 1440; minute += 45) {
        const at = new Date(Date.UTC(2026, 10, 29) + minute * 60_000)
        assert.is(isOpen(read as Hours, at), isOpen(hours, at), `${clauseOf(hours)} at ${at.toISOString()}`)
      }
    }
})

test('hours and a window come back open at the same times, in one zone or two, alone and after another condition', () => {
  const window = { from: '21:30', to: '02:00', until: '2026-12-12T00:00:00Z' }
  for (const zone of [nights.zone, 'America/New_York'])
    for (const condition of [undefined, own]) {
      const spec = { hours: nights, window: { zone, ...window } }
      const read = hoursIn(restrictionOf(spec, { ...(condition && { condition }) }) ?? '')
      assert.is(read.length, zone === nights.zone ? 1 : 2, 'in one zone they are one')
      for (let minute = 0; minute < 7 * 1440; minute += 15) {
        const at = new Date(Date.UTC(2026, 10, 29) + minute * 60_000)
        const both = hoursOfRequest(spec).every(hours => isOpen(hours, at))
        const [all, when] = [read.every(hours => isOpen(hours, at)), `${zone}, ${condition} at ${at.toISOString()}`]
        assert.is(all, both, when)
      }
    }
})

test('the author’s own hours in one zone and those of the mapping in another are both read', () => {
  const condition = 'request.time.getHours("UTC") < 6'
  const read = hoursIn(restrictionOf({ hours: nights }, { condition }) ?? '')
  assert.is(sayAllHours(read), `every day 00:00 to 06:00 (UTC), and within these ${sayHours(nights)}`)
})

test('they are said in the same words, unless spans meet', () => {
  assert.is(sayAllHours(hoursIn(clauseOf(nights))), sayHours(nights))
  const weekend: Hours = { ...nights, spans: [...nights.spans, { days: ['Sat', 'Sun'], from: '00:00', to: '24:00' }] }
  assert.is(
    sayAllHours(hoursIn(clauseOf(weekend))),
    'Monday to Thursday 22:00 to 06:00 the next day, and Friday 22:00 to 24:00, and Saturday and Sunday all day (Europe/Berlin)',
  )
})

table<string>(
  test,
  {
    nothing: '',
    'a condition without hours': own,
    'hours and another condition, joined by or': `${clauseOf(nights)} || ${own}`,
    'hours before another condition': `(${clauseOf(nights)}) && (${own})`,
    'two zones': 'request.time.getHours("UTC") > 8 && request.time.getHours("Europe/Berlin") < 17',
    'a zone that does not exist': 'request.time.getHours("Nowhere/Land") > 8',
    'a day of the month': 'request.time.getDate("UTC") > 8',
    'a condition that is longer than those of Hallpass': `request.time.getHours("UTC") > 8${' && request.time.getHours("UTC") > 8'.repeat(80)}`,
    'more joins than IAM takes': Array.from({ length: 14 }, () => '(request.time.getHours("UTC") > 8)')
      .join(' && ')
      .replace('UTC', 'Europe/Berlin'),
    'a bracket that is not closed': '(request.time.getHours("UTC") > 8',
  },
  condition => assert.equal(hoursIn(condition), []),
)

attacks<string>(
  test,
  {
    'a binding hides behind hours that are part of a text … seen at any time': `resource.name != 'x) && (request.time.getHours("UTC") == 0'`,
    'a binding hides behind hours of an alternative … seen at any time': `(true) || (request.time.getHours("UTC") == 0)`,
    'a binding hides behind a window of an alternative … seen at any time': `(true) && (${clauseOf(nights)}) || (request.time.getHours("UTC") == 0)`,
    'a binding hides behind hours that close other brackets … seen at any time': `(a || (b) && (request.time.getHours("UTC") == 0)`,
  },
  condition => (hoursIn(condition).length === 0 ? 'seen at any time' : 'hidden'),
)

test.run()
