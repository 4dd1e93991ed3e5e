// The whole condition of a window is judged by cel-go, around changes of the clocks in three zones: it holds exactly in
// the times that Hallpass says and counts, alone and within the hours of a mapping.
import * as assert from 'uvu/assert'
import type { ConditionContext } from '../../src/cel/condition-context.ts'
import type { Recurring } from '../../src/domain/asking/window.ts'
import { faultOfHours } from '../../src/domain/hours/fault.ts'
import { periodsIn } from '../../src/domain/hours/opening.ts'
import type { Hours } from '../../src/domain/hours/span.ts'
import { hoursOfRequest, restrictionOf } from '../../src/domain/granting/restriction.ts'
import { expressionOf } from '../../src/domain/granting/policy.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { changes, hoursAtRandom } from '../builders/hours.ts'
import { suite } from '../suite.ts'
import { judgeOfCel } from './cel/judge.ts'

const test = suite('windows, judged by cel-go', { timeoutMs: 230_000 })

const ranges = [
  ['22:00', '02:00'],
  ['22:30', '02:30'],
  ['01:30', '02:15'],
  ['23:45', '00:00'],
  ['09:00', '17:00'],
  ['02:00', '01:00'],
] as const

const acceptedHours = (zone: string): Hours[] =>
  hoursAtRandom(zone, 30, 20_261_130).filter(hours => faultOfHours(hours) === undefined)

for (const { zone, at } of changes) {
  const what = `around ${at} in ${zone}`
  const begins = after(new Date(at), -40 * 3600)
  const calls: ConditionContext[] = Array.from({ length: 320 }, (_, n) => ({
    at: new Date(begins.getTime() + (n - 20) * 23 * 60_000 - (n % 2)),
    attributes: {},
  }))
  const judge = await judgeOfCel(line => console.log(line), calls)
  if (typeof judge === 'string') {
    console.log(`SKIPPED windows are not compared with cel-go: ${judge}`)
    test.skip(what)
    continue
  }
  test(what, async () => {
    const until = instant(after(begins, 90 * 3600))
    const asked = ranges.flatMap(([from, to], i): Recurring[] => {
      const window = { zone, from, to, until }
      // Alone, within hours of the same zone, and within those of another one.
      const [same, other] = [zone, 'Asia/Kathmandu'].map(place => acceptedHours(place)[i])
      return [{ window }, ...[same, other].flatMap(hours => (hours ? [{ window, hours }] : []))]
    })
    assert.is(asked.filter(({ hours }) => hours).length, 2 * ranges.length, 'two of three are within hours')
    const verdicts = await judge(
      asked.map(one =>
        expressionOf({
          condition: restrictionOf(one, { condition: 'request.time.getFullYear() > 2000' }),
          startsAt: begins,
          expiresAt: new Date(until),
        }),
      ),
    )
    asked.forEach((one, i) => {
      const times = periodsIn(hoursOfRequest(one), { from: begins, until: new Date(until) })
      calls.forEach(({ at: when }, n) => {
        const inside = times.some(time => time.from <= when && when < time.until)
        assert.is(verdicts[i]?.[n]?.is, String(inside), `${JSON.stringify(one)} at ${when.toISOString()}`)
      })
    })
  })
}

test.run()
