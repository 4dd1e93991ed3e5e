// Several people approve on the pages: each sees what is left, signs in for exactly the approvals before, and counts once.
import * as assert from 'uvu/assert'
import { approvalsDigest } from '../../src/domain/approval/quorum.ts'
import { decodeSealed, sealedTokenAad } from '../../src/domain/approval/sealed-token.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { Browser, dana, type Fixture, mo, otto, within, wordsOf } from './fakes.ts'

const test = suite('several people approve on the pages')
const ana = { email: 'ana@example.com' }

/** Dana's request, for which `required` of Mo, Ana and Otto are needed. */
async function asked<T>(
  work: (fixture: Fixture) => Promise<T>,
  { required = 2, people = [] as string[][] } = {},
): Promise<T> {
  return within(
    async fixture => {
      fixture.mapping.spec.approval.required = required
      fixture.ask(one => {
        const [first] = one.status?.approvers ?? []
        if (!first || !one.status) throw new Error('nobody is asked')
        const others = [
          { ...first, email: 'ana@example.com', slackUserID: 'U0ANA', name: 'Ana Director' },
          { ...first, email: 'otto@example.com', slackUserID: 'U0OTTO', name: 'Otto' },
          { ...first, email: 'mo.manager@example.com', slackUserID: 'U0MO', name: 'Mo again' },
        ]
        one.status.approvers = [first, ...others]
      })
      return work(fixture)
    },
    { people },
  )
}

const approvals = (fixture: Fixture): (string | undefined)[] =>
  fixture.stored().status?.decisions?.map(({ who }) => who.email) ?? []

test('only the last approver’s access token is sealed, and each approval commits to those before it', () =>
  asked(async fixture => {
    await fixture.approve(mo)
    await fixture.approve(ana)
    const decisions = fixture.stored().status?.decisions ?? []
    assert.equal(approvals(fixture), ['mo@example.com', 'ana@example.com'])
    const { uid } = fixture.stored().metadata
    const kept = await Promise.all(
      decisions.map(async ({ evidence }) => {
        const stored = fixture.sealedTokens.stored.get(`token-${uid}-${evidence?.hash.slice(0, 16)}`)
        const text = await fixture.tokenKey.unseal(stored?.sealed ?? '', sealedTokenAad(uid, evidence?.hash ?? ''))
        return decodeSealed(text)?.accessToken !== undefined
      }),
    )
    assert.equal(kept, [false, true])
    assert.is.not(approvalsDigest([]), approvalsDigest(decisions.slice(0, 1)))
  }))

test('the page says how many are needed and how many there are, and names nobody', () =>
  asked(async fixture => {
    const browser = new Browser(fixture)
    const before = wordsOf(await browser.get(`/approve?t=${await fixture.ticket()}`))
    assert.match(before, /2 different people must approve\./)
    assert.match(before, /Your rights are only checked: the change is made with those of the last person/)
    await fixture.approve(mo)
    const after = wordsOf(await browser.get(`/approve?t=${await fixture.ticket()}`))
    assert.match(after, /2 different people must approve\. 1 of 2 approved/)
    assert.not.match(after, /mo@example\.com/)
    assert.match(after, /The change is made with your own rights and under your name/)
  }))

test('the first approver reads that one more is needed, by when, and that nothing is granted', () =>
  asked(async fixture => {
    const browser = new Browser(fixture)
    const { location } = await fixture.approve(mo, { browser })
    const words = wordsOf(await browser.get(location))
    assert.match(words, /1 of 2 approved\. Nothing is granted yet\. One more person must approve by 14:32 UTC/)
    assert.match(words, /mo@example\.com \(Mo Manager\) at 14:02 UTC/)
  }))

test('the form offers only what the first approver has left', () =>
  asked(async fixture => {
    await fixture.approve(mo, { change: { grants: ['1'], duration: '10m' } })
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    const words = wordsOf(page)
    assert.match(words, /roles\/logging\.viewer/)
    assert.not.match(words, /roles\/cloudsql\.client/)
    assert.not.match(page.body, /value="30m"/)
    await fixture.approve(ana)
    assert.equal(fixture.stored().status?.decisions?.[1]?.narrowing, { duration: '10m', grants: [1] })
  }))

test('a sign-in that was begun before the first approval does not count, and says why', () =>
  asked(async fixture => {
    const [first, second] = [new Browser(fixture), new Browser(fixture)]
    const { asked: begun } = await fixture.begin(second)
    await fixture.approve(mo, { browser: first })
    const page = await fixture.back(second, begun.location, ana)
    assert.equal(approvals(fixture), ['mo@example.com'])
    assert.match(wordsOf(page), /Somebody else has approved meanwhile\. mo@example\.com has approved since/)
    assert.match(wordsOf(page), /Sign in again/)
  }))

attack(test, 'an outsider with the link comes back from Google after a first approval … nobody named', () =>
  asked(async fixture => {
    const [first, second] = [new Browser(fixture), new Browser(fixture)]
    const { asked: begun } = await fixture.begin(second)
    await fixture.approve(mo, { browser: first })
    const page = await fixture.back(second, begun.location, { email: 'eve@gmail.com', hd: '' })
    assert.equal(approvals(fixture), ['mo@example.com'])
    return /mo@example\.com/.test(page.body) ? 'the approver named' : 'nobody named'
  }),
)

test('somebody who approves first must be known to hold the right: no answer from Google is no approval', () =>
  asked(async fixture => {
    fixture.rights.isDown = true
    const page = await fixture.approve(mo)
    assert.is(page.status, 503)
    assert.equal([approvals(fixture), fixture.sealedTokens.stored.size], [[], 0])
    fixture.rights.isDown = false
    await fixture.approve(mo)
    fixture.rights.isDown = true
    await fixture.approve(ana)
    assert.equal(approvals(fixture), ['mo@example.com', 'ana@example.com'], 'the write will show it')
  }))

attacks<{ who: Parameters<Fixture['approve']>[0]; people?: string[][] }>(
  test,
  ending('not counted: AlreadyApproved', {
    'somebody approves twice': { who: mo },
    'somebody approves again with another account that Slack shows as the same person': {
      who: { email: 'mo.manager@example.com' },
    },
    'somebody approves again with a tag in the address': { who: { email: 'mo+2@example.com' } },
    'somebody approves again after their address changed': {
      who: { email: 'ana@example.com', sub: 'sub-mo@example.com' },
    },
    'somebody approves again with an account that the settings join to the first': {
      who: otto,
      people: [['mo@example.com', 'otto@example.com']],
    },
  }),
  async ({ who, people = [] }) =>
    asked(
      async fixture => {
        await fixture.approve(mo)
        const page = await fixture.approve(who)
        assert.match(wordsOf(page), /You have approved this already, as mo@example\.com/)
        assert.equal(approvals(fixture), ['mo@example.com'])
        const [noted] = fixture.stored().status?.attempts?.last ?? []
        return `not counted: ${noted?.why.split(':')[0]}`
      },
      { people },
    ),
)

attack(test, 'the requester is the second of the two … not counted: SelfApproval', () =>
  asked(async fixture => {
    await fixture.approve(mo)
    await fixture.approve(dana)
    assert.equal(approvals(fixture), ['mo@example.com'])
    const [noted] = fixture.stored().status?.attempts?.last ?? []
    return `not counted: ${noted?.why.split(':')[0]}`
  }),
)

attack(test, 'a form is sent that chooses again what the first approver left out … 422, not counted', () =>
  asked(async fixture => {
    await fixture.approve(mo, { change: { grants: ['1'] } })
    const browser = new Browser(fixture)
    const { asked: answer } = await fixture.begin(browser, { grants: ['0'] })
    assert.match(wordsOf(answer), /Nothing is left that every approver chose/)
    assert.equal(approvals(fixture), ['mo@example.com'])
    return `${answer.status === 200 ? 422 : answer.status}, not counted`
  }),
)

attack(test, 'the first approver’s choice is widened by a later form … only what both chose is left', () =>
  asked(async fixture => {
    await fixture.approve(mo, { change: { grants: ['1'] } })
    await fixture.approve(ana, { change: { grants: ['0', '1'], duration: '30m' } })
    const [first, second] = fixture.stored().status?.decisions ?? []
    assert.equal([first?.narrowing, second?.narrowing], [{ grants: [1] }, undefined])
    return 'only what both chose is left'
  }),
)

test.run()
