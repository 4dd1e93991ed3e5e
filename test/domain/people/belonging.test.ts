// Who may be given access at all: people of the organisation, and partners until a date.
import * as assert from 'uvu/assert'
import {
  type AskedTimes,
  endOf,
  isListed,
  type Organisation,
  refuseOutsideRequester,
  refuseOutsider,
} from '../../../src/domain/people/belonging.ts'
import { parseEmail } from '../../../src/domain/people/identity.ts'
import { suite, table } from '../../suite.ts'

const test = suite('who belongs to the organisation')

const pat = parseEmail('pat@partner.example')
const contractor = parseEmail('con@example.com')
if (!pat || !contractor) throw new Error('not addresses')
const organisation: Organisation = {
  hostedDomains: ['example.com', 'example.org'],
  externalRequesters: [
    { email: pat, until: new Date('2026-12-31T18:00:00Z') },
    { email: contractor, until: new Date('2026-12-31T18:00:00Z') },
  ],
}
const now = new Date('2026-11-23T14:00:00Z')
const end = new Date('2026-12-31T18:00:00Z')
const before = new Date('2026-12-31T17:59:59Z')

table<{ email: string; isGuest?: boolean; times?: Partial<AskedTimes>; reason: string | undefined }>(
  test,
  {
    'a person of the organisation': { email: 'dana@example.com', reason: undefined },
    'a person under another hosted domain': { email: 'dana@example.org', reason: undefined },
    'a person with capital letters': { email: 'Dana@Example.COM', reason: undefined },
    'a person with a tag, which Google ignores': { email: 'dana+x@example.com', reason: undefined },
    'a private account': { email: 'mo.private@gmail.com', reason: 'RequesterOutside' },
    'a subdomain is another domain': { email: 'eve@sub.example.com', reason: 'RequesterOutside' },
    'a domain that ends the same': { email: 'eve@notexample.com', reason: 'RequesterOutside' },
    'a domain that begins the same': { email: 'eve@example.com.evil.example', reason: 'RequesterOutside' },
    'a domain with a dot at its end is not a hosted domain': { email: 'eve@example.com.', reason: 'RequesterOutside' },
    'a domain with a dot before it': { email: 'eve@.example.com', reason: 'RequesterOutside' },
    'a look-alike letter': { email: 'eve@ex\u0430mple.com', reason: 'RequesterOutside' },
    'a look-alike letter, encoded': { email: 'eve@xn--exmple-4nf.com', reason: 'RequesterOutside' },
    'a wide letter that some fold': { email: 'eve@\uFF45xample.com', reason: 'RequesterOutside' },
    'a dot of another script': { email: 'eve@example\u3002com', reason: 'RequesterOutside' },
    'a letter that shows nothing': { email: 'eve@example\u200B.com', reason: 'RequesterOutside' },
    'an address in an address': { email: 'eve@evil.example@example.com', reason: 'RequesterOutside' },
    'our domain as the name': { email: 'example.com@evil.example', reason: 'RequesterOutside' },
    'no address': { email: '', reason: 'RequesterOutside' },

    'a listed partner': { email: 'pat@partner.example', reason: undefined },
    'a listed partner in other letters': { email: 'PAT@Partner.example', reason: undefined },
    'a listed partner with a tag is not who is listed': { email: 'pat+x@partner.example', reason: 'RequesterOutside' },
    'somebody else of the partner': { email: 'sam@partner.example', reason: 'RequesterOutside' },
    'a listed partner in the last second': { email: 'pat@partner.example', times: { now: before }, reason: undefined },
    'a listed partner exactly at the end': {
      email: 'pat@partner.example',
      times: { now: end },
      reason: 'ExternalEnded',
    },
    'a partner whose access would last until the end': {
      email: 'pat@partner.example',
      times: { expiresAt: end },
      reason: undefined,
    },
    'a partner whose access would outlast the end': {
      email: 'pat@partner.example',
      times: { now: before, expiresAt: new Date('2026-12-31T18:00:01Z') },
      reason: 'ExternalEndsSooner',
    },

    'a guest who is not listed, whatever the address': { email: 'gil@example.com', isGuest: true, reason: 'Guest' },
    'a listed partner who is a guest': { email: 'pat@partner.example', isGuest: true, reason: undefined },
    'a listed contractor of our domain who is a guest': { email: 'con@example.com', isGuest: true, reason: undefined },
    'a listed guest after the end, though the domain is hosted': {
      email: 'con@example.com',
      isGuest: true,
      times: { now: end },
      reason: 'ExternalEnded',
    },
    'a listed contractor of our domain who is no guest needs no listing': {
      email: 'con@example.com',
      times: { now: end },
      reason: undefined,
    },
  },
  ({ email, isGuest, times, reason }) =>
    assert.is(refuseOutsider({ email, isGuest }, organisation, { now, ...times })?.reason, reason),
)

test('nobody belongs to an organisation without domains', () => {
  const none: Organisation = { hostedDomains: [], externalRequesters: [] }
  assert.is(refuseOutsider({ email: 'dana@example.com' }, none, { now })?.reason, 'RequesterOutside')
})

test('access asked for ahead counts from its start', () => {
  const requester = { email: 'pat@partner.example' }
  const ahead = { requester, duration: '2h', notBefore: '2026-12-31T17:00:00Z' }
  assert.is(refuseOutsideRequester(ahead, organisation, { now })?.reason, 'ExternalEndsSooner')
  assert.is(refuseOutsideRequester({ ...ahead, duration: '1h' }, organisation, { now }), undefined)
  assert.equal(endOf({ seconds: 60, notBefore: '2026-11-23T13:00:00Z' }, now), new Date('2026-11-23T14:01:00Z'))
})

test('a listing is remembered after its end', () => {
  assert.ok(isListed('Pat@Partner.example', organisation))
  assert.not.ok(isListed('pat+x@partner.example', organisation))
})

test('a no names the address, the reason and what to do', () => {
  const said = (email: string, times: Partial<AskedTimes> = {}): string =>
    refuseOutsider({ email }, organisation, { now, ...times })?.message ?? ''
  assert.match(said('mo@gmail.com'), /^"mo@gmail\.com" is outside this organisation.*externalRequesters\.$/)
  assert.match(said('pat@partner.example', { now: end }), /until 2026-12-31T18:00:00Z, which is over\..*can extend/)
})

test.run()
