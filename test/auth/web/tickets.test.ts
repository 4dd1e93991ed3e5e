// What opening links costs before anybody is known: how often KMS is asked for a page, for a link that it has just refused, and
// in a flood of forged links.
import { randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import { createSealer, createUnsealer } from '../../../src/google/seal.ts'
import { forgeryBudget } from '../../../src/auth/web/tickets.ts'
import { Broken } from '../../../src/domain/outcome.ts'
import { googleAnswer } from '../../sim/google/answers.ts'
import type { GoogleSim } from '../../../src/sim/google/google.ts'
import { defaultIdentities, defaultKeys } from '../../../src/sim/google/seeds.ts'
import { attack, attacks } from '../../attacks.ts'
import { identity, openGoogle } from '../../google/fixture.ts'
import { suite, table } from '../../suite.ts'
import { Browser, formOf, mo, otto, within, wordsOf, type Fixture } from '../fakes.ts'

const test = suite('the cost of a link')

/** Links sealed and opened at a simulated KMS; `calls` counts what it was asked to open. */
async function withKms(
  work: (fixture: Fixture, calls: () => number, google: GoogleSim) => Promise<void>,
): Promise<void> {
  const { google } = await openGoogle()
  const { clock, url: rootUrl } = google
  const at = (token: string) => ({ key: defaultKeys.ticket, authClient: identity(token), clock, rootUrl })
  const sealer = createSealer(at(defaultIdentities.controller.token))
  try {
    await within(
      async fixture => {
        fixture.ticketKey.seal = (text, aad) => sealer.seal(text, aad)
        await work(fixture, () => google.calls.filter(({ method }) => method === 'Decrypt').length, google)
      },
      { tickets: createUnsealer(at(defaultIdentities.auth.token)) },
    )
  } finally {
    await google.close()
  }
}

type Visit = { calls: number; visit: (fixture: Fixture, browser: Browser) => Promise<unknown> }
const minutesLater = (fixture: Fixture): void => fixture.clock.forward(300)
table<Visit>(
  test,
  {
    'a page costs one decryption': {
      calls: 1,
      visit: async (fixture, browser) => browser.get(`/approve?t=${await fixture.ticket()}`),
    },
    'the same page again within a minute costs none': {
      calls: 1,
      visit: async (fixture, browser) => {
        const path = `/approve?t=${await fixture.ticket()}`
        for (let i = 0; i < 5; i++) await browser.get(path)
      },
    },
    'the same page in many tabs at once costs one': {
      calls: 1,
      visit: async (fixture, browser) => {
        const path = `/approve?t=${await fixture.ticket()}`
        await Promise.all(Array.from({ length: 20 }, () => browser.get(path)))
      },
    },
    'the form costs one, minutes after the page': {
      calls: 2,
      visit: async (fixture, browser) => {
        const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
        minutesLater(fixture)
        await browser.post('/approve', formOf(page))
      },
    },
    'a callback that approves costs one, minutes after the form': {
      calls: 2,
      visit: async (fixture, browser) => {
        const { asked } = await fixture.begin(browser)
        minutesLater(fixture)
        assert.is((await fixture.back(browser, asked.location, mo)).status, 303)
      },
    },
    'a callback that is refused, and shows the request, costs one': {
      calls: 2,
      visit: async (fixture, browser) => {
        const { asked } = await fixture.begin(browser)
        minutesLater(fixture)
        assert.is((await fixture.back(browser, asked.location, otto)).status, 403)
      },
    },
    'a callback whose code Google does not take costs one': {
      calls: 2,
      visit: async (fixture, browser) => {
        const { asked } = await fixture.begin(browser)
        minutesLater(fixture)
        const state = new URL(asked.location).searchParams.get('state') ?? ''
        assert.is((await browser.get(`/oauth/callback?code=no&state=${state}`)).status, 403)
      },
    },
    'a callback without a sign-in costs one': {
      calls: 2,
      visit: async (fixture, browser) => {
        const { asked } = await fixture.begin(browser)
        minutesLater(fixture)
        const state = new URL(asked.location).searchParams.get('state') ?? ''
        await browser.get(`/oauth/callback?error=access_denied&state=${state}`)
      },
    },
    'a callback that this browser did not begin costs none': {
      calls: 1,
      visit: async (fixture, browser) => {
        const { asked } = await fixture.begin(new Browser(fixture))
        await fixture.back(browser, asked.location, mo)
      },
    },
  },
  ({ calls, visit }) =>
    withKms(async (fixture, counted) => {
      await visit(fixture, new Browser(fixture))
      assert.is(counted(), calls)
    }),
)

test('what KMS did not answer is asked again, and what it refused is not', () =>
  withKms(async (fixture, counted, google) => {
    const path = `/approve?t=${await fixture.ticket()}`
    const browser = new Browser(fixture)
    google.faults.add({ route: 'POST /v1/*:decrypt', times: 2, ...googleAnswer('UNAVAILABLE') })
    const unanswered = await browser.get(path)
    assert.equal([unanswered.status, unanswered.headers['retry-after']], [503, '60'])
    assert.is((await browser.get(path)).status, 200)
    assert.is(counted(), 1)
  }))

test('a link that was remembered still expires to the second', () =>
  within(async fixture => {
    const soon = new Date(fixture.clock.now().getTime() + 30_000)
    const path = `/approve?t=${await fixture.ticket({ expiresAt: soon })}`
    const browser = new Browser(fixture)
    assert.is((await browser.get(path)).status, 200)
    fixture.clock.forward(29.9)
    assert.is((await browser.get(path)).status, 200)
    fixture.clock.forward(0.1)
    assert.is((await browser.get(path)).status, 410)
    assert.is(fixture.ticketKey.opened, 1)
  }))

/** A link with the mark of the right key and the right form that nobody sealed. */
async function forgedLink(fixture: Fixture): Promise<string> {
  return (await fixture.ticket()).slice(0, 8) + randomBytes(240).toString('base64url')
}

attacks<(fixture: Fixture) => Promise<string[]>>(
  test,
  {
    'links that are too short, too long or of other letters are opened a hundred times … 0 decryptions':
      async fixture => {
        const ticket = await fixture.ticket()
        const odd = [
          '',
          'x',
          ticket.slice(0, 100),
          ticket + 'A'.repeat(1024),
          `${ticket.slice(0, -1)}!`,
          `${ticket}%00`,
        ]
        return Array.from({ length: 100 }, (_, i) => odd[i % odd.length] ?? '')
      },
    'links sealed with a key of somebody else are opened a hundred times … 0 decryptions': async fixture =>
      Promise.all(
        Array.from({ length: 100 }, async () => fixture.tokenKey.seal('x'.repeat(200), 'hallpass/ticket/v1/approve')),
      ),
    'a link that KMS refused is opened a hundred times within a minute … 1 decryptions': async fixture => {
      const forged = await forgedLink(fixture)
      return Array.from({ length: 100 }, () => forged)
    },
    'a link sealed for another purpose is opened a hundred times … 1 decryptions': async fixture => {
      const other = await fixture.ticket({ purpose: 'revoke' }, 'hallpass/ticket/v1/revoke')
      return Array.from({ length: 100 }, () => other)
    },
    'a thousand forged links are opened at once … 100 decryptions': async fixture =>
      Promise.all(Array.from({ length: 1000 }, async () => forgedLink(fixture))),
  },
  async linksOf => {
    let opened = 0
    await within(async fixture => {
      const links = await linksOf(fixture)
      const browser = new Browser(fixture)
      const answers: number[] = []
      for (let start = 0; start < links.length; start += 50)
        answers.push(
          ...(await Promise.all(
            links.slice(start, start + 50).map(async link => (await browser.get(`/approve?t=${link}`)).status),
          )),
        )
      assert.ok(
        answers.every(status => status === 400 || status === 503),
        String([...new Set(answers)]),
      )
      opened = fixture.ticketKey.opened
    })
    return `${opened} decryptions`
  },
)

/** The result of work in a separate fixture. */
async function endOf(work: (fixture: Fixture, browser: Browser) => Promise<string>): Promise<string> {
  let end = 'none'
  await within(async fixture => {
    end = await work(fixture, new Browser(fixture))
  })
  return end
}

attack(
  test,
  'a true link is opened for the first time in a flood of forged ones … 200 after the second that the page says',
  () =>
    endOf(async (fixture, browser) => {
      const known = `/approve?t=${await fixture.ticket()}`
      const page = await browser.get(known)
      for (let i = 0; i < forgeryBudget.most; i++) await browser.get(`/approve?t=${await forgedLink(fixture)}`)
      const late = await browser.get(`/approve?t=${await forgedLink(fixture)}`)
      assert.is(late.status, 503)
      assert.match(wordsOf(late), /Please try again in a minute/)
      assert.is(fixture.openings.at(-1), 'overBudget')
      const fresh = `/approve?t=${await fixture.ticket()}`
      const refused = await browser.get(fresh)
      assert.equal([refused.status, refused.headers['retry-after']], [503, '1'])
      // People who were here a moment ago notice nothing, the way back from Google included.
      const asked = await browser.post('/approve', formOf(page))
      fixture.clock.forward(1)
      const shown = await browser.get(fresh)
      assert.is((await fixture.back(browser, asked.location, mo)).status, 303)
      assert.is(fixture.ticketKey.opened, forgeryBudget.most + 2)
      return `${shown.status} after the second that the page says`
    }),
)

/** Forged links, twenty a second without a pause, by an unknown browser, while somebody opens true ones as told. */
async function opensInFlood(fixture: Fixture, manager: Browser, links: number): Promise<number> {
  let answered = 0
  const stranger = new Browser(fixture)
  for (let i = 0; i < forgeryBudget.most; i++) await stranger.get(`/approve?t=${await forgedLink(fixture)}`)
  for (let second = 0; second < links; second++) {
    for (let i = 0; i < 20; i++) await stranger.get(`/approve?t=${await forgedLink(fixture)}`)
    answered += Number((await manager.get(`/approve?t=${await fixture.ticket({ name: `r${second}` })}`)).status !== 503)
    fixture.clock.forward(1)
  }
  return answered
}

attacks<(fixture: Fixture, manager: Browser) => Promise<unknown>>(
  test,
  {
    'a stranger forges links without a pause to lock approvers out, who opened one before … 10 of 10 links opened':
      async (fixture, manager) => manager.get(`/approve?t=${await fixture.ticket()}`),
    'a stranger forges links without a pause to lock approvers out, who opened one a month before … 10 of 10 links opened':
      async (fixture, manager) => {
        await manager.get(`/approve?t=${await fixture.ticket()}`)
        fixture.clock.forward(30 * 86_400)
      },
    'a stranger claims to be known, to use up what is kept for approvers … 0 of 10 links opened': async (
      _world,
      manager,
    ) => {
      manager.cookies.set('__Host-hallpass-known', `99999999999.${'A'.repeat(43)}`)
    },
    'a stranger makes the end of a cookie of a known browser later … 0 of 10 links opened': async (
      fixture,
      manager,
    ) => {
      await manager.get(`/approve?t=${await fixture.ticket()}`)
      const known = manager.cookies.get('__Host-hallpass-known') ?? ''
      assert.match(known, /^\d+\./)
      manager.cookies.set('__Host-hallpass-known', known.replace(/^\d+/, '99999999999'))
    },
  },
  begin =>
    endOf(async (fixture, manager) => {
      await begin(fixture, manager)
      return `${await opensInFlood(fixture, manager, 10)} of 10 links opened`
    }),
)

attack(test, 'three hundred people open their links in the same second … 300 pages', () =>
  endOf(async (fixture, browser) => {
    let pages = 0
    for (let i = 0; i < 300; i++)
      pages += Number((await browser.get(`/approve?t=${await fixture.ticket()}`)).status === 200)
    assert.is(fixture.ticketKey.opened, 300)
    return `${pages} pages`
  }),
)

attack(test, 'a forged link is opened again when its refusal is forgotten … 400', () =>
  endOf(async (fixture, browser) => {
    const forged = `/approve?t=${await forgedLink(fixture)}`
    await browser.get(forged)
    fixture.clock.forward(60)
    const again = await browser.get(forged)
    assert.is(fixture.ticketKey.opened, 2)
    return String(again.status)
  }),
)

test('a KMS that is silent is not asked without end, and nobody is told that their link is invalid', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    fixture.ticketKey.isDown = true
    const links = await Promise.all(Array.from({ length: forgeryBudget.most + 10 }, async () => fixture.ticket()))
    for (const link of links) assert.is((await browser.get(`/approve?t=${link}`)).status, 503)
    assert.is(fixture.ticketKey.opened, forgeryBudget.most)
    assert.instance(await fixture.ticketKey.unseal(links[0] ?? '', '').catch((error: unknown) => error), Broken)
  }))

test.run()
