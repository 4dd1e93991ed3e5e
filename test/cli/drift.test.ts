// `hallpass drift` with a real API server and a simulated Google, and after the loss of the cluster: what strangers did to
// policies is told, what is honest is not, and whatever could not be read is named.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as assert from 'uvu/assert'
import { stringify } from 'yaml'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { after } from '../../src/domain/asking/duration.ts'
import { withBindings } from '../../src/domain/granting/adding.ts'
import type { Policy } from '../../src/domain/granting/policy.ts'
import { entriesOf } from '../../src/domain/granting/removal-commands.ts'
import { createResource } from '../../src/kube/resource.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultAuditor } from '../../src/sim/google/seeds.ts'
import type { Binding } from '../../src/sim/google/types.ts'
import { requestKind } from '../../src/store/requests.ts'
import { auditLog, offers, Past } from '../audit/past.ts'
import { attack } from '../attacks.ts'
import { noon } from '../builders/history.ts'
import { mapping } from '../builders/mapping.ts'
import { addResource, relativeOf, samples } from '../builders/resources.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { openGoogle, tokenOf } from '../google/fixture.ts'
import { as } from '../sim/google/clients.ts'
import { suite } from '../suite.ts'
import { applied } from './gcloud-in-policies.ts'
import { createStandIn, type StandIn } from './stand-in.ts'
import { storeGranted } from './stored.ts'
import { hallpass } from './terminal.ts'

const test = suite('command line: drift')
const now = after(noon, 600)
const { name: eu } = samples.project
const client = 'roles/cloudsql.client'
let folder = ''
let cluster: Cluster
let google: GoogleSim
let standIn: StandIn
let dana: AccessRequest

type Shown = {
  findings: {
    kind: string
    member: string
    role: string
    request: string | null
    by: string | null
    command: string | null
  }[]
  standing: object[]
  unread: { what: string; why: string }[]
  policies: number
  writes: number | null
}

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-drift-'))
  standIn = createStandIn()
  cluster = await startCluster()
  const opened = await openGoogle()
  google = opened.google
  opened.clock.at = now
  await cluster.createNamespace('hallpass')
  const { apiVersion, kind, spec } = mapping({ spec: { grants: [{ resource: eu, role: client }] } })
  const mappings = createResource<RoleMapping>(cluster.transport, { ...requestKind, plural: 'rolemappings' })
  await mappings.create({ apiVersion, kind, metadata: { name: 'prod-db', namespace: 'hallpass' }, spec } as never)
  dana = await store('prod-db-aaaabbbbcccc', [{ resource: eu, role: client }])
  writeFileSync(join(folder, 'config.yaml'), sandboxOf(google.url))
  writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
  writeFileSync(join(folder, 'token'), tokenOf(google, 'mo@example.com').reveal())
})
test.before.each(() => honest())
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  standIn.close()
  await google.close()
  await cluster.stop()
})

const sandboxOf = (url: string): string =>
  `{ hostedDomains: [example.com], iAmASandbox: { acceptLoopbackEndpoints: true, google: '${url}' } }`

const store = async (name: string, grants: AccessRequest['spec']['grants']): Promise<AccessRequest> =>
  storeGranted(cluster, name, grants)

const owner: Binding = { role: 'roles/resourcemanager.projectIamAdmin', members: ['user:mo@example.com'] }
const logs: Binding = { role: 'roles/logging.viewer', members: ['user:mo@example.com'] }

/** The policy as Hallpass wrote it. */
function honest(): void {
  const wanted = entriesOf(dana).map(one => one.wanted)
  const { bindings = [] } = withBindings({ version: 3, etag: 'a', bindings: [owner, logs] as never }, wanted, noon)
  google.policies.define({ name: eu, parent: 'folders/10', bindings: bindings as Binding[] })
}

/** Somebody edits the policy by Google's API, as Terraform or a console would. */
async function edit(change: (bindings: Binding[]) => Binding[], who = 'mo@example.com', reason = ''): Promise<void> {
  const { projects } = as(google, who)
  const { data } = await projects.getIamPolicy({
    resource: eu,
    requestBody: { options: { requestedPolicyVersion: 3 } },
  })
  const policy = { ...data, version: 3, bindings: change((data as Policy).bindings as Binding[]) }
  const headers = reason === '' ? {} : { 'X-Goog-Request-Reason': reason }
  await projects.setIamPolicy({ resource: eu, requestBody: { policy: policy as never } }, { headers })
}

const ours = ({ condition }: Binding): boolean => condition?.title?.startsWith('hallpass ') ?? false
const eve = 'user:otto@example.com'
const withEve = (bindings: Binding[]): Binding[] =>
  bindings.map(one => (ours(one) ? { ...one, members: [...one.members, eve] } : one))

async function run(...words: string[]): Promise<{ code: number; out: string; err: string }> {
  process.env['KUBECONFIG'] = cluster.controlPlane.kubeconfigPath
  const environment = { configPath: join(folder, 'config.yaml'), secretsPath: folder }
  return hallpass(['drift', '--token-file', join(folder, 'token'), ...words], { environment, at: now })
}
async function shown(...words: string[]): Promise<Shown & { code: number }> {
  const { out, err, code } = await run('-o', 'json', ...words)
  assert.ok(out, err)
  return { ...(JSON.parse(out) as Shown), code }
}

test('an honest policy: 0', async () => {
  const { code, out, err } = await run()
  assert.equal([code, err], [0, ''])
  assert.match(out, /^No difference between 1 policy, \d+ policy writes? and 1 request on record\.$/m)
  assert.match(out, /^Times are UTC\. Nothing was changed\.$/m)
})

test('a stranger adds a member: it is named with who wrote it, and the printed command undoes exactly that', async () => {
  await edit(withEve)
  const { code, findings } = await shown()
  assert.is(code, 1)
  assert.equal(
    findings.map(({ kind, member, request: name, by }) => [kind, member, name, by]),
    [['altered', eve, dana.metadata.name, 'mo@example.com']],
  )
  const { out } = await run()
  assert.match(
    out,
    /^1 +altered +projects\/audit-prod +roles\/cloudsql\.client +user:otto@example\.com +hallpass\/prod-db-aaaabbbbcccc/m,
  )
  const commands = findings.map(({ command }) => command ?? '').join('\n')
  const ran = await standIn.run(commands, { google: google.url, token: tokenOf(google, 'mo@example.com').reveal() })
  assert.equal([ran.code, ran.err], [0, ''])
  for (const call of ran.calls) applied(google, call)
  assert.is((await run()).code, 0)
})

test('the entry of a request in force is taken out: missing, by whom and since when', async () => {
  await edit(bindings => bindings.filter(one => !ours(one)))
  const { findings } = await shown()
  assert.equal(
    findings.map(({ kind, by, command }) => [kind, by, command]),
    [['missing', 'mo@example.com', null]],
  )
})

test('a foreign entry without an end, and one without a condition', async () => {
  const foreign = { title: 'for a while', expression: 'resource.type == "x"' }
  await edit(bindings => [
    ...bindings,
    { role: client, members: [eve], condition: foreign },
    { role: client, members: ['group:sre@example.com', eve] },
  ])
  const { code, findings, standing } = await shown()
  assert.equal([code, findings.map(({ kind, by }) => `${kind} ${by}`)], [1, ['wider mo@example.com']])
  assert.equal(standing, [{ resource: eu, role: client, member: eve, mapping: 'prod-db' }])
})

attack(test, 'somebody sets our header on another write … claimed', async () => {
  const uid = '33333333-0000-4000-8000-000000000009'
  await edit(bindings => [...bindings, { role: 'roles/browser', members: [eve] }], 'mo@example.com', `hallpass ${uid}`)
  const { code, findings } = await shown()
  assert.is(code, 1)
  return findings.map(({ kind }) => kind).join()
})

attack(test, 'a title, a member and a role move the cursor of a terminal … nothing moves it', async () => {
  const { bindings = [] } = google.policies.read(eu) ?? {}
  const evil = '\u001b[2J\u009b1A\u202e\nhidden'
  const more = [
    { role: client, members: [`user:${evil}@example.com`], condition: { title: evil, expression: 'true' } },
    {
      role: client,
      members: [`user:x${evil}@example.com`],
      condition: { title: `hallpass ${dana.metadata.uid}`, expression: evil },
    },
  ]
  google.policies.define({ name: eu, parent: 'folders/10', bindings: [...bindings, ...more] })
  const { out, err } = await run()
  assert.match(out, /3 differences|2 differences/)
  return /[^\P{Cc}\n]|\u202e/u.test(out + err) ? 'moved' : 'nothing moves it'
})

test('a policy that may not be read is named with the missing right, and the rest is answered: 2', async () => {
  addResource(google, samples.bucket)
  google.policies.define({ name: relativeOf(samples.bucket), parent: eu, bindings: [] })
  const requests = createResource<AccessRequest>(cluster.transport, requestKind)
  const other = await store('prod-db-ddddeeeeffff', [{ resource: samples.bucket.name, role: samples.bucket.role }])
  try {
    await edit(withEve)
    const { code, findings, unread, policies } = await shown('--without-log')
    assert.equal([code, policies, findings.map(({ kind }) => kind)], [2, 1, ['altered']])
    assert.match(unread[0]?.what ?? '', samples.bucket.name)
    assert.match(unread[0]?.why ?? '', /Google does not let you read .* It takes "storage\.buckets\.getIamPolicy"/)
    const { err, out } = await run()
    assert.match(err, /^Not answered: the policy of "\/\/storage/m)
    assert.match(out, 'so this is not the whole answer')
    assert.is((await run('--project', 'audit-prod', '--without-log')).code, 1)
  } finally {
    await requests.delete(other.metadata)
  }
})

test('a log that may not be read is named, and the policies are compared: 2', async () => {
  google.policies.define({ name: eu, parent: 'folders/10', bindings: [owner] })
  const { code, findings, unread } = await shown()
  assert.equal([code, findings.map(({ kind }) => kind)], [2, ['missing']])
  assert.equal(
    unread.map(({ what }) => what),
    [`Google's log of ${eu}`],
  )
  assert.is((await run('--without-log')).code, 1)
})

test('requests of other namespaces were not read, so their entries accuse nobody: 2', async () => {
  await cluster.createNamespace('elsewhere')
  const { code, findings, unread } = await shown('-n', 'elsewhere', '--resource', eu)
  assert.equal([code, findings], [2, []])
  assert.match(unread[0]?.why ?? '', 'only requests in elsewhere were')
})

const wrong: Record<string, { words: string[]; says: RegExp }> = {
  'a project that none is': { words: ['--project', '..'], says: /It is not the id of a project/ },
  'a project that nobody names': {
    words: ['--project', 'prod-nowhere'],
    says: /names a resource in the project "prod-nowhere"/,
  },
  'a token file that is not there': { words: ['--token-file', '/none'], says: /cannot be read from "\/none"/ },
  'stdin for two things': { words: ['--token-file', '-', '--source', '-'], says: /stdin can only be one of them/ },
  'a log without a name': { words: ['--source', 'logging'], says: /It is not known which log to ask/ },
  'a file that is not there': { words: ['--source', '/none'], says: /ENOENT/ },
}
for (const [sentence, { words, says }] of Object.entries(wrong))
  test(`${sentence}: 2`, async () => {
    const { code, out, err } = await run(...words)
    assert.match(err, says)
    assert.equal([code, out], [2, ''])
  })

test('after the loss of the cluster in the middle of a grant, the log knows whose the entries are', async () => {
  const past = await Past.open()
  try {
    await past.happen(
      [
        { person: 'dana@example.com', grants: offers.slice(0, 1), asked: 60, seconds: 7200, end: 'expires' },
        { person: 'otto@example.com', grants: offers.slice(1, 2), asked: 90, seconds: 60, end: 'expires' },
        {
          person: 'ana@example.com',
          grants: offers.slice(0, 1),
          asked: 100,
          seconds: 900,
          end: 'ended early',
          endedAfter: 30,
        },
      ],
      () => undefined,
    )
    past.clock.at = after(noon, 1800)
    const reader = { role: 'roles/logging.viewer', members: ['user:mo@example.com'] }
    const ops = 'projects/hallpass-ops'
    const { bindings = [] } = past.google.policies.read(ops) ?? {}
    past.google.policies.replace(ops, { bindings: [...bindings, reader] })
    const grants = offers.map(({ resource, role }) => ({ resource, role }))
    writeFileSync(join(folder, 'mappings.yaml'), stringify({ ...mapping({ spec: { grants } }) }))
    const settings = { google: { auditLog }, iAmASandbox: { acceptLoopbackEndpoints: true, google: past.google.url } }
    const environment = { configPath: join(folder, 'lost.yaml'), secretsPath: folder }
    writeFileSync(environment.configPath, stringify(settings))
    writeFileSync(join(folder, 'google-access-token'), defaultAuditor.token)
    writeFileSync(join(folder, 'moToken'), tokenOf(past.google, 'mo@example.com').reveal())
    const entries: unknown[] = await Array.fromAsync(past.reader.entries({ in: ['projects/hallpass-ops'], filter: '' }))
    writeFileSync(join(folder, 'export.json.gz'), gzipSync(JSON.stringify(entries)))
    const ask = async (...words: string[]): ReturnType<typeof hallpass> => {
      process.env['KUBECONFIG'] = join(folder, 'none')
      return hallpass(['drift', '--token-file', join(folder, 'moToken'), '-o', 'json', ...words], {
        environment,
        at: past.clock.now(),
      })
    }
    for (const source of ['logging', join(folder, 'export.json.gz')]) {
      const words = ['--source', source, '--without-log', '--file', join(folder, 'mappings.yaml')]
      const { code, out, err } = await ask(...words)
      assert.ok(out, err)
      const { findings, unread, policies } = JSON.parse(out) as Shown
      assert.equal([err, unread, policies], ['', [], 2], source)
      assert.equal([code, findings.map(({ kind, request: name }) => `${kind} ${name}`)], [1, ['leftover r-1']], source)
      const lost = await ask('--source', source, '--without-log')
      assert.is(lost.code, 2)
      assert.match(lost.err, 'Not answered: the mappings:')
    }
    const cut = await ask('--source', 'cluster')
    assert.is(cut.code, 2)
    assert.match(cut.err, 'The log can answer too: --source logging.')
  } finally {
    await past.google.close()
  }
})

test.run()
