// Hours are judged by cel-go itself, around changes of the clocks in three zones: access holds exactly while we say that
// the hours are open, alone and in the whole condition that we write.
import * as assert from 'uvu/assert'
import type { ConditionContext } from '../../src/cel/condition-context.ts'
import { clauseOf } from '../../src/domain/hours/clause.ts'
import { faultOfHours } from '../../src/domain/hours/fault.ts'
import { isOpen } from '../../src/domain/hours/opening.ts'
import { changes, hoursAtRandom } from '../builders/hours.ts'
import { suite } from '../suite.ts'
import { judgeOfCel } from './cel/judge.ts'

const test = suite('hours, judged by cel-go', { timeoutMs: 230_000 })

const minuteMs = 60_000
const zones = [...new Set(changes.map(({ zone }) => zone))]

/** Every 13 minutes for 18 hours on both sides of each change, every other one a millisecond before. */
const instants = (zone: string): Date[] =>
  changes
    .filter(change => change.zone === zone)
    .flatMap(({ at }) =>
      Array.from({ length: 2 * 84 }, (_, n) => new Date(Date.parse(at) + (n - 84) * 13 * minuteMs - (n % 2))),
    )

for (const zone of zones) {
  const what = `${zone}: hours at random are open when cel-go says so`
  const calls: ConditionContext[] = instants(zone).map(at => ({ at, attributes: {} }))
  const judge = await judgeOfCel(line => console.log(line), calls)
  if (typeof judge === 'string') {
    console.log(`SKIPPED hours are not compared with cel-go: ${judge}`)
    test.skip(what)
    continue
  }
  test(what, async () => {
    const all = hoursAtRandom(zone, 30, 20_261_130 + zone.length).filter(hours => faultOfHours(hours) === undefined)
    assert.ok(all.length > 15, `only ${all.length} are hours that we accept`)
    const verdicts = await judge(all.map(clauseOf))
    all.forEach((hours, i) =>
      calls.forEach(({ at }, n) =>
        assert.is(
          verdicts[i]?.[n]?.is,
          String(isOpen(hours, at)),
          `${JSON.stringify(hours)} at ${at.toISOString()}: ${verdicts[i]?.[n]?.because}`,
        ),
      ),
    )
  })
}

test.run()
