// Who may sign an emergency off, and when: the rules at the login's return, and of the controller for what is stored.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestSpec, RequestStatus } from '../../../src/api/kinds.ts'
import { nonceOf, type Purpose, specDigest } from '../../../src/domain/approval/digest.ts'
import { accessTokenHash, isRefusal, type SignedClaims } from '../../../src/domain/approval/evidence.ts'
import type { People } from '../../../src/domain/people/identity.ts'
import { judgeReview } from '../../../src/domain/review/reviewing.ts'
import type { Review } from '../../../src/domain/review/reviews.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { endedEmergency } from '../../builders/emergency.ts'
import { attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'

const test = suite('who reviews an emergency')

type Row = {
  who?: Partial<SignedClaims>
  status?: RequestStatus
  spec?: Partial<RequestSpec>
  people?: People
  now?: string
  /** What Google signed, if it is another purpose or spec. */
  purpose?: Purpose
  signed?: Partial<RequestSpec>
  /** What somebody made of the stored entry. */
  stored?: Partial<Review>
}

const salt = 'S'.repeat(43)
const at = '2026-11-24T09:00:00Z'

/** What both places answer; the controller judges what was stored at the same instant. */
function answersTo(row: Row): { review: string; count: string } {
  const ended = endedEmergency(row.status)
  const request: AccessRequest = { ...ended, spec: { ...ended.spec, ...row.spec } }
  const now = new Date(row.now ?? at)
  const seconds = now.getTime() / 1000
  const nonce = nonceOf({
    purpose: row.purpose ?? 'review',
    uid: request.metadata.uid,
    specDigest: specDigest({ ...request.spec, ...row.signed }),
    salt,
  })
  const claims: SignedClaims = {
    iss: 'https://accounts.google.com',
    aud: 'hallpass-client',
    sub: 'sub-sam',
    email: 'sam@example.com',
    email_verified: true,
    hd: 'example.com',
    iat: seconds,
    exp: seconds + 3600,
    nonce,
    at_hash: accessTokenHash('ya29.sam'),
    ...row.who,
  }
  const { email_verified: _verified, at_hash: _hash, ...kept } = claims
  const signIn = { claims, accessToken: new Secret('ya29.sam'), audience: 'hallpass-client' }
  const facts = { people: row.people ?? [], hostedDomains: ['example.com'] }
  const review: Review = {
    id: 'reviewed-1',
    who: { email: claims.email, googleSubject: claims.sub },
    at: now.toISOString().replace('.000Z', 'Z'),
    evidence: { hash: 'b'.repeat(64), salt, claims: kept },
    ...row.stored,
  }
  const stored = { ...request, status: { ...request.status, reviews: [review] } }
  return {
    review: saidOf(judgeReview({ occasion: 'review', ...facts, request, now, signIn, terms: { salt } })),
    count: saidOf(
      judgeReview({
        occasion: 'count',
        ...facts,
        request: stored,
        review,
        signIn: { ...signIn, accessToken: undefined },
      }),
    ),
  }
}

const saidOf = (judged: ReturnType<typeof judgeReview>): string => (isRefusal(judged) ? judged.reason : 'reviewed')

const asked = { told: [{ what: 'reviewAsked', at }] }
const done = (status: 'True' | 'False', reason: string): RequestStatus => ({
  conditions: [{ type: 'Reviewed', status, reason, message: '', lastTransitionTime: at }],
})

table<Row & { reason: string }>(
  test,
  {
    'a named reviewer may': { reason: 'reviewed' },
    'a member of the user group, as the controller found them, may': {
      who: { email: 'gil@example.com', sub: 'sub-gil' },
      status: { ...asked, reviewers: [{ email: 'gil@example.com', slackUserID: 'U0GIL' }] },
      reason: 'reviewed',
    },
    'somebody who was asked to approve and did not may, if they are named': {
      status: { approvers: [{ email: 'sam@example.com', level: 1, why: 'on call', at }] },
      reason: 'reviewed',
    },
    'before the end of the access there is nothing to review': {
      status: { phase: 'Provisioned' },
      reason: 'NothingToReview',
    },
    'what was denied gave no access': { status: { phase: 'Denied' }, reason: 'NothingToReview' },
    'what failed gave no access': { status: { phase: 'Failed' }, reason: 'NothingToReview' },
    'it is reviewed once': {
      status: { reviewedBy: 'ana@example.com', ...done('True', 'Reviewed') },
      reason: 'AlreadyReviewed',
    },
    'until its time is over': { now: '2026-11-25T14:34:59Z', reason: 'reviewed' },
    'not after its time': { now: '2026-11-25T14:35:00Z', reason: 'ReviewClosed' },
    'not when it counts as overdue': { status: done('False', 'ReviewOverdue'), reason: 'ReviewClosed' },
    'an account outside the organisation': { who: { hd: 'other.example' }, reason: 'OutsideOrganisation' },
  },
  ({ reason, ...row }) => assert.equal(answersTo(row), { review: reason, count: reason }),
)

attacks<Row>(
  test,
  {
    'the requester reviews their own emergency … SelfReview': { who: { email: 'dana@example.com' } },
    'the requester reviews under a tag … SelfReview': { who: { email: 'dana+sec@example.com' } },
    'the requester reviews under an address that people lists … SelfReview': {
      who: { email: 'sam@example.com' },
      people: [['dana@example.com', 'sam@example.com']],
    },
    'the requester reviews under another address with the same Slack account … SelfReview': {
      status: { reviewers: [{ email: 'sam@example.com', slackUserID: 'U0DANA' }] },
    },
    'the requester reviews with the same Google account … SelfReview': {
      spec: { requester: { email: 'dana@example.com', googleSubject: 'sub-sam' } },
    },
    'the approver reviews … ReviewByApprover': { who: { email: 'mo@example.com', sub: 'sub-mo' } },
    'the approver reviews with another address of the same Google account … ReviewByApprover': {
      who: { sub: 'sub-mo' },
    },
    'the approver reviews under a tag … ReviewByApprover': { who: { email: 'mo+x@example.com', sub: 'sub-other' } },
    'the approver reviews under an address that people lists … ReviewByApprover': {
      people: [['mo@example.com', 'sam@example.com']],
    },
    'the approver reviews under another address with the same Slack account … ReviewByApprover': {
      status: { reviewers: [{ email: 'sam@example.com', slackUserID: 'U0MO' }] },
    },
    'somebody whom nobody named reviews … NotAReviewer': { who: { email: 'eve@example.com', sub: 'sub-eve' } },
    'a person of another domain with a named address reviews … OutsideOrganisation': { who: { hd: '' } },
  },
  row => {
    const { review, count } = answersTo(row)
    assert.is(count, review)
    return review
  },
)

attacks<Row>(
  test,
  {
    'a sign-in for approving is stored as a review … ReviewNotAuthentic': { purpose: 'approve' },
    'a sign-in for ending access is stored as a review … ReviewNotAuthentic': { purpose: 'revoke' },
    'a review of another spec is stored … ReviewNotAuthentic': { signed: { reason: 'INC-1 something else' } },
    'a review of the same request without its emergency is stored … ReviewNotAuthentic': {
      signed: { emergency: false },
    },
    'a comment is put into a stored review … ReviewNotAuthentic': { stored: { comment: 'all is well' } },
    'a stored review names another reviewer … ReviewNotAuthentic': { stored: { who: { email: 'ana@example.com' } } },
    'a stored review is dated before its sign-in … ReviewNotAuthentic': { stored: { at: '2026-11-23T15:00:00Z' } },
    'a stored review is not of Hallpass’s client … ReviewNotAuthentic': { who: { aud: 'another-client' } },
  },
  row => answersTo(row).count,
)

test('a second person reads that somebody is reviewing it', () => {
  const open: Review = {
    id: 'reviewed-0',
    who: { email: 'ana@example.com' },
    at,
    evidence: {
      hash: 'c'.repeat(64),
      salt,
      claims: { iss: '', aud: '', sub: '', email: '', iat: 1, exp: 2, nonce: '' },
    },
  }
  assert.is(answersTo({ status: { reviews: [open] } }).review, 'AlreadyReviewing')
  const no = ['0', '1', '2'].map(n => ({ ...open, id: `reviewed-${n}` }))
  const reviewsRefused = no.map(({ id }) => ({ id, reason: 'EvidenceExpired', message: '', at }))
  assert.is(answersTo({ status: { reviews: no, reviewsRefused } }).review, 'ReviewedTooOften')
})

test.run()
