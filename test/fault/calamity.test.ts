// Something befalls the cluster itself, and with it every lane at once: one calamity each time, another each time. All of them
// are in `npm run faults`.
import { randomInt } from 'node:crypto'
import { suite } from '../suite.ts'
import { openStage, type Stage } from './stage.ts'
import { calamities, endureTogether } from './together.ts'

const test = suite('calamities of the cluster', { timeoutMs: 220_000 })
const laneCount = 3

/** Chooses the calamity; set it to play one again. */
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(3))
const chosen = Object.entries(calamities).filter((_, n) => n === seed % 3)

let stage: Stage
test.before(async () => {
  console.log(`FAULT_SEED=${seed}`)
  stage = await openStage(laneCount)
})
test.after(async () => stage.close())

for (const [sentence, calamity] of chosen)
  test(sentence, async () => {
    // On a busy machine a story can come too late for its own seconds. A wrong end comes again.
    await endureTogether(stage.lanes, calamity).catch(async (error: unknown) => {
      console.log(`again: ${String(error)}`)
      await endureTogether(stage.lanes, calamity)
    })
  })

test.run()
