// The complete rights of each identity in RBAC: a right that is not in this table fails the test.
import * as assert from 'uvu/assert'
import type { Transport } from '../../src/kube/transport.ts'
import { suite } from '../suite.ts'
import { built, type Manifest } from './base.ts'
import { startFixture, type Who, type Fixture } from './fixture.ts'

const test = suite('the rights of each identity', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

const reads = 'get list watch'
/** Per identity and namespace: resource and verbs, beyond what every authenticated user has. */
const rights: Record<string, Record<string, Record<string, string>>> = {
  gateway: {
    hallpass: {
      'hallpass.dev/accessrequests': 'create get list watch',
      'hallpass.dev/rolemappings': reads,
      'hallpass.dev/accessrequests/status': 'patch',
    },
    'hallpass-system': {},
    'hallpass-tokens': {},
    default: {},
  },
  auth: {
    hallpass: {
      'hallpass.dev/accessrequests': 'create get list watch',
      'hallpass.dev/rolemappings': reads,
      'hallpass.dev/accessrequests/status': 'patch',
    },
    'hallpass-system': {},
    'hallpass-tokens': { '/secrets': 'create' },
    default: {},
  },
  controller: {
    hallpass: {
      'hallpass.dev/accessrequests': 'delete get list patch update watch',
      'hallpass.dev/rolemappings': reads,
      'hallpass.dev/accessrequests/status': 'patch update',
      'hallpass.dev/rolemappings/status': 'patch update',
      'hallpass.dev/accessrequests/finalizers': 'update',
      'hallpass.dev/rolemappings/finalizers': 'update',
      'events.k8s.io/events': 'create patch',
    },
    'hallpass-system': { 'coordination.k8s.io/leases': 'create get patch update' },
    'hallpass-tokens': { '/secrets': 'delete get list watch' },
    default: {},
  },
}

type Rule = { verbs: string[]; apiGroups?: string[]; resources?: string[]; resourceNames?: string[] }

for (const [who, namespaces] of Object.entries(rights))
  for (const [namespace, expected] of Object.entries(namespaces))
    test(`the ${who} has in ${namespace} exactly its rights`, async () => {
      const bare = (await rulesOf(await fixture.cluster.as('elsewhere', 'bare'), namespace)).map(textOf)
      const own = await rulesOf(fixture.as[who as Who], namespace)
      assert.equal(spread(own.filter(rule => !bare.includes(textOf(rule)))), sorted(expected))
    })

/** Any account may do some things, such as ask for its own rights; since 1.37 also read cluster trust bundles. */
async function rulesOf(transport: Transport, namespace: string): Promise<Rule[]> {
  const { status } = await transport.request<{ status: { resourceRules: Rule[]; incomplete: boolean } }>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  })
  assert.not(status.incomplete)
  return status.resourceRules
}

const textOf = (rule: Rule): string => JSON.stringify(rule, Object.keys(rule).sort())

test('an account without a role has no right on anything of Hallpass', async () => {
  const bare = await fixture.cluster.as('elsewhere', 'bare')
  for (const namespace of Object.keys(rights.controller ?? {})) {
    const groups = Object.keys(spread(await rulesOf(bare, namespace))).map(what => what.split('/')[0])
    const harmless = ['authentication.k8s.io', 'authorization.k8s.io', 'certificates.k8s.io']
    assert.equal(
      groups.filter(group => !harmless.includes(group ?? '')),
      [],
      namespace,
    )
  }
})

function spread(rules: Rule[]): Record<string, string> {
  const verbs = new Map<string, Set<string>>()
  for (const rule of rules)
    for (const group of rule.apiGroups ?? [])
      for (const resource of rule.resources ?? []) {
        const known = verbs.get(`${group}/${resource}`) ?? new Set()
        for (const verb of rule.verbs) known.add(verb)
        verbs.set(`${group}/${resource}`, known)
      }
  return sorted(Object.fromEntries([...verbs].map(([what, set]) => [what, [...set].sort().join(' ')])))
}

function sorted(table: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => a.localeCompare(b)))
}

test('nothing in the base gives a wildcard, an escalation or an impersonation', async () => {
  const roles = (await built(fixture.cluster, 'deploy/base')).filter(({ kind }) => /^(Cluster)?Role$/.test(kind))
  assert.ok(roles.length >= 8)
  for (const { metadata, rules } of roles as (Manifest & { rules: Rule[] })[])
    for (const { verbs, apiGroups = [], resources = [] } of rules) {
      const words = [...verbs, ...apiGroups, ...resources]
      for (const bad of [
        '*',
        'escalate',
        'bind',
        'impersonate',
        'deletecollection',
        'serviceaccounts/token',
        'pods/exec',
      ])
        assert.not(words.includes(bad), `${metadata.name}: ${bad}`)
    }
})

test('no right is given over the whole cluster', async () => {
  const all = await built(fixture.cluster, 'deploy/base')
  assert.equal(
    all.filter(({ kind }) => kind === 'ClusterRoleBinding'),
    [],
  )
})

test('people read both kinds and edit mappings, and nothing more', async () => {
  const all = (await built(fixture.cluster, 'deploy/base')) as (Manifest & { rules: Rule[] })[]
  const people = all.filter(({ metadata }) =>
    Object.keys(metadata.labels ?? {}).some(key => key.includes('aggregate-to')),
  )
  assert.equal(Object.fromEntries(people.map(({ metadata, rules }) => [metadata.name, spread(rules)])), {
    'hallpass-edit': {
      'hallpass.dev/accessrequests': reads,
      'hallpass.dev/rolemappings': 'create delete get list patch update watch',
    },
    'hallpass-view': { 'hallpass.dev/accessrequests': reads, 'hallpass.dev/rolemappings': reads },
  })
})

test('someone with the edit role cannot create requests, decide, or write the status of mappings', async () => {
  await fixture.cluster.transport.request({
    method: 'POST',
    path: '/apis/rbac.authorization.k8s.io/v1/namespaces/hallpass/rolebindings',
    body: {
      metadata: { name: 'gitops' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'hallpass-edit' },
      subjects: [{ kind: 'ServiceAccount', name: 'gitops', namespace: 'elsewhere' }],
    },
  })
  const may: Record<string, boolean> = {
    'create rolemappings': true,
    'update rolemappings': true,
    'list accessrequests': true,
    'patch rolemappings/status': false,
    'create accessrequests': false,
    'update accessrequests': false,
    'delete accessrequests': false,
    'patch accessrequests/status': false,
  }
  for (const [act, expected] of Object.entries(may)) {
    const [verb = '', resource = ''] = act.split(' ')
    const [name = '', subresource] = resource.split('/')
    const { stdout } = await fixture.cluster.kubectl(
      'auth',
      'can-i',
      verb,
      `${name}.hallpass.dev`,
      '--namespace=hallpass',
      ...(subresource ? [`--subresource=${subresource}`] : []),
      '--as=system:serviceaccount:elsewhere:gitops',
    )
    assert.is(stdout.trim(), expected ? 'yes' : 'no', act)
  }
})

test.run()
