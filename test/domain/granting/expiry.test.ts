import * as assert from 'uvu/assert'
import type { Narrowing } from '../../../src/api/kinds.ts'
import { instant } from '../../../src/domain/asking/duration.ts'
import { grantedSeconds, promise, refuseTimes } from '../../../src/domain/granting/expiry.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('when access begins and ends')
const { spec } = request(mapping())
const signedInAt = new Date('2026-11-23T14:05:00Z')

table<[Narrowing | undefined, number]>(
  test,
  {
    'what was asked': [undefined, 1800],
    'less, as the approver chose': [{ duration: '10m' }, 600],
    'never more': [{ duration: '4h' }, 1800],
    'a narrowing of grants alone': [{ grants: [0] }, 1800],
    'what is no duration does not lengthen': [{ duration: '' }, 1800],
  },
  ([narrowing, seconds]) => assert.is(grantedSeconds(spec, narrowing), seconds),
)

table<{ now: string; notBefore?: string; startsAt: string; expiresAt: string }>(
  test,
  {
    'it begins now': {
      now: '2026-11-23T14:05:00Z',
      startsAt: '2026-11-23T14:05:00Z',
      expiresAt: '2026-11-23T14:35:00Z',
    },
    'the start is rounded up to a whole second': {
      now: '2026-11-23T14:05:00.001Z',
      startsAt: '2026-11-23T14:05:01Z',
      expiresAt: '2026-11-23T14:35:01Z',
    },
    'it begins at notBefore when that is later': {
      now: '2026-11-23T14:05:00Z',
      notBefore: '2026-11-24T08:00:00Z',
      startsAt: '2026-11-24T08:00:00Z',
      expiresAt: '2026-11-24T08:30:00Z',
    },
    'a notBefore in the past does not shorten it': {
      now: '2026-11-23T14:05:00Z',
      notBefore: '2026-11-23T14:00:00Z',
      startsAt: '2026-11-23T14:05:00Z',
      expiresAt: '2026-11-23T14:35:00Z',
    },
  },
  ({ now, notBefore, startsAt, expiresAt }) => {
    const times = promise({ ...spec, ...(notBefore && { notBefore }) }, undefined, new Date(now))
    assert.equal([instant(times.startsAt), instant(times.expiresAt)], [startsAt, expiresAt])
  },
)

table<{ startsAt: string; expiresAt: string; notBefore?: string; narrowing?: Narrowing; refused: RegExp | undefined }>(
  test,
  {
    'the promise itself': { startsAt: '14:05:00', expiresAt: '14:35:00', refused: undefined },
    'the last moment of the token': { startsAt: '15:05:00', expiresAt: '15:35:00', refused: undefined },
    'a second after the token': {
      startsAt: '15:05:01',
      expiresAt: '15:35:01',
      refused: /start of access does not fit/,
    },
    'before the sign-in': { startsAt: '14:04:59', expiresAt: '14:34:59', refused: /start of access does not fit/ },
    'an end a second too late': {
      startsAt: '14:05:00',
      expiresAt: '14:35:01',
      refused: /end of access does not fit/,
    },
    'an end that ignores the narrowing': {
      startsAt: '14:05:00',
      expiresAt: '14:35:00',
      narrowing: { duration: '10m' },
      refused: /end of access does not fit/,
    },
    'an end before the start': {
      startsAt: '14:05:00',
      expiresAt: '14:00:00',
      refused: /end of access does not fit/,
    },
    'notBefore itself': { startsAt: '20:00:00', expiresAt: '20:30:00', notBefore: '20:00:00', refused: undefined },
    'later than notBefore and the token': {
      startsAt: '20:00:01',
      expiresAt: '20:30:01',
      notBefore: '20:00:00',
      refused: /start of access does not fit/,
    },
    'earlier than notBefore': {
      startsAt: '14:05:00',
      expiresAt: '14:35:00',
      notBefore: '20:00:00',
      refused: /earlier than requested/,
    },
    'no time at all': { startsAt: 'x', expiresAt: 'x', refused: /does not fit/ },
  },
  ({ startsAt, expiresAt, notBefore, narrowing, refused }) => {
    const day = (time: string): string => `2026-11-23T${time}Z`
    const stored = { startsAt: new Date(day(startsAt)), expiresAt: new Date(day(expiresAt)) }
    const asked = { ...spec, ...(notBefore && { notBefore: day(notBefore) }) }
    const no = refuseTimes(stored, asked, narrowing, signedInAt)
    if (refused) assert.match(no?.message ?? '', refused)
    else assert.is(no, undefined)
  },
)

test.run()
