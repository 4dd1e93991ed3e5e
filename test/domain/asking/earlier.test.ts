import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../../src/api/kinds.ts'
import { type Earlier, earlierOf, earlierSince } from '../../../src/domain/asking/earlier.ts'
import { suite, table } from '../../suite.ts'
import { nights } from '../../builders/hours.ts'
import { mapping } from '../../builders/mapping.ts'
import { request as stored } from '../../builders/request.ts'

const test = suite('what came before a request')
const db = mapping()
const at = (hhmm: string, day = 23): string => `2026-11-${day}T${hhmm}:00Z`
const tsOf = (instant: string): string => `${Date.parse(instant) / 1000}.000100`

type Past = {
  at: string
  status?: RequestStatus
  roleMapping?: string
  isDeleted?: boolean
  spec?: Partial<AccessRequest['spec']>
}
let count = 0
function past({ at: createdAt, status = {}, roleMapping = db.metadata.name, isDeleted, spec }: Past): AccessRequest {
  const one = stored(db)
  const { approvers: _, ...rest } = one.status ?? {}
  return {
    ...one,
    metadata: {
      ...one.metadata,
      uid: `33333333-0000-4000-8000-${String(++count).padStart(12, '0')}`,
      creationTimestamp: createdAt,
      ...(isDeleted && { deletionTimestamp: createdAt }),
    },
    spec: { ...one.spec, roleMapping, ...spec },
    status: { ...rest, ...status },
  }
}

const mo = { email: 'mo@example.com', slackUserID: 'U0MO', name: 'Mo Manager', level: 1, why: 'on call' }
const ana = { email: 'ana@example.com', slackUserID: 'U0ANA', name: 'Ana Director', level: 2, why: 'on call' }
const decided = (
  verdict: 'Approved' | 'Denied' | 'Withdrawn',
  when: string,
  comment?: string,
): Pick<RequestStatus, 'decisions' | 'approvers'> => ({
  approvers: [{ ...ana, at: when }],
  decisions: [{ id: 'x', verdict, who: { email: 'ana@example.com' }, at: when, ...(comment && { comment }) }],
})
const granted = (startsAt: string, expiresAt: string): RequestStatus => ({
  phase: 'Provisioned',
  startsAt,
  expiresAt,
})
/** Mo was mentioned in a message, and the request was withdrawn. */
const withdrawn = (when: string, more: RequestStatus = {}): RequestStatus => ({
  ...decided('Withdrawn', when),
  approvers: [{ ...mo, at: when }],
  message: { channel: 'C0PRODACCESS', intentAt: when, ts: tsOf(when) },
  ...more,
})

const denial = { at: at('13:00'), email: 'ana@example.com', name: 'Ana Director', comment: 'use the replica' }
const facts: Record<string, { before: Past[]; earlier: Earlier | undefined }> = {
  'nothing came before': { before: [], earlier: undefined },
  'a denial and its comment are kept': {
    before: [{ at: at('12:50'), status: decided('Denied', at('13:00'), 'use the replica') }],
    earlier: { denial },
  },
  'a denial of a day ago is still shown': {
    before: [{ at: at('12:50', 22), status: decided('Denied', at('14:02', 22)) }],
    earlier: { denial: { at: at('14:02', 22), email: 'ana@example.com', name: 'Ana Director' } },
  },
  'a denial of more than a day ago is not': {
    before: [{ at: at('12:50', 22), status: decided('Denied', at('14:01', 22)) }],
    earlier: undefined,
  },
  'an approval after the denial has weighed it': {
    before: [
      { at: at('12:50'), status: decided('Denied', at('13:00')) },
      { at: at('13:05'), status: decided('Approved', at('13:10')) },
    ],
    earlier: undefined,
  },
  'withdrawing in between does not wash a denial off': {
    before: [
      { at: at('12:50'), status: decided('Denied', at('13:00'), 'use the replica') },
      { at: at('13:05'), status: withdrawn(at('13:06')) },
    ],
    earlier: { denial },
  },
  'a denial for another mapping does not count': {
    before: [{ at: at('12:50'), roleMapping: 'other', status: decided('Denied', at('13:00')) }],
    earlier: undefined,
  },
  'what is asked later is not what came before': {
    before: [{ at: at('14:03'), status: decided('Denied', at('14:04')) }],
    earlier: undefined,
  },
  'access that runs is told, the one that ends last': {
    before: [
      { at: at('13:00'), status: granted(at('13:05'), at('14:35')) },
      { at: at('13:10'), status: granted(at('13:15'), at('14:15')) },
    ],
    earlier: { holding: { until: at('14:35') }, held: { times: 3, duration: '1h30m', within: '24h' } },
  },
  'access that runs in certain hours is told with them': {
    before: [{ at: at('13:00'), status: granted(at('13:05'), at('14:35')), spec: { hours: nights } }],
    earlier: {
      holding: { until: at('14:35'), hours: 'Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin)' },
      held: { times: 2, duration: '1h30m', within: '24h' },
    },
  },
  'access on several days is told with its times, and with the hours of the mapping': {
    before: [
      {
        at: at('13:00'),
        status: granted(at('13:05'), at('01:00', 25)),
        spec: { hours: nights, window: { zone: 'UTC', from: '22:00', to: '01:00', until: at('01:00', 25) } },
      },
    ],
    earlier: {
      holding: {
        until: at('01:00', 25),
        hours:
          'Monday to Friday 22:00 to 06:00 the next day (Europe/Berlin), and within these every day 22:00 to 01:00 the next day (UTC)',
      },
      held: { times: 2, duration: '3h30m', within: '24h' },
    },
  },
  'access that begins later is told with its beginning': {
    before: [{ at: at('13:00', 10), status: granted(at('20:00'), at('21:00')) }],
    earlier: {
      holding: { from: at('20:00'), until: at('21:00') },
      held: { times: 2, duration: '1h30m', within: '24h' },
    },
  },
  'access that has ended is only added up': {
    before: [
      { at: at('12:00'), status: granted(at('12:05'), at('14:02')) },
      { at: at('12:00'), status: { ...granted(at('12:05'), at('16:00')), phase: 'Revoked' } },
    ],
    earlier: { held: { times: 2, duration: '2h27m', within: '24h' } },
  },
  'access for another mapping is not told': {
    before: [{ at: at('13:00'), roleMapping: 'other', status: granted(at('13:05'), at('14:35')) }],
    earlier: undefined,
  },
  'who was mentioned for a withdrawn request is remembered': {
    before: [{ at: at('13:50'), status: withdrawn(at('13:50')) }],
    earlier: { called: { at: at('13:50'), who: ['U0MO'] } },
  },
  'so is who was mentioned for a deleted one': {
    before: [
      { at: at('13:50'), isDeleted: true, status: { ...withdrawn(at('13:50')), decisions: undefined } as never },
    ],
    earlier: { called: { at: at('13:50'), who: ['U0MO'] } },
  },
  'after the window they are mentioned again': {
    before: [{ at: at('13:32'), status: withdrawn(at('13:32')) }],
    earlier: undefined,
  },
  'asking and withdrawing again does not push the first mention on': {
    before: [
      { at: at('13:30'), status: withdrawn(at('13:30')) },
      { at: at('13:50'), status: withdrawn(at('13:50'), { earlier: { called: { at: at('13:30'), who: ['U0MO'] } } }) },
    ],
    earlier: undefined,
  },
  'nobody was mentioned by a message that was never posted': {
    before: [
      { at: at('13:50'), status: withdrawn(at('13:50'), { message: { channel: 'C0', intentAt: at('13:50') } }) },
    ],
    earlier: undefined,
  },
  'who was added by an edit was not mentioned': {
    before: [
      {
        at: at('13:50'),
        status: withdrawn(at('13:50'), {
          approvers: [
            { ...mo, at: at('13:50') },
            { ...ana, at: at('13:58') },
          ],
        }),
      },
    ],
    earlier: { called: { at: at('13:50'), who: ['U0MO'] } },
  },
  'who was mentioned later, by a note in the thread, was mentioned then': {
    before: [
      {
        at: at('13:50'),
        status: withdrawn(at('13:50'), {
          approvers: [
            { ...mo, at: at('13:50') },
            { ...ana, at: at('13:58') },
          ],
          told: [{ what: 'asked 2', at: at('13:58') }],
        }),
      },
    ],
    earlier: { called: { at: at('13:50'), who: ['U0MO', 'U0ANA'] } },
  },
  'a denied request leaves the next one its mention': {
    before: [{ at: at('13:50'), status: { ...withdrawn(at('13:50')), ...decided('Denied', at('13:55')) } }],
    earlier: { denial: { at: at('13:55'), email: 'ana@example.com', name: 'Ana Director' } },
  },
}
// Asked at 14:02, to be decided within 30 minutes.
table(test, facts, ({ before, earlier }) => {
  const now = past({ at: at('14:02') })
  assert.equal(earlierOf(now, [...before.map(past), now]), earlier)
})

/** `one` as it was asked as an emergency. */
const urgent = (one: AccessRequest): AccessRequest => ({ ...one, spec: { ...one.spec, emergency: true } })

test('an emergency mentions who was mentioned for a usual request that was withdrawn, and for another emergency not', () => {
  const before = past({ at: at('13:50'), status: withdrawn(at('13:50')) })
  const now = urgent(past({ at: at('14:02') }))
  assert.is(earlierOf(now, [before, now]), undefined)
  assert.equal(earlierOf(now, [urgent(before), now]), { called: { at: at('13:50'), who: ['U0MO'] } })
})

test('texts at their longest are kept within what the kind allows', () => {
  const status = decided('Denied', at('13:00'), 'x'.repeat(500))
  status.approvers = [{ ...ana, name: 'N'.repeat(80), at: at('13:00') }]
  const { denial: kept } = earlierOf(past({ at: at('14:02') }), [past({ at: at('12:50'), status })]) ?? {}
  assert.equal([kept?.name?.length, kept?.comment?.length], [40, 300])
  assert.ok(kept?.comment?.endsWith('…'))
})

test('what is looked back at reaches over every window and the day that a denial is shown', () => {
  assert.is(earlierSince(past({ at: at('14:02') })).toISOString(), '2026-11-21T14:02:00.000Z')
})

test.run()
