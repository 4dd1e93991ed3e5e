// Codes that somebody with a link sends to Google through us, and returns from Google that come more than once.
import * as assert from 'uvu/assert'
import { codeBudget } from '../../../src/auth/login/codes.ts'
import { attack, attacks } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Browser, callback, type Fixture, formOf, mo, type PageResponse, within, wordsOf } from '../fakes.ts'

const test = suite('codes that come back from Google', { timeoutMs: 60_000 })

/** Counts the codes that are sent to Google. */
function counted(fixture: Fixture): () => number {
  const { login } = fixture.options
  let sent = 0
  const exchange = login.exchange.bind(login)
  login.exchange = async (code, verifier) => {
    sent += 1
    return exchange(code, verifier)
  }
  return () => sent
}

/** Begins a sign-in with this spelling of the link; gives its state. */
async function begin(browser: Browser, ticket: string): Promise<string> {
  const page = await browser.get(`/approve?t=${ticket}`)
  const { location } = await browser.post('/approve', formOf(page))
  return new URL(location).searchParams.get('state') ?? ''
}

/** The same letters except for the bits of the last one that mean nothing. */
function otherSpelling(ticket: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const bytes = Buffer.from(ticket, 'base64url')
  const others = letters.split('').map(letter => `${ticket.slice(0, -1)}${letter}`)
  const other = others.find(one => one !== ticket && Buffer.from(one, 'base64url').equals(bytes))
  return other ?? ticket
}

type Sent = { fixture: Fixture; browser: Browser; ticket: string }
const most = codeBudget.forLink.most
attacks(
  test,
  {
    [`a browser with a link brings 60 made-up codes back to one sign-in … ${codeBudget.forLogin} codes sent to Google`]:
      async ({ browser, ticket }: Sent) => {
        const state = await begin(browser, ticket)
        const cookies = new Map(browser.cookies)
        for (let i = 0; i < 60; i++) {
          for (const [name, value] of cookies) browser.cookies.set(name, value)
          await browser.get(callback({ code: `junk-${i}`, state }))
        }
      },
    [`a browser with a link begins 40 sign-ins and brings a made-up code back to each … ${most} codes sent to Google`]:
      async ({ browser, ticket }: Sent) => {
        for (let i = 0; i < 40; i++) {
          const state = await begin(browser, ticket)
          await browser.get(callback({ code: `junk-${i}`, state }))
        }
      },
    [`forty browsers have one link, and each brings a made-up code back at the same instant … ${most} codes sent to Google`]:
      async ({ fixture, ticket }: Sent) => {
        const browsers = Array.from({ length: 40 }, () => new Browser(fixture))
        const states = await Promise.all(browsers.map(async one => begin(one, ticket)))
        await Promise.all(
          browsers.map(async (one, i) => one.get(callback({ code: `junk-${i}`, state: states[i] ?? '' }))),
        )
      },
    [`a link is spelled in two ways, and made-up codes are brought back to both … ${most} codes sent to Google`]:
      async ({ browser, ticket }: Sent) => {
        for (let i = 0; i < 40; i++) {
          const state = await begin(browser, i % 2 ? ticket : otherSpelling(ticket))
          await browser.get(callback({ code: `junk-${i}`, state }))
        }
      },
  },
  send =>
    within(async fixture => {
      const sent = counted(fixture)
      await send({ fixture, browser: new Browser(fixture), ticket: await fixture.ticket() })
      return `${sent()} codes sent to Google`
    }),
)

attack(
  test,
  'made-up codes are brought back to one link without a pause, to lock out the approver of another … 303',
  () =>
    within(async fixture => {
      const thief = new Browser(fixture)
      const stolen = await fixture.ticket({ expiresAt: new Date(fixture.clock.now().getTime() + 900_000) })
      for (let i = 0; i < 2 * most; i++)
        await thief.get(callback({ code: `junk-${i}`, state: await begin(thief, stolen) }))
      return String((await fixture.approve(mo)).status)
    }),
)

test('who comes after too many made-up codes is asked to wait, and can approve soon after', () =>
  within(async fixture => {
    const ticket = await fixture.ticket()
    const browser = new Browser(fixture)
    for (let i = 0; i < most; i++)
      await browser.get(callback({ code: `junk-${i}`, state: await begin(browser, ticket) }))
    const late = async (): Promise<PageResponse> => {
      const page = await browser.get(`/approve?t=${ticket}`)
      return fixture.back(browser, (await browser.post('/approve', formOf(page))).location, mo)
    }
    const refused = await late()
    assert.is(refused.status, 503)
    assert.is(refused.headers['retry-after'], '10')
    fixture.clock.forward(10)
    assert.is((await late()).status, 303)
  }))

/** Mo comes back from Google; gives the way to come back once more with the same address and the same cookies. */
async function returning(fixture: Fixture): Promise<{ path: string; again: () => Browser }> {
  const browser = new Browser(fixture)
  const { asked } = await fixture.begin(browser)
  const path = callback(fixture.google.signIn(asked.location, mo))
  const cookies = new Map(browser.cookies)
  const again = (): Browser => {
    const same = new Browser(fixture)
    for (const [name, value] of cookies) same.cookies.set(name, value)
    return same
  }
  return { path, again }
}

test('a return that is repeated after its approval was stored leads to the same page, as for who approved', () =>
  within(async fixture => {
    const sent = counted(fixture)
    const { path, again } = await returning(fixture)
    const first = await again().get(path)
    const browser = again()
    const second = await browser.get(path)
    assert.equal([second.status, second.location], [303, first.location])
    assert.is(fixture.stored().status?.decisions?.length, 1)
    assert.is(sent(), 1)
    const [{ evidence } = {}] = fixture.stored().status?.decisions ?? []
    assert.ok(browser.cookies.has(`__Host-hallpass-approved-${evidence?.salt.slice(0, 16)}`))
    assert.not.match(fixture.logged.join('\n'), 'a sign-in was refused')
  }))

test('a return that is repeated while its approval is being stored leads there too, or says where to look', () =>
  within(async fixture => {
    const { path, again } = await returning(fixture)
    const [begun, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    fixture.requests.beforeWrite = async () => {
      begun.resolve()
      await held.promise
    }
    const first = again().get(path)
    await begun.promise
    const second = await again().get(path)
    assert.is(second.status, 403)
    assert.match(wordsOf(second), 'was used a moment ago and may count already. Please open the link again')
    held.resolve()
    assert.is((await first).status, 303)
    const third = await again().get(path)
    assert.equal([third.status, third.location], [303, (await first).location])
    assert.is(fixture.stored().status?.decisions?.length, 1)
  }))

attack(
  test,
  'a browser that did not approve brings its own sign-in back after somebody else approved … 409, not shown as approved here',
  () =>
    within(async fixture => {
      const { path, again } = await returning(fixture)
      await fixture.approve(mo)
      const browser = again()
      const late = await browser.get(path)
      const isRemembered = [...browser.cookies.keys()].some(name => name.includes('approved'))
      return `${late.status}, ${isRemembered ? '' : 'not '}shown as approved here`
    }),
)

test.run()
