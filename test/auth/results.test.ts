// What came of a sign-in, at an address without code and state: what it says, for how long, to whom, and that it cannot be forged.
import * as assert from 'uvu/assert'
import { Broken } from '../../src/domain/outcome.ts'
import { attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { Browser, callback, dana, formOf, mo, otto, type PageResponse, within, wordsOf, type Fixture } from './fakes.ts'
import { altered, chosen, cookieOf, less } from './kept.ts'

const test = suite('clean addresses and what came of a sign-in')

type Way = (fixture: Fixture, browser: Browser) => Promise<PageResponse>
const returned = async (fixture: Fixture, browser: Browser, query: Record<string, string>): Promise<PageResponse> => {
  const { asked } = await fixture.begin(browser, less)
  const state = new URL(asked.location).searchParams.get('state') ?? ''
  return browser.get(callback({ state, ...query }))
}
const failing = async (fixture: Fixture, browser: Browser, breaks: () => void): Promise<PageResponse> => {
  const { asked } = await fixture.begin(browser)
  breaks()
  return fixture.back(browser, asked.location, mo)
}
const ends: Record<string, Way> = {
  'with an approval': (fixture, browser) => fixture.approve(mo, { browser }),
  'without any answer whether it was stored': (fixture, browser) =>
    failing(fixture, browser, () => {
      fixture.requests.patchStatus = async () => Promise.reject(new Broken('No answer.', { answered: false }))
    }),
  'with the wrong account': (fixture, browser) => fixture.approve(otto, { browser }),
  'with a cancelled sign-in': (fixture, browser) => returned(fixture, browser, { error: 'access_denied' }),
  'with an error of the setup': (fixture, browser) => returned(fixture, browser, { error: 'org_internal' }),
  'with a code that Google does not take': (fixture, browser) => returned(fixture, browser, { code: 'x' }),
  'while the cluster is down': (fixture, browser) =>
    failing(fixture, browser, () => (fixture.sealedTokens.isDown = true)),
  'while a right of Hallpass is missing': (fixture, browser) =>
    failing(fixture, browser, () => (fixture.tokenKey.seal = async () => Promise.reject(new Error('no')))),
  'from a second tab, after the first approved': async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    await fixture.approve(mo, { browser })
    return fixture.back(browser, asked.location, mo)
  },
  'after the window has closed': (fixture, browser) => failing(fixture, browser, () => fixture.clock.forward(1800)),
  'after the request was deleted': (fixture, browser) =>
    failing(fixture, browser, () => fixture.requests.stored.clear()),
  'in a browser that did not begin it': fixture => returned(fixture, new Browser(fixture), { code: 'x' }),
}
attacks(
  test,
  ending('neither code nor state in the address', ends, 'somebody reads the address bar after a return '),
  way =>
    within(async fixture => {
      const answer = await way(fixture, new Browser(fixture))
      const first = answer.before?.[0] ?? answer
      assert.is(first.status, 303)
      assert.match(first.location, /^\/approve\/(outcome|result|not-here)(\?t=[A-Za-z0-9_-]+)?#_$/)
      assert.is(first.body, '')
      return 'neither code nor state in the address'
    }),
)

test('the result of a sign-in can be loaded again, for 15 minutes', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked, ticket } = await fixture.begin(browser, less)
    const first = await fixture.back(browser, asked.location, otto)
    const again = await browser.get(`/approve/result?t=${ticket}`)
    assert.is(wordsOf(again), wordsOf(first))
    assert.match(wordsOf(again), /You signed in as otto@example\.com, which cannot approve this/)
    fixture.clock.forward(15 * 60)
    const later = await browser.get(`/approve/result?t=${ticket}`)
    assert.is(later.before?.[0]?.location, `/approve?t=${ticket}`)
    assert.equal(chosen(later), less)
  }))

test('the result says what happened to the request meanwhile', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked, ticket } = await fixture.begin(browser)
    await fixture.back(browser, asked.location, otto)
    await fixture.approve(mo)
    const words = wordsOf(await browser.get(`/approve/result?t=${ticket}`))
    assert.ok(words.includes('Approved by mo@example.com (Mo Manager)'), words)
  }))

/** What a browser reads of a request that Mo has approved; Otto was refused in it before. */
async function readBy(fixture: Fixture, prepare: (browser: Browser, ticket: string) => Promise<void>): Promise<string> {
  const browser = new Browser(fixture)
  const { asked, ticket } = await fixture.begin(browser)
  await fixture.back(browser, asked.location, otto)
  await fixture.approve(mo)
  await prepare(browser, ticket)
  const pages = await Promise.all(
    ['/approve', '/approve/outcome', '/approve/result'].map(path => browser.get(`${path}?t=${ticket}`)),
  )
  const readings = new Set(pages.map(page => (/mo@example\.com/.test(wordsOf(page)) ? 'who approved' : 'nobody named')))
  return [...readings].join(' and ')
}

test('a person of the organisation who was refused reads who approved meanwhile', () =>
  within(async fixture => assert.is(await readBy(fixture, async () => undefined), 'who approved')))

/** A private account is refused in a new browser, and then Mo approves. */
async function refusedPrivately(fixture: Fixture, browser: Browser, ticket: string): Promise<void> {
  browser.cookies.clear()
  fixture.requests.stored.clear()
  fixture.ask()
  const asked = await browser.post('/approve', formOf(await browser.get(`/approve?t=${ticket}`)))
  await fixture.back(browser, asked.location, { email: 'mo@gmail.com' })
  await fixture.approve(mo)
}

attacks<(fixture: Fixture, browser: Browser, ticket: string) => Promise<void>>(
  test,
  {
    'somebody who only has the link looks at an approved request … nobody named': async (_, browser) =>
      browser.cookies.clear(),
    'a browser looks at an approved request more than 15 minutes after a refusal … nobody named': async fixture =>
      fixture.clock.forward(15 * 60),
    'the result of a sign-in for another link is moved to this one … nobody named': async (fixture, browser) => {
      const name = cookieOf(browser, 'result')
      const other = new Browser(fixture)
      fixture.ask(({ metadata }) => (metadata.uid = '99999999-0000-4000-8000-000000000002'))
      await fixture.approve(dana, { browser: other })
      browser.cookies.set(name, other.cookies.get(cookieOf(other, 'result')) ?? '')
      fixture.requests.stored.clear()
      fixture.ask()
      await fixture.approve(mo)
    },
    'a private account is refused and looks at an approved request … nobody named': async (fixture, browser, ticket) =>
      refusedPrivately(fixture, browser, ticket),
    'a private account is refused and makes itself one of the organisation … nobody named': async (
      fixture,
      browser,
      ticket,
    ) => {
      await refusedPrivately(fixture, browser, ticket)
      const name = cookieOf(browser, 'result')
      browser.cookies.set(name, altered(browser.cookies.get(name) ?? '', { i: true }))
    },
  },
  prepare => within(async fixture => readBy(fixture, async (browser, ticket) => prepare(fixture, browser, ticket))),
)

table<{ publicUrl: string; host: string; cookie: string }>(
  test,
  {
    'the page for a sign-in that was not begun here names causes, cookie and where to look': {
      publicUrl: 'https://hallpass.example.com',
      host: 'hallpass.example.com',
      cookie: '__Host-hallpass-login-',
    },
    'on this machine it names the cookie as it is there': {
      publicUrl: 'http://127.0.0.1:8080',
      host: '127.0.0.1:8080',
      cookie: 'with hallpass-login-',
    },
  },
  ({ publicUrl, host, cookie }) =>
    within(
      async fixture => {
        const page = await new Browser(fixture).get('/approve/not-here', { headers: { host } })
        assert.is(page.status, 403)
        for (const part of ['went back', '15 minutes', 'another browser', 'that counts', 'in Slack again', cookie])
          assert.ok(wordsOf(page).includes(part), `${part} in: ${wordsOf(page)}`)
      },
      { publicUrl },
    ),
)

test.run()
