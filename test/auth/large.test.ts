// Large input from somebody who is not known: each has a bound, and what it makes us ask others does not grow with it.
import * as assert from 'uvu/assert'
import { attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { Browser, formOf, type PageResponse, within, type Fixture } from './fakes.ts'

const test = suite('large input before identity')

/** What was sent, at some size; the answer. */
type Sending = (fixture: Fixture, browser: Browser, bytes: number) => Promise<PageResponse>

const cookies = (bytes: number, of: (i: number) => string): string => {
  const all: string[] = []
  for (let i = 0, length = 0; length < bytes; i++) {
    all.push(of(i))
    length += of(i).length + 2
  }
  return all.join('; ')
}
const login = (i: number): string => `__Host-hallpass-login-${String(i).padStart(16, 'x')}=eyJzIjoiIn0`
const sendForm = async (
  fixture: Fixture,
  browser: Browser,
  change: Record<string, string | string[]>,
): Promise<PageResponse> =>
  browser.post('/approve', formOf(await browser.get(`/approve?t=${await fixture.ticket()}`), change))

attacks<{ sending: Sending; most: number }>(
  test,
  {
    'a query of one huge ticket … 400': {
      sending: (_, browser, bytes) => browser.get(`/approve?t=${'A'.repeat(bytes)}`),
      most: 0,
    },
    'a query of thousands of tickets … 400': {
      sending: (_, browser, bytes) => browser.get(`/approve?${'t=A&'.repeat(bytes / 4)}`),
      most: 0,
    },
    'a ticket behind thousands of other parameters … 400': {
      sending: async (fixture, browser, bytes) =>
        browser.get(`/approve?${'a&'.repeat(bytes / 2)}t=${await fixture.ticket()}`),
      most: 0,
    },
    'hundreds of cookies of logins with a page … 200': {
      sending: async (fixture, browser, bytes) =>
        browser.get(`/approve?t=${await fixture.ticket()}`, { headers: { cookie: cookies(bytes, login) } }),
      most: 1,
    },
    'hundreds of cookies of one name with a callback … 303': {
      sending: (_, browser, bytes) =>
        browser.get(`/oauth/callback?code=x&state=${'A'.repeat(43)}`, {
          headers: { cookie: cookies(bytes, () => '__Host-hallpass-login-AAAAAAAAAAAAAAAA=e30') },
        }),
      most: 0,
    },
    'one cookie of a login that is as long as a header may be … 303': {
      sending: (_, browser, bytes) =>
        browser.get(`/oauth/callback?code=x&state=${'A'.repeat(43)}`, {
          headers: { cookie: `__Host-hallpass-login-AAAAAAAAAAAAAAAA=${'W1tb'.repeat(bytes / 4)}` },
        }),
      most: 0,
    },
    'a callback with a state of thousands of characters … 303': {
      sending: (_, browser, bytes) => browser.get(`/oauth/callback?code=x&state=${'A'.repeat(bytes)}`),
      most: 0,
    },
    'headers beyond what a server reads … 431': {
      sending: (_, browser, bytes) => browser.get('/approve', { headers: { 'x-large': 'A'.repeat(bytes * 3) } }),
      most: 0,
    },
    'a comment of spaces … 403': {
      sending: (fixture, browser, bytes) => sendForm(fixture, browser, { comment: `${' '.repeat(bytes)}x` }),
      most: 1,
    },
    'a duration of digits … 403': {
      sending: (fixture, browser, bytes) => sendForm(fixture, browser, { duration: '1'.repeat(bytes) }),
      most: 1,
    },
    'forty grants … 403': {
      sending: (fixture, browser) => sendForm(fixture, browser, { grants: Array.from({ length: 36 }, () => '0') }),
      most: 1,
    },
    'a form of thousands of fields … 413': {
      sending: (_, browser, bytes) => browser.post('/approve', 'a=&'.repeat(bytes / 3)),
      most: 0,
    },
    'a form that is too large … 413': {
      sending: (_, browser, bytes) => browser.post('/approve', `t=${'A'.repeat(bytes * 3)}`),
      most: 0,
    },
  },
  async ({ sending, most }) => {
    const statuses = new Set<number>()
    for (const bytes of [6_000, 12_000])
      await within(async fixture => {
        let gets = 0
        const get = fixture.requests.get.bind(fixture.requests)
        fixture.requests.get = ref => {
          gets += 1
          return get(ref)
        }
        const answer = await sending(fixture, new Browser(fixture), bytes)
        statuses.add(answer.status)
        assert.ok(fixture.ticketKey.opened <= most, `${fixture.ticketKey.opened} decryptions`)
        assert.ok(gets <= most, `${gets} looks at the API server`)
        assert.ok(answer.body.length < 20_000, 'the page does not grow with it')
        assert.is(fixture.requests.all().length, 1)
      })
    return [...statuses].join(' and ')
  },
)

test.run()
