// What opening links costs before anybody is known: how often KMS is asked for a page, for a link that it has just refused, and
// in a flood of forged links.
import { randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import { createSealer, createUnsealer } from '../../src/google/seal.ts'
import { forgeryBudget } from '../../src/auth/tickets.ts'
import { Broken } from '../../src/domain/outcome.ts'
import { googleAnswer } from '../sim/google/answers.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { attack, attacks } from '../attacks.ts'
import { identity, openGoogle } from '../google/world.ts'
import { suite, table } from '../suite.ts'
import { Browser, formOf, mo, otto, within, wordsOf, type World } from './fakes.ts'

const test = suite('the cost of a link')

/** Links sealed and opened at a simulated KMS; `calls` counts what it was asked to open. */
async function withKms(work: (world: World, calls: () => number, google: GoogleSim) => Promise<void>): Promise<void> {
  const { google } = await openGoogle()
  const { clock, url: rootUrl } = google
  const at = (token: string) => ({ key: defaultKeys.ticket, authClient: identity(token), clock, rootUrl })
  const sealer = createSealer(at(defaultIdentities.controller.token))
  try {
    await within(
      async world => {
        world.ticketKey.seal = (text, aad) => sealer.seal(text, aad)
        await work(world, () => google.calls.filter(({ method }) => method === 'Decrypt').length, google)
      },
      { tickets: createUnsealer(at(defaultIdentities.auth.token)) },
    )
  } finally {
    await google.close()
  }
}

type Visit = { calls: number; visit: (world: World, browser: Browser) => Promise<unknown> }
const minutesLater = (world: World): void => world.clock.forward(300)
table<Visit>(
  test,
  {
    'a page costs one decryption': {
      calls: 1,
      visit: async (world, browser) => browser.get(`/approve?t=${await world.ticket()}`),
    },
    'the same page again within a minute costs none': {
      calls: 1,
      visit: async (world, browser) => {
        const path = `/approve?t=${await world.ticket()}`
        for (let i = 0; i < 5; i++) await browser.get(path)
      },
    },
    'the same page in many tabs at once costs one': {
      calls: 1,
      visit: async (world, browser) => {
        const path = `/approve?t=${await world.ticket()}`
        await Promise.all(Array.from({ length: 20 }, () => browser.get(path)))
      },
    },
    'the form costs one, minutes after the page': {
      calls: 2,
      visit: async (world, browser) => {
        const page = await browser.get(`/approve?t=${await world.ticket()}`)
        minutesLater(world)
        await browser.post('/approve', formOf(page))
      },
    },
    'a callback that approves costs one, minutes after the form': {
      calls: 2,
      visit: async (world, browser) => {
        const { asked } = await world.begin(browser)
        minutesLater(world)
        assert.is((await world.back(browser, asked.location, mo)).status, 303)
      },
    },
    'a callback that is refused, and shows the request, costs one': {
      calls: 2,
      visit: async (world, browser) => {
        const { asked } = await world.begin(browser)
        minutesLater(world)
        assert.is((await world.back(browser, asked.location, otto)).status, 403)
      },
    },
    'a callback whose code Google does not take costs one': {
      calls: 2,
      visit: async (world, browser) => {
        const { asked } = await world.begin(browser)
        minutesLater(world)
        const state = new URL(asked.location).searchParams.get('state') ?? ''
        assert.is((await browser.get(`/oauth/callback?code=no&state=${state}`)).status, 403)
      },
    },
    'a callback without a sign-in costs one': {
      calls: 2,
      visit: async (world, browser) => {
        const { asked } = await world.begin(browser)
        minutesLater(world)
        const state = new URL(asked.location).searchParams.get('state') ?? ''
        await browser.get(`/oauth/callback?error=access_denied&state=${state}`)
      },
    },
    'a callback that this browser did not begin costs none': {
      calls: 1,
      visit: async (world, browser) => {
        const { asked } = await world.begin(new Browser(world))
        await world.back(browser, asked.location, mo)
      },
    },
  },
  ({ calls, visit }) =>
    withKms(async (world, counted) => {
      await visit(world, new Browser(world))
      assert.is(counted(), calls)
    }),
)

test('what KMS did not answer is asked again, and what it refused is not', () =>
  withKms(async (world, counted, google) => {
    const path = `/approve?t=${await world.ticket()}`
    const browser = new Browser(world)
    google.faults.add({ route: 'POST /v1/*:decrypt', times: 2, ...googleAnswer('UNAVAILABLE') })
    const unanswered = await browser.get(path)
    assert.equal([unanswered.status, unanswered.headers['retry-after']], [503, '60'])
    assert.is((await browser.get(path)).status, 200)
    assert.is(counted(), 1)
  }))

test('a link that was remembered still expires to the second', () =>
  within(async world => {
    const soon = new Date(world.clock.now().getTime() + 30_000)
    const path = `/approve?t=${await world.ticket({ expiresAt: soon })}`
    const browser = new Browser(world)
    assert.is((await browser.get(path)).status, 200)
    world.clock.forward(29.9)
    assert.is((await browser.get(path)).status, 200)
    world.clock.forward(0.1)
    assert.is((await browser.get(path)).status, 410)
    assert.is(world.ticketKey.opened, 1)
  }))

/** A link with the mark of the right key and the right form that nobody sealed. */
async function forgedLink(world: World): Promise<string> {
  return (await world.ticket()).slice(0, 8) + randomBytes(240).toString('base64url')
}

attacks<(world: World) => Promise<string[]>>(
  test,
  {
    'links that are too short, too long or of other letters are opened a hundred times … 0 decryptions':
      async world => {
        const ticket = await world.ticket()
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
    'links sealed with a key of somebody else are opened a hundred times … 0 decryptions': async world =>
      Promise.all(
        Array.from({ length: 100 }, async () => world.tokenKey.seal('x'.repeat(200), 'hallpass/ticket/v1/approve')),
      ),
    'a link that KMS refused is opened a hundred times within a minute … 1 decryptions': async world => {
      const forged = await forgedLink(world)
      return Array.from({ length: 100 }, () => forged)
    },
    'a link sealed for another purpose is opened a hundred times … 1 decryptions': async world => {
      const other = await world.ticket({ purpose: 'revoke' }, 'hallpass/ticket/v1/revoke')
      return Array.from({ length: 100 }, () => other)
    },
    'a thousand forged links are opened at once … 100 decryptions': async world =>
      Promise.all(Array.from({ length: 1000 }, async () => forgedLink(world))),
  },
  async linksOf => {
    let opened = 0
    await within(async world => {
      const links = await linksOf(world)
      const browser = new Browser(world)
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
      opened = world.ticketKey.opened
    })
    return `${opened} decryptions`
  },
)

/** The result of work in a separate world. */
async function endOf(work: (world: World, browser: Browser) => Promise<string>): Promise<string> {
  let end = 'none'
  await within(async world => {
    end = await work(world, new Browser(world))
  })
  return end
}

attack(
  test,
  'a true link is opened for the first time in a flood of forged ones … 200 after the second that the page says',
  () =>
    endOf(async (world, browser) => {
      const known = `/approve?t=${await world.ticket()}`
      const page = await browser.get(known)
      for (let i = 0; i < forgeryBudget.most; i++) await browser.get(`/approve?t=${await forgedLink(world)}`)
      const late = await browser.get(`/approve?t=${await forgedLink(world)}`)
      assert.is(late.status, 503)
      assert.match(wordsOf(late), /Please try again in a minute/)
      assert.is(world.openings.at(-1), 'overBudget')
      const fresh = `/approve?t=${await world.ticket()}`
      const refused = await browser.get(fresh)
      assert.equal([refused.status, refused.headers['retry-after']], [503, '1'])
      // People who were here a moment ago notice nothing, the way back from Google included.
      const asked = await browser.post('/approve', formOf(page))
      world.clock.forward(1)
      const shown = await browser.get(fresh)
      assert.is((await world.back(browser, asked.location, mo)).status, 303)
      assert.is(world.ticketKey.opened, forgeryBudget.most + 2)
      return `${shown.status} after the second that the page says`
    }),
)

/** Forged links, twenty a second without a pause, by an unknown browser, while somebody opens true ones as told. */
async function opensInFlood(world: World, manager: Browser, links: number): Promise<number> {
  let answered = 0
  const stranger = new Browser(world)
  for (let i = 0; i < forgeryBudget.most; i++) await stranger.get(`/approve?t=${await forgedLink(world)}`)
  for (let second = 0; second < links; second++) {
    for (let i = 0; i < 20; i++) await stranger.get(`/approve?t=${await forgedLink(world)}`)
    answered += Number((await manager.get(`/approve?t=${await world.ticket({ name: `r${second}` })}`)).status !== 503)
    world.clock.forward(1)
  }
  return answered
}

attacks<(world: World, manager: Browser) => Promise<unknown>>(
  test,
  {
    'a stranger forges links without a pause to lock approvers out, who opened one before … 10 of 10 links opened':
      async (world, manager) => manager.get(`/approve?t=${await world.ticket()}`),
    'a stranger forges links without a pause to lock approvers out, who opened one a month before … 10 of 10 links opened':
      async (world, manager) => {
        await manager.get(`/approve?t=${await world.ticket()}`)
        world.clock.forward(30 * 86_400)
      },
    'a stranger claims to be known, to use up what is kept for approvers … 0 of 10 links opened': async (
      _world,
      manager,
    ) => {
      manager.cookies.set('__Host-hallpass-known', `99999999999.${'A'.repeat(43)}`)
    },
    'a stranger makes the end of a cookie of a known browser later … 0 of 10 links opened': async (world, manager) => {
      await manager.get(`/approve?t=${await world.ticket()}`)
      const known = manager.cookies.get('__Host-hallpass-known') ?? ''
      assert.match(known, /^\d+\./)
      manager.cookies.set('__Host-hallpass-known', known.replace(/^\d+/, '99999999999'))
    },
  },
  begin =>
    endOf(async (world, manager) => {
      await begin(world, manager)
      return `${await opensInFlood(world, manager, 10)} of 10 links opened`
    }),
)

attack(test, 'three hundred people open their links in the same second … 300 pages', () =>
  endOf(async (world, browser) => {
    let pages = 0
    for (let i = 0; i < 300; i++)
      pages += Number((await browser.get(`/approve?t=${await world.ticket()}`)).status === 200)
    assert.is(world.ticketKey.opened, 300)
    return `${pages} pages`
  }),
)

attack(test, 'a forged link is opened again when its refusal is forgotten … 400', () =>
  endOf(async (world, browser) => {
    const forged = `/approve?t=${await forgedLink(world)}`
    await browser.get(forged)
    world.clock.forward(60)
    const again = await browser.get(forged)
    assert.is(world.ticketKey.opened, 2)
    return String(again.status)
  }),
)

test('a KMS that is silent is not asked without end, and nobody is told that their link is invalid', () =>
  within(async world => {
    const browser = new Browser(world)
    world.ticketKey.isDown = true
    const links = await Promise.all(Array.from({ length: forgeryBudget.most + 10 }, async () => world.ticket()))
    for (const link of links) assert.is((await browser.get(`/approve?t=${link}`)).status, 503)
    assert.is(world.ticketKey.opened, forgeryBudget.most)
    assert.instance(await world.ticketKey.unseal(links[0] ?? '', '').catch((error: unknown) => error), Broken)
  }))

test.run()
