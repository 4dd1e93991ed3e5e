// The page on which an emergency is signed off, and its login: what it shows, whom it refuses, and what is stored.
import * as assert from 'uvu/assert'
import { attack, attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'
import type { SignIn } from '../../fakes/login.ts'
import { Browser, formOf, mo, type Fixture, within } from '../fakes.ts'
import { unreviewed } from '../made.ts'

const test = suite('reviewing an emergency')

type Status = NonNullable<Parameters<typeof unreviewed>[1]>

/** An emergency that Ana approved, that has ended, and that Mo may review. */
function awaiting(fixture: Fixture, more: Status = {}): void {
  fixture.ask(asked => Object.assign(asked, unreviewed(fixture, more)))
}

async function page(fixture: Fixture): Promise<Awaited<ReturnType<Browser['get']>>> {
  return new Browser(fixture).get(`/review?t=${await fixture.ticket({ purpose: 'review' })}`)
}

test('the page shows what was asked and why, who approved it, what was granted, from when until when', () =>
  within(async fixture => {
    awaiting(fixture, { phase: 'Revoked' })
    const { status, body } = await page(fixture)
    assert.is(status, 200)
    for (const said of [
      'Review the emergency access of',
      'dana@example.com',
      'roles/cloudsql.client',
      'INC-1234 replaying the failed payout batch',
      'ana@example.com',
      '14:05 UTC',
      '14:02 UTC',
      'ended early',
      'Sign in and sign off',
      'only says who you are',
    ])
      assert.match(body, said)
  }))

test('the page says what was left out, and what Google never confirmed', () =>
  within(async fixture => {
    const { status } = unreviewed(fixture)
    const decisions = (status?.decisions ?? []).map(one => ({
      ...one,
      narrowing: { grants: [0] },
      comment: 'reads only',
    }))
    const grants = [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client', state: 'Unknown' as const }]
    awaiting(fixture, { decisions, grants })
    const { body } = await page(fixture)
    assert.match(body, /without <bdi>roles\/logging\.viewer on projects\/prod-eu/)
    assert.match(body, 'reads only')
    assert.match(body, 'Google never confirmed it for')
  }))

test('a review is stored with the comment, without an access token, and asks Google about no right', () =>
  within(async fixture => {
    awaiting(fixture)
    fixture.rights.forbidden = ['projects/prod-eu']
    const { asked } = await fixture.begin(new Browser(fixture), {}, 'review')
    assert.not.match(new URL(asked.location).searchParams.get('scope') ?? '', 'cloud-platform')
    const { location } = await fixture.approve(mo, { purpose: 'review', change: { comment: 'it was  really\nbroken' } })
    assert.match(location, /^\/review\/outcome\?t=/)
    const [review, ...others] = fixture.stored().status?.reviews ?? []
    assert.equal(others, [])
    assert.equal(review?.who, { email: 'mo@example.com', googleSubject: review?.evidence.claims.sub })
    assert.is(review?.comment, 'it was really broken')
    assert.is(fixture.stored().status?.reviewedBy, undefined, 'only the controller says that it counts')
  }))

attacks<{ who: SignIn; more?: Status }>(
  test,
  {
    'the requester signs in to review … SelfReview': { who: { email: 'dana@example.com' } },
    'the approver signs in to review … ReviewByApprover': { who: { email: 'ana@example.com' } },
    'somebody whom nobody named signs in to review … NotAReviewer': { who: { email: 'otto@example.com' } },
    'a private account with the same name signs in to review … OutsideOrganisation': { who: { email: 'mo@gmail.com' } },
    'a reviewer signs in twice … AlreadyReviewing': {
      who: mo,
      more: {
        reviews: [
          {
            id: 'v0',
            who: { email: 'otto@example.com' },
            at: '2026-11-23T14:03:00Z',
            evidence: {
              hash: '0'.repeat(64),
              salt: 'x'.repeat(43),
              claims: { iss: '', aud: '', sub: '', email: '', iat: 0, exp: 0, nonce: '' },
            },
          },
        ],
      },
    },
  },
  ({ who, more = {} }) =>
    within(async fixture => {
      awaiting(fixture)
      const browser = new Browser(fixture)
      const { asked } = await fixture.begin(browser, {}, 'review')
      awaiting(fixture, more)
      await fixture.back(browser, asked.location, who)
      assert.is(fixture.stored().status?.reviews?.length ?? 0, more.reviews?.length ?? 0)
      const [, reason = ''] = fixture.counted.findLast(line => line.startsWith('callback '))?.split(' ') ?? []
      return reason
    }),
)

table<{ more: Status; says: RegExp; status: number }>(
  test,
  {
    'while the access runs': { more: { phase: 'Provisioned' }, says: /There is nothing to review/, status: 409 },
    'when it is reviewed': { more: { reviewedBy: 'otto@example.com' }, says: /has been reviewed/, status: 409 },
    'when its time is over': { more: { endedAt: '2026-11-20T14:00:00Z' }, says: /too late to review/, status: 410 },
  },
  ({ more, says, status }) =>
    within(async fixture => {
      awaiting(fixture, more)
      const shown = await page(fixture)
      assert.is(shown.status, status)
      assert.match(shown.body, says)
      assert.not.match(shown.body, 'otto@example.com', 'the link alone names nobody')
    }),
)

attack(test, 'the link to the review of a request that is no emergency … 409', () =>
  within(async fixture => {
    fixture.ask(asked => Object.assign(asked.status ?? {}, { phase: 'Expired', endedAt: '2026-11-23T14:01:00Z' }))
    return String((await page(fixture)).status)
  }),
)

test('a comment that is too long is corrected on the page', () =>
  within(async fixture => {
    awaiting(fixture)
    const browser = new Browser(fixture)
    const form = formOf(await browser.get(`/review?t=${await fixture.ticket({ purpose: 'review' })}`))
    form.set('comment', 'c'.repeat(501))
    const { status, body } = await browser.post('/review', form)
    assert.is(status, 422)
    assert.match(body, 'Please correct')
  }))

test.run()
