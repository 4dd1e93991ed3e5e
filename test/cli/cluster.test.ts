// `hallpass who` as a separate process, and as a plugin of kubectl, against a real API server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import * as assert from 'uvu/assert'
import { requestKind } from '../../src/store/requests.ts'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import type { ApproverRightsJson } from '../../src/cli/approver-rights.ts'
import { createResource } from '../../src/kube/resource.ts'
import { record, request } from '../builders/history.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { mapping } from '../builders/mapping.ts'
import { suite } from '../suite.ts'

const test = suite('command line and cluster')
const command = resolve(import.meta.dirname, '../../src/cli/hallpass.ts')
let cluster: Cluster
let folder = ''

test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hallpass-plugin-'))
  cluster = await startCluster()
  for (const namespace of ['hallpass', 'other']) await cluster.createNamespace(namespace)
  await store('hallpass', request({}, { name: 'prod-db-aaaaaaaaaaaa' }))
  await store(
    'other',
    request({ grants: [record(1, 'Unknown')] }, { name: 'logs-bbbbbbbbbbbb', email: 'otto@example.com' }),
  )
})
test.after(async () => {
  rmSync(folder, { recursive: true, force: true })
  await cluster.stop()
})

async function store(namespace: string, { apiVersion, kind, metadata, spec, status }: AccessRequest): Promise<void> {
  const resource = createResource<AccessRequest>(cluster.transport, requestKind)
  const created = await resource.create({
    apiVersion,
    kind,
    metadata: { name: metadata.name, namespace },
    spec,
  } as never)
  const { phase: _, ...rest } = status ?? {}
  await resource.patch(created, { status: rest }, 'status')
}

type Ended = { code: number | null; out: string; err: string }
function run(
  words: string[],
  kubeconfig = cluster.controlPlane.kubeconfigPath,
  program: string[] = [command],
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [...program, ...words], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('error', failed)
    child.on('close', code => done({ code, out, err }))
  })
}

test('a command that is done ends, whatever is still under way', async () => {
  const busy = 'data:text/javascript,setInterval(() => undefined, 1e6)'
  const child = spawn(process.execPath, ['--import', busy, command, '--help'], { stdio: 'ignore' })
  const [code] = (await once(child, 'close', { signal: AbortSignal.timeout(10_000) })) as [number]
  assert.is(code, 0)
})

const words = ['who', '--at', '2026-11-23T12:10:00Z']

test('it answers over all namespaces', async () => {
  const { code, out, err } = await run(words)
  assert.match(out, /dana@example\.com .* 2026-11-23 12:30:00 +mo@example\.com +hallpass\/prod-db-aaaaaaaaaaaa\n/)
  assert.match(out, /otto@example\.com .* 2026-11-23 12:30:00\* +mo@example\.com +other\/logs-bbbbbbbbbbbb\n/)
  assert.match(out, /\n2 grants in force at 2026-11-23 12:10:00 UTC\. Source: cluster, 2 requests since /)
  assert.is(err, '')
  assert.is(code, 0)
})

test('it answers for the namespaces, the resource and the person that are named', async () => {
  assert.match((await run([...words, '-n', 'hallpass'])).out, /\n1 grant .* 1 request since /)
  const { out } = await run([...words, '--resource', 'projects/prod-us', '--person', 'otto@example.com', '-o', 'json'])
  const { grants } = JSON.parse(out) as { grants: { request: string; isUncertain: boolean }[] }
  assert.equal(
    grants.map(({ request: name, isUncertain }) => ({ name, isUncertain })),
    [{ name: 'logs-bbbbbbbbbbbb', isUncertain: true }],
  )
})

test('it prints the least right of approvers from the mappings, and leaves out what is not Ready', async () => {
  const declared = createResource<RoleMapping>(cluster.transport, { ...requestKind, plural: 'rolemappings' })
  const declare = async (name: string, role: string, resource = 'projects/prod-eu'): Promise<RoleMapping> => {
    const { apiVersion, kind, spec } = mapping({ name, spec: { command: `/${name}`, grants: [{ resource, role }] } })
    return declared.create({ apiVersion, kind, metadata: { name, namespace: 'hallpass' }, spec } as never)
  }
  await declare('prod-db', 'roles/cloudsql.client')
  await declare('audit', 'roles/logging.viewer', 'projects/audit-prod')
  const broken = await declare('admin', 'roles/owner')
  const ready = { type: 'Ready', status: 'False', reason: 'RoleWithoutConditions', message: 'It cannot end by itself.' }
  const conditions = [{ ...ready, lastTransitionTime: '2026-11-23T12:00:00Z' }]
  await declared.patch(broken, { status: { conditions } }, 'status')

  const all = await run(['approver-rights', '--member', 'group:prod@corp.example', '-o', 'json'])
  const said = JSON.parse(all.out) as ApproverRightsJson
  assert.equal([said.schema, said.members], ['hallpass/approver-rights/v1', ['group:prod@corp.example']])
  assert.equal(
    said.rights.map(({ resource, bindings }) => [resource, ...bindings.map(({ roles }) => roles.join())]),
    [
      ['projects/audit-prod', 'roles/logging.viewer'],
      ['projects/prod-eu', 'roles/cloudsql.client'],
    ],
  )
  assert.match(all.err, 'Mapping "hallpass/admin" is not Ready and left out: It cannot end by itself.')
  const one = await run(['approver-rights', 'prod-db'])
  assert.match(one.out, /^gcloud projects add-iam-policy-binding prod-eu --member=group:approvers@example\.com /m)
  assert.not.match(one.out, 'audit-prod')
  const there = await run(['approver-rights', '--resource', 'projects/audit-prod'])
  assert.match(there.out, 'add-iam-policy-binding audit-prod')
  assert.not.match(there.out, 'prod-eu')
  assert.not.match(there.err, 'a person who may grant')
  await declare('queues', 'roles/cloudtasks.queueAdmin')
  const mighty = await run(['approver-rights', 'queues'])
  assert.match(
    mighty.err,
    /^"roles\/cloudtasks\.queueAdmin" sets IAM policies of Cloud Tasks queues: a person who may grant it can give it to/,
  )
  const none = await run(['approver-rights', 'prod-bd'])
  assert.equal([none.code, none.out], [1, ''])
  assert.match(none.err, /^hallpass: There is no mapping "prod-bd"\./)
  assert.match(
    (await run(['approver-rights', '--resource', 'folders/1'])).err,
    /No mapping grants anything on "folders\/1"/,
  )
})

test('a process starts, is healthy, and ends by itself when it is asked to', async () => {
  const config = join(folder, 'config.yaml')
  writeFileSync(
    config,
    `{ hostedDomains: [example.com], slack: { teams: [T0HALLPASS] }, listen: { port: 0, healthPort: 0, host: 127.0.0.1 },
      iAmASandbox: { acceptLoopbackEndpoints: true, slack: 'http://127.0.0.1:1/api/' } }`,
  )
  writeFileSync(join(folder, 'slack-bot-token'), 'xoxb-hush-1')
  writeFileSync(join(folder, 'slack-signing-secret'), 'hush-signing')
  const child = spawn(process.execPath, [command, 'gateway'], {
    env: {
      ...process.env,
      KUBECONFIG: cluster.controlPlane.kubeconfigPath,
      HALLPASS_CONFIG: config,
      HALLPASS_SECRETS: folder,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(done => child.on('close', done))
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  try {
    const healthPort = await new Promise<string>((found, failed) => {
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const port = /"healthPort":(\d+)/.exec(said)?.[1]
        if (port) found(port)
      })
      child.on('close', () => failed(new Error(said)))
    })
    assert.is((await fetch(`http://127.0.0.1:${healthPort}/healthz`)).status, 200)
  } finally {
    child.kill('SIGTERM')
  }
  assert.is(await ended, 0, said)
  assert.not.match(said, /hush/)
})

test('npm run hallpass asks the running sandbox, unless KUBECONFIG names a cluster or a process is started', async () => {
  // The sandbox's kubeconfig is in the folder of the checkout; this is another one with the same sources.
  const checkout = join(folder, 'checkout')
  mkdirSync(join(checkout, '.sandbox'), { recursive: true })
  symlinkSync(resolve(import.meta.dirname, '../../src'), join(checkout, 'src'))
  const program = ['--preserve-symlinks-main', join(checkout, 'src/sandbox/hallpass.ts')]
  const before = await run(words, join(folder, 'none'), program)
  assert.match(before.err, /^hallpass: There is no cluster/)
  copyFileSync(cluster.controlPlane.kubeconfigPath, join(checkout, '.sandbox/kubeconfig'))
  const { code, out, err } = await run(words, '', program)
  assert.match(out, 'prod-db-aaaaaaaaaaaa', err)
  assert.equal([code, err], [0, 'Using the sandbox. Set KUBECONFIG to use another cluster.\n'])
  const named = await run(words, join(folder, 'none'), program)
  assert.match(named.err, /^hallpass: There is no cluster/)
  assert.is(named.code, 2)
  const started = await run(['gateway'], '', program)
  assert.match(started.err, /^hallpass: The configuration has/)
})

test('it is a plugin of kubectl', async () => {
  symlinkSync(command, join(folder, 'kubectl-hallpass'))
  const before = process.env['PATH']
  process.env['PATH'] = [folder, dirname(process.execPath), before].join(delimiter)
  const { stdout, stderr, code } = await cluster.kubectl('hallpass', ...words, '-n', 'hallpass')
  process.env['PATH'] = before
  assert.match(stdout, 'prod-db-aaaaaaaaaaaa', stderr)
  assert.is(code, 0)
})

test.run()
