// What is kept of a sign-in for the log: nothing with an access token, under a name and an AAD that no other sign-in has, and
// not published before the token is of no use.
import * as assert from 'uvu/assert'
import type { Evidence, RequestStatus } from '../../../src/api/kinds.ts'
import { purposes } from '../../../src/domain/approval/digest.ts'
import {
  decodeEvidence,
  encodeEvidence,
  evidenceAad,
  evidenceName,
  isKeptFor,
  lostAt,
  publishableAt,
  publishAt,
  published,
  unpublished,
} from '../../../src/domain/approval/kept-evidence.ts'
import { encodeSealed, evidenceHash, sealedTokenAad } from '../../../src/domain/approval/sealed-token.ts'
import { attacks } from '../../attacks.ts'
import { suite, table } from '../../suite.ts'

const test = suite('kept evidence')
const uid = '22222222-0000-4000-8000-000000000001'
const idToken = `e30.${Buffer.from('{"exp":1795615200}').toString('base64url')}.c2ln`
const salt = 's'.repeat(43)
const hash = evidenceHash(idToken)
const evidence = (more: Partial<Evidence> = {}, exp = 1795615200): Evidence => ({
  hash,
  salt,
  claims: { iss: 'i', aud: 'a', sub: 's', email: 'mo@example.com', iat: exp - 3600, exp, nonce: 'n' },
  kept: true,
  ...more,
})

test('what was encoded is decoded, and belongs to its entry', () => {
  const content = decodeEvidence(encodeEvidence({ idToken, salt }))
  assert.equal(content, { idToken, salt })
  assert.ok(content && isKeptFor(content, evidence()))
})

attacks(
  test,
  {
    'a sealed access token takes the place of evidence … not read': encodeSealed({
      accessToken: 'ya29',
      idToken,
      salt,
    }),
    'evidence has an access token next to it … not read': JSON.stringify({ v: 1, i: idToken, s: salt, a: 'ya29' }),
    'evidence is not JSON … not read': 'evidence',
    'evidence has no salt … not read': JSON.stringify({ v: 1, i: idToken }),
    'evidence is of a later version … not read': JSON.stringify({ v: 9, i: idToken, s: salt }),
  },
  text => (decodeEvidence(text) ? 'read' : 'not read'),
)

attacks(
  test,
  {
    'the evidence of another sign-in … not for this entry': { idToken: `${idToken}x`, salt },
    'the same sign-in with another salt … not for this entry': { idToken, salt: 't'.repeat(43) },
  },
  content => (isKeptFor(content, evidence()) ? 'taken' : 'not for this entry'),
)

test('no two sign-ins, no two purposes and no sealed token have the same name and AAD', () => {
  const all = purposes.flatMap(purpose => [evidenceAad(uid, hash, purpose), sealedTokenAad(uid, hash, purpose)])
  assert.is(new Set(all).size, all.length)
  assert.is(evidenceName(uid, hash), `evidence-${uid}-${hash.slice(0, 16)}`)
})

const at = '2026-11-25T14:00:10Z'
table<{ exp?: number; at?: string; after?: number; due: string }>(
  test,
  {
    'ten minutes after the end of the sign-in': { due: '2026-11-25T14:10:00.000Z' },
    'an end that was changed to years ahead is an hour after the record': {
      exp: 4e9,
      due: '2026-11-25T15:11:10.000Z',
    },
    'an end in the past is due at once, and the token itself decides': { exp: 0, due: '1970-01-01T00:10:00.000Z' },
    'a sandbox counts from the record': { after: 3, due: '2026-11-25T14:00:13.000Z' },
  },
  fact => {
    const kept = { at: fact.at ?? at, evidence: evidence({}, fact.exp ?? 1795615200) }
    assert.is(publishAt(kept, fact.after).toISOString(), fact.due)
  },
)

table<{ token: string; due: string | undefined }>(
  test,
  {
    'a token is publishable ten minutes after its own end': { token: idToken, due: '2026-11-25T14:10:00.000Z' },
    'a token without an end never is': { token: 'e30.e30.c2ln', due: undefined },
    'a text that is no token never is': { token: 'token', due: undefined },
  },
  ({ token, due }) => assert.is(publishableAt(token)?.toISOString(), due),
)

test('what cannot be opened counts as lost a week later', () => {
  const kept = { id: 'approved-1', purpose: 'approve', at, evidence: evidence() } as const
  assert.is(lostAt(kept).toISOString(), '2026-12-02T14:10:00.000Z')
})

test('approvals, early ends and reviews are awaited, each once, and those of earlier releases never', () => {
  const one = { who: {}, at, evidence: evidence() }
  const status: RequestStatus = {
    decisions: [
      { id: 'approved-1', verdict: 'Approved', ...one, comment: 'yes' },
      { id: 'approved-0', verdict: 'Approved', ...one, evidence: { ...evidence(), kept: false } },
      { id: 'denied', verdict: 'Denied', who: {}, at },
    ],
    endings: [
      { id: 'revoked-1', verdict: 'Revoked', ...one },
      { id: 'done', verdict: 'Done', who: {}, at },
    ],
    reviews: [{ id: 'reviewed-1', ...one }],
    evidence: [{ id: 'revoked-1', state: 'Lost', at }],
  }
  assert.equal(
    unpublished({ status }).map(({ id, purpose }) => `${purpose} ${id}`),
    ['approve approved-1', 'review reviewed-1'],
  )
  assert.equal(
    published({ status }).map(({ id }) => id),
    ['revoked-1'],
  )
  assert.equal(unpublished({}), [])
})

test.run()
