// Times in words on the pages: never a time that is not left.
import * as assert from 'uvu/assert'
import { relative } from '../../src/auth/pages/words.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { suite, table } from '../suite.ts'

const test = suite('times in words')
const now = new Date('2026-11-23T14:02:00Z')

table<[number, string]>(
  test,
  {
    'half a minute left': [30, 'in less than a minute'],
    'a minute and a half left': [90, 'in 1 minute'],
    'a second less than an hour left': [3599, 'in 59 minutes'],
    'an hour left': [3600, 'in 1 hour'],
    'an hour and a half left': [5400, 'in 1 hour 30 minutes'],
    'a second less than two hours left': [7199, 'in 1 hour 59 minutes'],
    'a second less than four hours left': [4 * 3600 - 1, 'in 3 hours 59 minutes'],
    'half a minute ago': [-30, 'just now'],
    'an hour and a half ago': [-5400, '1 hour 30 minutes ago'],
  },
  ([seconds, said]) => assert.is(relative(after(now, seconds), now), said),
)

test.run()
