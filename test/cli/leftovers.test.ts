// `hallpass leftovers` with a real API server and a simulated Google: what it lists on every type of resource, that its
// commands remove exactly that, and that it never calls something else removable.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import type { LeftoversJson } from '../../src/cli/leftovers/text.ts'
import { expressionOf, titleOf } from '../../src/domain/granting/policy.ts'
import { createResource } from '../../src/kube/resource.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { requestKind } from '../../src/store/requests.ts'
import { attack } from '../attacks.ts'
import { mapping } from '../builders/mapping.ts'
import { addResource, relativeOf, type Sample, samples } from '../builders/resources.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { openGoogle, tokenOf } from '../google/fixture.ts'
import { suite } from '../suite.ts'
import { applied } from './gcloud-in-policies.ts'
import { createStandIn, hasCurlAndJq, type StandIn } from './stand-in.ts'
import { storeGranted } from './stored.ts'
import { hallpass } from './terminal.ts'

const test = suite('expired leftovers, listed')
const all: readonly Sample[] = Object.values(samples).filter(({ name }) => hasCurlAndJq || !name.includes('bigquery'))
const noCommand = 'projects/prod-eu'
let cluster: Cluster
let google: GoogleSim
let standIn: StandIn
let folder = ''
/** The requests that were granted, by resource: one cannot have all. */
const made = new Map<string, AccessRequest>()

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-leftovers-'))
  standIn = createStandIn()
  cluster = await startCluster()
  ;({ google } = await openGoogle())
  await cluster.createNamespace('hallpass')
  for (const half of [all.slice(0, 6), all.slice(6)]) {
    const request = await store(half)
    for (const { name } of half) made.set(name, request)
  }
  const { apiVersion, kind, spec } = mapping({ spec: { grants: [{ resource: noCommand, role: 'roles/viewer' }] } })
  const mappings = createResource<RoleMapping>(cluster.transport, { ...requestKind, plural: 'rolemappings' })
  await mappings.create({ apiVersion, kind, metadata: { name: 'prod-db', namespace: 'hallpass' }, spec } as never)
  writeFileSync(join(folder, 'config.yaml'), sandboxOf(google.url))
  writeFileSync(join(folder, 'token'), tokenOf(google, 'mo@example.com').reveal())
})
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  standIn.close()
  await google.close()
  await cluster.stop()
})

const sandboxOf = (url: string): string =>
  `{ hostedDomains: [example.com], iAmASandbox: { acceptLoopbackEndpoints: true, google: '${url}' } }`

/** A request that was granted on these resources, and has ended. */
const store = async (list: readonly Sample[]): Promise<AccessRequest> =>
  storeGranted(
    cluster,
    `prod-db-${list.length}aaaaaaaaaaa`,
    list.map(({ name: resource, role }) => ({ resource, role })),
  )

const member = 'user:dana@example.com'
function leftOn({ name, role }: Sample, change: Partial<{ uid: string; member: string; role: string }> = {}): Binding {
  const { metadata, status } = madeOn(name)
  const title = titleOf(change.uid ?? metadata.uid)
  const description = `hallpass/${metadata.name}, asked by dana@example.com, approved by mo@example.com`
  const expression = expressionOf({
    startsAt: new Date(status?.startsAt ?? ''),
    expiresAt: new Date(status?.expiresAt ?? ''),
  })
  const condition = { title, description, expression }
  return { role: change.role ?? role, members: [change.member ?? member], condition }
}

function madeOn(name: string): AccessRequest {
  const found = made.get(name)
  if (!found) throw new Error(`no request for ${name}`)
  return found
}

/** Every resource with these entries, besides that of its owner. */
function fill(entries: (sample: Sample) => Binding[]): void {
  for (const sample of all) {
    addResource(google, sample)
    const bindings = [...(google.policies.read(relativeOf(sample))?.bindings ?? []), ...entries(sample)]
    google.policies.define({ name: relativeOf(sample), parent: 'projects/prod-eu', bindings })
  }
}

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  process.env['KUBECONFIG'] = cluster.controlPlane.kubeconfigPath
  const environment = { configPath: join(folder, 'config.yaml') }
  return hallpass(['leftovers', '--token-file', join(folder, 'token'), ...words], { environment })
}
test('nothing is left: 0', async () => {
  fill(() => [])
  const { code, out, err } = await run()
  assert.equal([code, err], [0, ''])
  assert.match(out, /^0 expired entries of Hallpass in 1[12] policies\./)
})

test('each is listed with its request, and the printed commands remove exactly these: 1, then 0', async () => {
  fill(sample => [leftOn(sample), { role: sample.role, members: ['user:otto@example.com'] }])
  const { code, out, err } = await run('-o', 'json')
  assert.equal([code, err], [1, ''])
  const { leftovers, schema, unread } = JSON.parse(out) as LeftoversJson
  assert.equal([schema, unread], ['hallpass/leftovers/v1', []])
  const own = leftovers.filter(({ command }) => command !== null)
  assert.equal(own.map(({ resource }) => resource).sort(), all.map(({ name }) => name).sort())
  for (const one of own)
    assert.equal(
      [one.request, one.member, one.endedAt],
      [madeOn(one.resource).metadata.name, member, '2026-11-23T12:30:00Z'],
    )
  const { out: table } = await run()
  for (const { name, role } of all) assert.ok(table.includes(name) && table.includes(role), table)
  assert.match(table, /^RESOURCE +ROLE +MEMBER +ENDED +REQUEST$/m)
  const commands = await run('-o', 'commands')
  const token = tokenOf(google, 'mo@example.com').reveal()
  const ran = await standIn.run(commands.out, { google: google.url, token })
  assert.equal([ran.code, ran.err], [0, ''])
  for (const call of ran.calls) applied(google, call)
  for (const sample of all) {
    const { bindings = [] } = google.policies.read(relativeOf(sample)) ?? {}
    assert.equal(bindings.map(({ members }) => members.join()).sort(), ['user:mo@example.com', 'user:otto@example.com'])
  }
  const after = JSON.parse((await run('-o', 'json')).out) as LeftoversJson
  assert.equal(
    after.leftovers.filter(({ command }) => command !== null),
    [],
  )
})

test('the entry of a request that the cluster does not have is listed without a command', async () => {
  fill(() => [])
  const uid = '33333333-0000-4000-8000-000000000001'
  addResource(google, samples.folder)
  google.policies.define({
    name: 'folders/11',
    bindings: [...ownerOf(samples.folder), leftOn(samples.folder, { uid })],
  })
  const { code, out } = await run('--resource', 'folders/11')
  assert.is(code, 1)
  assert.match(out, /^folders\/11 +roles\/cloudsql\.client +user:dana@example\.com +2026-11-23 12:30:00 +-$/m)
  assert.match(out, '- The cluster does not have the requests of 1 entry')
  assert.not.match(out, 'gcloud')
  assert.is((await run('--resource', 'folders/11', '-o', 'commands')).out, '')
})

const ownerOf = ({ owner }: Sample): Binding[] => [{ role: owner, members: ['user:mo@example.com'] }]

attack(test, 'somebody copies an expired entry for another role and person … 0 of 2 listed', async () => {
  fill(() => [])
  const { project } = samples
  const bindings = [
    ...ownerOf(project),
    leftOn(project, { role: 'roles/viewer' }),
    leftOn(project, { member: 'user:otto@example.com' }),
  ]
  google.policies.define({ name: project.name, bindings })
  const { code, out } = await run('--resource', project.name)
  assert.is(code, 0)
  assert.match(out, '2 entries look like those of Hallpass and are not')
  const { leftovers, foreign } = JSON.parse((await run('--resource', project.name, '-o', 'json')).out) as LeftoversJson
  return `${leftovers.length} of ${foreign} listed`
})

attack(test, 'a member and a role hold marks of a terminal … none is printed', async () => {
  const { project } = samples
  const odd = leftOn(project, {
    uid: '33333333-0000-4000-8000-000000000002',
    member: 'user:\u009b2J\u202e@example.com',
  })
  google.policies.define({ name: project.name, bindings: [...ownerOf(project), odd] })
  const { out } = await run('--resource', project.name)
  return /[\u007f-\u009f\u202e]/.test(out) ? 'printed' : 'none is printed'
})

test('a policy that cannot be read is named, and the answer is not one: 2', async () => {
  fill(sample => (sample === samples.bucket ? [leftOn(sample)] : []))
  google.policies.define({ name: 'folders/11', bindings: [] })
  const { code, out, err } = await run()
  assert.is(code, 2)
  assert.match(err, /^The policy of "folders\/11" could not be read: Google does not let the approver read/m)
  assert.match(out, samples.bucket.name)
  assert.match(out, '1 policy is missing in this answer.')
})

const wrong: Record<string, { words: string[]; says: RegExp }> = {
  'no token': { words: ['leftovers'], says: /required option '--token-file <file>' not specified/ },
  'a file that is not there': { words: ['leftovers', '--token-file', '/none'], says: /cannot be read from "\/none"/ },
  'something else than a token on stdin': {
    words: ['leftovers', '--token-file', '-'],
    says: /"-" does not hold an access token alone\. "gcloud auth print-access-token" prints one/,
  },
}
for (const [sentence, { words, says }] of Object.entries(wrong))
  test(`${sentence}: 2`, async () => {
    const { code, out, err } = await hallpass(words)
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  })

test('a cluster that does not answer: 2', async () => {
  process.env['KUBECONFIG'] = join(folder, 'none')
  const { code, err } = await hallpass(['leftovers', '--token-file', join(folder, 'token')])
  assert.match(err, /^hallpass: There is no cluster/)
  assert.is(code, 2)
})

test.run()
