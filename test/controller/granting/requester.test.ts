// Who asked is looked up again in Slack when the approval is accepted: exactly this account, without a cache.
// Memberships end, addresses change, and requests can be rewritten on their way.
import * as assert from 'uvu/assert'
import type { RequestSpec } from '../../../src/api/kinds.ts'
import { parseEmail } from '../../../src/domain/people/identity.ts'
import type { SlackPerson } from '../../../src/domain/ports.ts'
import { suite, table } from '../../suite.ts'
import { type Operator, operator } from '../fakes.ts'

const test = suite('the person who asked, when it is granted')
const pat = parseEmail('pat@partner.example')
if (!pat) throw new Error('not an address')
const partner = { email: pat, until: new Date('2026-11-23T18:00:00Z') }
const group = { slackUserGroups: ['S0DBA'] }

type Fact = {
  requesters?: { emails?: string[]; domains?: string[]; slackUserGroups?: string[] }
  /** The address in Slack when it was asked. */
  email?: string
  /** What somebody made of the request on its way. */
  forged?: Partial<RequestSpec>
  members?: string[]
  /** What Slack says of the account after it was asked. */
  later?: Partial<Omit<SlackPerson, 'name'>> & { name?: string }
  membersThen?: string[]
  reason: string | undefined
}
const everyone = { domains: ['example.com'] }
const facts: Record<string, Fact> = {
  'a member of the group is granted': { requesters: group, members: ['U0DANA'], reason: undefined },
  'whom the mapping names by address needs no group': {
    requesters: { emails: ['dana@example.com'], ...group },
    members: [],
    reason: undefined,
  },
  'who was taken out of the group seconds ago is not, whatever is remembered': {
    requesters: group,
    members: ['U0DANA', 'U0MO'],
    membersThen: ['U0MO'],
    reason: 'NotARequester',
  },
  'who was put into the group seconds ago is': {
    requesters: group,
    members: ['U0MO'],
    membersThen: ['U0DANA'],
    reason: undefined,
  },
  'an account deactivated between ask and approval is not': {
    later: { unfit: 'deactivated' },
    reason: 'RequesterUnfit',
  },
  'nor one that became a guest': { later: { unfit: 'guest' }, reason: 'Guest' },
  'nor one that was given another address': { later: { email: 'mo@example.com' }, reason: 'RequesterChanged' },
  'nor one that was given another name, for every kind of mapping': {
    requesters: { emails: ['dana@example.com'] },
    later: { name: 'Ana Director' },
    reason: 'RequesterChanged',
  },
  'an account of one person with the address of another is not': {
    forged: { requester: { email: 'otto@example.com', slackUserID: 'U0DANA', name: 'Otto Other' } },
    reason: 'RequesterChanged',
  },
  'nor with a member’s account in a group': {
    requesters: group,
    members: ['U0DANA'],
    forged: { requester: { email: 'otto@example.com', slackUserID: 'U0DANA', name: 'Dana Engineer' } },
    reason: 'RequesterChanged',
  },
  'nor the address of one person with the account of another': {
    forged: { requester: { email: 'dana@example.com', slackUserID: 'U0OTTO', name: 'Dana Engineer' } },
    reason: 'RequesterChanged',
  },
  'nor an address without any account': {
    forged: { requester: { email: 'dana@example.com', name: 'Dana Engineer' } },
    reason: 'UnknownRequester',
  },
  'nor an account that nobody has': {
    forged: { requester: { email: 'dana@example.com', slackUserID: 'U0NOBODY' } },
    reason: 'UnknownRequester',
  },
  'a private account in the group is not': {
    requesters: group,
    email: 'mo.private@gmail.com',
    members: ['U0DANA'],
    reason: 'RequesterOutside',
  },
  'nor one whose domain the mapping names': {
    requesters: { domains: ['gmail.com'] },
    email: 'mo.private@gmail.com',
    reason: 'RequesterOutside',
  },
  'a listed partner is, by a group, though a guest': {
    requesters: group,
    email: pat,
    members: ['U0DANA'],
    later: { unfit: 'guest' },
    reason: undefined,
  },
}

async function decided({ requesters = everyone, email, forged, members = [], ...more }: Fact): Promise<Operator> {
  const op = operator({ spec: { requesters } })
  op.externalRequesters.push(partner)
  op.directory.groups = { S0DBA: members }
  await op.ask({ ...(email && { email }), ...(forged && { forged }) })
  await op.look()
  op.directory.remember()
  op.directory.change('U0DANA', (more.later ?? {}) as Partial<SlackPerson>)
  if (more.membersThen) op.directory.groups = { S0DBA: more.membersThen }
  await op.approve()
  await op.look()
  return op
}

table(test, facts, async fact => {
  const op = await decided(fact)
  const reason = (await op.condition('Approved'))?.reason
  assert.is(await op.phase(), fact.reason ? 'Failed' : 'Provisioned', reason)
  assert.is(op.ours().length, fact.reason ? 0 : 2)
  if (!fact.reason) return
  assert.is(reason, fact.reason)
  assert.not.ok(op.log().includes('TamperingSeen'), 'an account may have changed since')
  assert.is(op.sealedTokens.stored.size, 0, 'the sign-in is forgotten')
})

test('a partner whose date passes between ask and approval is not granted', async () => {
  const op = operator({ spec: { requesters: { emails: [pat] } } })
  op.externalRequesters.push({ email: pat, until: new Date('2026-11-23T14:40:00Z') })
  await op.ask({ email: pat, seconds: 600 })
  await op.look()
  op.clock.forward(1790)
  await op.approve()
  await op.look()
  assert.is((await op.condition('Approved'))?.reason, 'ExternalEndsSooner')
  assert.equal(op.ours(), [])
})

for (const requesters of [everyone, group, { emails: ['dana@example.com'] }])
  test(`while Slack does not say who asked, it waits, and is granted when it does: ${Object.keys(requesters).join()}`, async () => {
    const op = operator({ spec: { requesters } })
    op.directory.groups = { S0DBA: ['U0DANA'] }
    await op.ask()
    await op.look()
    await op.approve()
    op.directory.isSilent = true
    const next = await op.look()
    assert.is(await op.phase(), 'Pending')
    assert.equal(op.ours(), [])
    assert.is((await op.condition('Approved'))?.reason, 'SlackSilent')
    assert.ok(next && next.getTime() <= op.clock.now().getTime() + 3000, 'it is asked again soon')
    op.clock.forward(3)
    const version = (await op.now()).metadata.resourceVersion
    await op.look()
    assert.is((await op.now()).metadata.resourceVersion, version, 'what is said already is not written again')
    op.directory.isSilent = false
    op.clock.forward(3)
    await op.look()
    assert.is(await op.phase(), 'Provisioned')
  })

test('Slack silent until the sign-in ends: refused as nobody’s fault, at exactly that second', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  const { evidence } = await op.approve()
  const end = new Date((evidence?.claims.exp ?? 0) * 1000)
  op.directory.isSilent = true
  let looks = 0
  for (let next = await op.look(); next && op.clock.now() < end; next = await op.look(), looks++) {
    assert.is(await op.phase(), 'Pending')
    op.clock.set(next)
  }
  assert.equal(op.clock.now(), end)
  assert.ok(looks < 90, `${looks} looks in an hour`)
  assert.is(await op.phase(), 'Failed')
  const no = await op.condition('Approved')
  assert.is(no?.reason, 'SlackSilent')
  assert.match(no?.message ?? '', /Slack did not answer about the requester before .* Please ask again\./)
  assert.not.ok(op.log().includes('TamperingSeen'))
  assert.equal(op.ours(), [])
  assert.is(op.sealedTokens.stored.size, 0)
})

test('Slack is asked during the unsealing, not after it', async () => {
  const op = operator()
  await op.ask()
  await op.look()
  await op.approve()
  const calls: string[] = []
  await op
    .start((call, moment) => void (/unseal|fresh/.test(call) && calls.push(`${moment} ${call}`)))
    .reconcile(op.ref)
  const of = (name: string): number => calls.indexOf(name)
  assert.ok(of('before directory.fresh.byId') < of('after tokens.unseal'), calls.join(', '))
})

test('of twenty groups, the one that the person is remembered to be in is asked for first', async () => {
  const groups = Array.from({ length: 20 }, (_, i) => `S0G${i}`)
  const op = operator({ spec: { requesters: { slackUserGroups: groups } } })
  op.directory.groups = Object.fromEntries(groups.map(id => [id, id === 'S0G19' ? ['U0DANA'] : ['U0MO']]))
  await op.ask()
  await op.look()
  await op.approve()
  let fresh = 0
  await op
    .start((call, moment) => void (call === 'directory.fresh.membersOf' && moment === 'before' && fresh++))
    .reconcile(op.ref)
  assert.is(await op.phase(), 'Provisioned')
  assert.is(fresh, 1)
})

test.run()
