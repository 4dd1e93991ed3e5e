// When access is asked for and works, in the words that the message, the pages, the log and PagerDuty share.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestSpec } from '../../../src/api/kinds.ts'
import { storyFromCluster } from '../../../src/audit/story/story.ts'
import { pageEventOf } from '../../../src/domain/calling/page-event.ts'
import { viewOf } from '../../../src/domain/view/view.ts'
import { sayAskedTime, sayWorkingOf } from '../../../src/domain/view/working.ts'
import { attack } from '../../attacks.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('when access works, in words')
const window = { zone: 'Europe/Zurich', from: '22:00', to: '02:00', until: '2026-11-27T01:00:00Z' }

/** Asked on Monday at 15:02 in Berlin. */
function asked(spec: Partial<RequestSpec>, status: Partial<AccessRequest['status']> = {}): AccessRequest {
  const made = request(mapping())
  return { ...made, spec: { ...made.spec, ...spec }, status: { ...made.status, ...status } }
}

table<{ spec: Partial<RequestSpec>; says: string }>(
  test,
  {
    'for a while': { spec: {}, says: '30 minutes' },
    'beginning later': {
      spec: { notBefore: '2026-11-23T20:00:00Z' },
      says: '30 minutes, from Monday 23 November 2026, 20:00 (UTC)',
    },
    'on several days': {
      spec: { window, duration: '4h' },
      says: '22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00',
    },
    'in certain hours, beginning later: both by one clock': {
      spec: { hours: nights, notBefore: '2026-11-23T21:00:00Z', duration: '8h' },
      says: '8 hours, from Monday 23 November 2026, 22:00 (Europe/Berlin), only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin)',
    },
    'on several days, within the hours of the mapping': {
      spec: { hours: nights, window, duration: '4h' },
      says: '22:00\u201302:00 (Europe/Zurich), the last until Friday 27 November 2026, 02:00, only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin)',
    },
  },
  ({ spec, says }) => {
    const made = asked(spec)
    assert.is(sayAskedTime(made.spec), says)
    const event = pageEventOf(made, 'trigger', undefined)
    assert.is(event.action === 'trigger' && event.details['duration'], says)
    const [first] = storyFromCluster(made).happened
    assert.is(first?.says, `Asked for prod-db for ${says}.`)
  },
)

table<{ spec: Partial<RequestSpec>; status?: Partial<AccessRequest['status']>; says: string | undefined }>(
  test,
  {
    'at any time: nothing is said': { spec: {}, says: undefined },
    'while it waits: as if it was granted when it was asked': {
      spec: { hours: nights, duration: '8h' },
      says: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin): in this time from Monday 23 November 2026, 22:00 until Monday 23 November 2026, 23:02.',
    },
    'while it waits, from its start': {
      spec: { hours: nights, duration: '8h', notBefore: '2026-11-23T21:00:00Z' },
      says: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin).',
    },
    'when it is granted: in its time': {
      spec: { hours: nights, duration: '8h' },
      status: { startsAt: '2026-11-23T18:00:00Z', expiresAt: '2026-11-24T02:00:00Z' },
      says: 'It works only Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin): in this time from Monday 23 November 2026, 22:00 until Tuesday 24 November 2026, 03:00.',
    },
    'on several days: the first of them, and how many more': {
      spec: {
        hours: { ...nights, spans: [{ from: '23:00', to: '06:00' }] },
        window,
        duration: '4h',
      },
      says: 'It works only every day 23:00 to 06:00 the next day (Europe/Berlin): in these times from Monday 23 November 2026, 23:00 until Tuesday 24 November 2026, 02:00, and 3 more times.',
    },
  },
  ({ spec, status, says }) => {
    const made = asked(spec, status)
    assert.is(sayWorkingOf(made), says)
    assert.is(viewOf(made, undefined).hours, says, 'the message says the same')
  },
)

attack(
  test,
  'a stored request names hours in a place without a clock, so that its message cannot be made … said',
  () => {
    const odd = { zone: 'Mars/Olympus', spans: [{ from: '22:00', to: '06:00' }] }
    const made = asked({ hours: odd, notBefore: '2026-11-23T20:00:00Z' })
    return [sayAskedTime(made.spec), viewOf(made, undefined).hours].every(words => words?.includes('(Mars/Olympus)'))
      ? 'said'
      : 'nothing is said'
  },
)

test.run()
