// Asking and denying in Slack by a Google group: Google is asked at that moment, and what it does not say is told.
import * as assert from 'uvu/assert'
import { readMapping } from '../../../src/domain/mapping/mapping.ts'
import { encodeTarget } from '../../../src/slack/messages/blocks.ts'
import { attack, attacks } from '../../attacks.ts'
import { mapping } from '../../builders/mapping.ts'
import { team } from '../../builders/organisation.ts'
import { request } from '../../builders/request.ts'
import type { FakeGroup } from '../../fakes/google-groups.ts'
import { suite, table } from '../../suite.ts'
import { Office } from '../delivery.ts'

const test = suite('Google groups in Slack')
const askers = 'sre@example.com'
const approvers = 'prod-approvers@example.com'
const byGroup = mapping({ spec: { requesters: { googleGroups: [askers] } } })
const duty = { window: '30m', escalateAfter: '10m', onCall: { escalationPolicy: 'PMANAGERS' } }
const withApprovers = mapping({ spec: { approval: { ...duty, allowed: { googleGroups: [approvers] } } } })

async function inOffice(work: (office: Office) => Promise<void>, mappings = [byGroup]): Promise<void> {
  const office = await new Office(mappings).open()
  try {
    await work(office)
  } finally {
    await office.close()
  }
}

type Fact = { group?: FakeGroup; change?: (office: Office) => void; line?: string; says: RegExp; stored: number }
const dana = { members: ['dana@example.com'] }
const facts: Record<string, Fact> = {
  'a member asks': { group: dana, says: /^Asked for \*prod-db\*/, stored: 1 },
  'another person does not find out that the mapping exists': {
    group: { members: ['otto@example.com'] },
    says: /^"\/prod-db" is not something you can ask for here/,
    stored: 0,
  },
  'while Google does not answer, a person is not told that they are out': {
    group: dana,
    change: office => void (office.googleGroups.isSilent = true),
    says: /^Google did not say whether you belong to a group .* try again in a minute/,
    stored: 0,
  },
  'while the group cannot be read, neither, and no group is named': {
    group: dana,
    change: office => office.googleGroups.hidden.add(askers),
    says: /^It cannot be checked whether you may ask for this, because Hallpass cannot read a Google group\. Nothing has changed\..*platform team/,
    stored: 0,
  },
  'a name that nobody has is answered anyway': {
    group: dana,
    change: office => void (office.googleGroups.isSilent = true),
    line: '/access prod-bd INC-1',
    says: /^"prod-bd" is not something you can ask for here/,
    stored: 0,
  },
}
table(test, facts, async ({ group, change, line = '/prod-db 30m INC-1234 replaying', says, stored }) =>
  inOffice(async office => {
    if (group) office.googleGroups.groups.set(askers, group)
    change?.(office)
    const reply = await office.command(line)
    assert.match(reply.text, says)
    assert.not.match(reply.text, askers)
    assert.is(office.requests.all().length, stored)
  }),
)

test('whom an address or a domain lets in is not looked up', async () =>
  inOffice(
    async office => {
      assert.match((await office.command('/prod-db 30m INC-1')).text, /^Asked for/)
      assert.equal(office.googleGroups.asked, [])
    },
    [mapping({ spec: { requesters: { domains: ['example.com'], googleGroups: [askers] } } })],
  ))

const waiting = request(withApprovers)
const asked = { ...waiting, spec: { ...waiting.spec, approval: readMapping(withApprovers).approval } }
const { namespace, name, uid } = asked.metadata
const deny = { action_id: 'deny', value: JSON.stringify({ ns: namespace, n: name, u: uid }) }

async function denies(office: Office, user: string): Promise<string> {
  office.requests.put(structuredClone(asked))
  await office.click(deny, { user: { id: user, team_id: team } })
  return Object.keys(office.screens.forms).length > 0
    ? 'may deny'
    : office.screens.said.map(({ answer }) => answer.text).join(' ')
}

test('a member of the approvers may deny', async () =>
  inOffice(
    async office => {
      office.googleGroups.groups.set(approvers, { members: ['otto@example.com'] })
      assert.is(await denies(office, 'U0OTTO'), 'may deny')
    },
    [withApprovers],
  ))

attack(test, 'somebody who left the group of approvers denies … refused', async () => {
  let said = ''
  await inOffice(
    async office => {
      office.googleGroups.groups.set(approvers, { members: [] })
      said = await denies(office, 'U0OTTO')
    },
    [withApprovers],
  )
  assert.match(said, `or a member of ${approvers}`)
  return said.startsWith('You cannot decide this request') ? 'refused' : said
})

const press = { action_id: 'approve', type: 'button', url: 'https://hallpass.example.com/approve?t=x' }
const otto = { members: ['otto@example.com'] }

/** Who counts as looking after Otto, whom nobody called, has pressed Approve, and what was said to him. */
async function looks(
  { group = otto, change, status }: { group?: FakeGroup; change?: (office: Office) => void; status?: object } = {},
  result?: (office: Office) => void,
): Promise<string> {
  let seen = ''
  await inOffice(
    async office => {
      office.googleGroups.groups.set(approvers, group)
      office.googleGroups.groups.set('inner@example.com', otto)
      office.requests.put({ ...structuredClone(asked), status: { ...asked.status, ...status } })
      change?.(office)
      await office.click(
        { ...press, value: encodeTarget({ namespace, name, uid }) },
        { user: { id: 'U0OTTO', team_id: team } },
      )
      const { looking = [], decisions } = office.requests.all()[0]?.status ?? {}
      assert.equal([decisions, office.screens.said], [(status as { decisions?: object })?.decisions, []])
      seen = looking.map(({ email }) => email).join(' ') || 'nobody is looking'
      result?.(office)
    },
    [withApprovers],
  )
  return seen
}

test('a member of the approvers who presses Approve is looking', async () => {
  assert.is(await looks(), 'otto@example.com')
})

test('who was called is looking without a question about groups', async () =>
  inOffice(
    async office => {
      office.requests.put(structuredClone(asked))
      await office.click({ ...press, value: encodeTarget({ namespace, name, uid }) })
      assert.is(office.requests.all()[0]?.status?.looking?.[0]?.email, 'mo@example.com')
      assert.equal(office.googleGroups.asked, [])
    },
    [withApprovers],
  ))

test('about a request that is decided Google is not asked', async () => {
  const decisions = [{ id: 'a', verdict: 'Denied', who: { email: 'mo@example.com' }, at: '2026-11-23T14:02:00Z' }]
  const seen = await looks({ status: { decisions } }, office => assert.equal(office.googleGroups.asked, []))
  assert.is(seen, 'nobody is looking')
})

attacks(
  test,
  {
    'somebody in no group presses Approve to seem to be looking … nobody is looking': { group: { members: [] } },
    'a member of a group in the group presses Approve to seem to be looking … nobody is looking': {
      group: { members: ['inner@example.com'] },
    },
    'a member of a group that is no security group presses Approve to seem to be looking … nobody is looking': {
      group: { ...otto, isSecurity: false },
    },
    'somebody presses Approve while the group cannot be read … nobody is looking': {
      change: office => office.googleGroups.hidden.add(approvers),
    },
    'somebody presses Approve while Google does not answer … nobody is looking': {
      change: office => void (office.googleGroups.isSilent = true),
    },
  } satisfies Record<string, { group?: FakeGroup; change?: (office: Office) => void }>,
  async scene => looks(scene),
)

test.run()
