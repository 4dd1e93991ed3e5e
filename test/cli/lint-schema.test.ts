// `hallpass lint` and the real API server judge the same mappings: for every value of the tables, the same fields are
// refused with the same sentences.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { roleMappingSchema } from '../../src/api/role-mapping-schema.gen.ts'
import { readDocuments } from '../../src/cli/manifests/documents.ts'
import { faultsBySchema, fieldOf } from '../../src/cli/manifests/schema-faults.ts'
import { ApiError } from '../../src/kube/api-error.ts'
import { changed, validMapping } from '../api/crd-cases.ts'
import { cases, slips, weekly } from '../api/crd-values.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suite } from '../suite.ts'

const test = suite('mappings judged without a cluster', { timeoutMs: 150_000 })
let cluster: Cluster
test.before(async () => {
  cluster = await startCluster()
  await cluster.createNamespace('hallpass')
})
test.after(() => cluster.stop())

/** Every fault as `field: sentence`, in the order of the alphabet. */
type Said = readonly string[]

async function serverSays(mapping: object): Promise<Said> {
  const path = '/apis/hallpass.dev/v1alpha1/namespaces/hallpass/rolemappings'
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const error = await cluster.transport.request({ method: 'POST', path, query, body: mapping }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error === undefined) return []
  if (!(error instanceof ApiError)) throw new Error('The API server does not answer.', { cause: error })
  const unknown = [...(error.said ?? '').matchAll(/unknown field "[^"]*"/g)].map(([said]) => said)
  // The server says some of these a second time in general, and that rules were not evaluated.
  const general = /some validation rules were not checked|Checked value must be of type/
  const causes = error.causes.filter(({ message = '' }) => !general.test(message))
  assert.ok(unknown.length + causes.length > 0, error.message)
  return [...unknown, ...causes.map(({ field, message }) => `${field === '<nil>' ? '' : field}: ${message}`)].toSorted()
}

// The server stops at unknown fields.
function lintSays(mapping: object): Said {
  const faults = faultsBySchema(roleMappingSchema, mapping)
  const unknown = faults.filter(({ isUnknownField }) => isUnknownField)
  const said =
    unknown.length > 0
      ? unknown.map(({ message }) => message)
      : faults.map(({ path, message }) => `${fieldOf(path)}: ${message}`)
  return said.toSorted()
}

const mappingOf = (spec: object): object => ({
  apiVersion: 'hallpass.dev/v1alpha1',
  kind: 'RoleMapping',
  metadata: { name: 'tried' },
  spec,
})

async function compare(mapping: object): Promise<Said> {
  const [server, lint] = [await serverSays(mapping), lintSays(mapping)]
  assert.equal(lint, server, JSON.stringify(mapping))
  return server
}

for (const { plural, base, values } of cases.filter(each => each.plural === 'rolemappings'))
  for (const [path, { good, bad }] of Object.entries(values))
    test(`${plural} ${path}: ${good.length} good values and ${bad.length} bad ones, as in ${Object.keys(base).join(', ')}`, async () => {
      for (const value of good) assert.equal(await compare(mappingOf(changed(base, { [path]: value }))), [])
      for (const value of bad) {
        const said = await compare(mappingOf(changed(base, { [path]: value })))
        assert.ok(said.length > 0, `${JSON.stringify(value)} was accepted`)
      }
    })

for (const [what, { change }] of Object.entries(slips))
  test(`a slip: ${what}`, async () => {
    assert.ok((await compare(mappingOf(changed(validMapping, change)))).length > 0)
  })

/** What no table has: several faults at once, values of other types, and lengths in characters of several bytes. */
const more: Record<string, Record<string, unknown>> = {
  'nothing at all': { grants: undefined, requesters: undefined, approval: undefined, channel: undefined },
  'null for a text': { channel: null },
  'null for a list': { 'requesters.emails': null },
  'a list of lists': { 'requesters.emails': [['dana@example.com']] },
  'a number with a fraction': { 'approval.required': 1.5 },
  'an emoji at the limit of a length': { description: '\u{1F469}'.repeat(300) },
  'an emoji over the limit of a length': { description: '\u{1F469}'.repeat(301) },
  'two unknown fields': { surprise: 1, 'approval.approvers': [] },
  'a pattern and a rule': { channel: '#prod', 'duration.default': '5h' },
  'two twins in one list': { 'requesters.emails': ['a@b.c', 'a@b.c', 'a@b.c'] },
  'a grant with three faults': { grants: [{ resource: 'x', condition: '', extra: true }] },
  'a no-break space in an address': { 'approval.fallback': { emails: ['mo\u00A0m@example.com'] } },
  'hours that never begin': { hours: { ...weekly, spans: [{ days: [], from: '00:00', to: '00:00' }] } },
}
for (const [what, change] of Object.entries(more))
  test(`beyond the tables: ${what}`, async () => {
    await compare(mappingOf(changed(validMapping, change)))
  })

for (const name of ['m'.repeat(40), 'm'.repeat(41)])
  test(`a name of ${name.length} characters`, async () => {
    await compare({ ...mappingOf(validMapping), metadata: { name } })
  })

/** What YAML 1.1 and 1.2 read differently, and what kubectl merges. */
const spelled = `apiVersion: hallpass.dev/v1alpha1
kind: RoleMapping
metadata: { name: spelled, namespace: hallpass }
spec:
  description: 'yes'
  grants:
    - &grant { resource: projects/prod-eu, role: roles/cloudsql.client }
    - { <<: *grant, role: roles/logging.viewer }
  duration: { min: 1m, default: 1h, max: 4h }
  hours: { zone: UTC, spans: [{ days: [Mon, Tue], from: 22:00, to: 06:00 }] }
  requesters: { domains: [example.com], emails: }
  approval: { onCall: { schedule: PNIGHTS }, required: 0x1, onlyOnCall: ON }
  reason: { required: no, pattern: 'n' }
  allowPrivileged: Off
  channel: C0PRODACCESS
`
test('kubectl and lint read one text alike', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'hallpass-spelled-')), 'spelled.yaml')
  writeFileSync(path, spelled)
  const { stdout, stderr, code } = await cluster.kubectl('create', '--dry-run=server', '-o', 'json', '-f', path)
  assert.is(code, 0, stderr)
  const { manifests } = await readDocuments([path], Readable.from([]))
  const { spec } = JSON.parse(stdout) as { spec: object }
  const own = manifests[0]?.value as { spec: object }
  assert.equal({ ...own.spec, requesters: { domains: ['example.com'] } }, spec)
})

test.run()
