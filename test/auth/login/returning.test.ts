import * as assert from 'uvu/assert'
import { nonceOf, specDigest } from '../../../src/domain/approval/digest.ts'
import { Broken, Refused } from '../../../src/domain/outcome.ts'
import { decodeSealed, sealedTokenAad } from '../../../src/domain/approval/sealed-token.ts'
import type { SignIn } from '../../fakes/login.ts'
import { attack, attacks, ending } from '../../attacks.ts'
import { suite } from '../../suite.ts'
import { Browser, callback, dana, mo, otto, within, wordsOf, type Fixture } from '../fakes.ts'

const test = suite('the login and what it becomes')
const decisionsOf = (fixture: Fixture): unknown[] => fixture.stored().status?.decisions ?? []
const isUntouched = (fixture: Fixture): void => {
  assert.equal(decisionsOf(fixture), [])
  assert.is(fixture.sealedTokens.stored.size, 0)
}

test('an approval: token sealed for the controller, decision with evidence that commits to this request', () =>
  within(async fixture => {
    fixture.clock.forward(120)
    const browser = new Browser(fixture)
    const answer = await fixture.approve(mo, { browser, change: { grants: ['1'], duration: '10m', comment: 'go  on' } })
    assert.is(answer.status, 303)
    // A redirect with a fragment drops the one that the browser came with.
    assert.match(answer.location, /^\/approve\/outcome\?t=[^#]+#_$/)
    const [decision] = fixture.stored().status?.decisions ?? []
    const { uid } = fixture.stored().metadata
    assert.equal(decision?.who, { email: 'mo@example.com', googleSubject: 'sub-mo@example.com', slackUserID: 'U0MO' })
    assert.equal([decision?.verdict, decision?.at, decision?.comment], ['Approved', '2026-11-23T14:04:00Z', 'go on'])
    assert.equal(decision?.narrowing, { duration: '10m', grants: [1] })
    const { hash = '', salt = '', claims } = decision?.evidence ?? {}
    const commitment = { purpose: 'approve', uid, specDigest: specDigest(fixture.stored().spec), salt } as const
    assert.is(claims?.nonce, nonceOf({ ...commitment, narrowing: decision?.narrowing, comment: decision?.comment }))
    const [name, { sealed }] = [...fixture.sealedTokens.stored][0] ?? ['', { sealed: '' }]
    assert.is(name, `token-${uid}-${hash.slice(0, 16)}`)
    const content = decodeSealed(await fixture.tokenKey.unseal(sealed, sealedTokenAad(uid, hash)))
    assert.equal([content?.accessToken, content?.idToken, content?.salt], [...fixture.secrets, salt])
    const approvedHere = `__Host-hallpass-approved-${salt.slice(0, 16)}`
    assert.equal([...browser.cookies.keys()], ['__Host-hallpass-form', '__Host-hallpass-known', approvedHere])
  }))

test('what was asked in full is approved without a narrowing', () =>
  within(async fixture => {
    await fixture.approve(mo)
    const [decision] = fixture.stored().status?.decisions ?? []
    assert.is(decision?.narrowing, undefined)
    assert.is(decision?.comment, undefined)
  }))

const odd = (claims: SignIn['claims']): SignIn => ({ ...mo, ...(claims && { claims }) })
type Refusal = {
  person: SignIn
  says: string
  prepare?: (fixture: Fixture) => void
  people?: string[][]
  isNoted?: boolean
}
const refusals: Record<string, Refusal> = {
  'the requester': {
    person: dana,
    says: 'You cannot approve this: you asked for it yourself. mo@example.com (Mo Manager) can.',
  },
  'the requester, by an alias of their address': {
    person: { email: 'Dana+boss@example.com' },
    says: 'asked for it yourself',
  },
  'the requester, by another of their addresses': {
    person: { email: 'root@example.com' },
    people: [['dana@example.com', 'root@example.com']],
    says: 'asked for it yourself',
  },
  'the requester, on call by a second address': {
    person: { email: 'dana.second@example.com' },
    prepare: fixture =>
      void fixture.ask(({ status = {} }) =>
        status.approvers?.push({
          email: 'dana.second@example.com',
          slackUserID: 'U0DANA',
          level: 1,
          why: 'on call',
          at: '2026-11-23T14:02:00Z',
        }),
      ),
    says: 'asked for it yourself',
  },
  'another engineer': { person: otto, says: 'it waits for mo@example.com (Mo Manager)' },
  'anybody, while nobody was found to approve': {
    person: mo,
    prepare: fixture => void fixture.ask(({ status = {} }) => (status.approvers = [])),
    says: 'it waits for nobody yet',
  },
  'anybody, while approvers were not looked for': {
    person: mo,
    prepare: fixture => void fixture.ask(asked => delete asked.status),
    says: 'it waits for nobody yet',
  },
  'an account outside the organisation': {
    person: { email: 'mo@gmail.com' },
    says: 'You signed in as mo@gmail.com, which is not an account of example.com.',
  },
  'an account without an organisation': { person: odd({ hd: '' }), says: 'is not an account of example.com' },
  'an address that Google has not verified': {
    person: odd({ email_verified: false }),
    says: 'has not verified the e-mail',
  },
  'a sign-in for another request': { person: odd({ nonce: 'x'.repeat(43) }), says: 'does not belong to this request' },
  'a sign-in without a nonce': { person: odd({ nonce: '' }), says: 'does not belong to this request' },
  'a sign-in of another issuer': { person: odd({ iss: 'https://evil.example.com' }), says: 'was not issued by Google' },
  'a sign-in with another access token': { person: odd({ at_hash: 'AAAA' }), says: 'belongs to another sign-in' },
  'a sign-in for another application': {
    person: odd({ aud: 'other' }),
    says: 'proof of who signed in was not accepted',
    isNoted: false,
  },
  'a sign-in that has expired': {
    person: odd({ exp: 1 }),
    says: 'The sign-in is too old. Please sign in again. Sign in again',
    isNoted: false,
  },
  'a sign-in without the right to change the cloud': {
    person: { ...mo, scopes: ['openid', 'https://www.googleapis.com/auth/userinfo.email'] },
    says: 'tick the box',
    isNoted: false,
  },
  'an approver without the right to grant': {
    person: mo,
    prepare: fixture => void (fixture.rights.forbidden = ['projects/prod-eu']),
    says: 'on "projects/prod-eu" your account does not have the permissions "resourcemanager.projects.getIamPolicy" and "resourcemanager.projects.setIamPolicy"',
  },
}
attacks(
  test,
  ending('403, nothing approved', refusals, 'the approval is signed by '),
  ({ person, says, prepare, people = [], isNoted = true }) =>
    within(
      async fixture => {
        prepare?.(fixture)
        const browser = new Browser(fixture)
        const answer = await fixture.approve(person, { browser })
        assert.ok(wordsOf(answer).includes(says), wordsOf(answer))
        assert.ok(wordsOf(answer).includes('prod-db-aaaabbbbcccc'))
        isUntouched(fixture)
        const { count = 0, last = [] } = fixture.stored().status?.attempts ?? {}
        assert.is(count, isNoted ? 1 : 0)
        if (isNoted) assert.is(last[0]?.who, person.claims?.email ?? person.email)
        assert.not.ok([...browser.cookies.keys()].some(name => name.includes('login')))
        return `${answer.status}, nothing approved`
      },
      { people },
    ),
)

attack(test, 'the approval is signed by a sign-in dated in the future … 500 for our slow clock, nothing approved', () =>
  within(async fixture => {
    const answer = await fixture.approve(odd({ iat: 1_895_442_520 }))
    assert.ok(wordsOf(answer).includes('dated in the future'), wordsOf(answer))
    assert.not.match(wordsOf(answer), /cannot approve/)
    isUntouched(fixture)
    assert.is(fixture.stored().status?.attempts, undefined)
    return `${answer.status} for our slow clock, nothing approved`
  }),
)

test('the last five refused attempts are kept, and all are counted', () =>
  within(async fixture => {
    for (let i = 0; i < 7; i++) await fixture.approve({ email: `o${i}@example.com` })
    const { count, last = [] } = fixture.stored().status?.attempts ?? {}
    assert.is(count, 7)
    assert.equal(
      last.map(({ who }) => who),
      [2, 3, 4, 5, 6].map(i => `o${i}@example.com`),
    )
  }))

attack(test, 'somebody else decides while Google is asked about the rights … 409, no attempt', () =>
  within(async fixture => {
    const who = { email: 'ana@example.com' }
    fixture.rights.mayWrite = async () => {
      const { status, ...request } = fixture.stored()
      const decision = { id: 'no', verdict: 'Denied' as const, who, at: '2026-11-23T14:02:00Z' }
      fixture.requests.put({ ...request, status: { ...status, decisions: [decision] } })
      return false
    }
    const answer = await fixture.approve(mo)
    return `${answer.status}, ${fixture.stored().status?.attempts ? 'an' : 'no'} attempt`
  }),
)

test('attempts that cannot be noted change nothing for the person', () =>
  within(async fixture => {
    fixture.requests.beforeWrite = async () => {
      throw new Broken('The API server answered 503.')
    }
    const answer = await fixture.approve(otto)
    assert.ok(wordsOf(answer).includes('it waits for mo@example.com (Mo Manager)'))
  }))

test('another account can be used with the same narrowing', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const refused = await fixture.approve(otto, { browser, change: { grants: ['1'], duration: '10m', comment: 'yes' } })
    assert.ok(wordsOf(refused).includes('Use another account'))
    const form = new URLSearchParams(
      [...refused.body.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    )
    const asked = await browser.post('/approve', form)
    await fixture.back(browser, asked.location, mo)
    const [decision] = fixture.stored().status?.decisions ?? []
    assert.equal([decision?.narrowing, decision?.comment], [{ duration: '10m', grants: [1] }, 'yes'])
  }))

type Way = (fixture: Fixture, browser: Browser) => Promise<Awaited<ReturnType<Fixture['approve']>>>
const strays: Record<string, Way> = {
  'a sign-in that another browser began': async (fixture, browser) => {
    const { asked } = await fixture.begin(new Browser(fixture))
    return fixture.back(browser, asked.location, mo)
  },
  'a state that nobody began': async (_, browser) => browser.get(callback({ code: 'c', state: 'A'.repeat(43) })),
  'an invalid state': async (_, browser) => browser.get('/oauth/callback?state=../../x&code=c'),
  'no state': async (_, browser) => browser.get('/oauth/callback?code=c'),
  'two states': async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    const { state, code } = fixture.google.signIn(asked.location, mo)
    return browser.get(`/oauth/callback?state=${state}&state=${state}&code=${code}`)
  },
  'a state with the beginning of a good one': async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    const { state, code } = fixture.google.signIn(asked.location, mo)
    return browser.get(callback({ code, state: state.slice(0, 16) + 'A'.repeat(27) }))
  },
  'a sign-in that took longer than 15 minutes': async (fixture, browser) => {
    const { asked } = await fixture.begin(browser)
    fixture.clock.forward(15 * 60)
    return fixture.back(browser, asked.location, mo)
  },
}
attacks(test, ending('303 /approve/not-here, nothing approved', strays, 'Google’s return comes with '), way =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const answer = await way(fixture, browser)
    assert.ok(wordsOf(await browser.get(answer.location)).includes('This sign-in was not begun here.'))
    isUntouched(fixture)
    return `${answer.status} ${answer.location.replace('#_', '')}, nothing approved`
  }),
)

attack(test, 'Google’s return is used twice … the second 303 /approve/not-here, 1 decision', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser)
    const path = callback(fixture.google.signIn(asked.location, mo))
    assert.is((await browser.get(path)).location.split('?')[0], '/approve/outcome')
    const again = await browser.get(path)
    const where = again.location.replace('#_', '')
    return `the second ${again.status} ${where}, ${decisionsOf(fixture).length} decision`
  }),
)

attack(test, 'a code is used again with a separate login … 403, nothing approved', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const [first, second] = [await fixture.begin(browser), await fixture.begin(browser)]
    const { code } = fixture.google.signIn(first.asked.location, otto)
    await browser.get(callback({ code, state: new URL(first.asked.location).searchParams.get('state') ?? '' }))
    const answer = await browser.get(
      callback({ code, state: new URL(second.asked.location).searchParams.get('state') ?? '' }),
    )
    assert.ok(wordsOf(answer).includes('This sign-in was used a moment ago and may count already.'))
    isUntouched(fixture)
    return `${answer.status}, nothing approved`
  }),
)

attack(test, "a thief uses the approver's code in another login … 403, nothing approved", () =>
  within(async fixture => {
    const [thief, victim] = [new Browser(fixture), new Browser(fixture)]
    const [mine, theirs] = [await fixture.begin(thief), await fixture.begin(victim)]
    const { code } = fixture.google.signIn(theirs.asked.location, mo)
    const answer = await thief.get(
      callback({ code, state: new URL(mine.asked.location).searchParams.get('state') ?? '' }),
    )
    isUntouched(fixture)
    return `${answer.status}, nothing approved`
  }),
)

test('HEAD on the way back neither uses the code nor forgets the login', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser)
    const path = callback(fixture.google.signIn(asked.location, mo))
    assert.is((await browser.get(path, { method: 'HEAD' })).status, 405)
    isUntouched(fixture)
    assert.is((await browser.get(path)).status, 303)
    assert.is(decisionsOf(fixture).length, 1)
  }))

const declined: Record<string, { error: string; says: string }> = {
  'the person said no to Google': { error: 'access_denied', says: 'You did not sign in, so nothing has changed.' },
  'Google reports a fault': { error: '<script>alert(1)</script>', says: 'Google did not complete the sign-in.' },
}
for (const [sentence, { error, says }] of Object.entries(declined))
  test(`without a sign-in nothing changes: ${sentence}`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser)
      const state = new URL(asked.location).searchParams.get('state') ?? ''
      const answer = await browser.get(callback({ state, error }))
      assert.ok(wordsOf(answer).includes(says), wordsOf(answer))
      assert.ok(wordsOf(answer).includes('Sign in again'))
      assert.not.ok(answer.body.includes('<script'))
      isUntouched(fixture)
    }))

const setup: Record<string, { error: string; says: string }> = {
  'the OAuth client is for another organisation': { error: 'org_internal', says: "Hallpass's OAuth client" },
  'the OAuth client was deleted': { error: 'deleted_client', says: "Hallpass's OAuth client" },
  'the administrators block Hallpass': { error: 'admin_policy_enforced', says: 'under "API controls"' },
}
for (const [sentence, { error, says }] of Object.entries(setup))
  test(`nobody is told to sign in again, or blamed, when ${sentence}`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser)
      const state = new URL(asked.location).searchParams.get('state') ?? ''
      const words = wordsOf(await browser.get(callback({ state, error })))
      assert.ok(words.includes(says), words)
      assert.not.match(words, /Sign in again|cannot approve this/)
      isUntouched(fixture)
    }))

/** A login cookie that nobody but this browser made. */
const selfMade = ({ clock }: Fixture, state: string): string => {
  const random = 'a'.repeat(43)
  const a = Math.floor(clock.now().getTime() / 1000)
  return Buffer.from(JSON.stringify({ s: state, v: random, k: random, n: random, t: 'no ticket', a })).toString(
    'base64url',
  )
}
attacks(
  test,
  ending(
    'SignInFailed, the platform team is not alerted',
    {
      'a stranger without a link types that the OAuth client is wrong': {
        begin: async (fixture: Fixture, browser: Browser) => {
          const state = 'S'.repeat(43)
          browser.cookies.set(`__Host-hallpass-login-${state.slice(0, 16)}`, selfMade(fixture, state))
          return state
        },
        error: 'invalid_client',
      },
      'a person with a link types that the administrators block Hallpass': {
        begin: async (fixture: Fixture, browser: Browser) =>
          new URL((await fixture.begin(browser)).asked.location).searchParams.get('state') ?? '',
        error: 'admin_policy_enforced',
      },
    },
    '',
  ),
  ({ begin, error }) =>
    within(async fixture => {
      const browser = new Browser(fixture)
      await browser.get(callback({ state: await begin(fixture, browser), error }))
      const counted = fixture.counted.find(one => one.startsWith('callback ')) ?? ''
      const [, outcome = '', owner = ''] = counted.split(' ')
      return `${outcome}, the platform team is ${owner === 'person' ? 'not alerted' : `alerted: ${owner}`}`
    }),
)

/** Changes what the login's cookie says, as somebody can who owns the browser. */
function tamper(browser: Browser, change: Record<string, unknown>): void {
  for (const [name, value] of browser.cookies) {
    if (!name.includes('login')) continue
    const [text = '', signature] = value.split('.')
    const raw = JSON.parse(Buffer.from(text, 'base64url').toString()) as object
    const other = Buffer.from(JSON.stringify({ ...raw, ...change })).toString('base64url')
    browser.cookies.set(name, `${other}.${signature}`)
  }
}
const tampered: Record<string, { change: Record<string, unknown>; says: string }> = {
  'a longer time than was signed for': { change: { d: '30m' }, says: 'does not belong to this request' },
  'other roles than were signed for': { change: { g: [0] }, says: 'does not belong to this request' },
  'another comment': { change: { c: 'I did not say this' }, says: 'does not belong to this request' },
  'another salt': { change: { k: 'B'.repeat(43) }, says: 'does not belong to this request' },
  'another verifier': { change: { v: 'B'.repeat(43) }, says: 'Google did not accept the sign-in' },
  'an invalid ticket': { change: { t: 'B'.repeat(43) }, says: 'not a valid link' },
}
attacks(test, ending('refused, nothing approved', tampered, 'the cookie of a login holds '), ({ change, says }) =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser, { grants: ['1'], duration: '10m', comment: 'yes' })
    tamper(browser, change)
    const answer = await fixture.back(browser, asked.location, mo)
    isUntouched(fixture)
    return `${wordsOf(answer).includes(says) ? 'refused' : wordsOf(answer)}, nothing approved`
  }),
)

const widened: Record<string, { d?: string; g?: number[] }> = {
  'more time than was asked': { d: '4h' },
  'a role that was not asked': { g: [0, 5] },
}
attacks(test, ending('422, nothing approved', widened, 'the approver signs for '), ({ d, g }) =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser)
    const salt = 'S'.repeat(43)
    const narrowing = { ...(d && { duration: d }), ...(g && { grants: g }) }
    const { metadata, spec } = fixture.stored()
    const nonce = nonceOf({ purpose: 'approve', uid: metadata.uid, specDigest: specDigest(spec), narrowing, salt })
    tamper(browser, { d, g, k: salt })
    const url = new URL(asked.location)
    url.searchParams.set('nonce', nonce)
    const answer = await fixture.back(browser, url.href, mo)
    isUntouched(fixture)
    return `${answer.status}, nothing approved`
  }),
)

attack(test, 'the spec is exchanged while the approver is at Google … refused, nothing approved', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const { asked } = await fixture.begin(browser)
    fixture.ask(({ spec }) => (spec.reason = 'INC-1234 something else entirely'))
    const answer = await fixture.back(browser, asked.location, mo)
    isUntouched(fixture)
    const isRefused = wordsOf(answer).includes('does not belong to this request')
    return `${isRefused ? 'refused' : wordsOf(answer)}, nothing approved`
  }),
)

const meanwhile: Record<string, { happens: (fixture: Fixture) => void; status: number; says: string }> = {
  'it was deleted and made again under its name': {
    happens: fixture => void fixture.ask(({ metadata }) => (metadata.uid = '99999999-0000-4000-8000-000000000001')),
    status: 404,
    says: 'no longer exists',
  },
  'the window closed': { happens: fixture => fixture.clock.forward(600), status: 410, says: 'too late' },
  'the mapping changed': {
    happens: fixture => (fixture.mapping.spec.grants = [{ resource: 'projects/prod-eu', role: 'roles/viewer' }]),
    status: 409,
    says: 'no longer offers "roles/cloudsql.client"',
  },
  'somebody denied it': {
    happens: fixture =>
      void fixture.ask(({ status = {} }) => {
        status.decisions = [
          { id: 'd', verdict: 'Denied', who: { email: 'mo@example.com' }, at: '2026-11-23T14:04:00Z' },
        ]
      }),
    status: 409,
    says: 'This request was already denied. There is nothing to decide any more. It was decided at 14:04 UTC.',
  },
}
attacks(
  test,
  Object.fromEntries(
    Object.entries(meanwhile).map(([what, fact]) => [
      `while the approver is at Google, ${what} … ${fact.status}, no token stored`,
      fact,
    ]),
  ),
  ({ happens, says }) =>
    within(async fixture => {
      fixture.ask(({ metadata }) => (metadata.creationTimestamp = '2026-11-23T13:40:00Z'))
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser)
      fixture.clock.forward(1)
      happens(fixture)
      const answer = await fixture.back(browser, asked.location, mo)
      assert.ok(wordsOf(answer).includes(says), wordsOf(answer))
      return `${answer.status}, ${fixture.sealedTokens.stored.size === 0 ? 'no' : 'a'} token stored`
    }),
)

attack(test, 'a denial lands between judging and writing an approval … 409, Denied alone', () =>
  within(async fixture => {
    fixture.requests.beforeWrite = async () => {
      fixture.requests.beforeWrite = async () => undefined
      fixture.ask(({ status = {} }) => {
        status.decisions = [
          { id: 'd', verdict: 'Denied', who: { email: 'mo@example.com' }, at: '2026-11-23T14:02:00Z' },
        ]
      })
    }
    const answer = await fixture.approve(mo)
    assert.ok(wordsOf(answer).includes('already denied by mo@example.com (Mo Manager) at 14:02 UTC'), wordsOf(answer))
    const verdicts = fixture.stored().status?.decisions?.map(({ verdict }) => verdict)
    return `${answer.status}, ${verdicts?.join()} alone`
  }),
)

attack(test, 'the window closes between judging and writing an approval … too late, 0 decisions', () =>
  within(async fixture => {
    fixture.requests.beforeWrite = async () => {
      fixture.requests.beforeWrite = async () => undefined
      fixture.clock.forward(1800)
      fixture.ask()
    }
    const answer = await fixture.approve(mo)
    const isLate = /has expired|is over/.test(wordsOf(answer))
    return `${isLate ? 'too late' : wordsOf(answer)}, ${decisionsOf(fixture).length} decisions`
  }),
)

test('a change by the controller in between is judged again without a new login', () =>
  within(async fixture => {
    let conflicts = 3
    fixture.requests.beforeWrite = async () => {
      if (conflicts-- > 0) fixture.requests.put(fixture.stored())
    }
    assert.is((await fixture.approve(mo)).status, 303)
    assert.is(decisionsOf(fixture).length, 1)
  }))

test('a storm of conflicts ends', () =>
  within(async fixture => {
    let writes = 0
    fixture.requests.beforeWrite = async () => {
      writes++
      fixture.requests.put(fixture.stored())
    }
    const answer = await fixture.approve(mo)
    assert.is(answer.status, 503)
    assert.ok(wordsOf(answer).includes('Nothing was approved.'))
    assert.ok(writes < 20, String(writes))
    assert.equal(decisionsOf(fixture), [])
  }))

test('an answer that got lost is looked up, not written twice', () =>
  within(async fixture => {
    const patchStatus = fixture.requests.patchStatus.bind(fixture.requests)
    let lost = 1
    fixture.requests.patchStatus = async (seen, patch) => {
      const result = await patchStatus(seen, patch)
      if (lost-- > 0) throw new Broken('The API server did not answer.', { answered: false })
      return result
    }
    assert.is((await fixture.approve(mo)).status, 303)
    assert.is(decisionsOf(fixture).length, 1)
  }))

test('when there is no answer until the end, the page says what is stored, and never that nothing is', () =>
  within(async fixture => {
    const patchStatus = fixture.requests.patchStatus.bind(fixture.requests)
    const get = fixture.requests.get.bind(fixture.requests)
    fixture.requests.patchStatus = async (seen, patch) => {
      await patchStatus(seen, patch)
      fixture.requests.get = async () => Promise.reject(new Broken('The API server answered 503.'))
      throw new Broken('The API server did not answer.', { answered: false })
    }
    const browser = new Browser(fixture)
    const answer = await fixture.approve(mo, { browser })
    assert.is(answer.location.split('?')[0], '/approve/outcome')
    const down = await browser.get(answer.location)
    assert.is(down.status, 503)
    assert.not.ok(wordsOf(down).includes('Nothing was approved'), wordsOf(down))
    fixture.requests.get = get
    assert.ok(wordsOf(await browser.get(answer.location)).includes('Approved. Granting…'))
  }))

attack(test, 'the approver signs in a second time after approving … 409, 1 decision', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const [first, second] = [await fixture.begin(browser), await fixture.begin(browser)]
    assert.is((await fixture.back(browser, first.asked.location, mo)).status, 303)
    const answer = await fixture.back(browser, second.asked.location, mo)
    assert.ok(wordsOf(answer).includes('Approved by mo@example.com (Mo Manager) at 14:02 UTC.'), wordsOf(answer))
    return `${answer.status}, ${decisionsOf(fixture).length} decision`
  }),
)

test('two sign-ins that return at the same moment approve once', () =>
  within(async fixture => {
    const browser = new Browser(fixture)
    const [first, second] = [await fixture.begin(browser), await fixture.begin(browser)]
    const answers = await Promise.all([first, second].map(({ asked }) => fixture.back(browser, asked.location, mo)))
    assert.equal(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [303, 409],
    )
    assert.is(decisionsOf(fixture).length, 1)
  }))

const outages: Record<string, { breaks: (fixture: Fixture) => void; isStored?: boolean }> = {
  'KMS is down for tickets': {
    breaks: fixture => (fixture.ticketKey.unseal = async () => Promise.reject(new Broken('Cloud KMS answered 503.'))),
  },
  'KMS is down for tokens': {
    breaks: fixture => (fixture.tokenKey.seal = async () => Promise.reject(new Broken('Cloud KMS answered 503.'))),
  },
  'the Secret cannot be stored': { breaks: fixture => (fixture.sealedTokens.isDown = true) },
  'requests cannot be read': {
    breaks: fixture => (fixture.requests.get = async () => Promise.reject(new Broken('The API server answered 503.'))),
  },
  'something fails that quotes a token': {
    breaks: fixture =>
      (fixture.tokenKey.seal = async () => Promise.reject(new Error(`cannot seal ${fixture.secrets.join(' ')}`))),
  },
}
for (const [sentence, { breaks }] of Object.entries(outages))
  test(`nothing is approved, and the person is told so: ${sentence}`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked, ticket } = await fixture.begin(browser)
      // By then what KMS said of the ticket is forgotten.
      fixture.clock.forward(60)
      breaks(fixture)
      const answer = await fixture.back(browser, asked.location, mo)
      assert.ok([500, 503].includes(answer.status), String(answer.status))
      assert.ok(wordsOf(answer).includes(`Open the page again Code areq-${answer.status}`), wordsOf(answer))
      assert.ok(answer.body.includes(`href="/approve?t=${ticket}"`))
      isUntouched(fixture)
      const kinds = [...browser.cookies.keys()].map(name => name.replace(/-[0-9a-f]{16}$/, ''))
      assert.equal(
        kinds,
        ['form', 'known', 'choice', 'result'].map(kind => `__Host-hallpass-${kind}`),
      )
    }))

const misconfigured: Record<string, (fixture: Fixture) => void> = {
  'the ticket key is disabled': fixture => (fixture.ticketKey.unseal = refusing),
  'the token key is unknown': fixture => (fixture.tokenKey.seal = refusing),
  'the right to create Secrets is missing, or one of that name is there': fixture =>
    (fixture.sealedTokens.create = refusing),
  'the right to read requests is missing': fixture => (fixture.requests.get = refusing),
  'the right to append decisions is missing': fixture => (fixture.requests.patchStatus = refusing),
}
const refusing = async (): Promise<never> =>
  Promise.reject(new Refused('KeyDisabled', 'KMS key "secret-name" is disabled.'))
for (const [sentence, breaks] of Object.entries(misconfigured))
  test(`a fault of our own is no refusal of the person: ${sentence}`, () =>
    within(async fixture => {
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser)
      fixture.clock.forward(60)
      breaks(fixture)
      const answer = await fixture.back(browser, asked.location, mo)
      assert.is(answer.status, 500)
      assert.ok(
        wordsOf(answer).includes('until the platform team corrects its setup. Nothing was approved.'),
        wordsOf(answer),
      )
      assert.ok(wordsOf(answer).includes('Code KeyDisabled'), wordsOf(answer))
      assert.ok(fixture.counted.includes('callback KeyDisabled platformTeam'))
      assert.not.ok(answer.body.includes('secret-name'))
      assert.ok(fixture.logged.some(line => line.includes('secret-name')))
      assert.equal([decisionsOf(fixture), fixture.stored().status?.attempts], [[], undefined])
    }))

test('Google not saying who may write stops nothing: the write is the true check', () =>
  within(async fixture => {
    fixture.rights.isDown = true
    assert.is((await fixture.approve(mo)).status, 303)
    assert.is(decisionsOf(fixture).length, 1)
  }))

test('rights and policies are asked for what is granted only, each resource once', () =>
  within(async fixture => {
    const grants = ['projects/prod-eu', 'projects/prod-eu', 'folders/42'].map((resource, i) => ({
      resource,
      role: `roles/r${i}`,
    }))
    fixture.mapping.spec.grants = grants
    fixture.ask(({ spec }) => (spec.grants = grants))
    fixture.rights.forbidden = ['folders/42']
    assert.is((await fixture.approve(mo, { change: { grants: ['0', '1'] } })).status, 303)
    assert.equal(fixture.rights.asked, ['read projects/prod-eu', 'projects/prod-eu'])
  }))

test.run()
