// The crash-point matrix in short: as many points as fit into its time, spread over all, another selection each time. The
// whole of it is `npm run faults`.
import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { suite } from '../suite.ts'
import { leftOut } from './learn.ts'
import { type Matrix, openMatrix, type Outcome } from './matrix.ts'
import { lineOf } from './print.ts'

const test = suite('processes killed at their outside calls', { timeoutMs: 450_000 })
const shortMs = 40_000
const leastPoints = 4

/** Chooses the selection; set it to play one again. */
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(1000))

/** The long stories take turns. */
const also = leftOut[seed % leftOut.length]

let matrix: Matrix

test.before(async () => {
  matrix = await openMatrix({ installationCount: 2, socketCount: 1, isBrief: true, also })
})
test.after(async () => matrix.close())

test('every story has its points, of all processes', () => {
  const { points } = matrix
  for (const name of ['gateway', 'auth', 'controller'] as const)
    assert.ok(points.filter(({ process: of }) => of === name).length >= 12, name)
  assert.ok(points.length > 300, `${points.length} points`)
  const overSocket = points.filter(({ slackMode }) => slackMode === 'socket').map(({ call }) => call)
  for (const kind of ['command #1', 'block_actions #1', 'block_actions #2', 'view_submission #1'])
    for (const verb of ['delivers', 'acknowledges'])
      assert.is(overSocket.filter(call => call === `SOCKET ${verb} ${kind}`).length, 3, `${verb} ${kind}`)
  const pressed = points.filter(({ story, slackMode }) => story === 'looked at' && slackMode === 'http')
  // A second one repeats the first after a conflict.
  const written = pressed.filter(({ call }) => call === 'PATCH accessrequests/*/status {looking} #1')
  assert.is(written.length, 3, pressed.map(({ call }) => call).join('\n'))
  assert.ok(
    pressed.some(({ process: of, call }) => of === 'controller' && call.includes('chat.update')),
    'the message is edited once more',
  )
})

test('the end is the same after every crash', async () => {
  const { points } = matrix
  const stride = 37
  const chosen = Array.from(points, (_, n) => points[(seed + n * stride) % points.length]).filter(
    point => point !== undefined,
  )
  const endsAt = Date.now() + shortMs
  let played = 0
  const isOver = (): boolean => played >= leastPoints && Date.now() > endsAt
  const say = (outcome: Outcome): void => {
    played += 1
    console.log(lineOf(outcome).text)
  }
  console.log(`${points.length} points, with the story "${also}"; FAULT_SEED=${seed}`)
  const outcomes = await matrix.run(chosen, say, isOver)
  assert.ok(outcomes.length >= leastPoints)
  assert.equal(
    outcomes.filter(({ isConverged }) => !isConverged).map(outcome => lineOf(outcome).text),
    [],
  )
})

test.run()
