// Tools that judge manifests by the schema alone, without a cluster: kubeconform in strict mode, with our schemas as its own
// script converts them.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as assert from 'uvu/assert'
import { documentsOf } from '../cluster.ts'
import { suite, table } from '../suite.ts'
import { changed, validMapping, validSpec } from './crd-cases.ts'
import { kubeconformProgram } from './kubeconform.ts'

const test = suite('validators without a cluster', { timeoutMs: 300_000 })
const run = promisify(execFile)
const kubeconform = await kubeconformProgram(line => console.log(line))
if ('because' in kubeconform) console.log(`SKIPPED kubeconform does not judge manifests: ${kubeconform.because}`)

let folder: string
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hallpass-validators-'))
  for (const plural of ['accessrequests', 'rolemappings']) {
    const crd = await crdOf(plural)
    const file = `${crd.spec.names.kind.toLowerCase()}_v1alpha1.json`
    await writeFile(join(folder, file), JSON.stringify(closed(schemaOf(crd), true)))
  }
})
test.after(() => rm(folder, { recursive: true }))

type Json = Record<string, unknown>
type Crd = { spec: { names: { kind: string }; versions: [{ schema: { openAPIV3Schema: Json } }] } }

async function crdOf(plural: string): Promise<Crd> {
  const [crd] = await documentsOf(`crds/${plural}.yaml`)
  return crd as Crd
}

function schemaOf({ spec }: Crd): Json {
  return spec.versions[0].schema.openAPIV3Schema
}

// What scripts/openapi2jsonschema.py of kubeconform does: every object with properties has no others, but the root may.
function closed(node: unknown, isRoot = false): unknown {
  if (node === null || typeof node !== 'object' || Array.isArray(node)) return node
  const entries = Object.entries(node).map(([key, value]) => [key, closed(value)] as const)
  const isClosed = !isRoot && 'properties' in node && !('additionalProperties' in node)
  return Object.fromEntries(isClosed ? [...entries, ['additionalProperties', false]] : entries)
}

type Verdict = { status: string; msg: string }

async function judge(manifest: object): Promise<Verdict> {
  assert.ok('path' in kubeconform)
  const file = join(folder, 'manifest.yaml')
  await writeFile(file, JSON.stringify(manifest))
  const schemas = join(folder, '{{.ResourceKind}}_{{.ResourceAPIVersion}}.json')
  const args = ['-strict', '-verbose', '-output', 'json', '-schema-location', schemas, file]
  const { stdout } = await run(kubeconform.path, args).catch((error: { stdout: string }) => error)
  const { resources } = JSON.parse(stdout) as { resources: Verdict[] }
  const [verdict] = resources
  assert.ok(verdict, stdout)
  return verdict
}

const metadata = { name: 'prod-db', namespace: 'hallpass', labels: { team: 'payments' }, annotations: { a: 'b' } }
const mapping = (changes: Json): object => ({
  apiVersion: 'hallpass.dev/v1alpha1',
  kind: 'RoleMapping',
  metadata,
  spec: changed(validMapping, changes),
})

const withTool = (what: string, check: () => Promise<void>): void => {
  if ('path' in kubeconform) test(what, check)
  else test.skip(what)
}

withTool('kubeconform accepts every sample, strictly', async () => {
  const samples = ['prod-db', 'prod-gke', 'prod-nights', 'audit-bucket', 'ledger-bucket', 'prod-schema'].map(
    name => `deploy/samples/${name}.yaml`,
  )
  for (const sample of samples)
    for (const document of await documentsOf(sample))
      assert.equal((await judge(document)).status, 'statusValid', sample)
})

withTool('kubeconform accepts a request', async () => {
  const { status, msg } = await judge({
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: 'AccessRequest',
    metadata,
    spec: validSpec,
  })
  assert.is(status, 'statusValid', msg)
})

table<{ changes: Json; says: RegExp }>(
  (what, check) => withTool(`kubeconform refuses ${what}`, async () => check()),
  {
    'a field that is not there': {
      changes: { approvers: ['mo@example.com'] },
      says: /additional ?[pP]roperties 'approvers'/,
    },
    'a field that is not there, deeper': { changes: { 'duration.maximum': '4h' }, says: /'maximum'/ },
    'a number for a time': { changes: { 'duration.max': 30 }, says: /got number, want string/ },
    'no requesters': { changes: { requesters: undefined }, says: /missing propert.*requesters/ },
    'a role of another form': { changes: { 'grants.0.role': 'owner' }, says: /pattern/ },
    'no channel id': { changes: { channel: '#prod' }, says: /pattern/ },
    'a sixth approval': { changes: { 'approval.required': 6 }, says: /maximum/ },
  },
  async ({ changes, says }) => {
    const { status, msg } = await judge(mapping(changes))
    assert.is(status, 'statusInvalid')
    assert.match(msg, says)
  },
)

// Generators of models, such as cdk8s and those for pydantic, make a type without other fields of what metadata lists.
for (const plural of ['accessrequests', 'rolemappings'])
  test(`the schema of ${plural} says nothing about metadata`, async () => {
    const { metadata: said } = schemaOf(await crdOf(plural))['properties'] as Json
    assert.equal(said, { type: 'object' })
  })

withTool('the schemas are those that kubeconform’s own script makes', async () => {
  const made = await mkdtemp(join(tmpdir(), 'hallpass-schemas-'))
  const because = await convert(made)
  if (because !== undefined) return console.log(`SKIPPED kubeconform's own script is not run: ${because}`)
  for (const kind of ['accessrequest', 'rolemapping']) {
    const read = async (where: string): Promise<unknown> =>
      JSON.parse(await readFile(join(where, `${kind}_v1alpha1.json`), 'utf8'))
    assert.equal(await read(made), await read(folder))
  }
  await rm(made, { recursive: true })
})

/** Runs the script, which needs Python and PyYAML. Returns why it could not. */
async function convert(into: string): Promise<string | undefined> {
  const crds = ['accessrequests', 'rolemappings'].map(name => join(import.meta.dirname, `../../crds/${name}.yaml`))
  try {
    await run('python3', ['-c', 'import yaml'])
    const { stdout } = await run('go', ['mod', 'download', '-json', 'github.com/yannh/kubeconform'], {
      cwd: join(import.meta.dirname, 'kubeconform'),
    })
    const { Dir } = JSON.parse(stdout) as { Dir: string }
    await run('python3', [join(Dir, 'scripts/openapi2jsonschema.py'), ...crds], { cwd: into })
    return undefined
  } catch (error) {
    return String(error).trim().split('\n').at(-1)
  }
}

test.run()
