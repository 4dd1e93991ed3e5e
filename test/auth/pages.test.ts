import * as assert from 'uvu/assert'
import type { AccessRequest, Decision, GrantRecord, Phase } from '../../src/api/kinds.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { outcomePage } from '../../src/auth/pages/outcome-page.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { approvedIn, Browser, mo, otto, within, wordsOf, type PageResponse, type Fixture } from './fakes.ts'

const test = suite('the pages: words, escaping, headers, limits')
const html = (answer: Pick<PageResponse, 'body'>): string => answer.body.replace(/<style>.*?<\/style>/s, '')

const grantsOf = ({ spec }: AccessRequest, state: GrantRecord['state']): GrantRecord[] =>
  spec.grants.map(({ resource, role }) => ({ resource, role, state }))
const salt = 'S'.repeat(43)
const claims = { iss: '', aud: '', sub: '', email: 'mo@example.com', iat: 0, exp: 0, nonce: '' }
const approval: Decision = {
  id: 'a',
  verdict: 'Approved',
  who: { email: 'mo@example.com' },
  at: '2026-11-23T14:02:00Z',
  evidence: { hash: '0'.repeat(64), salt, claims },
}
/** The request after Mo's approval, in a phase. */
function inPhase(asked: AccessRequest, phase: Phase, more: Partial<NonNullable<AccessRequest['status']>> = {}): void {
  asked.status = {
    ...asked.status,
    decisions: [approval],
    approvedBy: 'mo@example.com',
    startsAt: '2026-11-23T14:02:10Z',
    expiresAt: '2026-11-23T14:32:10Z',
    phase,
    ...more,
  }
}
const failed = (message: string, reason = 'X'): NonNullable<NonNullable<AccessRequest['status']>['conditions']> => [
  { type: 'Provisioned', status: 'False', reason, message, lastTransitionTime: '2026-11-23T14:03:00Z' },
]

type Outcome = { change: (asked: AccessRequest) => void; seconds?: number; says: string; isMoving: boolean }
const outcomes: Record<string, Outcome> = {
  'approved, not taken up yet': {
    change: asked => inPhase(asked, 'Pending'),
    says: 'Approved. Granting… Approved by mo@example.com (Mo Manager) at 14:02 UTC. You can close this page; the result is posted in Slack. Look again',
    isMoving: true,
  },
  approved: { change: asked => inPhase(asked, 'Approved'), says: 'Approved. Granting…', isMoving: true },
  'approved, and stuck': {
    change: asked => inPhase(asked, 'Approved'),
    seconds: 301,
    says: 'It takes longer than usual. You can close this page;',
    isMoving: false,
  },
  'granted, the requester not told yet': {
    change: asked => inPhase(asked, 'Provisioned', { grants: grantsOf(asked, 'Written') }),
    says: 'Granted until 14:32 UTC. Dana is being told in Slack; you can close this page.',
    isMoving: false,
  },
  'granted and told': {
    change: asked =>
      inPhase(asked, 'Provisioned', {
        grants: grantsOf(asked, 'Written'),
        told: [{ what: 'granted', at: '2026-11-23T14:02:20Z' }],
      }),
    seconds: 60,
    says: 'Granted until 14:32 UTC. Dana has been told; you can close this page. Approved by mo@example.com (Mo Manager) at 14:02 UTC. The access of dana@example.com ends by itself, in 29 minutes.',
    isMoving: false,
  },
  'granted, beginning at the next full second': {
    change: asked =>
      inPhase(asked, 'Provisioned', { grants: grantsOf(asked, 'Written'), startsAt: '2026-11-23T14:02:31Z' }),
    says: 'Granted until 14:32 UTC.',
    isMoving: false,
  },
  'granted for later': {
    change: asked =>
      inPhase(asked, 'Provisioned', { grants: grantsOf(asked, 'Written'), startsAt: '2026-11-23T14:22:00Z' }),
    says: 'Granted from 14:22 UTC until 14:32 UTC.',
    isMoving: false,
  },
  'granted in certain hours': {
    change: asked => {
      asked.spec.hours = { zone: 'UTC', spans: [{ from: '14:20', to: '14:30' }] }
      inPhase(asked, 'Provisioned', { grants: grantsOf(asked, 'Written') })
    },
    says: 'It works only every day 14:20 to 14:30 (UTC): in this time from Monday 23 November 2026, 14:20 until Monday 23 November 2026, 14:30.',
    isMoving: false,
  },
  'in doubt': {
    change: asked => inPhase(asked, 'Provisioned', { grants: grantsOf(asked, 'Unknown') }),
    says: 'dana@example.com (Dana Engineer) may hold part of it until 14:32 UTC. It may be in force on projects/prod-eu.',
    isMoving: false,
  },
  failed: {
    change: asked => inPhase(asked, 'Failed', { conditions: failed('You may not change "projects/prod-eu"') }),
    says: 'Access was not granted. You may not change "projects/prod-eu". dana@example.com (Dana Engineer) can ask again in Slack.',
    isMoving: false,
  },
  'failed until somebody else acts': {
    change: asked => inPhase(asked, 'Failed', { conditions: failed('No channel', 'MessageRefused') }),
    says: 'No channel. dana@example.com (Dana Engineer) can ask again in Slack once the platform team has corrected the setup.',
    isMoving: false,
  },
  expired: {
    change: asked => inPhase(asked, 'Expired', { endedAt: '2026-11-23T14:32:10Z' }),
    says: 'This access ended at 14:32 UTC. dana@example.com (Dana Engineer) had prod-db for 30 minutes. It was approved by mo@example.com (Mo Manager).',
    isMoving: false,
  },
  'timed out': {
    change: asked => void Object.assign(asked.status ?? {}, { phase: 'TimedOut' }),
    says: 'Nobody decided in time.',
    isMoving: false,
  },
  undecided: { change: () => undefined, says: 'Nobody has decided yet. See what is asked for', isMoving: false },
}
for (const [sentence, { change, seconds = 30, says, isMoving }] of Object.entries(outcomes))
  test(`the outcome of a request: ${sentence}`, () =>
    within(async fixture => {
      fixture.ask(change)
      const link = `/approve/outcome?t=${await fixture.ticket()}`
      fixture.clock.forward(seconds)
      const page = await approvedIn(new Browser(fixture), salt).get(link)
      assert.is(page.status, 200)
      assert.ok(wordsOf(page).includes(says), wordsOf(page))
      assert.is(page.body.includes('http-equiv="refresh"'), isMoving)
      if (isMoving) assert.ok(page.body.includes(`content="0; url=${link}"`))
    }))

const denial = { at: '2026-11-23T13:40:00Z', email: 'ana@example.com', name: 'Ana Director' }
table<{ comment?: string; says: string }>(
  test,
  {
    'a denial of before is read with its comment': {
      comment: 'use the replica',
      says: 'BeforeThe same request was denied at 13:40 UTC (22 minutes ago): use the replica',
    },
    'a denial of before is read, though it had no comment': {
      says: '(22 minutes ago), without a comment.',
    },
  },
  ({ comment, says }) =>
    within(async fixture => {
      fixture.ask(({ status }) => Object.assign(status ?? {}, { earlier: { denial: { ...denial, comment } } }))
      const words = wordsOf(await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`))
      assert.ok(words.includes(says), words)
      assert.not.match(words, /Ana Director|\bana@/, 'who denied it is for those who signed in')
    }),
)

table<{ holding: { from?: string; until: string }; says?: string }>(
  test,
  {
    'running access is read with what is left of it': {
      holding: { until: '2026-11-23T14:35:00Z' },
      says: 'already has access by an earlier request for the same, until 14:35 UTC (in 33 minutes).',
    },
    'access that begins later is read with its beginning': {
      holding: { from: '2026-11-23T15:00:00Z', until: '2026-11-23T16:00:00Z' },
      says: 'for the same, from 15:00 UTC until 16:00 UTC (in 1 hour 58 minutes).',
    },
    'access that has ended meanwhile is not read': { holding: { until: '2026-11-23T14:02:00Z' } },
  },
  ({ holding, says }) =>
    within(async fixture => {
      fixture.ask(({ status }) => Object.assign(status ?? {}, { earlier: { holding } }))
      const words = wordsOf(await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`))
      assert.is(words.includes(says ?? 'already has access'), says !== undefined, words)
    }),
)

test('the third access in sequence is read in all, with what the mapping allows, and which request it follows', () =>
  within(async fixture => {
    fixture.mapping.spec.duration = { max: '2h', maxConsecutive: '8h' }
    fixture.ask(({ spec, status }) => {
      spec.follows = { name: 'prod-db-earlier', uid: '22222222-0000-4000-8000-000000000007' }
      Object.assign(status ?? {}, { earlier: { held: { times: 3, duration: '4h30m', within: '24h' } } })
    })
    const words = wordsOf(await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`))
    const all = 'This would be the third access to the same within 24 hours: 4 hours 30 minutes with this one'
    assert.ok(words.includes(`In all${all}, and at most 8 hours are allowed.`), words)
    assert.ok(words.includes('It follows request prod-db-earlier.'), words)
  }))

test('the outcome can be read for an hour after its ticket expired, and not longer', () =>
  within(async fixture => {
    const link = `/approve/outcome?t=${await fixture.ticket()}`
    fixture.clock.forward(5399)
    assert.is((await new Browser(fixture).get(link)).status, 200)
    fixture.clock.forward(1)
    assert.is((await new Browser(fixture).get(link)).status, 410)
  }))

const payload = `"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;`
/** Puts the payload into every text that somebody else than us can set. */
function poison(asked: AccessRequest, fixture: Fixture): void {
  const grants = [
    { resource: `projects/${payload}`, role: `roles/${payload}`, condition: payload },
    { resource: 'projects/prod-eu', role: 'roles/viewer' },
  ]
  Object.assign(fixture.mapping.spec, { grants })
  fixture.mapping.metadata.name = payload
  Object.assign(asked.spec, { grants, roleMapping: payload, reason: payload })
  Object.assign(asked.spec.requester, { name: payload, email: `dana${payload}@example.com` })
  asked.status = {
    phase: 'Pending',
    approvers: [{ email: 'mo@example.com', name: payload, level: 1, why: payload, at: '2026-11-23T14:02:00Z' }],
    earlier: { denial: { at: '2026-11-23T13:40:00Z', email: payload, name: payload, comment: payload } },
    message: { channel: payload, intentAt: '2026-11-23T14:02:00Z', permalink: `javascript:alert(1)//${payload}` },
  }
}
const isHarmless = (page: Pick<PageResponse, 'body'>): void => {
  assert.not.match(html(page), /<(script|img|iframe|object|link|base)|javascript:|\sstyle=/i)
  for (const [tag] of html(page).matchAll(/<[a-z][^>]*>/g)) assert.not.match(tag, /\son[a-z]+=/i)
}

test('markup in any field of a request stays text on the form', () =>
  within(async fixture => {
    fixture.ask(asked => {
      poison(asked, fixture)
      // Nobody outside the organisation comes as far as the form.
      asked.spec.requester.email = 'dana@example.com'
    })
    const { asked } = await fixture.begin(new Browser(fixture), { grants: [], comment: payload, duration: payload })
    assert.ok(wordsOf(asked).includes('Choose at least one line'))
    isHarmless(asked)
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    isHarmless(page)
    assert.is(wordsOf(page).split('<script>alert(1)</script>').length - 1 >= 6, true, wordsOf(page))
  }))

const phases = ['Pending', 'Approved', 'Provisioned', 'Expired', 'Denied', 'Failed', 'Revoked'] as const
attacks(
  test,
  ending(
    'text on the page',
    Object.fromEntries(phases.map(phase => [`${phase} holds markup`, phase])),
    'every field of a request that is ',
  ),
  phase =>
    within(async fixture => {
      fixture.ask(asked => {
        poison(asked, fixture)
        const verdict = phase === 'Denied' ? 'Denied' : 'Approved'
        inPhase(asked, phase, {
          decisions: [{ id: 'a', verdict, who: { email: payload }, at: '2026-11-23T14:02:00Z', comment: payload }],
          approvedBy: payload,
          conditions: failed(payload),
          grants: [{ resource: payload, role: payload, state: 'Unknown' }],
        })
      })
      const page = await new Browser(fixture).get(`/approve/outcome?t=${await fixture.ticket()}`)
      isHarmless(page)
      const now = fixture.clock.now()
      const mapping = readMapping(fixture.mapping)
      isHarmless({
        body: outcomePage(fixture.stored(), mapping, { now, ticket: payload, viewer: 'colleague', asksAgain: true }),
      })
      return page.status === 200 ? 'text on the page' : String(page.status)
    }),
)

attack(test, 'the address that Google names holds markup … 403, text on the page', () =>
  within(async fixture => {
    const answer = await fixture.approve(
      { email: `${payload}@example.com`, hd: payload },
      { change: { comment: payload } },
    )
    isHarmless(answer)
    isHarmless(await fixture.approve(otto, { change: { comment: payload } }))
    return `${answer.status}, text on the page`
  }),
)

attack(test, 'a reason and a name turn and hide text … shown by its numbers, absent from the title', () =>
  within(async fixture => {
    fixture.ask(({ spec }) => {
      spec.reason = 'INC-1 read\u202Eonly\u2066 \u200Baccess\u0000\u{E0041} 👩‍💻'
      spec.requester.name = 'Dana\u202E reeenignE'
    })
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    const words = wordsOf(page)
    assert.ok(words.includes('INC-1 readU+202EonlyU+2066 U+200BaccessU+0000U+E0041 👩‍💻'), words)
    assert.ok(page.body.includes('<title>Give Dana reeenignE production access?'))
    const hidden = ['\u202E', '\u2066', '\u200B', '\u0000', '\u{E0041}'].filter(one => page.body.includes(one))
    return hidden.length === 0 ? 'shown by its numbers, absent from the title' : JSON.stringify(hidden)
  }),
)

test('a name of fillers shows the address; within a text, fillers and joiners of nothing show their numbers', () =>
  within(async fixture => {
    fixture.ask(({ spec }) => {
      spec.reason = 'INC-1 \u3164\u200D\u2800 ❤\uFE0F\u200D🔥'
      spec.requester.name = '\u3164'
    })
    const words = wordsOf(await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`))
    assert.ok(words.includes('Give dana@example.com production access?'), words)
    assert.ok(words.includes('INC-1 U+3164U+200DU+2800 ❤\uFE0F\u200D🔥'), words)
  }))

test('every answer carries the headers that keep scripts, frames, caches and referrers out', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const ticket = await fixture.ticket()
    const answers = [
      await browser.get(`/approve?t=${ticket}`),
      await browser.get('/approve'),
      await browser.get(`/approve/outcome?t=${ticket}`),
      await browser.get('/oauth/callback?state=x'),
      await browser.get('/nowhere'),
      await browser.post('/approve', 'x'.repeat(20_000)),
      (await fixture.begin(browser)).asked,
      await fixture.approve(otto, { browser }),
      await fixture.approve(mo, { browser }),
    ]
    const all = answers.flatMap(answer => [...(answer.before ?? []), answer])
    assert.is(all.length, 11, 'with the redirects in between')
    for (const { headers } of all) {
      const policy = String(headers['content-security-policy'])
      for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
        assert.ok(policy.split(';').includes(rule), policy)
      assert.not.match(policy, /unsafe|\*|script-src/)
      assert.is(headers['referrer-policy'], 'same-origin')
      assert.is(headers['cache-control'], 'no-store')
      assert.is(headers['cross-origin-opener-policy'], 'same-origin')
      assert.is(headers['x-content-type-options'], 'nosniff')
      assert.match(String(headers['strict-transport-security']), /max-age=63072000/)
      assert.is(headers['x-powered-by'], undefined)
      assert.is(headers['etag'], undefined)
    }
  }))

test('cookies are for this host alone, over TLS, out of reach of scripts', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const page = await browser.get(`/approve?t=${await fixture.ticket()}`)
    const { asked } = await fixture.begin(browser)
    for (const line of [...(page.headers['set-cookie'] ?? []), ...(asked.headers['set-cookie'] ?? [])]) {
      assert.match(line, /^__Host-hallpass-/)
      for (const part of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
        assert.ok(line.split('; ').includes(part), line)
      assert.not.match(line, /Domain/)
    }
  }))

test('on plain http of this machine, cookies have no prefix and no TLS, and the log says so', () =>
  within(
    async fixture => {
      const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`, {
        headers: { host: '127.0.0.1:8080' },
      })
      const [formCookie = '', knownCookie = ''] = page.headers['set-cookie'] ?? []
      assert.match(formCookie, /^hallpass-form=[^;]+; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/)
      assert.match(knownCookie, /^hallpass-known=[^;]+; Max-Age=8640000; Path=\/; HttpOnly; SameSite=Lax$/)
      assert.is(page.headers['strict-transport-security'], undefined)
      assert.ok(fixture.logged.some(line => line.includes('plain http')))
    },
    { publicUrl: 'http://127.0.0.1:8080' },
  ))

const limits: Record<string, { send: (browser: Browser) => Promise<PageResponse>; status: number }> = {
  'an unknown path': { send: browser => browser.get('/admin'), status: 404 },
  'a path in other letters': { send: browser => browser.get('/Approve'), status: 404 },
  'a path that climbs': { send: browser => browser.get('/approve/../../etc/passwd'), status: 404 },
  'another host': { send: browser => browser.get('/approve', { headers: { host: 'evil.example.com' } }), status: 421 },
  'a host with another port': {
    send: browser => browser.get('/approve', { headers: { host: 'hallpass.example.com:81' } }),
    status: 421,
  },
  'a forwarded host': {
    send: browser =>
      browser.get('/approve', { headers: { host: 'evil.example.com', 'x-forwarded-host': 'hallpass.example.com' } }),
    status: 421,
  },
  'another method': { send: browser => browser.get('/approve', { method: 'DELETE' }), status: 405 },
  'POST on the way back': { send: browser => browser.post('/oauth/callback', 'code=x'), status: 405 },
  'a body that is too large': { send: browser => browser.post('/approve', `t=${'x'.repeat(20_000)}`), status: 413 },
  'too many fields': { send: browser => browser.post('/approve', 'grants=0&'.repeat(100)), status: 413 },
  'a body of another type': {
    send: browser => browser.post('/approve', '{"t":"x"}', { 'content-type': 'application/json' }),
    status: 403,
  },
  'a compressed body': { send: browser => browser.post('/approve', 'x', { 'content-encoding': 'gzip' }), status: 400 },
  'an address that cannot be decoded': { send: browser => browser.get('/approve/%ff'), status: 404 },
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(limits).map(([what, fact]) => [
      `the pages are sent ${what} … ${fact.status} and nothing inside`,
      fact,
    ]),
  ),
  ({ send }) =>
    within(async fixture => {
      const answer = await send(new Browser(fixture))
      assert.match(answer.body, /<html lang="en">.*<h1>/s)
      assert.not.match(answer.body, /Error:| at |node_modules|undefined/)
      return `${answer.status} and nothing inside`
    }),
)

test('the host with its default port is accepted', () =>
  within(async fixture => {
    const page = await new Browser(fixture).get('/approve', { headers: { host: 'Hallpass.example.com:443' } })
    assert.is(page.status, 400)
  }))

test('logs name requests and reasons, never a query, ticket, state, code or cookie', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked, ticket } = await fixture.begin(browser)
    const signedIn = fixture.google.signIn(asked.location, otto)
    const cookies = [...browser.cookies.values()]
    await browser.get(`/oauth/callback?state=${signedIn.state}&code=${signedIn.code}`)
    fixture.requests.get = async () => Promise.reject(new Error(`boom ${ticket}`))
    await browser.get(`/approve?t=${ticket}`)
    const logged = fixture.logged.join('\n')
    for (const secret of [ticket, signedIn.state, signedIn.code, ...cookies, '?'])
      assert.not.ok(logged.includes(secret), logged)
    assert.match(logged, /a sign-in was refused .*NotAnApprover/)
    assert.match(logged, /a page could not be answered/)
    assert.equal(fixture.counted, [
      'approve Shown',
      'login LoginBegun',
      'sign-in Shown',
      'callback NotAnApprover person',
      'result Shown',
      'approve areq-500',
    ])
  }))

test.run()
