import * as assert from 'uvu/assert'
import type { AccessRequest, Decision } from '../../../src/api/kinds.ts'
import { ticketAad } from '../../../src/domain/approval/ticket.ts'
import { attack, attacks, ending } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import { Browser, formOf, start, within, wordsOf, type Fixture } from '../fakes.ts'

const test = suite('the approval page and its form')

test('the page shows exactly what will be granted, from the stored request', () =>
  within(async fixture => {
    fixture.mapping.spec.grants = [
      {
        resource: 'projects/prod-eu',
        role: 'roles/cloudsql.client',
        condition: 'resource.name.startsWith("a") &&\n  true',
      },
      { resource: 'folders/42', role: 'roles/logging.viewer' },
    ]
    fixture.ask(asked => (asked.spec.grants = fixture.mapping.spec.grants))
    fixture.clock.forward(180)
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    const words = wordsOf(page)
    assert.is(page.status, 200)
    for (const part of [
      'Give Dana Engineer production access?',
      'dana@example.com asked for prod-db at 14:02 UTC (3 minutes ago) in Slack.',
      'roles/cloudsql.client',
      'resource.name.startsWith("a") && true',
      'folders/42',
      'INC-1234 replaying the failed payout batch',
      'Please decide by 14:32 UTC, in 27 minutes.',
    ])
      assert.ok(words.includes(part), `${part} in: ${words}`)
    assert.equal(
      [...page.body.matchAll(/<option value="(\w+)"/g)].map(([, value]) => value),
      ['30m', '15m', '10m', '5m'],
    )
  }))

test('opening the page, by GET or HEAD and any number of times, changes nothing', () =>
  within(async fixture => {
    const before = fixture.stored()
    const browser = new Browser(fixture)
    const path = `/approve?t=${await fixture.ticket()}`
    for (const method of ['GET', 'HEAD', 'GET']) assert.is((await browser.get(path, { method })).status, 200)
    assert.equal(fixture.stored(), before)
    assert.is(fixture.sealedTokens.stored.size, 0)
    assert.equal([...browser.cookies.keys()], ['__Host-hallpass-form', '__Host-hallpass-known'])
  }))

const badLinks: Record<string, { link: (fixture: Fixture) => Promise<string>; status: number; says: string }> = {
  'no ticket': { link: async () => '/approve', status: 400, says: 'not a valid link' },
  garbage: { link: async () => `/approve?t=${'x'.repeat(200)}`, status: 400, says: 'not a valid link' },
  'far too long a ticket': {
    link: async () => `/approve?t=${'x'.repeat(5000)}`,
    status: 400,
    says: 'not a valid link',
  },
  'a ticket with line breaks for headers': {
    link: async () => `/approve?t=${'x'.repeat(30)}%0d%0aSet-Cookie:%20a=b`,
    status: 400,
    says: 'not a valid link',
  },
  'two tickets': {
    link: async fixture => `/approve?t=${await fixture.ticket()}&t=${await fixture.ticket()}`,
    status: 400,
    says: 'not a valid link',
  },
  'a ticket sealed for another purpose': {
    link: async fixture => `/approve?t=${await fixture.ticket({ purpose: 'revoke' }, ticketAad('revoke'))}`,
    status: 400,
    says: 'not a valid link',
  },
  'a ticket that says another purpose than its seal': {
    link: async fixture => `/approve?t=${await fixture.ticket({ purpose: 'revoke' })}`,
    status: 400,
    says: 'not a valid link',
  },
  'a ticket sealed with another key': {
    link: async fixture => `/approve?t=${await fixture.tokenKey.seal('{"v":1}', ticketAad('approve'))}`,
    status: 400,
    says: 'not a valid link',
  },
  'our seal around something else': {
    link: async fixture => `/approve?t=${await fixture.ticketKey.seal('{"v":2}', ticketAad('approve'))}`,
    status: 400,
    says: 'not a valid link',
  },
  'a ticket at the instant it expires': {
    link: async fixture => `/approve?t=${await fixture.ticket({ expiresAt: start })}`,
    status: 410,
    says: 'The link for request prod-db-aaaabbbbcccc has expired.',
  },
  'a request that was deleted': {
    link: async fixture => `/approve?t=${await fixture.ticket({ name: 'prod-db-gone' })}`,
    status: 404,
    says: 'Request prod-db-gone no longer exists',
  },
  'a namesake made after a deletion': {
    link: async fixture => `/approve?t=${await fixture.ticket({ uid: '99999999-0000-4000-8000-000000000001' })}`,
    status: 404,
    says: 'no longer exists',
  },
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(badLinks).map(([what, fact]) => [`the page is opened with ${what} … ${fact.status}, no form`, fact]),
  ),
  ({ link, says }) =>
    within(async fixture => {
      const page = await new Browser(fixture).get(await link(fixture))
      assert.ok(wordsOf(page).includes(says), wordsOf(page))
      assert.is(page.headers['set-cookie'], undefined)
      return `${page.status}, ${page.body.includes('<form') ? 'a' : 'no'} form`
    }),
)

const decided = (verdict: Decision['verdict'], email: string, comment?: string): Decision => ({
  id: 'decision-1',
  verdict,
  who: { email },
  at: '2026-11-23T14:04:00Z',
  ...(comment && { comment }),
})
const became: Record<
  string,
  { change: (asked: AccessRequest, fixture: Fixture) => void; minutes?: number; status: number; says: string }
> = {
  denied: {
    change: ({ status = {} }) => (status.decisions = [decided('Denied', 'mo@example.com', 'use the replica')]),
    status: 409,
    says: 'This request was already denied. There is nothing to decide any more. It was decided at 14:04 UTC.',
  },
  'approved, while it is being granted': {
    change: ({ status = {} }) => (status.decisions = [decided('Approved', 'mo@example.com')]),
    status: 409,
    says: 'This request was already approved. There is nothing to decide any more. It was decided at 14:04 UTC.',
  },
  withdrawn: {
    change: ({ status = {} }) => (status.decisions = [decided('Withdrawn', 'dana@example.com')]),
    status: 409,
    says: 'This request was withdrawn.',
  },
  'deleted while it waits for its account': {
    change: ({ metadata }) => (metadata.deletionTimestamp = '2026-11-23T14:03:00Z'),
    status: 409,
    says: 'This request was withdrawn.',
  },
  'late by nothing': { change: () => undefined, minutes: 30, status: 410, says: 'The link for request' },
  'failed before anybody decided': {
    change: ({ status = {} }) => (status.phase = 'Failed'),
    status: 409,
    says: 'Access was not granted.',
  },
  'a mapping that offers something else now': {
    change: (_, fixture) => (fixture.mapping.spec.grants = [{ resource: 'projects/prod-eu', role: 'roles/viewer' }]),
    status: 409,
    says: 'mapping "prod-db" no longer offers "roles/cloudsql.client" on "projects/prod-eu"',
  },
  'a mapping that is gone': {
    change: (_, fixture) => void fixture.mappings.stored.pop(),
    status: 409,
    says: 'mapping "prod-db" no longer exists',
  },
  'a mapping with other approvers now': {
    change: (_, fixture) => (fixture.mapping.spec.approval.allowed = { emails: ['otto@example.com'] }),
    status: 409,
    says: 'the approval rules of mapping "prod-db" have changed',
  },
}
for (const [sentence, { change, minutes = 5, status, says }] of Object.entries(became))
  test(`shows the result of a request: ${sentence}`, () =>
    within(async fixture => {
      fixture.ask(asked => change(asked, fixture))
      const link = `/approve?t=${await fixture.ticket()}`
      fixture.clock.forward(minutes * 60)
      const page = await new Browser(fixture).get(link)
      assert.is(page.status, status)
      assert.ok(wordsOf(page).includes(says), wordsOf(page))
      assert.ok(wordsOf(page).includes('prod-db-aaaabbbbcccc'))
      assert.not.ok(page.body.includes('<form'))
    }))

test('the window closes before a ticket that lives longer', () =>
  within(async fixture => {
    const ticket = await fixture.ticket({ expiresAt: new Date('2027-01-01T00:00:00Z') })
    fixture.clock.forward(1800)
    const page = await new Browser(fixture).get(`/approve?t=${ticket}`)
    assert.is(page.status, 410)
    assert.ok(wordsOf(page).includes('It is too late to decide this request.'))
  }))

const forgeries: Record<
  string,
  { headers?: Record<string, string>; change?: Record<string, string>; keepsCookie?: boolean }
> = {
  'a form of another site': { headers: { 'sec-fetch-site': 'cross-site' } },
  'a form of a neighbour under our domain': { headers: { 'sec-fetch-site': 'same-site' } },
  'a form that was typed as an address': { headers: { 'sec-fetch-site': 'none' } },
  'a form of another origin, from a browser that says no more': {
    headers: { 'sec-fetch-site': '', origin: 'https://evil.example.com' },
  },
  'a form without any origin': { headers: { 'sec-fetch-site': '', origin: '' } },
  'a form of a hidden origin': { headers: { 'sec-fetch-site': '', origin: 'null' } },
  'a form without token': { change: { form: '' } },
  'a form with a token that somebody made up': { change: { form: 'A'.repeat(43) } },
  'a form from a browser that never saw our page': { keepsCookie: false },
}
attacks(
  test,
  ending('403, no login begun', forgeries, 'the approver’s browser is made to send '),
  ({ headers = {}, change = {}, keepsCookie = true }) =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
      if (!keepsCookie) browser.cookies.clear()
      const answer = await browser.post('/approve', formOf(page, change), headers)
      assert.is(answer.location, '')
      const isBegun = [...browser.cookies.keys()].some(name => name.includes('login'))
      return `${answer.status}, ${isBegun ? 'a' : 'no'} login begun`
    }),
)

test('a browser without Sec-Fetch-Site sends our own origin with our form, as the page permits, and is accepted', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    browser.isRecent = false
    const { asked } = await fixture.begin(browser)
    assert.match(asked.location, /^http:\/\/127\.0\.0\.1:1\/o\/oauth2\/v2\/auth\?/, wordsOf(asked))
  }))

const choices: Record<string, { change: Record<string, string | string[]>; says?: string }> = {
  'what was asked': { change: {} },
  'one of two roles': { change: { grants: ['1'] } },
  'a shorter time': { change: { duration: '5m' } },
  'the longest comment': { change: { comment: 'ü'.repeat(500) } },
  'nothing at all': { change: { grants: [] }, says: 'Choose at least one line' },
  'a role that was not asked': { change: { grants: ['0', '2'] }, says: 'Only what was requested can be granted.' },
  'an invalid position': { change: { grants: ['-1'] }, says: 'This form could not be accepted.' },
  'a position in words': { change: { grants: ['toString'] }, says: 'This form could not be accepted.' },
  'more time than was asked': { change: { duration: '31m' }, says: 'Access can last from 5 minutes to 30 minutes' },
  'less time than the mapping permits': { change: { duration: '4m' }, says: 'Access can last from 5 minutes' },
  'no time': { change: { duration: '0s' }, says: 'Access can last from 5 minutes' },
  'a time in words': { change: { duration: 'without end' }, says: 'Access can last from 5 minutes' },
  'a comment that is too long': {
    change: { comment: 'a'.repeat(501) },
    says: 'A comment has at most 500 characters; yours has 501.',
  },
}
for (const [sentence, { change }] of Object.entries(choices).filter(([, { says }]) => !says))
  test(`the form takes: ${sentence}`, () =>
    within(async fixture => {
      const { asked } = await fixture.begin(new Browser(fixture), change)
      assert.ok(asked.location !== '')
      assert.is(fixture.stored().status?.decisions, undefined)
    }))
attacks(
  test,
  Object.fromEntries(
    Object.entries(choices).flatMap(([what, { change, says }]) =>
      says ? [[`the form is sent with ${what} … no login begun, undecided`, { change, says }]] : [],
    ),
  ),
  ({ change, says }) =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser, change)
      assert.ok(wordsOf(asked).includes(says), wordsOf(asked))
      const verdict = fixture.stored().status?.decisions?.[0]?.verdict ?? 'undecided'
      return `${asked.location === '' ? 'no' : 'a'} login begun, ${verdict}`
    }),
)

test('a form that is sent back keeps what was typed', () =>
  within(async fixture => {
    const { asked } = await fixture.begin(new Browser(fixture), { grants: [], comment: 'be <quick>', duration: '10m' })
    assert.equal([asked.before?.[0]?.status, asked.status], [303, 200])
    assert.ok(wordsOf(asked).includes('Choose at least one line'))
    const form = formOf(asked)
    assert.equal([form.getAll('grants'), form.get('duration')], [[], '10m'])
    assert.ok(asked.body.includes('be &lt;quick'))
  }))

test('logins in many tabs fit the browser, the newest five are kept', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const asked: string[] = []
    for (let tab = 0; tab < 7; tab++) {
      fixture.clock.forward(1)
      asked.push((await fixture.begin(browser)).asked.location)
    }
    const logins = [...browser.cookies].filter(([name]) => name.includes('login'))
    assert.is(logins.length, 5)
    const states = asked.map(url => new URL(url).searchParams.get('state')?.slice(0, 16))
    assert.equal(new Set(logins.map(([name]) => name.slice(-16))), new Set(states.slice(2)))
  }))

test('the largest logins stay below what browsers keep and servers read', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    for (let tab = 0; tab < 6; tab++) {
      fixture.clock.forward(1)
      const { asked } = await fixture.begin(browser, { comment: '✅"\\'.repeat(166), duration: '5m', grants: ['1'] })
      assert.ok(asked.location !== '')
    }
    const sizes = [...browser.cookies].map(([name, value]) => name.length + value.length)
    assert.ok(Math.max(...sizes) < 4096, String(sizes))
    assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 9500, String(sizes))
  }))

attack(test, 'foreign, huge and broken cookies are planted … Google as always, none used as a login', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    browser.cookies.set('__Host-hallpass-login-aaaaaaaaaaaaaaaa', 'x'.repeat(6000))
    browser.cookies.set('hallpass-login-bbbbbbbbbbbbbbbb', 'planted')
    browser.cookies.set('__proto__', 'x')
    const { asked } = await fixture.begin(browser)
    const isTaken = browser.cookies.has('__Host-hallpass-login-aaaaaaaaaaaaaaaa')
    const where = asked.location.startsWith('http://127.0.0.1:1/') ? 'Google' : String(asked.status)
    return `${where} as always, ${isTaken ? 'one' : 'none'} used as a login`
  }),
)

const origins: Record<string, { publicUrl: string; isGood: boolean }> = {
  https: { publicUrl: 'https://hallpass.example.com', isGood: true },
  'https with a port': { publicUrl: 'https://hallpass.example.com:8443', isGood: true },
  'plain http on this machine': { publicUrl: 'http://127.0.0.1:8080', isGood: true },
  'plain http elsewhere': { publicUrl: 'http://hallpass.example.com', isGood: false },
  'plain http on a name that looks like this machine': { publicUrl: 'http://127.0.0.1.evil.example', isGood: false },
  'a path': { publicUrl: 'https://example.com/hallpass', isGood: false },
  nothing: { publicUrl: '', isGood: false },
  'a script': { publicUrl: 'javascript:alert(1)', isGood: false },
}
table(
  test,
  Object.fromEntries(Object.entries(origins).map(([name, fact]) => [`an origin of ${name}`, fact])),
  ({ publicUrl, isGood }) =>
    within(async () => undefined, { publicUrl }).then(
      () => assert.ok(isGood),
      (error: Error) => assert.ok(!isGood && error.message.startsWith('publicUrl'), error.message),
    ),
)

test.run()
