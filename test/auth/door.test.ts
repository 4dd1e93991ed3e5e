// The second door: a person signs in with Google alone, asks, and sees what concerns them. What is stored, who is listed
// where, and what a session can never do.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { openText, sealText } from '../../src/auth/door/sealing.ts'
import { Secret } from '../../src/domain/secret.ts'
import { attack, attacks } from '../attacks.ts'
import { suite } from '../suite.ts'
import { Browser, callback, type Fixture, formOf, mo, type PageResponse, within, wordsOf } from './fakes.ts'

const test = suite('the second door')
const dana = { email: 'dana@example.com' }
const ana = { email: 'ana@example.com' }
const prodDb = '/ask?for=hallpass/prod-db'
const reason = 'INC-4711 replaying the failed payout batch'

/** Asks at the door, with the form as the page gave it. */
async function asks(
  browser: Browser,
  change: Record<string, string> = {},
): Promise<{ sent: PageResponse; form: PageResponse }> {
  const form = await browser.get(prodDb)
  return { form, sent: await browser.post('/ask', formOf(form, { reason, ...change })) }
}

function onTheWeb(fixture: Fixture): AccessRequest[] {
  return fixture.requests.all().filter(({ spec }) => spec.origin === 'web')
}

/** Nothing is stored before. */
const inside = <T>(work: (fixture: Fixture) => Promise<T>, more?: Parameters<typeof within>[1]): Promise<T> =>
  within(async fixture => {
    fixture.requests.stored.clear()
    return work(fixture)
  }, more)

test('a person signs in, asks, and finds the request; what is stored says what Google has proved and no more', () =>
  inside(async fixture => {
    const { browser, page, returned } = await fixture.visit(dana)
    assert.is(returned.location, '/#_')
    assert.match(wordsOf(page), 'You signed in as dana@example.com')
    assert.match(page.body, 'href="/ask?for=hallpass%2Fprod-db"')
    const { sent } = await asks(browser)
    assert.match(sent.location, /^\/\?asked=hallpass%2Fprod-db-[a-z2-7]{12}$/)
    const [stored, ...more] = onTheWeb(fixture)
    assert.equal(more, [])
    const { origin, requester, slack, duration } = stored?.spec ?? {}
    assert.equal(
      { origin, requester, slack, duration, reason: stored?.spec.reason },
      {
        origin: 'web',
        requester: { email: 'dana@example.com', googleSubject: 'sub-dana@example.com' },
        slack: undefined,
        duration: '30m',
        reason,
      },
    )
    assert.equal(stored?.metadata.finalizers, ['hallpass.dev/account'])
    const found = wordsOf(await browser.get(sent.location))
    assert.match(found, 'You asked for prod-db for 30 minutes.')
    assert.match(found, /prod-db for 30 minutes waits until .*The people who may decide are being looked up/)
  }))

test('while Slack has told nobody, the requester reads whom to tell and what address they need', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    await asks(browser)
    const [stored] = onTheWeb(fixture)
    assert.ok(stored)
    const at = '2026-11-23T14:02:00Z'
    fixture.requests.put({
      ...stored,
      status: { ...stored.status, approvers: [{ email: 'mo@example.com', level: 1, why: 'on call', at }] },
    } as AccessRequest)
    const words = wordsOf(await browser.get('/'))
    assert.match(words, 'waits for mo@example.com')
    assert.match(words, 'Slack has not told anybody yet. Tell them yourself')
    assert.match(words, 'https://hallpass.example.com/ when they sign in')
    assert.not.match((await browser.get('/')).body, '/approve?t=')
  }))

test('the approver finds it, opens the usual page, and approves with a separate sign-in', () =>
  within(async fixture => {
    const { browser, page } = await fixture.visit(mo)
    assert.match(wordsOf(page), /dana@example.com.* asks for prod-db/)
    const path = /href="(\/approve\?t=[^"]+)"/.exec(page.body)?.[1] ?? ''
    const form = await browser.get(path)
    assert.match(wordsOf(form), 'Give Dana Engineer production access?')
    const asked = await browser.post('/approve', formOf(form))
    const outcome = await fixture.back(browser, asked.location, mo)
    assert.match(outcome.location, /^\/approve\/outcome\?t=/)
    assert.is(fixture.stored().status?.decisions?.[0]?.verdict, 'Approved')
    assert.equal(fixture.openings, [], 'no call to KMS')
    assert.match(wordsOf(await browser.get('/')), 'No request waits for your decision.')
  }))

test('a second click, a reload and a repeated delivery store one request', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    const form = formOf(await browser.get(prodDb), { reason })
    const answers = await Promise.all([1, 2, 3].map(() => browser.post('/ask', form)))
    assert.equal(new Set(answers.map(({ location }) => location)).size, 1)
    assert.is(onTheWeb(fixture).length, 1)
  }))

test('who asks again for what waits already is led to the first request', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    await asks(browser)
    const { sent } = await asks(browser)
    assert.match(sent.location, /^\/\?before=/)
    assert.match(wordsOf(await browser.get(sent.location)), 'You have already asked for prod-db')
    assert.is(onTheWeb(fixture).length, 1)
  }))

test('a reason that the mapping does not take is corrected in the form, with what was typed', () =>
  inside(async fixture => {
    fixture.mapping.spec.reason = { required: true, pattern: '^INC-[0-9]+', hint: 'a ticket such as INC-1234' }
    const { browser } = await fixture.visit(dana)
    const { sent } = await asks(browser, { reason: 'the <orders> table', duration: '1h' })
    assert.is(sent.status, 422)
    assert.match(wordsOf(sent), '"prod-db" needs a reason, with a ticket such as INC-1234.')
    assert.match(sent.body, 'the &lt;orders> table')
    assert.match(sent.body, /<option value="1h" selected/)
    assert.is(onTheWeb(fixture).length, 0)
  }))

test('a start is read by the grammar of the command, in UTC unless a place is written', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    const { sent } = await asks(browser, { at: 'tomorrow at 10pm' })
    assert.is(onTheWeb(fixture)[0]?.spec.notBefore, '2026-11-24T22:00:00Z')
    assert.match(
      wordsOf(await browser.get(sent.location)),
      'You asked for prod-db for 30 minutes, from 24 Nov 2026, 22:00 UTC.',
    )
    fixture.requests.stored.clear()
    await asks(browser, { at: '22:00 Europe/Berlin' })
    assert.is(onTheWeb(fixture)[0]?.spec.notBefore, '2026-11-23T21:00:00Z')
  }))

test('a start that cannot be meant is corrected in the form, with what was typed', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    for (const [at, says] of [
      ['25:00', 'It is not clear when "25:00" is. There is no such time of day'],
      ['soon', 'It is not clear when "soon" is. Write it as "at 22:00"'],
      ['2026-12-24 22:00', 'more than 7 days ahead'],
    ] as const) {
      const { sent } = await asks(browser, { at })
      assert.match(wordsOf(sent), says)
      assert.match(sent.body, `value="${at}"`)
      assert.equal([sent.status, onTheWeb(fixture).length], [422, 0])
    }
  }))

test('several days are typed in the place of the start, where the mapping offers them', () =>
  inside(async fixture => {
    fixture.mapping.spec.duration = { min: '10m', default: '30m', max: '4h', recurring: { maxDays: 5 } }
    const { browser } = await fixture.visit(dana)
    assert.match(wordsOf(await browser.get(prodDb)), 'Or on several days: 22:00-02:00 until Friday')
    const { sent } = await asks(browser, { at: '22:00-02:00 until Friday Europe/Berlin' })
    const { window, duration } = onTheWeb(fixture)[0]?.spec ?? {}
    assert.equal([window?.zone, window?.until, duration], ['Europe/Berlin', '2026-11-27T01:00:00Z', '4h'])
    assert.match(wordsOf(await browser.get(sent.location)), 'the last until Friday 27 November 2026, 02:00')
    fixture.requests.stored.clear()
    const refused = await asks(browser, { at: '22:00-02:00 until 2026-12-30' })
    assert.match(wordsOf(refused.sent), 'at most 7 days after it was asked for')
    assert.is(onTheWeb(fixture).length, 0)
  }))

test('what may be stored no more is said in the form, without the marks of Slack', () =>
  inside(async fixture => {
    fixture.mapping.spec.duration = { min: '10m', default: '30m', max: '1h' }
    const { browser } = await fixture.visit(dana)
    const { sent } = await asks(browser, { duration: '2h' })
    assert.match(wordsOf(sent), '"prod-db" lasts at most 1 hour; you asked for 2 hours.')
    assert.equal([sent.status, onTheWeb(fixture).length], [422, 0])
  }))

test('a sign-in without an account of the organisation is told so, and lists nothing', () =>
  inside(async fixture => {
    const { browser, page } = await fixture.visit({ email: 'dana@gmail.com' })
    assert.match(wordsOf(page), 'You signed in as dana@gmail.com, which is not an account of example.com.')
    assert.match(wordsOf(await browser.get(prodDb)), 'Sign in with Google')
  }))

test('a sign-in is over an hour after Google confirmed it, whatever was done meanwhile', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    fixture.clock.forward(1800)
    assert.match(wordsOf(await browser.get('/')), 'You signed in as')
    fixture.clock.forward(1799)
    assert.match(wordsOf(await browser.get('/')), 'You signed in as')
    fixture.clock.forward(1)
    assert.not.match(wordsOf(await browser.get('/')), 'You signed in as')
  }))

test('the limits are those of Slack, and requests of both doors count together', () =>
  inside(
    async fixture => {
      const limits = fixture.options.limits
      const first = fixture.ask()
      assert.equal([first.spec.origin, limits.openPerPerson], ['slack', 1])
      fixture.mappings.stored.push(
        structuredClone({ ...fixture.mapping, metadata: { ...fixture.mapping.metadata, name: 'other', uid: 'u2' } }),
      )
      const { browser } = await fixture.visit(dana)
      const form = await browser.get('/ask?for=hallpass/other')
      const sent = await browser.post('/ask', formOf(form, { reason }))
      assert.is(sent.status, 429)
      assert.match(wordsOf(sent), 'one person may have no more')
      assert.ok(fixture.counted.includes('limited openPerPerson'))
      assert.is(onTheWeb(fixture).length, 0)
    },
    {
      limits: {
        openPerPerson: 1,
        openPerMapping: 9,
        hourlyPerPerson: 9,
        hourlyPerMapping: 9,
        hourlyEmergenciesPerPerson: 9,
      },
    },
  ))

attack(test, 'a person alternates Slack and two addresses on the web to ask for more … 2 stored of 6', () =>
  inside(
    async fixture => {
      const names = ['a', 'b', 'c', 'd', 'e', 'f']
      fixture.mappings.stored = names.map(name =>
        structuredClone({ ...fixture.mapping, metadata: { ...fixture.mapping.metadata, name, uid: `uid-${name}` } }),
      )
      fixture.ask(asked => {
        asked.metadata.name = 'a-1'
        asked.spec.roleMapping = 'a'
      })
      const first = (await fixture.visit(dana)).browser
      const second = (await fixture.visit({ email: 'dana.engineer@example.com', sub: 'sub-2' })).browser
      for (const [index, name] of names.slice(1).entries()) {
        const browser = index % 2 === 0 ? first : second
        await browser.post('/ask', formOf(await browser.get(`/ask?for=hallpass/${name}`), { reason }))
      }
      return `${fixture.requests.all().length} stored of 6`
    },
    {
      people: [['dana@example.com', 'dana.engineer@example.com']],
      limits: {
        openPerPerson: 2,
        openPerMapping: 9,
        hourlyPerPerson: 9,
        hourlyPerMapping: 9,
        hourlyEmergenciesPerPerson: 9,
      },
    },
  ),
)

attack(
  test,
  'the requester approves with a second address of the same Google account … SelfApproval, nothing stored',
  () =>
    inside(async fixture => {
      const sub = 'one-account'
      fixture.mapping.spec.approval = { allowed: { emails: ['dana.admin@example.com'] } }
      const { browser } = await fixture.visit({ ...dana, sub })
      await asks(browser)
      const other = await fixture.visit({ email: 'dana.admin@example.com', sub })
      assert.match(wordsOf(other.page), 'No request waits for your decision.')
      const { asked } = await fixture.begin(other.browser)
      await fixture.back(other.browser, asked.location, { email: 'dana.admin@example.com', sub })
      const counted = fixture.counted.find(line => line.startsWith('callback SelfApproval'))
      return `${counted ? 'SelfApproval' : 'other'}, ${onTheWeb(fixture)[0]?.status?.decisions ? 'stored' : 'nothing stored'}`
    }),
)

/** Tries with Dana's session; `seen` is whose page came. */
const signedIn = (page: PageResponse): string =>
  wordsOf(page).includes('You signed in as') ? 'known' : 'asked to sign in'
const cookie = '__Host-hallpass-session'
type Theft = (fixture: Fixture, browser: Browser, stolen: string) => Promise<string | undefined>
attacks<Theft>(
  test,
  {
    'a session is made with another key … asked to sign in': async ({ options }, _browser, stolen) => {
      const about = { purpose: 'session', origin: new URL(options.publicUrl), key: options.cookieKey } as const
      return sealText(openText(stolen, about) ?? '', { ...about, key: new Secret('a guess') })
    },
    'one letter of a session is changed … asked to sign in': async (_fixture, _browser, stolen) =>
      stolen.slice(0, 40) + (stolen[40] === 'A' ? 'B' : 'A') + stolen.slice(41),
    'the text of a link is used as a session … asked to sign in': async ({ options }, _browser, stolen) => {
      const about = { origin: new URL(options.publicUrl), key: options.cookieKey }
      return sealText(openText(stolen, { ...about, purpose: 'session' }) ?? '', { ...about, purpose: 'link' })
    },
    'a session of another address of Hallpass is brought here … asked to sign in': async (
      { options },
      _browser,
      stolen,
    ) => {
      const about = { purpose: 'session', origin: new URL(options.publicUrl), key: options.cookieKey } as const
      const elsewhere = { ...about, origin: new URL('https://staging.example.com') }
      return sealText(openText(stolen, about) ?? '', elsewhere)
    },
    'a copy of a session is used after its hour … asked to sign in': async ({ clock }, _browser, stolen) => {
      clock.forward(3600)
      return stolen
    },
    'a copy of a session is used after signing out … asked to sign in': async (_fixture, browser, stolen) => {
      const out = await browser.post('/sign-out', formOf(await browser.get('/')))
      assert.equal([out.status, browser.cookies.has(cookie)], [303, false])
      return stolen
    },
    'the login of an approval is renamed to a session … asked to sign in': async (fixture, browser) => {
      fixture.ask()
      await fixture.begin(browser)
      return [...browser.cookies].find(([name]) => name.includes('hallpass-login'))?.[1]
    },
    'the cookie is an endless text … asked to sign in': async () => 'A'.repeat(3000),
  },
  theft =>
    inside(async fixture => {
      const { browser } = await fixture.visit(dana)
      const forged = await theft(fixture, browser, browser.cookies.get(cookie) ?? '')
      const thief = new Browser(fixture)
      if (forged !== undefined) thief.cookies.set(cookie, forged)
      return signedIn(await thief.get('/'))
    }),
)

/** Each brings an attacker's return to the browser of Mo, who has signed in to nothing. */
type Trick = (fixture: Fixture) => Promise<{ victim: Browser; answer: PageResponse }>
attacks<Trick>(
  test,
  {
    'the attacker’s own sign-in is finished in the victim’s browser … nobody signed in': async fixture => {
      const [own, victim] = [new Browser(fixture), new Browser(fixture)]
      const asked = await own.post('/sign-in', formOf(await own.get('/')))
      const answer = await victim.get(callback(fixture.google.signIn(asked.location, dana)))
      return { victim, answer }
    },
    'the sign-in of an approval comes back with the state of the door … nobody signed in': async fixture => {
      fixture.ask()
      const victim = new Browser(fixture)
      const { asked } = await fixture.begin(victim)
      const { code } = fixture.google.signIn(asked.location, mo)
      const door = await victim.post('/sign-in', formOf(await victim.get('/')))
      const state = new URL(door.location).searchParams.get('state') ?? ''
      return { victim, answer: await victim.get(callback({ code, state })) }
    },
    'the sign-in of a rehearsal comes back as one of the door … nobody signed in': async fixture => {
      const victim = new Browser(fixture)
      const asked = await victim.post('/me', formOf(await victim.get('/me')))
      const { code } = fixture.google.signIn(asked.location, mo)
      const door = await victim.post('/sign-in', formOf(await victim.get('/')))
      const state = new URL(door.location).searchParams.get('state') ?? ''
      return { victim, answer: await victim.get(callback({ code, state })) }
    },
    'a form of another site begins the sign-in … nobody signed in': async fixture => {
      const victim = new Browser(fixture)
      const form = formOf(await victim.get('/'))
      return { victim, answer: await victim.post('/sign-in', form, { 'sec-fetch-site': 'cross-site' }) }
    },
  },
  trick =>
    inside(async fixture => {
      const { victim } = await trick(fixture)
      return victim.cookies.has(cookie)
        ? 'signed in'
        : signedIn(await victim.get('/')).replace('asked to sign in', 'nobody signed in')
    }),
)

/** Each sends something with Dana's session. */
type Forgery = (fixture: Fixture, browser: Browser) => Promise<PageResponse>
attacks<Forgery>(
  test,
  {
    'another site sends the form that asks … 403, 0 requests': async (_fixture, browser) =>
      browser.post('/ask', formOf(await browser.get(prodDb), { reason }), { 'sec-fetch-site': 'cross-site' }),
    'an old browser sends it from another origin … 403, 0 requests': async (_fixture, browser) => {
      browser.isRecent = false
      return browser.post('/ask', formOf(await browser.get(prodDb), { reason }), { origin: 'https://evil.example' })
    },
    'a form without the token of its cookie … 403, 0 requests': async (_fixture, browser) =>
      browser.post('/ask', formOf(await browser.get(prodDb), { reason, form: 'A'.repeat(43) })),
    'a form that was made for somebody else … 409, 0 requests': async (fixture, browser) => {
      const form = formOf(await browser.get(prodDb), { reason })
      await fixture.visit(ana, { browser })
      return browser.post('/ask', form)
    },
    'a form names another requester … 303, 1 requests of dana@example.com': async (_fixture, browser) =>
      browser.post(
        '/ask',
        formOf(await browser.get(prodDb), { reason, email: 'ana@example.com', requester: 'ana@example.com' }),
      ),
    'a form names a mapping that is not there … 403, 0 requests': async (_fixture, browser) =>
      browser.post('/ask', formOf(await browser.get(prodDb), { reason, for: 'kube-system/secrets' })),
    'more time than the mapping gives … 422, 0 requests': async (_fixture, browser) =>
      browser.post('/ask', formOf(await browser.get(prodDb), { reason, duration: '168h' })),
    'no time at all … 422, 0 requests': async (_fixture, browser) =>
      browser.post('/ask', formOf(await browser.get(prodDb), { reason, duration: 'forever' })),
    'a request by GET … 200, 0 requests': async (_fixture, browser) =>
      browser.get(`/ask?${formOf(await browser.get(prodDb), { reason }).toString()}`),
    'a session that lists and asks is used to approve … 303, 0 requests': async (fixture, browser) => {
      fixture.ask()
      const form = await browser.get(`/approve?t=${await fixture.ticket()}`)
      const asked = await browser.post('/approve', formOf(form))
      assert.match(asked.location, /\/o\/oauth2\/v2\/auth/, 'Google is asked again')
      assert.is(fixture.stored().status?.decisions, undefined)
      return { ...asked, status: 303 }
    },
  },
  forgery =>
    inside(async fixture => {
      const { browser } = await fixture.visit(dana)
      const { status } = await forgery(fixture, browser)
      const stored = onTheWeb(fixture)
      const whose = stored.map(({ spec }) => ` of ${spec.requester.email}`).join('')
      return `${status}, ${stored.length} requests${whose}`
    }),
)

attack(test, 'another site signs somebody out … still known', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    const form = formOf(await browser.get('/'))
    await browser.post('/sign-out', form, { 'sec-fetch-site': 'cross-site' })
    return `still ${signedIn(await browser.get('/'))}`
  }),
)

attack(test, 'somebody reads what others asked for and hold … nobody else seen', () =>
  within(async fixture => {
    const { browser, page } = await fixture.visit(ana)
    const all = [page, await browser.get('/?asked=hallpass/prod-db-aaaabbbbcccc'), await browser.get('/?before=x')]
    return all.some(({ body }) => /dana|INC-/i.test(body)) ? 'read' : 'nobody else seen'
  }),
)

attack(test, 'an address was given to somebody else, who reads the requests of the one before … nobody else seen', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit({ ...dana, sub: 'before' })
    await asks(browser)
    const { page } = await fixture.visit({ ...dana, sub: 'after' })
    return wordsOf(page).includes('You have no access and no open request.') ? 'nobody else seen' : 'read'
  }),
)

attack(test, 'a mapping for others is opened by its name … as one that does not exist', () =>
  inside(async fixture => {
    fixture.mapping.spec.requesters = { emails: ['ana@example.com'] }
    const { browser } = await fixture.visit(dana)
    const hidden = wordsOf(await browser.get(prodDb))
    fixture.mappings.stored = []
    return hidden === wordsOf(await browser.get(prodDb)) ? 'as one that does not exist' : 'distinguished'
  }),
)

attack(test, 'membership of a Slack group is claimed by asking on the web … NotARequester, 0 requests', () =>
  inside(async fixture => {
    const { browser } = await fixture.visit(dana)
    const form = formOf(await browser.get(prodDb), { reason, userGroups: 'S0ENGINEERS' })
    fixture.mapping.spec.requesters = { slackUserGroups: ['S0ENGINEERS'] }
    await browser.post('/ask', form)
    const counted = fixture.counted.some(line => line.startsWith('ask NotARequester'))
    return `${counted ? 'NotARequester' : 'other'}, ${onTheWeb(fixture).length} requests`
  }),
)

attack(test, 'addresses lead the browser away after a sign-in … 0 of 4', () =>
  inside(async fixture => {
    const places = ['//evil.example', 'https://evil.example', '/\\evil.example', '/%2f%2fevil.example']
    let away = 0
    for (const place of places) {
      const browser = new Browser(fixture)
      const page = await browser.get(`/?asked=${encodeURIComponent(place)}&next=${encodeURIComponent(place)}`)
      const asked = await browser.post('/sign-in', formOf(page, { for: place, next: place }))
      const back = await fixture.back(browser, asked.location, dana)
      if (back.location !== '/#_') away++
    }
    return `${away} of 4`
  }),
)

attack(test, 'the door is shown in the frame of another site … DENY', () =>
  inside(async fixture => {
    const { page } = await fixture.visit(dana)
    assert.match(String(page.headers['content-security-policy']), "frame-ancestors 'none'")
    return String(page.headers['x-frame-options'])
  }),
)

attack(test, 'a stranger brings made-up codes back to forty sign-ins of the door … 20 codes sent to Google', () =>
  inside(async fixture => {
    let sent = 0
    const { login } = fixture.options
    const exchange = login.exchange.bind(login)
    fixture.options.login.exchange = async (code, verifier) => (sent++, exchange(code, verifier))
    for (let i = 0; i < 40; i++) {
      const browser = new Browser(fixture)
      const asked = await browser.post('/sign-in', formOf(await browser.get('/')))
      const state = new URL(asked.location).searchParams.get('state') ?? ''
      await browser.get(callback({ code: `made-up-${i}`, state }))
    }
    return `${sent} codes sent to Google`
  }),
)

attack(test, 'a link of the door is changed, cut or made for another address … 0 of 4 opened', () =>
  within(async fixture => {
    const { page } = await fixture.visit(mo)
    const link = decodeURIComponent(/href="\/approve\?t=([^"]+)"/.exec(page.body)?.[1] ?? '')
    const about = {
      purpose: 'link',
      origin: new URL(fixture.options.publicUrl),
      key: fixture.options.cookieKey,
    } as const
    const text = openText(link.replace('door.', ''), about) ?? ''
    assert.match(text, '"p":"approve"')
    const forged = [
      `${link.slice(0, -1)}${link.endsWith('A') ? 'E' : 'A'}`,
      link.slice(0, -8),
      `door.${sealText(text, { ...about, key: new Secret('a guess') })}`,
      `door.${sealText(text, { ...about, origin: new URL('https://staging.example.com') })}`,
    ]
    const browser = new Browser(fixture)
    const pages = await Promise.all(forged.map(one => browser.get(`/approve?t=${encodeURIComponent(one)}`)))
    return `${pages.filter(({ status }) => status === 200).length} of 4 opened`
  }),
)

test.run()
