// What is accepted as Google's word about a person, claim by claim.
import * as assert from 'uvu/assert'
import {
  accessTokenHash,
  type Expected,
  isRefusal,
  type SignedClaims,
  verifyApprover,
} from '../../../src/domain/approval/evidence.ts'
import { suite, table } from '../../suite.ts'

const test = suite('evidence')
const now = new Date('2026-11-23T14:05:00Z')
const seconds = now.getTime() / 1000
const claims: SignedClaims = {
  iss: 'https://accounts.google.com',
  aud: 'hallpass-client',
  sub: '1234',
  email: 'Mo@Example.com',
  email_verified: true,
  hd: 'example.com',
  iat: seconds,
  exp: seconds + 3600,
  nonce: 'n',
  at_hash: accessTokenHash('ya29.token'),
}
const expected: Expected = {
  audience: 'hallpass-client',
  nonce: 'n',
  accessToken: 'ya29.token',
  hostedDomains: ['example.com'],
  now,
}

test('a person with complete evidence of Google is an approver', () => {
  const approver = verifyApprover(claims, expected)
  assert.not(isRefusal(approver))
  if (isRefusal(approver)) return
  assert.is(approver.email, 'mo@example.com')
  assert.is(approver.googleSubject, '1234')
  assert.equal(approver.issuedAt, now)
  const { email_verified: _verified, at_hash: _hash, ...kept } = claims
  assert.equal(approver.claims, kept, 'what is not evidence is not kept')
})

table<{ claims?: Partial<SignedClaims>; expected?: Partial<Expected>; reason: string | undefined }>(
  test,
  {
    'the short issuer': { claims: { iss: 'accounts.google.com' }, reason: undefined },
    'another issuer': { claims: { iss: 'https://accounts.google.com.evil.example' }, reason: 'EvidenceNotAuthentic' },
    'another application': { claims: { aud: 'other' }, reason: 'EvidenceNotAuthentic' },
    'the last second': { expected: { now: new Date((seconds + 3599) * 1000) }, reason: undefined },
    'the second of expiry': { expected: { now: new Date((seconds + 3600) * 1000) }, reason: 'EvidenceExpired' },
    'no expiry': { claims: { exp: Number.NaN }, reason: 'EvidenceExpired' },
    'a clock a minute ahead': { claims: { iat: seconds + 60 }, reason: undefined },
    'dated in the future': { claims: { iat: seconds + 61 }, reason: 'EvidenceNotYet' },
    'another nonce': { claims: { nonce: 'm' }, reason: 'EvidenceForAnother' },
    'no nonce on either side': { claims: { nonce: '' }, expected: { nonce: '' }, reason: 'EvidenceForAnother' },
    'another access token': { expected: { accessToken: 'ya29.other' }, reason: 'EvidenceNotAuthentic' },
    'no at_hash': { claims: { at_hash: '' }, reason: 'EvidenceNotAuthentic' },
    'an address that is not verified': { claims: { email_verified: false }, reason: 'EmailNotVerified' },
    'an address that is no address': { claims: { email: 'mо@example.com' }, reason: 'EmailNotVerified' },
    'no organisation': { claims: { hd: '' }, reason: 'OutsideOrganisation' },
    'no organisation where an empty one is permitted': {
      claims: { hd: '' },
      expected: { hostedDomains: [''] },
      reason: 'OutsideOrganisation',
    },
    'another organisation': { claims: { hd: 'evil.example' }, reason: 'OutsideOrganisation' },
    'no organisation is permitted': { expected: { hostedDomains: [] }, reason: 'OutsideOrganisation' },
    'a hosted address in another organisation': {
      claims: { email: 'mo@example.com', hd: 'example.com.evil.example' },
      reason: 'OutsideOrganisation',
    },
  },
  fact => {
    const result = verifyApprover({ ...claims, ...fact.claims }, { ...expected, ...fact.expected })
    assert.is(isRefusal(result) ? result.reason : undefined, fact.reason)
  },
)

test('a claim that is absent counts as false', () => {
  const { email_verified: _verified, ...unverified } = claims
  const result = verifyApprover(unverified, expected)
  assert.is(isRefusal(result) && result.reason, 'EmailNotVerified')
})

test('at_hash is the left half of the digest (OpenID Connect Core 3.1.3.8)', () => {
  // The example of RFC 7515-signed tokens in OpenID Connect Core, appendix A.4.
  assert.is(accessTokenHash('jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y'), '77QmUPtjPfzWtF2AnpK9RQ')
})

test.run()
