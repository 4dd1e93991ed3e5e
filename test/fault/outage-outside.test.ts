// The services around us fail in every way, and Slack's sockets are refreshed and cut: each story still has its own end.
// Of the grids of services and troubles a quarter is played, another quarter each time; `npm run faults` plays all of
// them, and what takes minutes.
import { randomInt } from 'node:crypto'
import { testOutages } from './outage-suite.ts'
import { outsideOutages } from './outages-outside.ts'
import { socketOutages } from './outages-socket.ts'

/** Chooses the quarter; set it to play one again. */
const seed = Number(process.env['FAULT_SEED'] ?? randomInt(4))
console.log(`FAULT_SEED=${seed}`)

const all = Object.entries({ ...outsideOutages, ...socketOutages })
const test = testOutages(
  'outages of the services around us',
  all.filter(([, { isLong, isOfMany }], n) => !isLong && (!isOfMany || n % 4 === seed % 4)),
)

test.run()
