// What the pages ask of the outside for one approval: each call, which of them go side by side, and in which order what is
// stored is stored. Counted and never timed.
import * as assert from 'uvu/assert'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { Browser, callback, mo, Fixture } from './fakes.ts'

const test = suite('the outside calls of an approval', { timeoutMs: 20_000 })

/** Runs around each outside call. A test waits in it. */
type Around = (call: string) => Promise<void>
type Watched = { fixture: Fixture; calls: string[]; around: { before: Around; after: Around } }

/** A fixture whose outside calls are written down; answers from memory do not count. */
async function watched(): Promise<Watched> {
  const fixture = new Fixture()
  const calls: string[] = []
  const around = { before: async () => undefined, after: async () => undefined } as Watched['around']
  const noted = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get: (target, method) => {
        const value: unknown = Reflect.get(target, method)
        if (typeof value !== 'function' || method === 'authorizeUrl') return value
        return async (...args: unknown[]): Promise<unknown> => {
          const call = `${name}.${String(method)}`
          calls.push(call)
          await around.before(call)
          const answer: unknown = await Reflect.apply(value, target, args)
          await around.after(call)
          return answer
        }
      },
    })
  const { requests, login, tickets, tokens, sealedTokens, policies } = fixture.options
  Object.assign(fixture.options, {
    requests: noted('requests', requests),
    login: noted('login', login),
    tickets: noted('ticketKey', tickets),
    tokens: noted('tokenKey', tokens),
    sealedTokens: noted('sealedTokens', sealedTokens),
    policies: noted('policies', policies),
  })
  await fixture.open()
  fixture.ask()
  return { fixture, calls, around }
}

async function within<T>(work: (watched: Watched) => Promise<T>): Promise<T> {
  const all = await watched()
  try {
    return await work(all)
  } finally {
    await all.fixture.close()
  }
}

/** Opens the page, sends the form, and gives the way back after so long at Google that what KMS said of the ticket is forgotten. */
async function atGoogle(
  { fixture, calls }: Watched,
  browser = new Browser(fixture),
): Promise<() => ReturnType<Fixture['back']>> {
  const { asked } = await fixture.begin(browser)
  fixture.clock.forward(61)
  calls.length = 0
  return () => fixture.back(browser, asked.location, mo)
}

test('the page takes two calls, one after another: the ticket names the request', () =>
  within(async ({ fixture, calls }) => {
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    assert.is(page.status, 200)
    assert.equal(calls, ['ticketKey.unseal', 'requests.get'])
  }))

test('the form takes one call: what KMS said of the ticket is remembered for a minute', () =>
  within(async ({ fixture, calls }) => {
    const browser = new Browser(fixture)
    const ticket = await fixture.ticket()
    await browser.get(`/approve?t=${ticket}`)
    calls.length = 0
    await fixture.begin(browser)
    // The page once more, and its form.
    assert.equal(calls, ['ticketKey.unseal', 'requests.get', 'requests.get'])
  }))

test('the way back takes ten calls: the request is read once', () =>
  within(async all => {
    const back = await atGoogle(all)
    assert.is((await back()).status, 303)
    assert.equal(all.calls.toSorted(), [
      'login.exchange',
      'policies.mayWrite',
      'policies.read',
      'requests.get',
      'requests.patchStatus',
      'sealedTokens.create',
      'sealedTokens.create',
      'ticketKey.unseal',
      'tokenKey.seal',
      'tokenKey.seal',
    ])
  }))

table<[string, string]>(
  test,
  {
    'the ticket is opened while Google exchanges the code': ['ticketKey.unseal', 'login.exchange'],
    'the request is read while Google exchanges the code': ['requests.get', 'login.exchange'],
    'the token is sealed while Google is asked for the rights': ['tokenKey.seal', 'policies.mayWrite'],
    'the policy is read while Google is asked for the rights': ['policies.read', 'policies.mayWrite'],
  },
  pair =>
    within(async all => {
      const back = await atGoogle(all)
      const met = Promise.withResolvers<void>()
      const begun = new Set<string>()
      // Each of the two ends only once the other one has begun: one after the other would never end.
      all.around.before = async call => {
        if (!pair.includes(call)) return
        if (begun.add(call).size === pair.length) met.resolve()
        await met.promise
      }
      assert.is((await back()).status, 303)
      assert.is(begun.size, 2)
    }),
)

test('nothing is stored before the policy is read', () =>
  within(async all => {
    const back = await atGoogle(all)
    const order: string[] = []
    all.around.before = async call => void (/create|patch/.test(call) && order.push(call))
    all.around.after = async call => void (call === 'policies.read' && order.push(call))
    await back()
    assert.equal(order, ['policies.read', 'sealedTokens.create', 'sealedTokens.create', 'requests.patchStatus'])
  }))

test('nothing is stored before every right is there, and the decision comes after the sealed token', () =>
  within(async all => {
    const back = await atGoogle(all)
    const order: string[] = []
    const kept = ['policies.mayWrite', 'sealedTokens.create', 'requests.patchStatus']
    all.around.before = async call => void (kept.includes(call) && order.push(`begin ${call}`))
    all.around.after = async call => void (kept.includes(call) && order.push(`end ${call}`))
    await back()
    const [rights, sealing, decision] = kept.map(call => [`begin ${call}`, `end ${call}`])
    const [begun, ended] = sealing ?? []
    // The token and the evidence go side by side.
    assert.equal(order, [...(rights ?? []), begun, begun, ended, ended, ...(decision ?? [])])
  }))

test('a request that changed in between is read once more, and only then', () =>
  within(async all => {
    const { fixture, calls } = all
    const back = await atGoogle(all)
    let isFirst = true
    fixture.requests.beforeWrite = async () => {
      if (isFirst) fixture.requests.put(fixture.stored())
      isFirst = false
    }
    assert.is((await back()).status, 303)
    assert.equal(calls.slice(-5), [
      'sealedTokens.create',
      'sealedTokens.create',
      'requests.patchStatus',
      'requests.get',
      'requests.patchStatus',
    ])
  }))

/** A cookie as a login has it, made by somebody who does not hold our key. */
function planted(browser: Browser, { state, ticket }: { state: string; ticket: string }): void {
  const random = 'R'.repeat(43)
  const begunAt = Math.floor(Date.parse('2026-11-23T14:02:00Z') / 1000)
  const text = Buffer.from(
    JSON.stringify({ s: state, v: random, k: random, n: random, t: ticket, a: begunAt }),
  ).toString('base64url')
  browser.cookies.set(`__Host-hallpass-login-${state.slice(0, 16)}`, `${text}.${random}`)
}

const made: Record<string, (fixture: Fixture) => Promise<string>> = {
  'with no ticket by its form': async () => 'x',
  'with a forged ticket': async () => 'x'.repeat(300),
  'with a ticket of another purpose': async fixture => fixture.ticket({ purpose: 'revoke' }),
  'with a ticket that has expired': async fixture => fixture.ticket({ expiresAt: new Date('2026-11-23T14:00:00Z') }),
}
attacks(test, ending('0 codes sent to Google', made, 'somebody returns with a forged code and login, '), ticketOf =>
  within(async ({ fixture, calls }) => {
    const browser = new Browser(fixture)
    const state = 'A'.repeat(43)
    planted(browser, { state, ticket: await ticketOf(fixture) })
    const answer = await browser.get(callback({ code: 'guessed', state }))
    assert.match(answer.before?.[0]?.location ?? '', /^\/approve\/result/, 'it was treated as a login')
    return `${calls.filter(call => call === 'login.exchange').length} codes sent to Google`
  }),
)

attack(test, 'a real login is copied onto a forged ticket … 400, 0 codes sent to Google', () =>
  within(async ({ fixture, calls }) => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser)
    const state = new URL(asked.location).searchParams.get('state') ?? ''
    const [name, value = ''] = [...browser.cookies].find(([key]) => key.includes('login')) ?? ['']
    const [text = '', signature] = value.split('.')
    const raw = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
    const other = Buffer.from(JSON.stringify({ ...raw, t: 'x'.repeat(300) })).toString('base64url')
    browser.cookies.set(name, `${other}.${signature}`)
    const answer = await browser.get(callback({ code: 'guessed', state }))
    return `${answer.status}, ${calls.filter(call => call === 'login.exchange').length} codes sent to Google`
  }),
)

attack(test, 'the code is exchanged for a request that was denied meanwhile … 409, nothing done with the tokens', () =>
  within(async all => {
    const { fixture, calls } = all
    const back = await atGoogle(all)
    fixture.ask(({ status = {} }) => {
      status.decisions = [{ id: 'd', verdict: 'Denied', who: { email: 'mo@example.com' }, at: '2026-11-23T14:02:30Z' }]
    })
    const answer = await back()
    const done = calls.filter(call => /policies|tokenKey|sealedTokens|patchStatus/.test(call))
    return `${answer.status}, ${done.length === 0 ? 'nothing' : done.join()} done with the tokens`
  }),
)

test.run()
