import * as assert from 'uvu/assert'
import { decodeTicket, encodeTicket, ticketAad } from '../../../src/domain/approval/ticket.ts'
import { suite, table } from '../../suite.ts'

const test = suite('tickets')
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

test('what is not JSON is no ticket', () => assert.is(decodeTicket('{'), undefined))

test('purposes have different AAD', () => assert.is.not(ticketAad('approve'), ticketAad('revoke')))

test.run()
