// What the janitor cannot be made to do by people who write the status of a request, or the policy.
import * as assert from 'uvu/assert'
import type { RequestStatus } from '../../src/api/kinds.ts'
import type { Binding } from '../../src/domain/granting/policy.ts'
import { attacks, ending } from '../attacks.ts'
import { moToken, prodEu } from '../controller/fakes.ts'
import { suite } from '../suite.ts'
import { account, type House, house, janitorToken, prodUs } from './house.ts'

const test = suite('attacks on the janitor')

/** Dana is done, the controller has asked, and somebody has written this past every rule. */
async function forged(change: (status: RequestStatus) => Partial<RequestStatus>): Promise<House> {
  const home = await house()
  home.policies.seed(prodUs, [moToken, janitorToken], {})
  await home.done()
  await home.look()
  home.cluster.forge(home.ref, change((await home.now()).status ?? {}))
  return home
}

/** The calls that change a policy, and what is left of Dana's access. */
async function writesOf(home: House): Promise<string> {
  const before = home.policies.written.length
  await home.tidy().catch((error: unknown) => assert.instance(error, Error))
  const writes = home.policies.written.length - before
  assert.is(home.ours().length, writes === 0 ? 2 : 0)
  return `${writes} writes`
}

const asked = { ending: 'done', at: '2026-11-23T14:07:00Z', janitor: account }
const wish = { id: 'done', verdict: 'Done', at: '2026-11-23T14:07:00Z' } as const

attacks<(status: RequestStatus) => Partial<RequestStatus>>(
  test,
  ending('0 writes', {
    'the janitor is asked for a request that waits': () => ({ phase: 'Pending' }),
    'the janitor is asked for a request that is being granted': () => ({ phase: 'Approved' }),
    'the janitor is asked for access that has ended': () => ({ phase: 'Expired' }),
    'the janitor is asked for a settled request': () => ({ settled: true }),
    'the janitor is asked although nobody is done': () => ({ endings: [] }),
    'the wish is that of somebody else': () => ({
      endings: [{ ...wish, who: { email: 'otto@example.com', slackUserID: 'U0OTTO' } }],
    }),
    'the wish names the holder’s address, and no account that Slack or Google has confirmed': () => ({
      endings: [{ ...wish, who: { email: 'dana@example.com' } }],
    }),
    'the janitor is asked for another wish than that of the holder': () => ({
      removalAsked: { ...asked, ending: 'done-by-another' },
    }),
    'a wish that was refused is asked for': () => ({
      endingsRefused: [{ id: 'done', reason: 'JanitorRefused', message: 'no', at: '2026-11-23T14:07:00Z' }],
    }),
    'the janitor is made to answer twice': () => ({ removal: { states: ['Left', 'Left'] } }),
    'the record names another role': ({ grants = [] }) => ({
      grants: grants.map(grant => ({ ...grant, role: 'roles/owner' })),
    }),
    'the record names another project': ({ grants = [] }) => ({
      grants: grants.map(grant => ({ ...grant, resource: prodUs })),
    }),
    'the record names a grant that was not approved, too': ({ grants = [] }) => ({
      grants: [...grants, { resource: prodUs, role: 'roles/owner', state: 'Written' as const }],
    }),
    'a grant is in doubt': ({ grants = [] }) => ({
      grants: grants.map(grant => ({ ...grant, state: 'Unknown' as const })),
    }),
    'the stored end is another': () => ({ expiresAt: '2026-11-24T14:02:00Z' }),
    'the stored approver is another': () => ({ approvedBy: 'eve@example.com' }),
    'the approval is gone': () => ({ decisions: [] }),
  }),
  async change => writesOf(await forged(change)),
)

/** What is in the policy after the janitor has looked at it. */
async function leftWith(bindings: (own: Binding[]) => Binding[]): Promise<{ home: House; put: Binding[] }> {
  const home = await house()
  const policy = home.policies.policy(prodEu)
  const put = bindings(policy.bindings ?? [])
  home.policies.seed(prodEu, [moToken, janitorToken], { ...policy, bindings: put })
  await home.done()
  await home.look()
  await home.tidy()
  return { home, put: home.policies.policy(prodEu).bindings ?? [] }
}

const changed = (own: Binding[], more: object): Binding[] =>
  own.map(binding => ({ ...binding, condition: { expression: '', ...binding.condition, ...more } }))

attacks<(own: Binding[]) => Binding[]>(
  test,
  ending('left as it is, and told', {
    'somebody gives the entry a later end': own =>
      changed(own, { expression: 'request.time < timestamp("2030-01-01T00:00:00Z")' }),
    'somebody gives the entry another description': own => changed(own, { description: 'mine' }),
    'somebody adds a member to the entry': own =>
      own.map(binding => ({ ...binding, members: [...(binding.members ?? []), 'user:eve@example.com'] })),
  }),
  async change => {
    const { home, put } = await leftWith(change)
    const own = home.ours()
    assert.is(own.length, 2)
    assert.equal(put, own)
    await home.look()
    const { phase, endingsRefused } = (await home.now()).status ?? {}
    assert.is(phase, 'Provisioned')
    return endingsRefused?.[0]?.reason === 'JanitorRefused' ? 'left as it is, and told' : 'not told'
  },
)

attacks<Binding>(
  test,
  ending('it stays', {
    'an entry of another person has the title of the request': {
      role: 'roles/cloudsql.client',
      members: ['user:otto@example.com'],
      condition: { title: 'TITLE', expression: 'true' },
    },
    'an entry of another role has the title of the request': {
      role: 'roles/owner',
      members: ['user:dana@example.com'],
      condition: { title: 'TITLE', expression: 'true' },
    },
    'the holder has the role by another entry': {
      role: 'roles/cloudsql.client',
      members: ['user:dana@example.com'],
      condition: { title: 'by hand', expression: 'true' },
    },
    'the holder has the role without a condition': {
      role: 'roles/cloudsql.client',
      members: ['user:dana@example.com'],
    },
  }),
  async foreign => {
    const titled = (own: Binding[]): Binding => {
      const title = own[0]?.condition?.title ?? ''
      const isTitled = foreign.condition?.title === 'TITLE'
      return isTitled ? { ...foreign, condition: { title, expression: 'true' } } : foreign
    }
    let stays: Binding | undefined
    const { home, put } = await leftWith(own => [(stays = titled(own)), ...own])
    assert.equal(put, [stays])
    await home.look()
    assert.is(await home.phase(), 'Revoked')
    return 'it stays'
  },
)

/** The controller looks at an answer that somebody has forged. */
attacks<Partial<RequestStatus>>(
  test,
  ending('Provisioned', {
    'somebody answers for the janitor although it was not asked': { removal: { states: ['Removed', 'Removed'] } },
    'the answer has fewer words than there are grants': {
      removalAsked: asked,
      removal: { states: ['Removed'] },
    },
  }),
  async status => {
    const home = await house({}, { hasJanitor: false })
    await home.done()
    home.cluster.forge(home.ref, status)
    await home.look()
    return (await home.phase()) ?? ''
  },
)

test.run()
