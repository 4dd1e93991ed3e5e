// Which message goes first while Slack limits calls.
import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { Broken, Waiting } from '../../../src/domain/outcome.ts'
import { createRateLimiter, type Rank } from '../../../src/slack/messages/rate-limiter.ts'
import { ManualClock } from '../../fakes/clock.ts'

const test = suite('turns in Slack')

/** A channel that refuses everything until it is open, and what it was told, with the seconds that each had to wait. */
function channel() {
  const clock = new ManualClock()
  const limited = createRateLimiter({ clock, spacingMs: 1000 })
  const began = clock.now().getTime()
  const seconds = (at: Date = clock.now()): number => (at.getTime() - began) / 1000
  const said: string[] = []
  const world = {
    clock,
    said,
    isFull: true,
    calls: 0,
    /** Undefined when it was said, else the second at which to come again. */
    say: async (id: string, rank: Rank = 'news', queue = 'C1'): Promise<number | undefined> => {
      try {
        await limited({ queue, id, rank }, async () => {
          world.calls += 1
          if (world.isFull) throw new Waiting(new Date(clock.now().getTime() + 3000), 'full')
          said.push(id)
        })
        return undefined
      } catch (error) {
        if (error instanceof Waiting) return seconds(error.until)
        throw error
      }
    },
  }
  return world
}

test('what nobody limits is said at once, as much as there is', async () => {
  const world = channel()
  world.isFull = false
  for (let n = 0; n < 20; n++) assert.is(await world.say(`m${n}`), undefined)
  assert.is(world.said.length, 20)
})

test('after one refusal nobody else tries: each gets its own turn', async () => {
  const world = channel()
  assert.equal([await world.say('a'), await world.say('b'), await world.say('c')], [3, 4, 5])
  assert.is(world.calls, 1)
  world.isFull = false
  for (const id of ['a', 'b', 'c']) {
    world.clock.set(new Date(world.clock.now().getTime() + (id === 'a' ? 3000 : 1000)))
    assert.is(await world.say(id), undefined)
  }
  assert.equal(world.said, ['a', 'b', 'c'])
  assert.is(world.calls, 4)
})

test('a decision goes before news and news before a reminder, in any order of arrival', async () => {
  const world = channel()
  assert.is(await world.say('reminder', 'reminder'), 3)
  assert.is(await world.say('news', 'news'), 3)
  assert.is(await world.say('decision', 'decision'), 3)
  assert.is(await world.say('later decision', 'decision'), 4)
  world.isFull = false
  world.clock.forward(3)
  assert.equal([await world.say('reminder', 'reminder'), await world.say('news', 'news')], [6, 5])
  assert.is(await world.say('decision', 'decision'), undefined)
  world.clock.forward(1)
  assert.is(await world.say('news', 'news'), 5)
  assert.is(await world.say('later decision', 'decision'), undefined)
  world.clock.forward(1)
  assert.is(await world.say('news', 'news'), undefined)
  world.clock.forward(1)
  assert.is(await world.say('reminder', 'reminder'), undefined)
  assert.equal(world.said, ['decision', 'later decision', 'news', 'reminder'])
})

test('while there is a crowd nobody jumps in between, and the pace holds', async () => {
  const world = channel()
  await world.say('a')
  await world.say('b')
  world.isFull = false
  world.clock.forward(3)
  assert.is(await world.say('newcomer'), 5)
  assert.is(await world.say('a'), undefined)
  assert.is(await world.say('b'), 4)
})

test('who never comes back holds up nobody for long', async () => {
  const world = channel()
  await world.say('gone', 'decision')
  await world.say('waits')
  world.isFull = false
  world.clock.forward(18)
  assert.ok(await world.say('waits'), 'it may still come')
  world.clock.forward(1)
  assert.is(await world.say('waits'), undefined)
})

test('another channel has its own queue', async () => {
  const world = channel()
  await world.say('a')
  world.isFull = false
  assert.is(await world.say('b', 'news', 'C2'), undefined)
})

test('a minute after the crowd all is said at once again', async () => {
  const world = channel()
  await world.say('a')
  world.isFull = false
  world.clock.forward(3)
  await world.say('a')
  world.clock.forward(70)
  assert.equal([await world.say('b'), await world.say('c')], [undefined, undefined])
})

test('a refusal in the midst of many keeps the places of those who wait', async () => {
  const world = channel()
  await world.say('a')
  await world.say('b')
  world.clock.forward(3)
  assert.is(await world.say('a'), 6)
  assert.is(await world.say('b'), 7)
})

test('what fails otherwise fails as it is, and has had its turn', async () => {
  const limited = createRateLimiter({ clock: new ManualClock(), spacingMs: 1000 })
  const broken = new Broken('no')
  const message = { queue: 'C1', id: 'a', rank: 'news' } as const
  const error = await limited(message, () => Promise.reject(broken)).catch((thrown: unknown) => thrown)
  assert.is(error, broken)
  assert.is(await limited({ ...message, id: 'b' }, async () => 'said'), 'said')
})

test('many lines are remembered only while there is a crowd in them', async () => {
  const world = channel()
  await world.say('a')
  world.isFull = false
  for (let n = 0; n < 1200; n++) await world.say(`m${n}`, 'news', `D${n}`)
  assert.is(await world.say('b'), 4, 'the crowded one is still known')
})

test.run()
