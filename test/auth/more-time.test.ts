// The limit in sequence when an approver comes back from Google: read at that moment, with the approver's own choice.
import * as assert from 'uvu/assert'
import type { RequestStatus } from '../../src/api/kinds.ts'
import { after, instant } from '../../src/domain/asking/duration.ts'
import { Broken } from '../../src/domain/outcome.ts'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { type Fixture, mo, start, within, wordsOf } from './fakes.ts'

const test = suite('more time, approved')
const inSeconds = (seconds: number): string => instant(after(start, seconds))

/** Dana had the mapping for an hour and a half of two, until now, by a request that is settled. */
function limited(fixture: Fixture, status: RequestStatus = {}): void {
  fixture.mapping.spec.duration = { default: '30m', max: '1h', min: '1m', maxConsecutive: '2h' }
  const asked = fixture.ask(({ spec }) => (spec.duration = '1h'))
  fixture.requests.put({
    ...asked,
    metadata: { ...asked.metadata, name: 'prod-db-earlier', uid: '22222222-0000-4000-8000-000000000009' },
    status: {
      ...asked.status,
      phase: 'Expired',
      settled: true,
      startsAt: inSeconds(-5400),
      expiresAt: inSeconds(0),
      grants: asked.spec.grants.map(({ resource, role }) => ({ resource, role, state: 'Written' })),
      ...status,
    },
  })
}

test('an approver of more than is left reads how much is, and nothing is stored', () =>
  within(async fixture => {
    limited(fixture)
    const answer = await fixture.approve(mo)
    assert.is(answer.status, 403)
    const words = wordsOf(answer)
    assert.match(words, '1 hour 30 minutes of them are used or promised. 30 minutes of them can begin now;')
    assert.match(words, `1 hour can begin at ${inSeconds(22 * 3600)}.`)
    assert.not.match(words, /You cannot approve/, 'the approver is not blamed')
    assert.equal([fixture.stored().status?.decisions, fixture.stored().status?.attempts], [undefined, undefined])
    assert.is(fixture.sealedTokens.stored.size, 0)
  }))

test('the approver chooses less, and it is stored', () =>
  within(async fixture => {
    limited(fixture)
    await fixture.approve(mo, { change: { duration: '30m' } })
    assert.is(fixture.stored().status?.decisions?.[0]?.narrowing?.duration, '30m')
  }))

attacks<{ change?: (fixture: Fixture) => void; earlier?: RequestStatus }>(
  test,
  {
    'more access was granted since the page was opened … nothing stored': {
      change: fixture => limited(fixture, { startsAt: inSeconds(-7200) }),
      earlier: { startsAt: inSeconds(-60) },
    },
    'the cluster does not say what was granted before … nothing stored': {
      change: fixture => {
        fixture.requests.history = async () => Promise.reject(new Broken('The API server answered 503.'))
      },
      earlier: { startsAt: inSeconds(-60) },
    },
    'a minute of access was had before … stored': { earlier: { startsAt: inSeconds(-60) } },
  },
  ({ change, earlier }) =>
    within(async fixture => {
      limited(fixture, earlier)
      const signIn = fixture.google.signIn.bind(fixture.google)
      // While the approver is at Google.
      fixture.google.signIn = (...args) => (change?.(fixture), signIn(...args))
      await fixture.approve(mo)
      return fixture.requests.all().some(({ status }) => status?.decisions) ? 'stored' : 'nothing stored'
    }),
)

test.run()
