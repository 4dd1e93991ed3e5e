// No sync deletes the requests: what Flux and Argo CD do on a real API server when Git no longer holds Hallpass, or holds
// it under other names.
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { deniedBy, isNotFound } from '../../src/kube/api-error.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { built, type Manifest } from '../deploy/base.ts'
import { type Fixture, fixtureIn, patchStatus, requestIn, requestsPath } from '../deploy/fixture.ts'
import { eventually, mergePatch } from '../deploy/judge.ts'
import { suite } from '../suite.ts'
import { gitopsTools, type GitopsTools } from './tools.ts'

const test = suite('GitOps tools that delete', { timeoutMs: 120_000 })
const tools = await gitopsTools(line => console.log(line))
if (typeof tools === 'string') console.log(`SKIPPED Flux and Argo CD do not try to delete Hallpass: ${tools}`)

/** What may be deleted: then nobody can ask or approve. */
const stopped = ['gateway', 'auth'].flatMap(name =>
  ['Deployment', 'PodDisruptionBudget', 'Service'].map(kind => `${kind} hallpass-${name}`),
)

type Command = Parameters<GitopsTools['on']>[1]
type Git = readonly Manifest[]
/** How each tool brings a cluster from one content of Git to another, and how it deletes all that it has applied. */
const wholes: Record<string, { sync: Command; deleteAll: Command }> = {
  Flux: { sync: 'flux-sync', deleteAll: 'flux-sync' },
  'Argo CD': { sync: 'argo-sync', deleteAll: 'argo-delete' },
}
/** In Git too, without protection. */
const unprotected: Manifest = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'unprotected', namespace: 'default' },
}

for (const [tool, { sync, deleteAll }] of typeof tools === 'string' ? [] : Object.entries(wholes)) {
  let cluster: Cluster
  let base: Git
  let renamed: Git
  let fixture: Fixture
  let waiting: AccessRequest

  test(`${tool} installs the base`, async () => {
    cluster = await startCluster({ content: 'nothing' })
    base = [...(await built(cluster, 'deploy/base')), unprotected]
    renamed = await built(cluster, 'test/deploy/overlays/renamed')
    await change(cluster, sync, [], base)
    fixture = await fixtureIn(cluster)
    await eventually(async () => void (waiting = await requestIn(fixture, 'pending')))
  })

  test(`${tool} keeps all that a request needs when Git has it under other names`, async () => {
    assert.equal(await change(cluster, sync, base, renamed), [...stopped, named(unprotected)].sort())
    await stands({ cluster, base, waiting })
    await change(cluster, sync, renamed, base)
  })

  test(`${tool} keeps it when Git has nothing any more`, async () => {
    assert.equal(await change(cluster, sync, base, []), [...stopped, named(unprotected)].sort())
    await stands({ cluster, base, waiting })
    await change(cluster, sync, [], base)
  })

  test(`${tool} keeps it when it deletes all that it has applied, and the request can still end`, async () => {
    assert.equal(await change(cluster, deleteAll, base, []), [...stopped, named(unprotected)].sort())
    await stands({ cluster, base, waiting })
    await endsAndGoes(fixture, waiting)
    await cluster.stop()
  })
}

/** One run of a tool. Returns what it deleted. */
async function change({ controlPlane }: Cluster, command: Command, before: Git, after: Git): Promise<string[]> {
  const outcomes = await (tools as GitopsTools).on(controlPlane.kubeconfigPath, command, { before, after })
  return outcomes
    .filter(({ action }) => ['deleted', 'Pruned'].includes(action))
    .map(({ object }) => object)
    .sort()
}

function named({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`
}

type Installed = { cluster: Cluster; base: Git; waiting: AccessRequest }

/** Everything that must not go is there, and the request is there too. */
async function stands({ cluster, base, waiting }: Installed): Promise<void> {
  const kept = base.filter(each => each !== unprotected && !stopped.includes(named(each)))
  assert.ok(kept.length > 40)
  const leaving = await Promise.all(
    kept.map(async ({ kind, metadata }) => {
      const { name, namespace = '' } = metadata
      const { stdout, stderr } = await cluster.kubectl('get', kind, name, `--namespace=${namespace}`, '--output=json')
      const isKept = stdout && !(JSON.parse(stdout) as Manifest).metadata.deletionTimestamp
      return isKept ? [] : [`${kind} ${name} ${stderr}`]
    }),
  )
  assert.equal(leaving.flat(), [])
  const path = `${requestsPath}/${waiting.metadata.name}`
  const { metadata } = await cluster.transport.request<AccessRequest>({ method: 'GET', path })
  assert.equal([metadata.uid, metadata.deletionTimestamp], [waiting.metadata.uid, undefined])
}

/** The policies are in force, and the controller ends, records and releases the request. */
async function endsAndGoes({ as }: Fixture, waiting: AccessRequest): Promise<void> {
  const path = `${requestsPath}/${waiting.metadata.name}`
  const forged = await patchStatus(as.robot, waiting, { phase: 'Approved' }).catch(deniedBy)
  assert.is(forged, 'hallpass-request-status')
  const leaving = await as.admin.request<AccessRequest>({ method: 'DELETE', path })
  const settled = await patchStatus(as.controller, leaving, { phase: 'Withdrawn', settled: true })
  assert.is(settled.status?.phase, 'Withdrawn')
  await mergePatch(as.controller, path, { metadata: { finalizers: [] } })
  assert.ok(await as.admin.request({ method: 'GET', path }).then(() => false, isNotFound))
}

test.run()
