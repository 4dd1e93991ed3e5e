// Purposes of sign-ins: what is made for one is tried for every other, at every place where a browser brings something.
import * as assert from 'uvu/assert'
import { type Purpose, purposes } from '../../../src/domain/approval/digest.ts'
import { attack } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Browser, callback, formOf, mo, type Fixture, within } from '../fakes.ts'
import { altered, cookieOf } from '../kept.ts'
import { granted, unreviewed } from '../made.ts'

const test = suite('purposes of sign-ins')

/** Brings the request into a state in which a sign-in of this purpose is accepted. A new purpose needs its own. */
const ready: Record<Purpose, (fixture: Fixture) => void> = {
  approve: fixture => void fixture.ask(),
  revoke: fixture => void fixture.ask(asked => Object.assign(asked.status ?? {}, granted(fixture, 'Written'))),
  review: fixture => void fixture.ask(asked => Object.assign(asked, unreviewed(fixture))),
}

/** Begins a sign-in for `from`, and brings the request into the state for `to`. */
async function begun(fixture: Fixture, [from, to]: Pair, browser: Browser): Promise<string> {
  ready[from](fixture)
  const { asked } = await fixture.begin(browser, {}, from)
  ready[to](fixture)
  return asked.location
}

const loginCookie = (browser: Browser): string => cookieOf(browser, 'login')

/** Changes what the browser keeps about the login that it began. */
function alter(browser: Browser, change: Record<string, unknown>): void {
  const name = loginCookie(browser)
  browser.cookies.set(name, altered(browser.cookies.get(name) ?? '', change))
}

const entries = (fixture: Fixture): number => {
  const { decisions = [], endings = [], reviews = [] } = fixture.stored().status ?? {}
  return decisions.filter(({ id }) => id !== 'a').length + endings.length + reviews.length
}

type Pair = readonly [from: Purpose, to: Purpose]

for (const purpose of purposes)
  test(`a sign-in to ${purpose} stores one entry, of its own kind`, () =>
    within(async fixture => {
      ready[purpose](fixture)
      const { location } = await fixture.approve(mo, { purpose })
      assert.match(location, new RegExp(`^/${purpose}/outcome\\?t=`))
      assert.is(entries(fixture), 1)
    }))

for (const from of purposes) for (const to of purposes.filter(other => other !== from)) attackPair([from, to])

function attackPair([from, to]: Pair): void {
  attack(test, `a ticket to ${from} opens the page to ${to} … 400`, () =>
    within(async fixture => {
      ready[to](fixture)
      const page = await new Browser(fixture).get(`/${to}?t=${await fixture.ticket({ purpose: from })}`)
      return String(page.status)
    }),
  )
  attack(test, `a ticket to ${from} opens the outcome of ${to} … 400`, () =>
    within(async fixture => {
      ready[to](fixture)
      const page = await new Browser(fixture).get(`/${to}/outcome?t=${await fixture.ticket({ purpose: from })}`)
      return String(page.status)
    }),
  )
  attack(test, `a ticket to ${from} is remembered and then opens the page to ${to} … 400`, () =>
    within(async fixture => {
      ready[from](fixture)
      const [browser, ticket] = [new Browser(fixture), await fixture.ticket({ purpose: from })]
      assert.is((await browser.get(`/${from}?t=${ticket}`)).status, 200)
      ready[to](fixture)
      return String((await browser.get(`/${to}?t=${ticket}`)).status)
    }),
  )
  attack(test, `a ticket that says ${to} is sealed to ${from} and opens the page to ${to} … 400`, () =>
    within(async fixture => {
      ready[to](fixture)
      const ticket = await fixture.ticket({ purpose: to }, `hallpass/ticket/v1/${from}`)
      return String((await new Browser(fixture).get(`/${to}?t=${ticket}`)).status)
    }),
  )
  attack(test, `a ticket that says ${from} is sealed to ${to} and opens the page to ${to} … 400`, () =>
    within(async fixture => {
      ready[to](fixture)
      const ticket = await fixture.ticket({ purpose: from }, `hallpass/ticket/v1/${to}`)
      return String((await new Browser(fixture).get(`/${to}?t=${ticket}`)).status)
    }),
  )
  attack(test, `the token of the form to ${from} is sent with a ticket to ${to} … 403 and no login`, () =>
    within(async fixture => {
      ready[from](fixture)
      const browser = new Browser(fixture)
      const form = formOf(await browser.get(`/${from}?t=${await fixture.ticket({ purpose: from })}`))
      ready[to](fixture)
      form.set('t', await fixture.ticket({ purpose: to }))
      const { status } = await browser.post(`/${to}`, form)
      return `${status} and ${loginCookie(browser) ? 'a' : 'no'} login`
    }),
  )
  attack(test, `the form to ${to} is sent with a ticket to ${from} … 400 and no login`, () =>
    within(async fixture => {
      ready[to](fixture)
      const browser = new Browser(fixture)
      const form = formOf(await browser.get(`/${to}?t=${await fixture.ticket({ purpose: to })}`))
      form.set('t', await fixture.ticket({ purpose: from }))
      const { status } = await browser.post(`/${to}`, form)
      return `${status} and ${loginCookie(browser) ? 'a' : 'no'} login`
    }),
  )
  attack(test, `a login to ${from} goes on to Google from the page to ${to} … not begun here`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      await begun(fixture, [from, to], browser)
      const id = loginCookie(browser).slice(-16)
      const { location } = await browser.get(`/${to}/sign-in?login=${id}`)
      return location === '/approve/not-here' ? 'not begun here' : location
    }),
  )
  attack(test, `the cookie of a login to ${from} is changed to say ${to} … LinkNotValid, 0 stored`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const location = await begun(fixture, [from, to], browser)
      alter(browser, { p: to })
      return `${await comesBack(fixture, browser, location)}, ${entries(fixture)} stored`
    }),
  )
  attack(test, `a login to ${from} comes back as one to ${to} with its ticket … EvidenceForAnother, 0 stored`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const location = await begun(fixture, [from, to], browser)
      alter(browser, { p: to, t: await fixture.ticket({ purpose: to }) })
      return `${await comesBack(fixture, browser, location)}, ${entries(fixture)} stored`
    }),
  )
}

/** Signs in as Mo at Google and comes back; the reason that is counted. */
async function comesBack(fixture: Fixture, browser: Browser, location: string): Promise<string> {
  await browser.get(callback(fixture.google.signIn(location, mo)))
  const [, reason = ''] = fixture.counted.findLast(line => line.startsWith('callback '))?.split(' ') ?? []
  return reason
}

test.run()
