// The whole condition of a window is judged by cel-go, around changes of the clocks in three zones: it holds exactly in
// the times that Hallpass says and counts.
import * as assert from 'uvu/assert'
import type { ConditionContext } from '../../src/cel/condition-context.ts'
import { timesFrom, type Window } from '../../src/domain/asking/window.ts'
import { restrictionOf } from '../../src/domain/granting/restriction.ts'
import { expressionOf } from '../../src/domain/granting/policy.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { changes } from '../builders/hours.ts'
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
    const windows = ranges.map(([from, to]): Window => ({ zone, from, to, until: instant(after(begins, 90 * 3600)) }))
    const verdicts = await judge(
      windows.map(window =>
        expressionOf({
          condition: restrictionOf({ window }, { condition: 'request.time.getFullYear() > 2000' }),
          startsAt: begins,
          expiresAt: new Date(window.until),
        }),
      ),
    )
    windows.forEach((window, i) => {
      const times = timesFrom(window, begins)
      calls.forEach(({ at: when }, n) => {
        const inside = times.some(({ from, until }) => from <= when && when < until)
        assert.is(verdicts[i]?.[n]?.is, String(inside), `${JSON.stringify(window)} at ${when.toISOString()}`)
      })
    })
  })
}

test.run()
