// One table of statuses that pass, kept by every adapter: whichever service answers 408 or 429, in whatever words, what
// follows is the same.
import * as assert from 'uvu/assert'
import { Broken, Refused, Waiting } from '../../src/domain/outcome.ts'
import { type Served, serve } from '../../src/sim/serve.ts'
import { ManualClock } from '../fakes/clock.ts'
import { suite } from '../suite.ts'
import { adapters } from './outside.ts'

const test = suite('contract: what passes')

type Outcome = 'Waiting' | 'Broken' | 'Refused'

/** HTTP statuses that say nothing about what was asked, and their outcomes. */
const passing: Record<number, Outcome> = {
  302: 'Broken',
  407: 'Broken',
  408: 'Broken',
  425: 'Broken',
  429: 'Waiting',
  499: 'Broken',
  500: 'Broken',
  502: 'Broken',
  503: 'Broken',
  504: 'Broken',
  529: 'Broken',
}

let served: Served
test.before(async () => {
  served = await serve(() => undefined)
})
test.after(async () => served.close())

for (const [whose, { at, own }] of Object.entries(adapters))
  for (const inWhoseWords of ['its own', 'those of something in between', 'none'])
    test(`${whose}, in words that are ${inWhoseWords}`, async () => {
      const found: Record<string, Record<string, Outcome>> = {}
      for (const status of Object.keys(passing).map(Number)) {
        const body = { 'its own': own(status), none: '' }[inWhoseWords] ?? '<html>Error</html>'
        for (const [name, call] of Object.entries(at(served.url, new ManualClock()))) {
          served.faults.add({ route: '* /*', status, body, headers: { location: '/elsewhere' }, times: 9 })
          const outcome = kindOf(await failureOf(call()))
          served.faults.clear()
          if (outcome !== passing[status]) (found[name] ??= {})[status] = outcome
        }
      }
      assert.equal(found, {}, 'otherwise than in the table')
    })

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => assert.unreachable('it succeeded'),
    (error: unknown) => error,
  )
}

function kindOf(error: unknown): Outcome {
  if (error instanceof Waiting) return 'Waiting'
  if (error instanceof Refused) return 'Refused'
  assert.instance(error, Broken, String(error))
  return 'Broken'
}

test.run()
