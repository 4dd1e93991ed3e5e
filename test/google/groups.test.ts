// The reader of Google groups against a simulated Cloud Identity that fails: outcomes by codes, no secret in them, and
// nothing that a text between could make it ask.
import * as assert from 'uvu/assert'
import type { GoogleGroups } from '../../src/domain/people/group-reader.ts'
import { createGoogleGroups, groupSettingsScope, groupsScope } from '../../src/google/groups.ts'
import { readerIdentity } from '../../src/google/reader-identity.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultIdentities, groupsReader } from '../../src/sim/google/seeds.ts'
import type { Fault } from '../../src/sim/serve.ts'
import { attack, attacks } from '../attacks.ts'
import type { ManualClock } from '../fakes/clock.ts'
import { suite, table } from '../suite.ts'
import { identity, openGoogle, outcomeOf, refusedIdentity } from './fixture.ts'

const test = suite('reader of Google groups')
const group = 'prod-approvers@example.com'
const id = 'groups/03prodapprovers'
const ana = 'ana@example.com'
const lookup = 'GET /v1/groups:lookup'
const check = `GET /v1/${id}/memberships:checkTransitiveMembership`
const member = `GET /v1/${id}/memberships:lookup`
const list = `GET /v1/${id}/memberships`
let google: GoogleSim
let clock: ManualClock
let token: string
let port: GoogleGroups

const reader = (scope = groupsScope) => identity(google.tokens.issue(groupsReader, [scope], groupsReader))
const portWith = (more: Partial<Parameters<typeof createGoogleGroups>[0]> = {}): GoogleGroups =>
  createGoogleGroups({
    reader: identity(token),
    settingsReader: reader(groupSettingsScope),
    clock,
    rootUrl: google.url,
    timeoutMs: 1000,
    ...more,
  })

test.before.each(async () => {
  ;({ google, clock } = await openGoogle())
  token = google.tokens.issue(groupsReader, [groupsScope], groupsReader)
  port = portWith()
})
test.after.each(async () => google.close())

const error = (code: number, status: string, details: object[] = []): object => ({ error: { code, status, details } })
const info = (reason: string): object => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, metadata: {} })

type Asked = 'includes' | 'hasMember' | 'describe'
const ask: Record<Asked, () => Promise<unknown>> = {
  includes: () => port.includes(group, ana),
  hasMember: () => port.hasMember(group, ana),
  describe: () => port.describe(group),
}

table<{ asked: Asked; fault: Fault; outcome: RegExp }>(
  test,
  {
    'no answer is broken': {
      asked: 'includes',
      fault: { route: lookup, reset: 'before' },
      outcome: /^Broken unanswered: Cloud Identity did not answer/,
    },
    'a late answer is broken': {
      asked: 'includes',
      fault: { route: check, hang: true },
      outcome: /^Broken unanswered/,
    },
    'a server error is broken': {
      asked: 'hasMember',
      fault: { route: member, status: 503 },
      outcome: /^Broken answered: Cloud Identity answered 503/,
    },
    'a quota that is used up waits': {
      asked: 'describe',
      fault: { route: lookup, status: 429, body: error(429, 'RESOURCE_EXHAUSTED') },
      outcome: /^Waiting .*Cloud Identity asked to wait/,
    },
    'a group that may not be read names the right': {
      asked: 'describe',
      fault: { route: lookup, status: 403, body: error(403, 'PERMISSION_DENIED') },
      outcome: /^Refused GoogleGroupUnreadable: .*"prod-approvers@example\.com".*Groups Reader/,
    },
    'an API that is off is named': {
      asked: 'includes',
      fault: { route: lookup, status: 403, body: error(403, 'PERMISSION_DENIED', [info('SERVICE_DISABLED')]) },
      outcome: /^Refused GoogleGroupUnreadable: The API "cloudidentity\.googleapis\.com" is off/,
    },
    'an API that is off is not a person who is no member': {
      asked: 'hasMember',
      fault: { route: member, status: 403, body: error(403, 'PERMISSION_DENIED', [info('SERVICE_DISABLED')]) },
      outcome: /^Refused GoogleGroupUnreadable: The API/,
    },
    'a refusal to say who belongs names the editions': {
      asked: 'includes',
      fault: { route: check, status: 403, body: error(403, 'PERMISSION_DENIED') },
      outcome: /^Refused GoogleMembershipUnreadable: .*Enterprise Standard.*Cloud Identity Premium/,
    },
    'a page of a proxy does not say that a group is missing': {
      asked: 'describe',
      fault: { route: lookup, status: 404, body: '<html>' },
      outcome: /^Broken answered: Something between Hallpass and Google/,
    },
    'nor that a right is missing': {
      asked: 'includes',
      fault: { route: check, status: 403, body: '<html>' },
      outcome: /^Broken answered: Something between/,
    },
    'a page of a proxy is no group': {
      asked: 'describe',
      fault: { route: lookup, status: 200, body: '<html>' },
      outcome: /^Broken/,
    },
    'a name that leads elsewhere is not followed': {
      asked: 'includes',
      fault: { route: lookup, status: 200, body: { name: 'groups/../customers/C0other' } },
      outcome: /^Broken answered: Cloud Identity's answer does not name the group/,
    },
    'another group than asked for is not believed': {
      asked: 'describe',
      fault: { route: `GET /v1/${id}`, status: 200, body: { name: 'groups/other', groupKey: { id: group } } },
      outcome: /^Broken answered: Cloud Identity's answer does not hold the group/,
    },
    'a membership of another group is not believed': {
      asked: 'hasMember',
      fault: { route: member, status: 200, body: { name: 'groups/other/memberships/1' } },
      outcome: /^Broken answered: Cloud Identity's answer does not hold a membership/,
    },
  },
  async ({ asked, fault, outcome }) => {
    google.faults.add(fault)
    assert.match(await outcomeOf(ask[asked](), token), outcome)
  },
)

const notFound = { status: 404, body: error(404, 'NOT_FOUND') }

test('a group that Google says is missing is absent, and nobody belongs to it', async () => {
  google.faults.add({ route: lookup, times: 3, ...notFound })
  assert.is(await port.describe(group), undefined)
  assert.is(await port.includes(group, ana), false)
  assert.is(await port.hasMember(group, ana), false)
})

test('who is no member is told from a group whose members may not be seen', async () => {
  assert.is(await port.hasMember(group, 'otto@example.com'), false)
  google.faults.add({ route: member, ...notFound })
  assert.is(await port.hasMember(group, 'otto@example.com'), false)
  google.faults.add({ route: list, status: 403, body: error(403, 'PERMISSION_DENIED') })
  assert.match(await outcomeOf(port.hasMember(group, 'otto@example.com')), /^Refused GoogleMembershipUnreadable/)
})

test('each question asks Google again', async () => {
  assert.ok(await port.includes(group, ana))
  google.seeds.groups[group] = []
  assert.not.ok(await port.includes(group, ana))
  assert.not.ok(await port.hasMember(group, ana))
})

const ownMembership = { name: `${id}/memberships/1`, preferredMemberKey: { id: ana }, type: 'USER' }
attacks(
  test,
  {
    'a membership whose time is over is shown … false': {
      ...ownMembership,
      roles: [{ name: 'MEMBER', expiryDetail: { expireTime: '2026-11-23T14:01:59Z' } }],
    },
    'a membership of another person is shown … false': {
      ...ownMembership,
      preferredMemberKey: { id: 'otto@example.com' },
      roles: [{ name: 'MEMBER' }],
    },
    'a membership without any role is shown … false': ownMembership,
    'a group is shown as the member … false': { ...ownMembership, type: 'GROUP', roles: [{ name: 'MEMBER' }] },
  },
  async body => {
    google.faults.add({ route: `GET /v1/${id}/memberships/*`, status: 200, body })
    return String(await port.hasMember(group, ana))
  },
)

attack(
  test,
  'an address with an apostrophe ends the string of the query … false, and one string was asked',
  async () => {
    const asked = await port.includes(group, "otto'||member_key_id=='ana@example.com")
    assert.is(google.calls.at(-1)?.status, 200, 'Google has read it as one address')
    return `${asked}, and one string was asked`
  },
)

attack(test, 'texts that are no address of a group are looked up … nothing is sent', async () => {
  for (const wrong of [
    'groups/1',
    'a@b.example?alt=media',
    '../x@example.com',
    'A@example.com',
    'sr\u0435@example.com',
  ])
    assert.match(await outcomeOf(port.includes(wrong, ana)), /^Refused GoogleGroupUnreadable: .*not the address/)
  return google.calls.length === 0 ? 'nothing is sent' : 'something is sent'
})

test('a group that got another address shows it', async () => {
  google.seeds.directory?.groups.push({ email: 'new@example.com', name: 'groups/09new', aliases: ['old@example.com'] })
  assert.is((await port.describe('old@example.com'))?.address, 'new@example.com')
})

test('who may not read the settings of a group does not know who can join', async () => {
  if (google.seeds.directory) google.seeds.directory.settingsReaders = []
  assert.is((await port.describe(group))?.joining, 'unread')
  assert.is(
    (await createGoogleGroups({ reader: reader(), clock, rootUrl: google.url }).describe(group))?.joining,
    'unread',
  )
})

test('settings that do not answer are no answer', async () => {
  google.faults.add({ route: 'GET /groups/v1/groups/*', status: 503 })
  assert.match(await outcomeOf(port.describe(group)), /^Broken answered/)
})

test('an identity that gets no token is not a missing right', async () => {
  assert.match(
    await outcomeOf(portWith({ reader: refusedIdentity() }).includes(group, ana)),
    /^Broken answered: Google gave no token/,
  )
})

test('the processes read with tokens of the reader, each used until it is over or refused', async () => {
  await google.close()
  // The client counts its tokens' time by the machine's clock.
  google = await startGoogle({ clock: { now: () => new Date() } })
  const made = readerIdentity({
    account: groupsReader,
    scope: groupsScope,
    source: identity(defaultIdentities.gateway.token),
    rootUrl: google.url,
  })
  const groups = createGoogleGroups({ reader: made, clock, rootUrl: google.url })
  assert.ok(await groups.includes(group, ana))
  assert.ok(await groups.includes(group, ana))
  const principals = google.calls.map(({ method, principal }) =>
    method === 'GenerateAccessToken' ? method : principal,
  )
  assert.equal([...new Set(principals)], ['GenerateAccessToken', groupsReader])
  assert.is(principals.filter(one => one === 'GenerateAccessToken').length, 1)
  google.tokens.revokeAllOf(groupsReader)
  assert.ok(await groups.includes(group, ana), 'a token that is no longer accepted is made again')
})

test('who may not make tokens of the reader reads nothing', async () => {
  google.policies.define({ name: `projects/hallpass-ops/serviceAccounts/${groupsReader}`, bindings: [] })
  const source = identity(defaultIdentities.gateway.token)
  const made = readerIdentity({ account: groupsReader, scope: groupsScope, source, rootUrl: google.url })
  assert.match(
    await outcomeOf(portWith({ reader: made }).includes(group, ana)),
    /^Broken answered: Google gave no token/,
  )
})

test.run()
