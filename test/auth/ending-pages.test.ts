// Ending access early in the browser: what the page shows, what is stored, what comes of it, and whom it refuses.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attacks } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { Browser, callback, dana, type Fixture, formOf, mo, otto, type PageResponse, within, wordsOf } from './fakes.ts'
import { granted } from './made.ts'

const test = suite('the pages for ending access')

type Status = NonNullable<AccessRequest['status']>
const inForce = (fixture: Fixture, more: Status = {}): void =>
  void fixture.ask(asked => Object.assign(asked.status ?? {}, granted(fixture, 'Written'), more))
const begun = { startsAt: '2026-11-23T13:00:00Z' }
const link = async (fixture: Fixture, page = ''): Promise<string> =>
  `/revoke${page}?t=${await fixture.ticket({ purpose: 'revoke' })}`
const endings = (fixture: Fixture): NonNullable<Status['endings']> => fixture.stored().status?.endings ?? []
const after = (fixture: Fixture, more: Status): void => {
  const stored = fixture.stored()
  fixture.requests.put({ ...stored, status: { ...stored.status, ...more } })
  fixture.changes.look()
}
const end = async (fixture: Fixture, person = mo, browser = new Browser(fixture)): Promise<PageResponse> =>
  fixture.approve(person, { browser, purpose: 'revoke', change: { comment: 'it is done' } })

test('the page shows whose access ends, which, and that it ends by itself; reading it changes nothing', () =>
  within(async fixture => {
    inForce(fixture)
    const before = JSON.stringify(fixture.requests.all())
    const page = await new Browser(fixture).get(await link(fixture))
    const words = wordsOf(page)
    for (const part of [
      'End the production access of Dana Engineer now?',
      'dana@example.com has prod-db until 14:35 UTC',
      'roles/cloudsql.client',
      'Hallpass has none. Google usually follows within 2 minutes, sometimes 7 or more.',
      'the access ends by itself at 14:35 UTC',
    ])
      assert.ok(words.includes(part), `${part} in: ${words}`)
    assert.not.match(page.body, 'mo@example.com')
    assert.is(JSON.stringify(fixture.requests.all()), before)
  }))

table<{ of: object; status: Status; says: RegExp | undefined }>(
  test,
  {
    'more time that begins later is named, because it stays': {
      of: {},
      status: { phase: 'Provisioned', startsAt: '2026-11-23T14:35:00Z', expiresAt: '2026-11-23T15:05:00Z' },
      says: /has this by another request too, from 14:35 UTC until 15:05 UTC\. That is not ended here\./,
    },
    'what has ended is not': {
      of: {},
      status: { phase: 'Expired', ...begun, expiresAt: '2026-11-23T14:01:00Z' },
      says: undefined,
    },
    'what somebody else has is not': {
      of: { requester: { email: 'otto@example.com', slackUserID: 'U0OTTO' } },
      status: { phase: 'Provisioned', ...begun, expiresAt: '2026-11-23T15:05:00Z' },
      says: undefined,
    },
  },
  ({ of, status, says }) =>
    within(async fixture => {
      inForce(fixture)
      const first = fixture.stored()
      const metadata = { ...first.metadata, name: 'prod-db-other', uid: '22222222-0000-4000-8000-00000000000f' }
      fixture.requests.put({ ...first, metadata, spec: { ...first.spec, ...of }, status })
      const words = wordsOf(await new Browser(fixture).get(await link(fixture)))
      if (says) assert.match(words, says)
      else assert.not.match(words, 'another request')
    }),
)

table<{ purpose: 'revoke' | 'review'; says: string }>(
  test,
  {
    'an old link for ending access': { purpose: 'revoke', says: 'has expired. The access has ended.' },
    'an old link for a review': { purpose: 'review', says: 'has expired. The time to review it is over.' },
  },
  ({ purpose, says }) =>
    within(async fixture => {
      fixture.ask()
      const ticket = await fixture.ticket({ purpose, expiresAt: new Date('2026-11-23T14:00:00Z') })
      const page = await new Browser(fixture).get(`/${purpose}?t=${ticket}`)
      assert.is(page.status, 410)
      assert.match(wordsOf(page), says)
    }),
)

test('a person with the right ends it: an entry with evidence, and a page that waits for the removal', () =>
  within(async fixture => {
    inForce(fixture)
    const browser = new Browser(fixture)
    const { location, status } = await end(fixture, mo, browser)
    assert.is(status, 303)
    const [{ verdict, who, comment, evidence } = { verdict: undefined, who: undefined }] = endings(fixture)
    assert.equal([verdict, who?.email, comment], ['Revoked', 'mo@example.com', 'it is done'])
    assert.is(evidence?.claims.email, 'mo@example.com')
    assert.is(fixture.sealedTokens.stored.size, 2, 'the token, and the evidence that is kept')
    assert.ok(fixture.counted.includes('callback Ended'))
    const waiting = browser.get(location)
    setTimeout(() => after(fixture, { phase: 'Revoked', endedAt: '2026-11-23T14:02:30Z' }), 5)
    const words = wordsOf(await waiting)
    assert.match(words, 'This access ended at 14:02 UTC.')
    assert.match(words, 'It was ended early by mo@example.com (Mo Manager).')
    assert.match(words, 'Google usually follows within 2 minutes, sometimes 7 or more.')
  }))

test('while it takes long the page says so, and what was refused says why and links to the form', () =>
  within(async fixture => {
    inForce(fixture)
    const browser = new Browser(fixture)
    const { location } = await end(fixture, mo, browser)
    assert.match(wordsOf(await browser.get(location)), 'The access is being removed… With the rights of mo@example.com')
    fixture.clock.forward(301)
    assert.match(wordsOf(await browser.get(location)), 'The access is not removed yet. It takes longer than usual.')
    const id = endings(fixture)[0]?.id ?? ''
    after(fixture, { endingsRefused: [{ id, reason: 'NotRemoved', message: 'Google refused it.', at: '' }] })
    const refused = await browser.get(location)
    assert.match(wordsOf(refused), 'The access was not ended. Google refused it. It ends by itself at 14:35 UTC.')
    assert.match(refused.body, 'href="/revoke?t=')
  }))

table<{ person: typeof mo; says: string; prepare?: (fixture: Fixture) => void }>(
  test,
  {
    'who has no right reads what is missing, and can use another account': {
      person: otto,
      says: 'You signed in as otto@example.com, which cannot end this access.',
      prepare: fixture => void (fixture.rights.forbidden = ['projects/prod-eu']),
    },
    'so does the holder': {
      person: dana,
      says: 'You cannot end this access: on "projects/prod-eu" your account does not have the permissions',
      prepare: fixture => void (fixture.rights.forbidden = ['projects/prod-eu']),
    },
    'a private account is not of the organisation': {
      person: { email: 'mo@gmail.com', hd: '' },
      says: 'You signed in as mo@gmail.com, which is not an account of example.com.',
    },
    'a box that was left unticked': { person: { ...mo, scopes: ['openid'] }, says: 'One box was left unticked.' },
    'a service that fails says that nothing was ended': {
      person: mo,
      says: 'Nothing was ended.',
      prepare: fixture => void (fixture.sealedTokens.isDown = true),
    },
  },
  ({ person, says, prepare }) =>
    within(async fixture => {
      inForce(fixture)
      prepare?.(fixture)
      const browser = new Browser(fixture)
      const page = await end(fixture, person, browser)
      assert.ok(wordsOf(page).includes(says), wordsOf(page))
      assert.not.match(wordsOf(page), /approve this|Nothing was approved/)
      assert.equal(endings(fixture), [])
      // Another try begins with the same comment.
      const again = page.body.includes('<form') ? formOf(page).get('comment') : 'it is done'
      assert.is(again, 'it is done')
    }),
)

test('the requester may end their own access, with the right: nobody is refused for who they are', () =>
  within(async fixture => {
    inForce(fixture)
    await end(fixture, dana)
    assert.is(endings(fixture)[0]?.who.email, 'dana@example.com')
  }))

test('a comment that is too long is shown again to be corrected', () =>
  within(async fixture => {
    inForce(fixture)
    const { asked } = await fixture.begin(new Browser(fixture), { comment: 'x'.repeat(501) }, 'revoke')
    assert.is(asked.status, 422)
    assert.match(wordsOf(asked), 'A comment has at most 500 characters; yours has 501.')
  }))

const past = { phase: 'Expired', endedAt: '2026-11-23T14:35:12Z' } as const
attacks<(fixture: Fixture) => Promise<PageResponse>>(
  test,
  {
    'a link scanner opens the page … 200, 0 stored': async fixture => fixture.send(await link(fixture), ours),
    'a link scanner asks for HEAD … 200, 0 stored': async fixture =>
      fixture.send(await link(fixture), { ...ours, method: 'HEAD' }),
    'another site sends the form … 403, 0 stored': async fixture => {
      const browser = new Browser(fixture)
      const form = formOf(await browser.get(await link(fixture)))
      return browser.post('/revoke', form, { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })
    },
    'the form is sent without its cookie … 403, 0 stored': async fixture => {
      const form = formOf(await new Browser(fixture).get(await link(fixture)))
      return new Browser(fixture).post('/revoke', form)
    },
    'access that has ended is ended with an old page … 409, 0 stored': async fixture => {
      const browser = new Browser(fixture)
      const form = formOf(await browser.get(await link(fixture)))
      after(fixture, past)
      return browser.post('/revoke', form)
    },
    'the access ends while the person is at Google … 409, 0 stored': async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser, {}, 'revoke')
      after(fixture, past)
      return fixture.back(browser, asked.location, mo)
    },
    'somebody sends the way back of another person … 403, 0 stored': async fixture => {
      const { asked } = await fixture.begin(new Browser(fixture), {}, 'revoke')
      const { location } = await new Browser(fixture).get(callback(fixture.google.signIn(asked.location, mo)))
      return new Browser(fixture).get(location)
    },
    'a link whose access was over an hour ago … 410, 0 stored': async fixture => {
      fixture.clock.forward(1801)
      return fixture.send(await link(fixture), ours)
    },
  },
  work =>
    within(async fixture => {
      inForce(fixture)
      const { status } = await work(fixture)
      return `${status}, ${endings(fixture).length} stored`
    }),
)
const ours = { headers: { host: 'hallpass.example.com' } }

test('a person with the link alone reads whether it is over, and no name', () =>
  within(async fixture => {
    inForce(fixture)
    await end(fixture)
    const stranger = async (page: string): Promise<string> =>
      wordsOf(await new Browser(fixture).get(await link(fixture, page)))
    assert.match(await stranger(''), 'This access is being ended.')
    assert.match(await stranger('/outcome'), 'The access is being removed…')
    after(fixture, { phase: 'Revoked', endedAt: '2026-11-23T14:02:30Z' })
    assert.match(await stranger('/outcome'), 'This access has ended.')
    for (const page of ['', '/outcome']) assert.not.match(await stranger(page), /mo@example|Mo Manager|it is done/)
  }))

test.run()
