import * as assert from 'uvu/assert'
import {
  decodeSealed,
  decodeTicket,
  encodeSealed,
  encodeTicket,
  sealedTokenAad,
  sealedTokenName,
  ticketAad,
} from '../../src/domain/ticket.ts'
import { suite, table } from '../suite.ts'

const test = suite('tickets and sealed tokens')
const ticket = {
  namespace: 'hallpass',
  name: 'prod-db-aaaabbbbcccc',
  uid: '22222222-0000-4000-8000-000000000001',
  purpose: 'approve',
  expiresAt: new Date('2026-11-23T14:32:00Z'),
} as const

test('a ticket comes back as it was', () => assert.equal(decodeTicket(encodeTicket(ticket)), ticket))

const raw = { v: 1, ns: 'a', n: 'b', u: 'c', p: 'approve', e: 1 }
table<unknown>(
  test,
  {
    'another version is no ticket': { ...raw, v: 2 },
    'another purpose is no ticket': { ...raw, p: 'grant' },
    'no name is no ticket': { ...raw, n: '' },
    'a number for a name is no ticket': { ...raw, n: 1 },
    'no expiry is no ticket': { ...raw, e: undefined },
    'a text for an expiry is no ticket': { ...raw, e: '1' },
    'a list is no ticket': [raw],
    'null is no ticket': null,
  },
  text => assert.is(decodeTicket(JSON.stringify(text)), undefined),
)

test('what is not JSON is neither', () => {
  assert.is(decodeTicket('{'), undefined)
  assert.is(decodeSealed('{'), undefined)
})

test('purposes, requests and evidence have different AAD', () => {
  const aads = [
    ticketAad('approve'),
    ticketAad('revoke'),
    sealedTokenAad('u1', 'a'),
    sealedTokenAad('u1', 'b'),
    sealedTokenAad('u2', 'a'),
  ]
  assert.is(new Set(aads).size, aads.length)
})

test('a sealed token comes back as it was, and nothing else does', () => {
  const content = { accessToken: 'a', idToken: 'i', salt: 's' }
  assert.equal(decodeSealed(encodeSealed(content)), content)
  assert.is(decodeSealed(JSON.stringify({ v: 1, a: 'a', i: 'i' })), undefined)
  assert.is(decodeSealed(JSON.stringify({ v: 2, a: 'a', i: 'i', s: 's' })), undefined)
})

test('a Secret’s name fits Kubernetes and names the request and its evidence', () => {
  const name = sealedTokenName(ticket.uid, 'abcdef0123456789'.repeat(4))
  assert.is(name, `token-${ticket.uid}-abcdef0123456789`)
  assert.match(name, /^[a-z0-9-]{1,63}$/)
})

test.run()
