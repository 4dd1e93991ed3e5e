// What a browser keeps of the approver's choice: Back from Google, a reload and a form to correct show it again. It cannot be
// forged or moved, and neither can the page that leads to Google.
import * as assert from 'uvu/assert'
import { attack, attacks } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { Browser, formOf, mo, otto, type PageResponse, within, wordsOf, type Fixture } from './fakes.ts'
import { altered, asAsked, chosen, cookieOf, isAsBefore, less } from './kept.ts'

const test = suite('the choice after Back and a reload')

test('the form shows the choice again after Back from Google, and says so', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { ticket } = await fixture.begin(browser, less)
    const page = await browser.get(`/approve?t=${ticket}`)
    assert.equal(chosen(page), less)
    assert.ok(isAsBefore(page))
    const asked = await browser.post('/approve', formOf(page))
    await fixture.back(browser, asked.location, mo)
    assert.equal(fixture.stored().status?.decisions?.[0]?.narrowing, { duration: '10m', grants: [1] })
  }))

test('the newest choice counts, also when it takes nothing away any more', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { ticket } = await fixture.begin(browser, less)
    const page = await browser.get(`/approve?t=${ticket}`)
    await browser.post('/approve', formOf(page, { grants: ['0', '1'], duration: '30m', comment: 'all of it' }))
    assert.equal(chosen(await browser.get(`/approve?t=${ticket}`)), { ...asAsked, comment: 'all of it' })
  }))

type Others = (fixture: Fixture, browser: Browser, ticket: string) => Promise<PageResponse>
table<Others>(
  test,
  {
    'another browser shows what was asked': (fixture, _, ticket) => new Browser(fixture).get(`/approve?t=${ticket}`),
    'another link shows what was asked': async (fixture, browser) =>
      browser.get(`/approve?t=${await fixture.ticket()}`),
    'after half a day the form shows what was asked': async (fixture, browser) => {
      fixture.mapping.spec.approval.window = '24h'
      fixture.ask()
      const ticket = await fixture.ticket({ expiresAt: new Date('2026-11-24T14:00:00Z') })
      await browser.post('/approve', formOf(await browser.get(`/approve?t=${ticket}`), less))
      fixture.clock.forward(12 * 3600)
      return browser.get(`/approve?t=${ticket}`)
    },
  },
  open =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { ticket } = await fixture.begin(browser, less)
      const page = await open(fixture, browser, ticket)
      assert.equal([chosen(page), isAsBefore(page)], [asAsked, false])
    }),
)

test('a form to correct can be loaded again and left by Back, until it is corrected', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked, ticket } = await fixture.begin(browser, { ...less, grants: [] })
    assert.is(asked.before?.[0]?.location, `/approve?t=${ticket}`)
    for (const page of [asked, await browser.get(`/approve?t=${ticket}`)]) {
      assert.ok(wordsOf(page).includes('Choose at least one line'), wordsOf(page))
      assert.equal(chosen(page), { ...less, grants: [] })
    }
    await browser.post('/approve', formOf(asked, less))
    const page = await browser.get(`/approve?t=${ticket}`)
    assert.not.ok(wordsOf(page).includes('Choose at least one line'))
    assert.equal(chosen(page), less)
  }))

test('a form that is larger than what browsers keep is sent back at once', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser, { comment: 'a'.repeat(3000) })
    assert.equal([asked.status, asked.before], [422, undefined])
    assert.ok(wordsOf(asked).includes('yours has 3000.'))
    assert.is(cookieOf(browser, 'choice'), '')
  }))

test('an approval forgets the choice and the earlier refusal', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const refused = await fixture.approve(otto, { browser, change: less })
    const asked = await browser.post('/approve', formOf(refused))
    assert.is((await fixture.back(browser, asked.location, mo)).status, 303)
    assert.equal([cookieOf(browser, 'choice'), cookieOf(browser, 'result')], ['', ''])
  }))

/** The form after somebody did something to the browser that had chosen less. */
type Plant = (browser: Browser, fixture: Fixture, page: PageResponse) => Promise<void>
attacks<Plant>(
  test,
  {
    'another site sends the form for a wider choice … as the approver chose': async (browser, _, page) => {
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example.com' }
      const answer = await browser.post('/approve', formOf(page, { grants: ['0', '1'], duration: '30m' }), headers)
      assert.is(answer.status, 403)
    },
    'the choice of another link is moved to this one … as asked': async (browser, fixture) => {
      const [name, other] = [cookieOf(browser, 'choice'), new Browser(fixture)]
      await fixture.begin(other, { comment: 'I did not write this' })
      browser.cookies.set(name, other.cookies.get(cookieOf(other, 'choice')) ?? '')
    },
    'the kept choice is changed … as asked': async browser => {
      const name = cookieOf(browser, 'choice')
      browser.cookies.set(name, altered(browser.cookies.get(name) ?? '', { c: 'I did not write this' }))
    },
  },
  plant =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { ticket } = await fixture.begin(browser, less)
      const page = await browser.get(`/approve?t=${ticket}`)
      await plant(browser, fixture, page)
      const seen = JSON.stringify(chosen(await browser.get(`/approve?t=${ticket}`)))
      if (seen === JSON.stringify(less)) return 'as the approver chose'
      return seen === JSON.stringify(asAsked) ? 'as asked' : seen
    }),
)

type GoOn = (fixture: Fixture, browser: Browser, id: string) => Promise<PageResponse>
const signInPage = (browser: Browser, id: string): Promise<PageResponse> => browser.get(`/approve/sign-in?login=${id}`)
attacks<GoOn>(
  test,
  {
    'a sign-in of another browser is continued here … not begun here': (fixture, _, id) =>
      signInPage(new Browser(fixture), id),
    'the address of a sign-in is continued with a login that nobody signed … not begun here': (_, browser, id) => {
      const name = cookieOf(browser, 'login')
      browser.cookies.set(name, altered(browser.cookies.get(name) ?? '', { n: 'N'.repeat(43) }))
      return signInPage(browser, id)
    },
    'a sign-in is continued after 15 minutes … not begun here': (fixture, browser, id) => {
      fixture.clock.forward(15 * 60)
      return signInPage(browser, id)
    },
    'a sign-in is continued by an address of anything … not begun here': (_, browser) =>
      signInPage(browser, '../../evil'),
  },
  goOn =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser)
      const id = new URL(asked.before?.[0]?.location ?? '', 'https://x').searchParams.get('login') ?? ''
      assert.is((await signInPage(browser, id)).location, asked.location, 'the same page goes on again')
      const answer = await goOn(fixture, browser, id)
      return answer.location === '/approve/not-here' ? 'not begun here' : answer.location
    }),
)

attack(test, 'a link is read from the address of the page that leads to Google … no ticket, no whole state', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked, ticket } = await fixture.begin(browser)
    const state = new URL(asked.location).searchParams.get('state') ?? ''
    const address = asked.before?.[0]?.location ?? ''
    assert.match(address, /^\/approve\/sign-in\?login=[A-Za-z0-9_-]{16}$/)
    return `${address.includes(ticket) ? 'the' : 'no'} ticket, ${address.includes(state) ? 'the' : 'no'} whole state`
  }),
)

test('a form without its cookie names the cookie', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
    browser.cookies.clear()
    const answer = await browser.post('/approve', formOf(page))
    assert.ok(wordsOf(answer).includes('The cookie is named __Host-hallpass-form;'), wordsOf(answer))
  }))

test.run()
