// Time in sequence: what counts, how it is added up, and what fits, compared with a slow sum.
import * as assert from 'uvu/assert'
import type { RequestStatus } from '../../../src/api/kinds.ts'
import { after, instant } from '../../../src/domain/asking/duration.ts'
import { refuseSequence, type Span, spansOf, together, windowSeconds } from '../../../src/domain/asking/sequence.ts'
import { attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { request } from '../../builders/request.ts'
import { suite, table } from '../../suite.ts'

const test = suite('time in sequence')
const day = 23
const at = (hhmm: string, on = day): string => `2026-11-${String(on).padStart(2, '0')}T${hhmm}:00Z`
const span = (from: string, until: string): Span => ({ from: new Date(from), until: new Date(until) })
const plain = ({ from, until }: Span): string => `${instant(from)} ${instant(until)}`

const [startsAt, expiresAt, earlierEnd] = [at('10:00'), at('12:00'), at('11:00')]
type Grant = NonNullable<RequestStatus['grants']>[number]
const grants = (...states: Partial<Grant>[]): Grant[] =>
  states.map(grant => ({ resource: 'projects/prod-eu', role: 'roles/x.y', state: 'Written', ...grant }))

table<{ status: RequestStatus; until: string | undefined }>(
  test,
  {
    'a request that waits gives nothing': { status: { phase: 'Pending' }, until: undefined },
    'access that is being granted counts whole': {
      status: { phase: 'Approved', startsAt, expiresAt, grants: grants({ state: 'Pending' }) },
      until: expiresAt,
    },
    'access in force counts until its end': {
      status: { phase: 'Provisioned', startsAt, expiresAt, grants: grants({}) },
      until: expiresAt,
    },
    'access that has ended counts': {
      status: { phase: 'Expired', startsAt, expiresAt, endedAt: expiresAt, grants: grants({}) },
      until: expiresAt,
    },
    'access that was ended early counts until then': {
      status: {
        phase: 'Revoked',
        startsAt,
        expiresAt,
        endedAt: earlierEnd,
        grants: grants({ state: 'Removed', at: earlierEnd }),
      },
      until: earlierEnd,
    },
    'access that may still be held counts until its time': {
      status: {
        phase: 'Revoked',
        startsAt,
        expiresAt,
        endedAt: earlierEnd,
        grants: grants({ state: 'Removed', at: earlierEnd }, { state: 'Unknown' }),
      },
      until: expiresAt,
    },
    'what Google refused gives nothing': {
      status: { phase: 'Failed', startsAt, expiresAt, grants: grants({ state: 'Refused' }) },
      until: undefined,
    },
    'what was removed again counts until then': {
      status: { phase: 'Failed', startsAt, expiresAt, grants: grants({ state: 'Removed', at: at('10:01') }) },
      until: at('10:01'),
    },
  },
  ({ status, until }) => {
    const found = spansOf([request(mapping(), { status })])
    assert.equal(found.map(plain), until ? [`${startsAt} ${until}`] : [])
  },
)

test('the window is a day, or twice what is allowed', () =>
  assert.equal(
    [undefined, 2, 12, 13, 168].map(hours => windowSeconds(hours && hours * 3600) / 3600),
    [24, 24, 24, 26, 336],
  ))

const hours = (most: number): { name: string; maxConsecutiveSeconds: number } => ({
  name: 'prod-db',
  maxConsecutiveSeconds: most * 3600,
})

table<{ held: Span[]; wanted: Span; says: [times: number, hours: number] | undefined }>(
  test,
  {
    'a first access is alone': { held: [], wanted: span(at('14:00'), at('15:00')), says: undefined },
    'the third hour': {
      held: [span(at('12:00'), at('13:00')), span(at('13:00'), at('14:00'))],
      wanted: span(at('14:00'), at('15:00')),
      says: [3, 3],
    },
    'what runs at the same time counts once': {
      held: [span(at('14:00'), at('15:00'))],
      wanted: span(at('14:30'), at('15:30')),
      says: [2, 1.5],
    },
    'what ended a day before does not count': {
      held: [span(at('12:00', 22), at('15:00', 22))],
      wanted: span(at('15:00'), at('16:00')),
      says: undefined,
    },
    'what is promised for later counts': {
      held: [span(at('20:00'), at('22:00'))],
      wanted: span(at('14:00'), at('15:00')),
      says: [2, 3],
    },
  },
  ({ held, wanted, says }) => {
    const found = together(held, wanted, {})
    assert.equal(found && [found.times, found.seconds / 3600], says)
  },
)

test('a mapping without a limit refuses nobody', () =>
  assert.is(
    refuseSequence({ name: 'prod-db' }, [span(at('00:00'), at('14:00'))], span(at('14:00'), at('18:00'))),
    undefined,
  ))

test('the refusal says how much is left, and from when on the whole is possible again', () => {
  const held = [span(at('10:00'), at('12:30'))]
  const no = refuseSequence(hours(3), held, span(at('12:30'), at('13:30')))
  assert.equal(no, {
    reason: 'MaxConsecutive',
    message: `One person can have "prod-db" for 3 hours within 24 hours, and 2 hours 30 minutes of them are used or promised. 30 minutes of them can begin now; 1 hour can begin at ${at('09:30', 24)}.`,
  })
  assert.is(refuseSequence(hours(3), held, span(at('12:30'), at('13:00'))), undefined)
  assert.is(refuseSequence(hours(3), held, span(at('09:30', 24), at('10:30', 24))), undefined)
})

test('of time that begins later, it says what is left then', () => {
  const wanted = { ...span(at('20:00'), at('21:00')), isLater: true }
  const no = refuseSequence(hours(3), [span(at('10:00'), at('12:30'))], wanted)
  assert.match(no?.message ?? '', '30 minutes of them can begin then;')
})

test('when nothing is left, it says so', () => {
  const no = refuseSequence(hours(2), [span(at('10:00'), at('12:00'))], span(at('12:00'), at('13:00')))
  assert.match(no?.message ?? '', `Nothing is left now; 1 hour can begin at ${at('10:00', 24)}.`)
})

/** Two hours are allowed, and were had from 10:00 to 12:00. */
const spent = [span(at('10:00'), at('12:00'))]
attacks<{ wanted: Span; held?: Span[] }>(
  test,
  {
    'a holder of the whole time in sequence pauses for a minute … MaxConsecutive': {
      wanted: span(at('12:01'), at('12:02')),
    },
    'a holder of the whole time in sequence pauses until the night … MaxConsecutive': {
      wanted: span(at('23:00'), at('23:05')),
    },
    'a holder of the whole time asks for a later day that still touches it … MaxConsecutive': {
      wanted: span(at('09:00', 24), at('10:01', 24)),
    },
    'a holder fills the time before access that is already promised … MaxConsecutive': {
      held: [span(at('18:00'), at('20:00'))],
      wanted: span(at('12:00'), at('13:00')),
    },
    'a holder asks for two halves around promised access … MaxConsecutive': {
      held: [span(at('10:00'), at('11:00')), span(at('08:00', 24), at('09:00', 24))],
      wanted: span(at('20:00'), at('20:30')),
    },
    'a holder hides in access that overlaps … MaxConsecutive': {
      held: [span(at('10:00'), at('11:30')), span(at('10:30'), at('12:00'))],
      wanted: span(at('11:30'), at('13:00')),
    },
  },
  async ({ wanted, held = spent }) => refuseSequence(hours(2), held, wanted)?.reason ?? 'had it',
)

/** A small generator of numbers, the same in each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * below)
  }
}

/** The most minutes in any window that touches `wanted`, minute by minute. */
function slowly(held: readonly Span[], wanted: Span, windowMinutes: number): number {
  const minute = ({ from }: { from: Date }): number => from.getTime() / 60_000
  const origin = minute(wanted) - 2 * windowMinutes
  const on = Array.from({ length: 5 * windowMinutes }, () => 0)
  for (const { from, until } of [...held, wanted])
    for (let m = minute({ from }) - origin; m < minute({ from: until }) - origin; m++)
      if (m >= 0 && m < on.length) on[m] = 1
  const [first, last] = [minute({ from: wanted.from }) - origin, minute({ from: wanted.until }) - origin]
  let most = 0
  for (let from = first - windowMinutes + 1; from < last; from++)
    most = Math.max(
      most,
      on.slice(from, from + windowMinutes).reduce((sum, one) => sum + one, 0),
    )
  return most
}

test('a slow sum minute by minute agrees, and also on when it is possible again', () => {
  const random = numbers(7)
  const start = new Date(at('12:00'))
  let refused = 0
  for (let round = 0; round < 60; round++) {
    const any = (): Span => {
      const from = after(start, (random(3000) - 1500) * 60)
      return { from, until: after(from, (1 + random(240)) * 60) }
    }
    const [held, wanted] = [Array.from({ length: random(6) }, any), any()]
    const no = refuseSequence(hours(5), held, wanted)
    assert.is(no !== undefined, slowly(held, wanted, 24 * 60) > 5 * 60, `round ${round}`)
    if (!no) continue
    refused++
    const again = new Date(/begin at (\S+Z)\./.exec(no.message)?.[1] ?? '')
    const length = Number(wanted.until) - Number(wanted.from)
    const later = (shift: number): Span => {
      const from = after(again, shift)
      return { from, until: new Date(Number(from) + length) }
    }
    assert.ok(slowly(held, later(0), 24 * 60) <= 300, `round ${round}: possible again`)
    assert.ok(slowly(held, later(-60), 24 * 60) > 300, `round ${round}: not a minute before`)
  }
  assert.ok(refused > 10, String(refused))
})

test.run()
