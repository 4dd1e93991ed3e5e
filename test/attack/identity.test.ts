// Who asks, really: private accounts, guests and partners who would have production, accounts that change between the ask and
// the approval, and requests that are rewritten on their way.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestSpec } from '../../src/api/kinds.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { approve, ask, cast, openApproval, type Player, reached, stored, until } from '../../src/sandbox/plays.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import type { SlackUser } from '../../src/sim/slack/types.ts'
import { declare, quickWorld } from '../story/world.ts'
import { attack, attacks, ending, type Sentence } from '../attacks.ts'
import { suite } from '../suite.ts'
import { accounted, asked, bindingsOf, foreign, like, nothingWritten, routed, stolen, store } from './attacker.ts'
import { noSecretSeen } from './secrets.ts'

const test = suite('who asks, really', { timeoutMs: 90_000 })
const { dana, mo, otto } = cast
const [pat, past] = ['pat@partner.example', 'past@partner.example']
const groupID = 'S0DBA'

type Outsider = { email: string; user?: Partial<SlackUser>; line?: string }
const outsiders: Record<Sentence, Outsider> = {
  'a private account in a user group that may ask … is outside, nothing stored': { email: 'eve@gmail.com' },
  'a private account whose domain a mapping names … is outside, nothing stored': {
    email: 'ed@gmail.com',
    line: '/access by-domain 5m x',
  },
  'a private account asks for the form … is outside, nothing stored': { email: 'el@gmail.com', line: '/access' },
  'a private account asks what there is … is outside, nothing stored': {
    email: 'ev@gmail.com',
    line: '/access help',
  },
  'a private account guesses at names … is outside, nothing stored': {
    email: 'eg@gmail.com',
    line: '/access by-grou 5m x',
  },
  'an address of a subdomain … is outside, nothing stored': { email: 'eve@sub.example.com' },
  'an address of a domain that ends the same … is outside, nothing stored': { email: 'eve@notexample.com' },
  'an address of a domain that begins the same … is outside, nothing stored': {
    email: 'eve@example.com.evil.example',
  },
  'an address with a look-alike letter, encoded … is outside, nothing stored': { email: 'eve@xn--exmple-4nf.com' },
  'an address with a look-alike letter … shows no address, nothing stored': { email: 'eve@ex\u0430mple.com' },
  'an address with a dot at its end … shows no address, nothing stored': { email: 'eve@example.com.' },
  'a partner of a domain that a mapping names, but not listed … is outside, nothing stored': {
    email: 'sam@partner.example',
    line: '/access by-domain 5m x',
  },
  'a listed partner with a tag in the address … is outside, nothing stored': { email: 'pat+x@partner.example' },
  'a listed partner after the end … has ended, nothing stored': { email: past },
  'a listed partner after the end who is a guest … has ended, nothing stored': {
    email: past,
    user: { is_restricted: true },
  },
  'a guest with an address of the organisation … is a guest, nothing stored': {
    email: 'guest@example.com',
    user: { is_restricted: true },
  },
  'a guest of one channel … is a guest, nothing stored': {
    email: 'guest1@example.com',
    user: { is_ultra_restricted: true },
  },
  'a guest with a private address … is a guest, nothing stored': {
    email: 'guest@gmail.com',
    user: { is_restricted: true },
  },
}

let world: World
let gateway: Transport
let before = ''
let partner: Player

test.before(async () => {
  world = await quickWorld({
    externalRequesters: [
      { email: pat, until: '2999-12-31' },
      { email: past, until: '2026-01-01T00:00:00Z' },
    ],
  })
  gateway = await stolen(world, 'gateway')
  await listInPolicy()
  before = foreign(world)
  // Before the gateway remembers who is in the group.
  Object.values(outsiders).forEach(({ email, user }, i) => join(`U0OUT${i}`, email, user))
  partner = join('U0PAT', pat, { is_restricted: true })
  world.google.seeds.allowedMemberDomains?.push('partner.example')
  world.google.seeds.people.push({ email: pat, name: 'Pat Partner', sub: '900000000000000000001' })
  await declare(world, 'by-group', { requesters: { slackUserGroups: [groupID] } })
  await declare(world, 'by-domain', { requesters: { domains: ['example.com', 'gmail.com', 'partner.example'] } })
})
test.after(async () => {
  await gateway.close()
  await world.stop()
})

/** The partners as an overlay lists them in the policy on creation. */
async function listInPolicy(): Promise<void> {
  const listed = [pat, past].map(email => `{'email': '${email}', 'until': '2999-12-31'}`).join(', ')
  await world.cluster.transport.request({
    method: 'PATCH',
    path: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/hallpass-request-creation',
    contentType: 'application/json-patch+json',
    body: [
      { op: 'test', path: '/spec/variables/4/name', value: 'externalRequesters' },
      { op: 'replace', path: '/spec/variables/4/expression', value: `[${listed}]` },
    ],
  })
}

/** Somebody new in Slack and in the group that may ask. */
function join(id: string, email: string, more: Partial<SlackUser> = {}): Player {
  const name = `${id.slice(2).toLowerCase()} somebody`
  world.slack.state.users.set(id, { id, name: id.toLowerCase(), real_name: name, email, ...more })
  world.slack.state.channels.get('C0PRODACCESS')?.members.push(id)
  members([...(world.slack.state.usergroups.get(groupID)?.users ?? []), id])
  return { id, name, email, role: 'somebody' } as unknown as Player
}

function members(users: string[]): void {
  const group = world.slack.state.usergroups.get(groupID)
  if (group) world.slack.state.usergroups.set(groupID, { ...group, users })
}

function change(id: string, more: Partial<SlackUser>): void {
  const user = world.slack.state.users.get(id)
  if (user) world.slack.state.users.set(id, { ...user, ...more })
}

const kinds: Record<string, RegExp> = {
  'is outside': /is outside this organisation/,
  'is a guest': /Guests of this workspace|guests cannot get access/i,
  'has ended': /as an external until .*which is over/,
  'shows no address': /no confirmed e-mail address/,
}

/** What the person is answered, in a word, and whether anything was stored. */
async function answered(who: Player, line: string): Promise<string> {
  const count = async (): Promise<number> => (await world.requests.list({ namespace })).items.length
  const before = await count()
  const { answer } = await ask(world, who, line)
  const kind = Object.keys(kinds).find(word => kinds[word]?.test(answer))
  return `${kind ?? answer}, ${(await count()) === before ? 'nothing stored' : 'stored'}`
}

attack(
  test,
  'the manager on call gives their own Slack account a private address, asks, and would approve with the Google account … is outside, nothing stored',
  async () => {
    change(mo.id, { email: 'mo.private@gmail.com' })
    world.google.seeds.people.push({ email: 'mo.private@gmail.com', name: 'Mo Manager', sub: '900000000000000000002' })
    return answered(mo, '/access by-group 5m myself')
  },
)

test('the manager has the address of the organisation again', () => change(mo.id, { email: mo.email }))

attacks(
  test,
  Object.fromEntries(Object.entries(outsiders).map(([sentence, { line }], i) => [sentence, { id: `U0OUT${i}`, line }])),
  async ({ id, line = '/access by-group 5m x' }) => answered({ ...otto, id } as unknown as Player, line),
)

/** Mo approves; the result, by reason. */
async function approvedEnd(request: AccessRequest): Promise<string> {
  const { name } = request.metadata
  await approve(world, name, mo)
  const { status } = await reached(world, name, 'Failed')
  const reason = status?.conditions?.find(({ type }) => type === 'Approved')?.reason
  const said = await accounted(world, request, 'Failed')
  assert.not.ok(said.includes('TamperingSeen'), 'who changed in Slack has not tampered')
  return `${reason}, ${nothingWritten(world, request)}`
}

attacks<{ line?: string; change: () => void; back?: () => void }>(
  test,
  {
    'a person is taken out of the group seconds before the approval, and it is still remembered … NotARequester, nothing written':
      {
        line: '/access by-group 5s leaving',
        change: () => members([mo.id]),
        back: () => members([dana.id, mo.id, partner.id]),
      },
    'an account is deactivated between ask and approval … RequesterUnfit, nothing written': {
      change: () => change(dana.id, { deleted: true }),
      back: () => change(dana.id, { deleted: false }),
    },
    'an account becomes a guest between ask and approval … Guest, nothing written': {
      change: () => change(dana.id, { is_restricted: true }),
      back: () => change(dana.id, { is_restricted: false }),
    },
    'an account is given a private address between ask and approval … RequesterChanged, nothing written': {
      change: () => change(dana.id, { email: 'dana.private@gmail.com' }),
      back: () => change(dana.id, { email: dana.email }),
    },
    'an account is given the approver’s address between ask and approval … RequesterChanged, nothing written': {
      change: () => change(dana.id, { email: 'mo.second@example.com' }),
      back: () => change(dana.id, { email: dana.email }),
    },
    'an account takes another name between ask and approval … RequesterChanged, nothing written': {
      change: () => change(dana.id, { real_name: 'Ana Director' }),
      back: () => change(dana.id, { real_name: dana.name }),
    },
    'an account is seen through another organisation between ask and approval … RequesterUnfit, nothing written': {
      change: () => change(dana.id, { is_stranger: true, team_id: 'T0PARTNER' }),
      back: () => change(dana.id, { is_stranger: false, team_id: world.slack.state.team.id }),
    },
  },
  async ({ line = '/prod-db 5s as I was', change: happen, back }) => {
    const request = await routed(world, await asked(world, dana, line))
    happen()
    try {
      return await approvedEnd(request)
    } finally {
      back?.()
    }
  },
)

const rewritten: Record<string, Record<string, Partial<RequestSpec['requester']>>> = {
  RequesterChanged: {
    'the account of one person with the address of another': {
      email: otto.email,
      slackUserID: dana.id,
      name: dana.name,
    },
    'the address of one person with the account of another': {
      email: dana.email,
      slackUserID: otto.id,
      name: dana.name,
    },
    'a name that is not the person’s': { email: dana.email, slackUserID: dana.id, name: 'Ana Director' },
  },
  UnknownRequester: {
    'an account that nobody has': { email: dana.email, slackUserID: 'U0NOBODY', name: dana.name },
  },
}
for (const [reason, requesters] of Object.entries(rewritten))
  attacks(
    test,
    ending(`${reason}, nothing written`, requesters, 'the gateway’s token rewrites a request: '),
    async requester => {
      const model = await routed(world, await asked(world, otto, `/prod-db 5s ${Math.random()}`))
      const name = `prod-db-rewritten-${Math.random().toString(36).slice(2, 8)}`
      const spec = { requester: requester as RequestSpec['requester'] }
      const request = await routed(world, await store(gateway, like(model, name, spec)))
      return approvedEnd(request)
    },
  )

attack(test, 'Slack is silent when an approval is accepted … nothing written, then granted to Dana alone', async () => {
  const request = await routed(world, await asked(world, dana, '/prod-db 5m in silence'))
  const { name } = request.metadata
  world.slack.faults.add({ route: '* /api/users.info', reset: 'before', times: 1000 })
  await approve(world, name, mo)
  await until('it says that it waits for Slack', async () => {
    const conditions = (await stored(world, name))?.status?.conditions
    return conditions?.find(({ type, reason }) => type === 'Approved' && reason === 'SlackSilent')
  })
  const meanwhile = nothingWritten(world, request)
  world.slack.faults.clear()
  await reached(world, name, 'Provisioned')
  const granted = [...new Set(bindingsOf(world, request).flatMap(binding => binding.members))]
  return `${meanwhile}, then granted to ${granted.join() === `user:${dana.email}` ? 'Dana alone' : granted.join()}`
})

test('a listed partner who is a guest is granted, and is the only guest who is', async () => {
  const request = await routed(world, await asked(world, partner, '/access by-group 3s partner'))
  const { page } = await openApproval(world, request.metadata.name)
  assert.match(page.text, /pat@partner\.example/)
  await approve(world, request.metadata.name, mo)
  await reached(world, request.metadata.name, 'Expired')
  await accounted(world, request, 'Approved', 'Granted', 'Expired')
})

attack(test, 'every request is over, under every name … foreign bindings as before, no secret seen', async () => {
  const seen = await noSecretSeen(world)
  return `foreign bindings ${foreign(world) === before ? 'as before' : 'changed'}, ${seen}`
})

test.run()
