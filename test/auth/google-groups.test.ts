// Approving, asking and being shown requests by a Google group, on the pages: for the address that Google has proved, and
// asked when it is needed.
import * as assert from 'uvu/assert'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { readMapping } from '../../src/domain/mapping/mapping.ts'
import { attacks } from '../attacks.ts'
import { mapping } from '../builders/mapping.ts'
import type { FakeGroup } from '../fakes/google-groups.ts'
import { suite, table } from '../suite.ts'
import { Browser, type Fixture, formOf, mo, within, wordsOf } from './fakes.ts'

const test = suite('Google groups on the pages')
const askers = 'sre@example.com'
const approvers = 'prod-approvers@example.com'
const otto = { email: 'otto@example.com' }
const duty = { window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS' } }

/** The pages of a mapping with this spec, and Dana's request for it. */
async function at(spec: Partial<RoleMapping['spec']>, work: (fixture: Fixture) => Promise<void>): Promise<void> {
  const declared = mapping({ spec })
  await within(async fixture => {
    fixture.mappings.stored = [declared]
    fixture.ask(asked => void (asked.spec.approval = readMapping(declared).approval))
    await work(fixture)
  })
}
const withApprovers = { approval: { ...duty, allowed: { googleGroups: [approvers] } } }
const decided = (fixture: Fixture): number => fixture.stored().status?.decisions?.length ?? 0

test('a member of the group approves', () =>
  at(withApprovers, async fixture => {
    fixture.googleGroups.groups.set(approvers, { members: [otto.email] })
    await fixture.approve(otto)
    assert.is(fixture.stored().status?.decisions?.[0]?.who.email, otto.email)
  }))

test('who was asked is not looked up', () =>
  at(withApprovers, async fixture => {
    await fixture.approve(mo)
    assert.is(decided(fixture), 1)
    assert.equal(fixture.googleGroups.asked, [])
  }))

type Fact = { group?: FakeGroup; change?: (fixture: Fixture) => void; by?: string }
const attempts: Record<string, Fact> = {
  'a person of the organisation with the link, who is in no group, approves … 403 NotAnApprover': {
    group: { members: ['ana@example.com'] },
  },
  'a member of a group in the group approves … 403 NotAnApprover': { group: { members: ['inner@example.com'] } },
  'the requester is in the group and approves … 403 SelfApproval': {
    group: { members: ['dana@example.com'] },
    by: 'dana@example.com',
  },
  'a member approves, and the group is no security group … 500 GoogleGroupNotSecurity': {
    group: { members: [otto.email], isSecurity: false },
  },
  'a member approves, and the group cannot be read … 500 GoogleGroupUnreadable': {
    group: { members: [otto.email] },
    change: fixture => fixture.googleGroups.hidden.add(approvers),
  },
  'a member approves, and Cloud Identity does not answer … 503 areq-503': {
    group: { members: [otto.email] },
    change: fixture => void (fixture.googleGroups.isSilent = true),
  },
}
attacks(test, attempts, async ({ group, change, by = otto.email }) => {
  let result = ''
  await at(withApprovers, async fixture => {
    if (group) fixture.googleGroups.groups.set(approvers, group)
    fixture.googleGroups.groups.set('inner@example.com', { members: [otto.email] })
    change?.(fixture)
    const answer = await fixture.approve({ email: by })
    assert.is(decided(fixture), 0)
    assert.is(fixture.sealedTokens.stored.size, 0, 'no token is kept')
    const [outcome = ''] = fixture.counted
      .filter(line => line.startsWith('callback'))
      .map(line => line.split(' ')[1] ?? '')
    result = `${answer.status} ${outcome}`
  })
  return result
})

test('the approval page says that members of a group can decide, and not which group', () =>
  at(withApprovers, async fixture => {
    const page = await new Browser(fixture).get(`/approve?t=${await fixture.ticket()}`)
    assert.match(wordsOf(page), 'Members of a Google group that the mapping names can decide this too.')
    assert.not.match(page.body, approvers)
  }))

test('a refused approver reads that members of the group can decide too', () =>
  at(withApprovers, async fixture => {
    assert.match(wordsOf(await fixture.approve(otto)), `or a member of ${approvers}`)
  }))

test('the door lists for a member what waits for them, and for nobody else', () =>
  at(withApprovers, async fixture => {
    fixture.googleGroups.groups.set(approvers, { members: [otto.email] })
    const link = /href="\/approve\?t=/
    assert.match((await fixture.visit(otto)).page.body, link)
    assert.not.match((await fixture.visit({ email: 'ana@example.com' })).page.body, link)
    fixture.googleGroups.isSilent = true
    assert.not.match((await fixture.visit(otto)).page.body, link)
    assert.ok(fixture.logged.some(line => line.includes('a Google group could not be asked about')))
  }))

test('a member denies at the door; who has left the group does not find the request', () =>
  at(withApprovers, async fixture => {
    fixture.googleGroups.groups.set(approvers, { members: [otto.email] })
    const { browser } = await fixture.visit(otto)
    const { namespace, name } = fixture.stored().metadata
    const form = await browser.get(`/deny?for=${namespace}/${name}`)
    fixture.googleGroups.groups.set(approvers, { members: [] })
    const late = await browser.post('/deny', formOf(form, { comment: 'use the replica' }))
    assert.match(wordsOf(late), /No request of this name waits for your decision/)
    assert.is(decided(fixture), 0)
    fixture.googleGroups.isSilent = true
    assert.is((await browser.get(`/deny?for=${namespace}/${name}`)).status, 503)
    fixture.googleGroups.isSilent = false
    fixture.googleGroups.groups.set(approvers, { members: [otto.email] })
    await browser.post('/deny', formOf(form, { comment: 'use the replica' }))
    assert.is(fixture.stored().status?.decisions?.[0]?.verdict, 'Denied')
  }))

const byGroup = { requesters: { googleGroups: [askers] } }
const doors: Record<string, Fact & { says: RegExp }> = {
  'a member asks at the door': { group: { members: [otto.email] }, says: /You asked for prod-db for 30 minutes\./ },
  'another person is told that they are not among them': {
    group: { members: ['ana@example.com'] },
    says: /You are not among those who may ask for "prod-db"/,
  },
  'while Google does not answer, nobody is told that they are out': {
    group: { members: [otto.email] },
    change: fixture => void (fixture.googleGroups.isSilent = true),
    says: /Google did not say whether you belong to a group that may ask for this/,
  },
  'while the group cannot be read, neither': {
    group: { members: [otto.email] },
    change: fixture => fixture.googleGroups.hidden.add(askers),
    says: /It cannot be checked whether you may ask for this/,
  },
}
table(test, doors, ({ group, change, says }) =>
  at(byGroup, async fixture => {
    fixture.requests.stored.clear()
    if (group) fixture.googleGroups.groups.set(askers, group)
    const { browser } = await fixture.visit(otto)
    change?.(fixture)
    const form = await browser.get('/ask?for=hallpass/prod-db')
    const sent = form.body.includes('name="reason"')
      ? await browser.post('/ask', formOf(form, { reason: 'INC-4711 replaying the failed payout batch' }))
      : form
    assert.match(wordsOf(sent.location ? await browser.get(sent.location) : sent), says)
  }),
)

test('a membership that ends while the form is open counts no more', () =>
  at(byGroup, async fixture => {
    fixture.requests.stored.clear()
    fixture.googleGroups.groups.set(askers, { members: [otto.email] })
    const { browser } = await fixture.visit(otto, { browser: new Browser(fixture) })
    const form = await browser.get('/ask?for=hallpass/prod-db')
    fixture.googleGroups.groups.set(askers, { members: [] })
    const sent = await browser.post('/ask', formOf(form, { reason: 'INC-4711 replaying the failed payout batch' }))
    assert.match(wordsOf(sent), /You are not among those who may ask/)
    assert.equal(fixture.requests.all(), [])
  }))

test.run()
