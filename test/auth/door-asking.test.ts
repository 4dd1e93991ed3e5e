// Asking at the second door as an emergency, and for more time: what the form offers, what is stored, and what a forged form
// cannot get.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attacks } from '../attacks.ts'
import { emergency } from '../builders/emergency.ts'
import { suite } from '../suite.ts'
import { dana, type Fixture, formOf, type mo, type PageResponse, within, wordsOf } from './fakes.ts'
import { granted } from './made.ts'

const test = suite('asking at the second door, urgently and again')
const prodDb = '/ask?for=hallpass/prod-db'
const reason = 'INC-4711 replaying the failed payout batch'

/** The requests that were stored here. */
const stored = ({ requests }: Fixture): AccessRequest[] =>
  requests.all().filter(({ spec }) => spec.origin === 'web' && spec.reason === reason)

/** Dana's access until 14:35:12, of a request of an hour that was asked on the web. */
function holding(fixture: Fixture, change: (asked: AccessRequest) => void = () => undefined): void {
  fixture.ask(asked => {
    Object.assign(asked.status ?? {}, granted(fixture, 'Written'))
    const { slack: _slack, ...spec } = asked.spec
    const requester = { email: 'dana@example.com', googleSubject: 'sub-dana@example.com' }
    asked.spec = { ...spec, origin: 'web', duration: '1h', requester }
    change(asked)
  })
}

async function moreTime(fixture: Fixture): Promise<{ form: PageResponse; send: Send }> {
  const { browser, page } = await fixture.visit(dana)
  const path = /href="(\/ask\?[^"]*after=[^"]*)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const form = await browser.get(path)
  return { form, send: async change => browser.post('/ask', formOf(form, { reason, ...change })) }
}
type Send = (change?: Record<string, string>) => Promise<PageResponse>

test('a mapping that offers emergencies has the tick, and the request holds the rules for them', () =>
  within(async fixture => {
    fixture.mapping.spec.emergency = emergency
    const { browser, page } = await fixture.visit(dana)
    assert.match(wordsOf(page), 'At most 4 hours. Also as an emergency.')
    const form = await browser.get(prodDb)
    assert.match(wordsOf(form), 'somebody else must review it within 48 hours after its end.')
    const sent = await browser.post('/ask', formOf(form, { reason, emergency: 'emergency' }))
    const [{ spec } = { spec: undefined }] = stored(fixture)
    assert.equal([spec?.emergency, spec?.review?.channel, spec?.approval.escalateAfter], [true, 'C0SECURITY', '2m'])
    assert.match(wordsOf(await browser.get(sent.location)), 'You asked for prod-db for 30 minutes as an emergency.')
  }))

test('without the tick it is no emergency; an emergency needs a reason, also where the mapping needs none', () =>
  within(async fixture => {
    fixture.requests.stored.clear()
    Object.assign(fixture.mapping.spec, { emergency, reason: { required: false } })
    const { browser } = await fixture.visit(dana)
    const form = await browser.get(prodDb)
    const refused = await browser.post('/ask', formOf(form, { emergency: 'emergency' }))
    assert.is(refused.status, 422)
    assert.match(wordsOf(refused), 'An emergency of "prod-db" needs a reason, because it is reviewed afterwards.')
    assert.match(refused.body, /name="emergency" value="emergency" checked/)
    await browser.post('/ask', formOf(form, { reason }))
    assert.equal(
      stored(fixture).map(({ spec }) => spec.emergency),
      [undefined],
    )
  }))

test('more time begins in the second in which the access ends, and names the earlier request', () =>
  within(async fixture => {
    holding(fixture)
    const { form, send } = await moreTime(fixture)
    assert.match(wordsOf(form), 'Ask for more time with prod-db')
    assert.match(wordsOf(form), 'the end of your present access: 14:35 UTC, in 33 minutes. There is no gap.')
    assert.match(form.body, /<option value="1h" selected/)
    assert.match(form.body, 'INC-1234 replaying the failed payout batch')
    const sent = await send()
    const [{ spec } = { spec: undefined }] = stored(fixture)
    const follows = { name: 'prod-db-aaaabbbbcccc', uid: '22222222-0000-4000-8000-000000000001' }
    assert.equal([spec?.follows, spec?.notBefore, spec?.duration], [follows, '2026-11-23T14:35:12Z', '1h'])
    assert.match(sent.location, /^\/\?asked=/)
  }))

test('more time may begin at once', () =>
  within(async fixture => {
    holding(fixture)
    const { send } = await moreTime(fixture)
    await send({ start: 'now' })
    const [{ spec } = { spec: undefined }] = stored(fixture)
    assert.equal([spec?.follows?.name, spec?.notBefore], ['prod-db-aaaabbbbcccc', undefined])
  }))

test('when the access has ended before the form is sent, the request is a new one that begins when it is granted', () =>
  within(async fixture => {
    holding(fixture)
    const { send } = await moreTime(fixture)
    fixture.clock.forward(2400)
    await send()
    const [{ spec } = { spec: undefined }] = stored(fixture)
    assert.equal([spec?.follows, spec?.notBefore], [undefined, undefined])
  }))

test('an emergency counts for the limit of emergencies', () =>
  within(
    async fixture => {
      fixture.requests.stored.clear()
      fixture.mapping.spec.emergency = emergency
      const { browser } = await fixture.visit(dana)
      const asks = async (): Promise<PageResponse> =>
        browser.post('/ask', formOf(await browser.get(prodDb), { reason, emergency: 'emergency' }))
      await asks()
      const [first] = fixture.requests.all()
      if (first) fixture.requests.put({ ...first, status: { ...first.status, phase: 'TimedOut' } as never })
      assert.is((await asks()).status, 429)
      assert.ok(fixture.counted.includes('limited hourlyEmergenciesPerPerson'))
      assert.is(stored(fixture).length, 1)
    },
    {
      limits: {
        openPerPerson: 9,
        openPerMapping: 9,
        hourlyPerPerson: 9,
        hourlyPerMapping: 9,
        hourlyEmergenciesPerPerson: 1,
      },
    },
  ))

type Forged = { before?: (fixture: Fixture) => void; change: Record<string, string>; as?: typeof mo }
attacks<Forged>(
  test,
  {
    'a form asks as an emergency where the mapping offers none … 0 stored': { change: { emergency: 'emergency' } },
    'a form says another word for the emergency … 0 stored': { change: { emergency: 'yes' } },
    'a form continues the access of somebody else … 1 stored, follows nothing': {
      before: fixture => holding(fixture),
      as: { email: 'otto@example.com' },
      change: { after: 'prod-db-aaaabbbbcccc', start: 'then' },
    },
    'an account with the holder’s old address continues the access … 1 stored, follows nothing': {
      before: fixture => holding(fixture),
      as: { email: 'dana@example.com', sub: 'another' },
      change: { after: 'prod-db-aaaabbbbcccc', start: 'then' },
    },
    'a form continues access to another mapping … 1 stored, follows nothing': {
      before: fixture => holding(fixture, ({ spec }) => (spec.roleMapping = 'other')),
      change: { after: 'prod-db-aaaabbbbcccc', start: 'then' },
    },
    'a form continues what was never granted … 1 stored, follows nothing': {
      before: fixture =>
        holding(fixture, ({ status }) => {
          if (status) status.phase = 'Failed'
        }),
      change: { after: 'prod-db-aaaabbbbcccc', start: 'then' },
    },
  },
  async ({ before = fixture => fixture.requests.stored.clear(), change, as = dana }) =>
    within(async fixture => {
      before(fixture)
      const { browser } = await fixture.visit(as)
      const sent = formOf(await browser.get(prodDb), { reason, ...change })
      await browser.post('/ask', sent)
      const [one, ...more] = stored(fixture)
      assert.equal(more, [])
      if (!one) return '0 stored'
      const { follows, notBefore } = one.spec
      return `1 stored, follows ${follows || notBefore ? 'something' : 'nothing'}`
    }),
)

attacks<{ path: string }>(
  test,
  {
    'somebody opens the form for more time of another person … nothing about the other person': {
      path: `${prodDb}&after=prod-db-aaaabbbbcccc`,
    },
    'somebody opens it with a name that leads elsewhere … nothing about the other person': {
      path: `${prodDb}&after=..%2F..%2Fsecrets`,
    },
  },
  async ({ path }) =>
    within(async fixture => {
      holding(fixture)
      const { browser } = await fixture.visit({ email: 'otto@example.com' })
      const page = wordsOf(await browser.get(path))
      return page.includes('replaying the failed') || page.includes('more time')
        ? 'the other person’s reason'
        : 'nothing about the other person'
    }),
)

test.run()
