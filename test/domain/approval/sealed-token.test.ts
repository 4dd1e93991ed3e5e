import * as assert from 'uvu/assert'
import {
  decodeSealed,
  encodeSealed,
  evidenceHash,
  isContentOf,
  sealedTokenAad,
  sealedTokenName,
} from '../../../src/domain/approval/sealed-token.ts'
import { ticketAad } from '../../../src/domain/approval/ticket.ts'
import { suite, table } from '../../suite.ts'

const test = suite('sealed tokens')
const content = { accessToken: 'a', idToken: 'i', salt: 's' }

test('a sealed token comes back as it was, and nothing else does', () => {
  assert.equal(decodeSealed(encodeSealed(content)), content)
  const { accessToken: _dropped, ...identity } = content
  assert.equal(decodeSealed(encodeSealed(identity)), identity)
  assert.not(encodeSealed(identity).includes('"a"'))
  assert.is(decodeSealed('{'), undefined)
  assert.is(decodeSealed(JSON.stringify({ v: 1, a: 'a', i: 'i' })), undefined)
  assert.is(decodeSealed(JSON.stringify({ v: 2, a: 'a', i: 'i', s: 's' })), undefined)
})

test('requests, evidence and purposes have different AAD, and tickets have others', () => {
  const aads = (['approve', 'revoke'] as const).flatMap(purpose => [
    ticketAad(purpose),
    sealedTokenAad('u1', 'a', purpose),
    sealedTokenAad('u1', 'b', purpose),
    sealedTokenAad('u2', 'a', purpose),
  ])
  assert.is(new Set(aads).size, aads.length)
})

test('a Secret’s name fits Kubernetes and names the request and its evidence', () => {
  const uid = '22222222-0000-4000-8000-000000000001'
  const name = sealedTokenName(uid, 'abcdef0123456789'.repeat(4))
  assert.is(name, `token-${uid}-abcdef0123456789`)
  assert.match(name, /^[a-z0-9-]{1,63}$/)
})

const evidence = { hash: evidenceHash('i'), salt: 's' }
table<{ of: typeof evidence; isContent: boolean }>(
  test,
  {
    'the content belongs to the evidence with its hash and salt': { of: evidence, isContent: true },
    'not to that of another sign-in': { of: { ...evidence, hash: evidenceHash('j') }, isContent: false },
    'not to that with another salt': { of: { ...evidence, salt: 't' }, isContent: false },
  },
  ({ of, isContent }) => assert.is(isContentOf(content, of), isContent),
)

test.run()
