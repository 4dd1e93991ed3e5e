// One mapper for all outcomes, and one policy's edits in turn.
import * as assert from 'uvu/assert'
import { createReporter, type Failure } from '../../../src/controller/mapping/report.ts'
import { createKeyMutex } from '../../../src/controller/key-mutex.ts'
import { Broken, Refused, Waiting } from '../../../src/domain/outcome.ts'
import { noMetrics, silentLog } from '../../../src/kube/environment.ts'
import { ManualClock } from '../../fakes/clock.ts'
import { mapping } from '../../builders/mapping.ts'
import { suite, table } from '../../suite.ts'

const test = suite('outcomes')
const about = mapping()
const soon = new Date('2026-11-23T14:02:10Z')
const late = new Date('2026-11-23T15:00:00Z')

function reporter() {
  const events: string[] = []
  const clock = new ManualClock()
  const record = (_about: unknown, { reason }: { reason: string }): void => void events.push(reason)
  return { clock, events, report: createReporter({ clock, events: { record }, log: silentLog, metrics: noMetrics }) }
}

const failed = (error: unknown): Failure => ({ step: 'show', error })

table<{ failures: Failure[]; next?: Date; again: string | undefined; events?: string[] }>(
  test,
  {
    'nothing failed and nothing is due': { failures: [], again: undefined },
    'nothing failed: when it is due': { failures: [], next: late, again: '2026-11-23T15:00:00.000Z' },
    'Waiting names its instant': { failures: [failed(new Waiting(soon, 'x'))], next: late, again: soon.toISOString() },
    'what is due earlier goes first': {
      failures: [failed(new Waiting(late, 'x'))],
      next: soon,
      again: soon.toISOString(),
    },
    'Refused waits for a human, and is looked at in five minutes': {
      failures: [failed(new Refused('NotPermitted', 'No.'))],
      again: '2026-11-23T14:07:00.000Z',
      events: ['NotPermitted'],
    },
  },
  ({ failures, next, again, events = [] }) => {
    const { report, events: recorded } = reporter()
    assert.is(report({ about, failures, next })?.toISOString(), again)
    assert.equal(recorded, events)
  },
)

test('Broken alone is thrown for the queue’s back-off', () => {
  const { report } = reporter()
  const error = new Broken('no answer')
  assert.throws(
    () => report({ about, failures: [failed(error)], next: undefined }),
    (thrown: unknown) => thrown === error,
  )
})

test('Broken together with something due comes again after a growing pause, and never delays what is due', () => {
  const { report, clock } = reporter()
  const pauses = Array.from({ length: 12 }, () => {
    const again = report({ about, failures: [failed(new Broken('no answer'))], next: late })
    return ((again?.getTime() ?? 0) - clock.now().getTime()) / 1000
  })
  assert.ok((pauses[0] ?? 0) <= 2 && (pauses[3] ?? 0) > 2, pauses.join(' '))
  assert.ok(pauses.every(pause => pause <= 120))
  const again = report({ about, failures: [failed(new Broken('no answer'))], next: soon })
  assert.is(again?.getTime(), soon.getTime())
  report({ about, failures: [], next: late })
  const afresh = report({ about, failures: [failed(new Broken('no answer'))], next: late })
  assert.ok((afresh?.getTime() ?? 0) - clock.now().getTime() <= 2000, 'success forgets')
})

test('edits of one policy take turns, those of another do not wait, and a failure holds up nobody', async () => {
  const lock = createKeyMutex({ clock: new ManualClock() })
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = lock('projects/a', async () => {
    await gate.promise
    order.push('a1')
    throw new Error('no')
  })
  const second = lock('projects/a', async () => void order.push('a2'))
  await lock('projects/b', async () => void order.push('b'))
  gate.resolve()
  await first.catch(() => undefined)
  await second
  assert.equal(order, ['b', 'a1', 'a2'])
})

test('an edit whose turn does not come is sent away, and those after it still wait for the one under way', async () => {
  const clock = new ManualClock()
  const lock = createKeyMutex({ clock, longestWaitMs: 20 })
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const first = lock('projects/a', async () => {
    await gate.promise
    order.push('a1')
  })
  const away = await lock('projects/a', async () => void order.push('a2')).catch((error: unknown) => error)
  assert.instance(away, Waiting)
  assert.is((away as Waiting).until.getTime(), clock.now().getTime() + 20)
  const third = lock('projects/a', async () => void order.push('a3'))
  gate.resolve()
  await Promise.all([first, third])
  assert.equal(order, ['a1', 'a3'])
})

test.run()
