// Sockets that are dead, wholly or in one direction, and sockets that do not live long.
import * as assert from 'uvu/assert'
import { suite } from '../../suite.ts'
import { connected, isReady, ready, until } from '../connected.ts'
import { channel } from '../workspace.ts'

const test = suite('sockets that are dead')
const ask = { user: 'U0DANA', channel, command: '/prod-db', text: '30m INC-1 replaying' }
const help = { ...ask, text: 'help' }
const quick = { helloMs: 200, pingMs: 20 }

test('a connection that is dead without a word is noticed and replaced', () =>
  connected(
    async house => {
      house.sim.sockets.freeze()
      await until('it is noticed', () => !isReady(house))
      await ready(house)
      assert.is((await house.sim.desktop.slashCommand(ask)).trouble, undefined)
    },
    { times: quick },
  ))

test('a connection that still delivers but takes nothing is noticed and replaced', () =>
  connected(
    async house => {
      const { sim } = house
      sim.sender.patienceMs = 5
      sim.sockets.freeze()
      let isNoticed = false
      const people = async (): Promise<void> => {
        while (!isNoticed) await sim.desktop.slashCommand(help)
      }
      const asking = people()
      try {
        await until('it is noticed', () => !isReady(house))
      } finally {
        isNoticed = true
        await asking
      }
      await ready(house)
    },
    { times: quick },
  ))

test('a socket that has delivered something is replaced at once, however often it breaks', () => {
  const pauses: number[] = []
  return connected(
    async house => {
      const { sim } = house
      // It can be ready again before anybody has seen that it was not.
      const replaced = async (): Promise<void> => {
        const before = sim.sockets.hellos
        sim.sockets.cut()
        await until('another socket is greeted', () => sim.sockets.hellos > before)
        await ready(house)
      }
      for (let n = 0; n < 8; n++) {
        assert.is((await sim.desktop.slashCommand(help)).trouble, undefined)
        await replaced()
      }
      assert.equal(pauses, [])
      await replaced()
      assert.is(pauses.length, 1)
    },
    { timing: { pause: async ms => void pauses.push(ms) } },
  )
})

test.run()
