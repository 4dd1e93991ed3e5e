// How far back Cloud Logging is asked: to the events and policy writes of every access that can still be in force.
import * as assert from 'uvu/assert'
import { grantEventsFilter, policyWritesFilter } from '../../src/audit/log-filters.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { aheadSeconds } from '../../src/domain/asking/start.ts'
import { noon } from '../builders/history.ts'
import { suite } from '../suite.ts'

const test = suite('filters of the log')
const longestSeconds = 168 * 3600

// Its binding is written when it is approved, and its condition lets it begin as late as possible.
const granted = noon
const lastMoment = after(granted, aheadSeconds + longestSeconds - 1)

for (const [what, filter] of Object.entries({
  'events of Hallpass': grantEventsFilter('projects/ops/logs/hallpass', { at: lastMoment }),
  'policy writes': policyWritesFilter({ at: lastMoment }),
}))
  test(`${what} are read from before access that was asked for as early as possible`, () => {
    const [, from = ''] = /timestamp>="([^"]+)"/.exec(filter) ?? []
    assert.ok(new Date(from) < granted, `${from} is later than ${granted.toISOString()}`)
  })

test.run()
