// The cluster lies, our processes freeze or are rolled out, clocks are set: each story still has its own end. What
// takes minutes is played by `npm run faults` only.
import { testOutages } from './outage-suite.ts'
import { clockOutages } from './outages-clock.ts'
import { clusterOutages } from './outages-cluster.ts'
import { leadershipOutages } from './outages-leadership.ts'

const all = Object.entries({ ...clusterOutages, ...leadershipOutages, ...clockOutages })
const test = testOutages(
  'outages of the cluster and of our own processes',
  all.filter(([, { isLong }]) => !isLong),
)

test.run()
