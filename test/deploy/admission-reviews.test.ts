// Who may record that an emergency was reviewed, of which request, and when. The table in the domain and the one in the
// admission policy are compared cell by cell on a real API server.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { type Review, takesReview } from '../../src/domain/review/reviews.ts'
import { reviews as row } from '../../src/domain/approval/verdicts.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { everyPhase, requestAt } from './at-phase.ts'
import {
  approval,
  emergency,
  type Fixture,
  instant,
  newRequest,
  patchStatus,
  requestIn,
  requestsPath,
  startFixture,
  type Who,
} from './fixture.ts'
import { judge, statusOf } from './judge.ts'

const test = suite('admission of reviews', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const { evidence } = approval as { evidence: Review['evidence'] }
const signedBy = (email: string, sub = '2'): Review['evidence'] => ({
  ...evidence,
  claims: { ...evidence.claims, email, sub },
})
const review: Review = {
  id: 'v1',
  who: { email: 'sam@example.com', googleSubject: '2' },
  at: instant(),
  evidence: signedBy('sam@example.com'),
}
const writers: Who[] = ['gateway', 'auth', 'controller', 'robot', 'admin']

/** Whether the policy lets this writer record a review; nothing is stored. */
async function isTaken(seen: AccessRequest, writer: Who): Promise<boolean> {
  const status = { reviews: [...(seen.status?.reviews ?? []), review] }
  const answer = await patchStatus(fixture.as[writer], seen, status, { dryRun: true }).catch(
    (error: unknown) => error as { status?: number },
  )
  if ('metadata' in answer) return true
  assert.is(answer.status, 403)
  return false
}

async function compare(seen: AccessRequest, by = writers): Promise<void> {
  for (const writer of by)
    assert.is(await isTaken(seen, writer), row.writers.some(one => one === writer) && takesReview(seen), writer)
}

for (const phase of everyPhase)
  test(`the table of the policy is the domain's: ${phase}`, async () => {
    await compare(await requestAt(fixture, phase, false, emergency))
    await compare(await requestAt(fixture, phase, true, emergency), ['auth'])
    await compare(await requestAt(fixture, phase, false), ['auth'])
  })

/** An emergency that Mo approved, after its end and these writes. */
async function ended(...writes: [Who, RequestStatus][]): Promise<AccessRequest> {
  let stored = await requestIn(fixture, 'provisioned', emergency)
  stored = await patchStatus(fixture.as.controller, stored, { phase: 'Expired', endedAt: instant() })
  for (const [who, status] of writes) stored = await patchStatus(fixture.as[who], stored, status)
  return stored
}

const earlier = { ...review, id: 'v0' }
const no = { id: 'v0', reason: 'EvidenceExpired', message: 'Too old.', at: instant() }
const said = (status: 'True' | 'False', reason: string): RequestStatus => ({
  conditions: [{ type: 'Reviewed', status, reason, message: 'Said.', lastTransitionTime: instant() }],
})

table<[Who, RequestStatus][]>(
  test,
  {
    'reviewers are asked': [['controller', said('False', 'AwaitingReview')]],
    'a review is being verified': [['auth', { reviews: [earlier] }]],
    'a review did not count': [
      ['auth', { reviews: [earlier] }],
      ['controller', { reviewsRefused: [no] }],
    ],
    'it is reviewed': [
      ['auth', { reviews: [earlier] }],
      ['controller', { reviewedBy: 'sam@example.com', ...said('True', 'Reviewed') }],
    ],
    'it is overdue': [['controller', said('False', 'ReviewOverdue')]],
  },
  async writes => compare(await ended(...writes)),
)

attack(test, 'auth reviews an emergency that somebody deleted, so that it is not lost … 1 review', async () => {
  const seen = await ended()
  const path = `${requestsPath}/${seen.metadata.name}`
  await fixture.as.admin.request({ method: 'DELETE', path })
  const deleted = await fixture.as.admin.request<AccessRequest>({ method: 'GET', path })
  const stored = await patchStatus(fixture.as.auth, deleted, { reviews: [review] })
  return `${stored.status?.reviews?.length} review`
})

type Attack = { as: Who; first?: [Who, RequestStatus][]; status: object; says?: RegExp }

async function tried({ as, first = [], status, says }: Attack): Promise<string> {
  const act = patchStatus(fixture.as[as], await ended(...first), status)
  return statusOf(judge(act, { refused: says ?? /./ }).then(() => act))
}

attacks<Attack>(
  test,
  ending('403', {
    'auth records a review by the requester': {
      as: 'auth',
      status: { reviews: [{ ...review, who: { email: 'dana@example.com' } }] },
      says: /Nobody reviews an emergency that they asked for or approved/,
    },
    'auth records a review that Google signed for the requester': {
      as: 'auth',
      status: { reviews: [{ ...review, evidence: signedBy('Dana@example.com') }] },
      says: /Nobody reviews an emergency that they asked for or approved/,
    },
    'auth records a review by the approver': {
      as: 'auth',
      status: { reviews: [{ ...review, who: { email: 'mo@example.com' }, evidence: signedBy('mo@example.com') }] },
      says: /Nobody reviews an emergency that they asked for or approved/,
    },
    'auth records a review by the Google account of the approver under another address': {
      as: 'auth',
      status: { reviews: [{ ...review, evidence: signedBy('sam@example.com', '1') }] },
      says: /Nobody reviews an emergency that they asked for or approved/,
    },
    'auth records a review without an address': {
      as: 'auth',
      status: { reviews: [{ ...review, who: { slackUserID: 'U0SAM' } }] },
      says: /carries an address/,
    },
    'auth records two reviews in one write': {
      as: 'auth',
      status: { reviews: [review, { ...review, id: 'v2' }] },
      says: /One write records one review/,
    },
    'auth records a second review while one is verified': {
      as: 'auth',
      first: [['auth', { reviews: [earlier] }]],
      status: { reviews: [earlier, review] },
      says: /one is verified before the next/,
    },
    'auth dates a review back by a day': {
      as: 'auth',
      status: { reviews: [{ ...review, at: instant(-86_400_000) }] },
      says: /within five minutes of its time/,
    },
    'auth says itself that it is reviewed': {
      as: 'auth',
      status: { reviews: [review], ...said('True', 'Reviewed') },
      says: /cannot write status.conditions/,
    },
    'auth writes who has reviewed it': {
      as: 'auth',
      status: { reviews: [review], reviewedBy: 'sam@example.com' },
      says: /cannot write status.reviewedBy/,
    },
    'the gateway says that it is reviewed': {
      as: 'gateway',
      status: said('True', 'Reviewed'),
      says: /cannot write status.conditions/,
    },
    'the gateway names more reviewers': {
      as: 'gateway',
      status: { reviewers: [{ email: 'otto@example.com' }] },
      says: /cannot write status.reviewers/,
    },
    'the controller says that somebody has reviewed it whose review is not stored': {
      as: 'controller',
      status: { reviewedBy: 'otto@example.com' },
      says: /whose review is stored/,
    },
  }),
  tried,
)

attacks<Attack>(
  test,
  ending('422', {
    'auth changes a recorded review': {
      as: 'auth',
      first: [['auth', { reviews: [earlier] }]],
      status: { reviews: [{ ...earlier, comment: 'all is well' }] },
      says: /written once/,
    },
    'auth takes a recorded review back': {
      as: 'auth',
      first: [['auth', { reviews: [earlier] }]],
      status: { reviews: [] },
      says: /cannot be moved or removed/,
    },
    'the controller changes who has reviewed it': {
      as: 'controller',
      first: [
        ['auth', { reviews: [earlier] }],
        ['controller', { reviewedBy: 'sam@example.com' }],
      ],
      status: { reviewedBy: 'otto@example.com' },
      says: /reviewedBy is written once/,
    },
  }),
  tried,
)

attacks<object>(
  test,
  ending('422', {
    'the gateway stores an emergency that nobody has to review': { emergency: true },
    'the gateway stores rules of a review for a request that is no emergency': { review: emergency.review },
    'the gateway stores an emergency that says it is not one': { ...emergency, emergency: false },
  }),
  async more => statusOf(fixture.as.gateway.request({ method: 'POST', path: requestsPath, body: newRequest(more) })),
)

test.run()
