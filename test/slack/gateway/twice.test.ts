// Deliveries that Slack sends twice: everything is done once, and said once.
import * as assert from 'uvu/assert'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite } from '../../suite.ts'
import { inHouse } from '../house.ts'
import { channel } from '../workspace.ts'

const test = suite('deliveries that Slack sends twice')
const db = mapping()
const dana = { user: 'U0DANA', channel }

test('a person who presses everything twice does everything once', () =>
  inHouse(
    async house => {
      const { sim, requests } = house
      sim.sender.isTwice = true
      await sim.desktop.slashCommand({ ...dana, command: '/prod-db', text: '30m INC-1 x' })
      assert.is(requests.all().length, 1)
      const [answer] = sim.state.ephemerals('U0DANA')
      await sim.desktop.clickButton({ ...dana, ts: answer?.ts ?? '', actionID: 'withdraw' })
      await house.gateway.stop()
      assert.is(requests.all()[0]?.status?.decisions?.length, 1)
      assert.equal(house.told('U0DANA'), ['You withdrew your request for *prod-db*.'])
    },
    [db],
  ))

test('a press that Slack delivers twice opens one form, and nothing else is said', () =>
  inHouse(
    async house => {
      const { sim } = house
      const ts = await house.announce(request(db))
      sim.sender.isTwice = true
      await sim.desktop.clickButton({ user: 'U0MO', ts, actionID: 'deny' })
      await sim.desktop.slashCommand({ ...dana, command: '/access' })
      await house.gateway.stop()
      for (const user of ['U0MO', 'U0DANA']) {
        assert.is(sim.state.openViews(user).length, 1)
        assert.equal(house.told(user), [])
      }
    },
    [db],
  ))

test.run()
