// What the API server itself accepts as a request or a mapping: each pattern, bound and rule, both ways, by dry run.
import * as assert from 'uvu/assert'
import { minorOf } from '../../src/sim/controlplane/places.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { changed, validMapping, validSpec } from './crd-cases.ts'
import { type Case, cases, slips } from './crd-values.ts'

const test = suite('what both kinds accept', { timeoutMs: 60_000 })
let cluster: Cluster
test.before(async () => {
  cluster = await startCluster()
  await cluster.createNamespace('hallpass')
})
test.after(() => cluster.stop())

async function attempt(plural: string, name: string, spec: object): Promise<Error | undefined> {
  const kind = plural === 'accessrequests' ? 'AccessRequest' : 'RoleMapping'
  try {
    await cluster.transport.request({
      method: 'POST',
      path: `/apis/hallpass.dev/v1alpha1/namespaces/hallpass/${plural}`,
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: { apiVersion: 'hallpass.dev/v1alpha1', kind, metadata: { name }, spec },
    })
    return undefined
  } catch (error) {
    return error as Error
  }
}

for (const each of cases) checkAll(each)

function checkAll({ plural, base, values }: Case): void {
  for (const [path, { good, bad }] of Object.entries(values)) {
    if (good.length > 0)
      test(`${plural} accept a proper ${path}`, async () => {
        for (const value of good) {
          const error = await attempt(plural, 'tried', changed(base, { [path]: value }))
          assert.is(error, undefined, `${JSON.stringify(value)}: ${error?.message}`)
        }
      })
    test(`${plural} refuse an improper ${path}`, async () => {
      for (const value of bad) {
        const error = await attempt(plural, 'tried', changed(base, { [path]: value }))
        const said = JSON.stringify(value)
        assert.ok(error, `${said} was accepted`)
        assert.match(error.message, fieldPattern(path), `${said}: ${error.message}`)
      }
    })
  }
}

// The answer names the wrong part, or (for a rule or a required part) its parent.
function fieldPattern(path: string): RegExp {
  const parts = path.split('.').filter(part => !/^\d$/.test(part))
  return new RegExp(parts.slice(0, 2).join('|'))
}

// Kubernetes 1.32 names the type of a value and not the value.
const seen = (said: string): string =>
  minorOf() === '1.32' ? said.replace(/Invalid value: (?:"[^"]*": )?/, 'Invalid value: ') : said

table(test, slips, async ({ change, says }) => {
  const error = await attempt('rolemappings', 'tried', changed(validMapping, change))
  assert.is(seen(error?.message.replace(/^.* is invalid: /, '') ?? ''), seen(says))
})

test('a mapping has a name that leaves room for a request’s own', async () => {
  assert.is(await attempt('rolemappings', 'm'.repeat(40), validMapping), undefined)
  assert.match(String(await attempt('rolemappings', 'm'.repeat(41), validMapping)), /metadata\.name/)
})

test('the spec of a mapping is stored as its author wrote it', async () => {
  const { grants, requesters, channel } = validMapping
  const spec = { grants, requesters, channel, approval: { onCall: { schedule: 'PNIGHTS' } } }
  const mapping = await cluster.transport.request<{ spec: Record<string, unknown> }>({
    method: 'POST',
    path: '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/rolemappings',
    body: { apiVersion: 'hallpass.dev/v1alpha1', kind: 'RoleMapping', metadata: { name: 'short' }, spec },
  })
  assert.equal(mapping.spec, spec)
})

test('a request is stored exactly as it was sent: its digest covers nothing else', async () => {
  const spec = changed(validSpec, { slack: undefined, 'approval.onCall': undefined, 'approval.fallback': undefined })
  const stored = await cluster.transport.request<{ spec: object; status?: object }>({
    method: 'POST',
    path: '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/accessrequests',
    body: { apiVersion: 'hallpass.dev/v1alpha1', kind: 'AccessRequest', metadata: { name: 'bare' }, spec },
  })
  assert.equal(stored.spec, spec)
  assert.equal(stored.status, { observedGeneration: -1, settled: false })
})

test('long names leave room for what is stored about them, or the mapping is split', async () => {
  const on = (count: number): object => ({
    ...validMapping,
    grants: Array.from({ length: count }, (_, n) => ({
      resource: `//storage.googleapis.com/projects/_/buckets/${n}${'b'.repeat(99)}`,
      role: 'roles/storage.legacyObjectReader',
    })),
  })
  assert.is(await attempt('rolemappings', 'nine-buckets', on(9)), undefined)
  assert.match((await attempt('rolemappings', 'ten-buckets', on(10)))?.message ?? '', 'at most 1700 characters')
})

for (const [what, name, says] of [
  [
    'a type whose policies take no conditions',
    '//pubsub.googleapis.com/projects/prod-eu/topics/t',
    'take no conditions',
  ],
  ['an unknown type', '//redis.googleapis.com/projects/prod-eu/instances/i', 'docs/resources.md'],
] as const)
  test(`${what} is refused in words`, async () => {
    const spec = { ...validMapping, grants: [{ resource: name, role: 'roles/viewer' }] }
    assert.match((await attempt('rolemappings', 'of-a-resource', spec))?.message ?? '', says)
  })

test.run()
