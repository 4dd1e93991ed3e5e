// What a session of the second door can do beyond asking: deny what waits for the person, withdraw, be done, and find the
// pages that end or review. What is stored, who is refused, and which forms are forged.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attack, attacks } from '../attacks.ts'
import type { SignIn } from '../fakes/login.ts'
import { suite } from '../suite.ts'
import {
  type Browser,
  dana,
  type Fixture,
  formOf,
  formTo,
  mo,
  otto,
  type PageResponse,
  within,
  wordsOf,
} from './fakes.ts'
import { granted, unreviewed } from './made.ts'

const test = suite('deciding at the second door')
const moHere = { email: 'mo@example.com', googleSubject: 'sub-mo@example.com' }
const danaHere = { email: 'dana@example.com', googleSubject: 'sub-dana@example.com' }
const denyPath = '/deny?for=hallpass%2Fprod-db-aaaabbbbcccc'

/** Opens the page that denies Dana's request, and sends its form. */
async function denies(browser: Browser, change: Record<string, string> = {}): Promise<PageResponse> {
  return browser.post('/deny', formOf(await browser.get(denyPath), change))
}

/** Sends the form of the door that goes to this address. */
async function sends(browser: Browser, action: string, change: Record<string, string> = {}): Promise<PageResponse> {
  return browser.post(action, formOf(formTo(action, await browser.get('/')), change))
}

const decisions = ({ requests }: Fixture): NonNullable<NonNullable<AccessRequest['status']>['decisions']> =>
  requests.all()[0]?.status?.decisions ?? []
const endings = ({ requests }: Fixture): NonNullable<NonNullable<AccessRequest['status']>['endings']> =>
  requests.all()[0]?.status?.endings ?? []

/** Dana's access, which Mo approved and which runs. */
function holding(fixture: Fixture, change: (asked: AccessRequest) => void = () => undefined): void {
  fixture.ask(asked => {
    Object.assign(asked.status ?? {}, { ...granted(fixture, 'Written'), approvedBy: 'mo@example.com' })
    change(asked)
  })
}

/** Asked on the web by this account. */
const onTheWeb = (asked: AccessRequest): void => {
  const { slack: _slack, ...spec } = asked.spec
  asked.spec = { ...spec, origin: 'web', requester: danaHere }
}

test('the approver denies with a comment, and what is stored says what Google has proved and no more', () =>
  within(async fixture => {
    const { browser, page } = await fixture.visit(mo)
    assert.match(page.body, `href="${denyPath}"`)
    const form = await browser.get(denyPath)
    assert.match(wordsOf(form), 'Deny production access to Dana Engineer?')
    assert.match(wordsOf(form), 'INC-1234 replaying the failed payout batch')
    const sent = await browser.post('/deny', formOf(form, { comment: 'use the\nreplica' }))
    assert.is(sent.location, '/?denied=hallpass%2Fprod-db-aaaabbbbcccc')
    const [stored, ...more] = decisions(fixture)
    assert.equal(more, [])
    assert.match(stored?.id ?? '', /^denied-[0-9a-f]{12}$/)
    const { verdict, who, at, comment, evidence } = stored ?? {}
    assert.equal(
      { verdict, who, at, comment, evidence },
      { verdict: 'Denied', who: moHere, at: '2026-11-23T14:02:00Z', comment: 'use the replica', evidence: undefined },
    )
    const page2 = wordsOf(await browser.get(sent.location))
    assert.match(page2, 'You denied prod-db to dana@example.com (Dana Engineer).')
    assert.match(page2, 'No request waits for your decision.')
    assert.equal(fixture.sealedTokens.stored.size, 0)
  }))

test('a second click is one denial; a denial after it says who was first', () =>
  within(async fixture => {
    fixture.mapping.spec.approval.allowed = { emails: ['ana@example.com'] }
    fixture.ask()
    const [first, second] = [await fixture.visit(mo), await fixture.visit({ email: 'ana@example.com' })]
    const late = formOf(await second.browser.get(denyPath))
    const form = formOf(await first.browser.get(denyPath))
    const sent = [await first.browser.post('/deny', form), await first.browser.post('/deny', form)]
    assert.equal(
      sent.map(({ status }) => status),
      [303, 303],
    )
    const answer = await second.browser.post('/deny', late)
    assert.is(answer.status, 409)
    assert.match(wordsOf(answer), 'This request was already denied by mo@example.com.')
    assert.match(answer.body, '<a class="button" href="/">Back to the list</a>')
    assert.is(decisions(fixture).length, 1)
  }))

test('who has approved one of two can still deny, and reads that the other approval is missing', () =>
  within(async fixture => {
    fixture.mapping.spec.approval.required = 2
    fixture.ask()
    await fixture.approve(mo)
    const { browser, page } = await fixture.visit(mo)
    assert.match(wordsOf(page), 'You have approved it: 1 of 2 approved. Others must approve too.')
    assert.not.match(page.body, '/approve?t=')
    await denies(browser)
    assert.equal(
      decisions(fixture).map(({ verdict }) => verdict),
      ['Approved', 'Denied'],
    )
  }))

test('a request whose mapping has changed can only be denied', () =>
  within(async fixture => {
    fixture.mapping.spec.grants = [{ resource: 'projects/other', role: 'roles/viewer' }]
    const { browser, page } = await fixture.visit(mo)
    assert.match(wordsOf(page), 'It can no longer be granted, only denied.')
    await denies(browser)
    assert.is(decisions(fixture).length, 1)
  }))

test('a comment that is too long is corrected in the form, with what was typed', () =>
  within(async fixture => {
    const { browser } = await fixture.visit(mo)
    const sent = await denies(browser, { comment: 'x'.repeat(501) })
    assert.is(sent.status, 422)
    assert.match(wordsOf(sent), 'A comment has at most 500 characters; yours has 501.')
    assert.match(sent.body, 'x'.repeat(501))
    assert.is(decisions(fixture).length, 0)
  }))

test('a conflict is judged again, and what came between decides', () =>
  within(async fixture => {
    const { browser } = await fixture.visit(mo)
    const form = formOf(await browser.get(denyPath))
    fixture.requests.beforeWrite = async () => {
      fixture.requests.beforeWrite = async () => undefined
      fixture.ask(({ status }) => {
        const who = { email: 'dana@example.com', slackUserID: 'U0DANA' }
        if (status) status.decisions = [{ id: 'w', verdict: 'Withdrawn', who, at: '2026-11-23T14:02:00Z' }]
      })
    }
    const sent = await browser.post('/deny', form)
    assert.match(wordsOf(sent), 'This request was withdrawn.')
    assert.equal(
      decisions(fixture).map(({ id }) => id),
      ['w'],
    )
  }))

test('the requester withdraws, of a request from Slack and of one from the web', async () => {
  for (const change of [() => undefined, onTheWeb])
    await within(async fixture => {
      fixture.ask(change)
      const { browser } = await fixture.visit(dana)
      const sent = await sends(browser, '/withdraw')
      assert.is(sent.location, '/?withdrawn=hallpass%2Fprod-db-aaaabbbbcccc')
      const [{ verdict, who } = {}] = decisions(fixture)
      assert.equal({ verdict, who }, { verdict: 'Withdrawn', who: danaHere })
      assert.match(wordsOf(await browser.get(sent.location)), 'You withdrew your request for prod-db.')
      assert.not.match((await browser.get('/')).body, 'action="/withdraw"')
    })
})

test('the holder says that they are done, reads who is asked, and ends it with a sign-in if they may', () =>
  within(async fixture => {
    holding(fixture)
    const { browser, page } = await fixture.visit(dana)
    assert.match(wordsOf(page), 'prod-db is granted until 14:35 UTC.')
    const sent = await sends(browser, '/done')
    const [{ verdict, who } = {}] = endings(fixture)
    assert.equal({ verdict, who }, { verdict: 'Done', who: danaHere })
    const said = await browser.get(sent.location)
    assert.match(wordsOf(said), 'Noted: you are done with prod-db.')
    assert.match(wordsOf(said), 'mo@example.com (Mo Manager) is asked to. It ends by itself at 14:35 UTC in any case.')
    assert.match(wordsOf(said), 'You said that you are done with it.')
    assert.not.match(said.body, 'action="/done"')
    const path = /href="(\/revoke\?t=door[^"]+)"/.exec(said.body)?.[1] ?? ''
    assert.match(wordsOf(await browser.get(path)), 'End the production access of Dana Engineer now?')
  }))

test('when Slack does not know the approver, the holder reads who is asked in their place', () =>
  within(async fixture => {
    holding(fixture, ({ status }) => {
      if (status) status.approvedBy = 'ana@example.com'
    })
    const { browser } = await fixture.visit(dana)
    const { location } = await sends(browser, '/done')
    assert.match(wordsOf(await browser.get(location)), 'mo@example.com (Mo Manager) is asked to.')
  }))

test('the approver finds access that they may end, and ends it with a separate sign-in', () =>
  within(async fixture => {
    holding(fixture)
    const { browser, page } = await fixture.visit(mo)
    assert.match(wordsOf(page), 'dana@example.com (Dana Engineer) has prod-db until 14:35 UTC.')
    const path = /href="(\/revoke\?t=door[^"]+)"/.exec(page.body)?.[1] ?? ''
    const asked = await browser.post('/revoke', formOf(await browser.get(path)))
    await fixture.back(browser, asked.location, mo)
    assert.equal(
      endings(fixture).map(({ verdict, who }) => [verdict, who.email]),
      [['Revoked', 'mo@example.com']],
    )
    assert.equal(fixture.openings, [], 'no call to KMS')
    assert.not.match((await browser.get('/')).body, '/revoke?t=')
  }))

test('a reviewer finds the emergency, and signs it off with a separate sign-in; others do not see it', () =>
  within(async fixture => {
    fixture.ask(asked => Object.assign(asked, unreviewed(fixture)))
    const { browser, page } = await fixture.visit(mo)
    assert.match(wordsOf(page), 'dana@example.com (Dana Engineer) had prod-db in an emergency.')
    const path = /href="(\/review\?t=door[^"]+)"/.exec(page.body)?.[1] ?? ''
    const asked = await browser.post('/review', formOf(await browser.get(path)))
    await fixture.back(browser, asked.location, mo)
    assert.is(fixture.stored().status?.reviews?.[0]?.who.email, 'mo@example.com')
    for (const person of [dana, otto, { email: 'ana@example.com' }])
      assert.not.match((await fixture.visit(person)).page.body, '/review?t=')
  }))

test('what is old or not one’s own is offered to nobody', () =>
  within(async fixture => {
    holding(fixture)
    assert.not.match((await fixture.visit(otto)).page.body, '/revoke?t=')
    fixture.clock.forward(2000)
    const { page } = await fixture.visit(dana)
    for (const none of ['/revoke?t=', 'action="/done"', 'action="/withdraw"', 'after='])
      assert.not.match(page.body, none)
  }))

test('when the cluster does not take it, the page says so, and nothing is claimed', () =>
  within(async fixture => {
    const { browser } = await fixture.visit(mo)
    fixture.requests.beforeWrite = async () => {
      throw new (await import('../../src/domain/outcome.ts')).Refused(
        'AccessDenied',
        'The policy of the cluster is old.',
      )
    }
    const sent = await denies(browser)
    assert.is(sent.status, 500)
    assert.not.match(sent.body, 'The policy of the cluster')
    assert.is(decisions(fixture).length, 0)
  }))

const said = (fixture: Fixture): string => JSON.stringify([decisions(fixture), endings(fixture)])
const counted = ({ counted: all }: Fixture): string => all.at(-1)?.split(' ')[1] ?? ''

type Forgery = (fixture: Fixture, browser: Browser) => Promise<PageResponse>
attacks<{ as?: SignIn; stored?: (fixture: Fixture) => void; forge: Forgery }>(
  test,
  {
    'another site sends the form of a denial … CrossSite, nothing stored': {
      forge: async (_, browser) =>
        browser.post('/deny', formOf(await browser.get(denyPath)), { 'sec-fetch-site': 'cross-site' }),
    },
    'a denial without the token of the form … FormTokenMissing, nothing stored': {
      forge: async (_, browser) => denies(browser, { form: 'A'.repeat(43) }),
    },
    'a denial with the token of an approval … FormTokenMissing, nothing stored': {
      forge: async (fixture, browser) => {
        const form = formOf(await browser.get(`/approve?t=${await fixture.ticket()}`)).get('form') ?? ''
        return denies(browser, { form })
      },
    },
    'a form that was made for Otto is sent by Mo’s session … AnotherPerson, nothing stored': {
      forge: async (fixture, browser) => {
        const as = (await fixture.visit(otto)).page.body.match(/name="as" value="([^"]+)"/)?.[1] ?? 'other'
        return denies(browser, { as })
      },
    },
    'a form is sent after the session’s hour … Shown, nothing stored': {
      forge: async (fixture, browser) => {
        const form = formOf(await browser.get(denyPath))
        fixture.clock.forward(3600)
        return browser.post('/deny', form)
      },
    },
    'a form is sent after signing out … Shown, nothing stored': {
      forge: async (_, browser) => {
        const form = formOf(await browser.get(denyPath))
        const copy = browser.cookies.get('__Host-hallpass-session') ?? ''
        await sends(browser, '/sign-out')
        browser.cookies.set('__Host-hallpass-session', copy)
        return browser.post('/deny', form)
      },
    },
    'a sign-in for a rehearsal denies … Shown, nothing stored': {
      forge: async (fixture, browser) => {
        const form = formOf(await browser.get(denyPath))
        await sends(browser, '/sign-out')
        await fixture.visit(mo, { browser, page: '/me' })
        return browser.post('/deny', form)
      },
    },
    'a sign-in for an approval denies … Shown, nothing stored': {
      stored: fixture => {
        fixture.mapping.spec.approval.required = 2
        fixture.ask()
      },
      forge: async (fixture, browser) => {
        const form = formOf(await browser.get(denyPath))
        await sends(browser, '/sign-out')
        const { asked } = await fixture.begin(browser)
        fixture.google.signIn(asked.location, mo)
        return browser.post('/deny', form)
      },
    },
    'somebody whom nobody asked denies … NotAnApprover, nothing stored': {
      as: otto,
      forge: async (fixture, browser) => {
        const victim = await fixture.visit(mo)
        const [form, own] = [formOf(await victim.browser.get(denyPath)), await browser.get('/ask?for=hallpass/prod-db')]
        for (const name of ['form', 'as']) form.set(name, formOf(own).get(name) ?? '')
        return browser.post('/deny', form)
      },
    },
    'somebody whom nobody asked reads a request by its name … NotAnApprover, nothing stored': {
      as: otto,
      forge: async (_, browser) => browser.get(denyPath),
    },
    'somebody tries whether a request of a name exists … NotAnApprover, nothing stored': {
      as: otto,
      forge: async (_, browser) => browser.get('/deny?for=hallpass%2Fprod-db-zzzzzzzzzzzz'),
    },
    'the requester denies what only they could approve … SelfDenial, nothing stored': {
      as: dana,
      stored: fixture =>
        void fixture.ask(({ status }) => {
          const at = '2026-11-23T14:02:00Z'
          if (status) status.approvers = [{ email: 'dana@example.com', level: 1, why: 'on call', at }]
        }),
      forge: async (_, browser) => browser.get(denyPath),
    },
    'the requester denies under a second address of the same account … SelfDenial, nothing stored': {
      as: { email: 'mo@example.com', sub: danaHere.googleSubject },
      stored: fixture => void fixture.ask(onTheWeb),
      forge: async (_, browser) => browser.get(denyPath),
    },
    'a form names another request than it was made for … Gone, nothing stored': {
      forge: async (fixture, browser) => {
        const form = formOf(await browser.get(denyPath))
        const [other] = fixture.requests.all()
        if (other)
          fixture.requests.put({
            ...other,
            metadata: { ...other.metadata, name: 'prod-db-zzzzzzzzzzzz', uid: '22222222-0000-4000-8000-000000000009' },
          })
        form.set('for', 'hallpass/prod-db-zzzzzzzzzzzz')
        return browser.post('/deny', form)
      },
    },
    'the names of a request lead out of its folder … FormNotRead, nothing stored': {
      forge: async (_, browser) => denies(browser, { for: 'hallpass/../secrets/x' }),
    },
    'somebody else withdraws … NotTheRequester, nothing stored': {
      stored: fixture => void fixture.ask(onTheWeb),
      forge: async (_, browser) => browser.post('/withdraw', formOf(await browser.get(denyPath))),
    },
    'an account with the requester’s old address withdraws … NotTheRequester, nothing stored': {
      as: { email: 'dana@example.com', sub: 'another' },
      stored: fixture => {
        fixture.mapping.spec.approval.allowed = { emails: ['mo@example.com'] }
        fixture.ask(onTheWeb)
      },
      forge: async (fixture, browser) => {
        const victim = await fixture.visit({ ...dana, sub: danaHere.googleSubject })
        const form = formOf(formTo('/withdraw', await victim.browser.get('/')))
        const own = formOf(await browser.get('/ask?for=hallpass/prod-db'))
        for (const name of ['form', 'as']) form.set(name, own.get(name) ?? '')
        return browser.post('/withdraw', form)
      },
    },
    'the approver says that the holder is done … NotTheRequester, nothing stored': {
      stored: fixture => holding(fixture),
      forge: async (_, browser) => {
        const own = formOf(await browser.get('/ask?for=hallpass/prod-db'))
        own.set('for', 'hallpass/prod-db-aaaabbbbcccc')
        own.set('uid', '22222222-0000-4000-8000-000000000001')
        return browser.post('/done', own)
      },
    },
  },
  async ({ as = mo, stored, forge }) =>
    within(async fixture => {
      stored?.(fixture)
      const { browser } = await fixture.visit(as)
      const before = said(fixture)
      await forge(fixture, browser)
      return `${counted(fixture)}, ${said(fixture) === before ? 'nothing' : 'something'} stored`
    }),
)

attack(test, 'a link makes the page say that somebody denied what they did not … nothing said', () =>
  within(async fixture => {
    const { browser } = await fixture.visit(mo)
    const pages = await Promise.all(
      ['denied', 'withdrawn', 'done', 'asked', 'before'].map(what =>
        browser.get(`/?${what}=hallpass%2Fprod-db-aaaabbbbcccc`),
      ),
    )
    return pages.some(({ body }) => body.includes('role="status"')) ? 'something said' : 'nothing said'
  }),
)

attack(test, 'a link of the door to end access is opened at the pages of the other purposes … 0 of 2 opened', () =>
  within(async fixture => {
    holding(fixture)
    const { browser, page } = await fixture.visit(mo)
    const ticket = /href="\/revoke\?t=([^"]+)"/.exec(page.body)?.[1] ?? ''
    assert.is((await browser.get(`/revoke?t=${ticket}`)).status, 200)
    const others = await Promise.all(['approve', 'review'].map(purpose => browser.get(`/${purpose}?t=${ticket}`)))
    return `${others.filter(({ body }) => body.includes('<form')).length} of 2 opened`
  }),
)

test.run()
