// Facts for every supported version of Kubernetes: the base is installed, changed, removed and installed again on one
// API server without a restart, and its policies always use the current values. Each file versions-*.test.ts runs it
// once.
import * as assert from 'uvu/assert'
import type { AccessRequest, RequestStatus } from '../../src/api/kinds.ts'
import { deniedBy, isNotFound } from '../../src/kube/api-error.ts'
import type { Call, Transport } from '../../src/kube/transport.ts'
import { kubernetesVersions, type Minor } from '../../src/sim/controlplane/places.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suiteOn } from '../versions.ts'
import { applyBase } from './base.ts'
import {
  approval,
  newRequest,
  patchStatus,
  requestsPath,
  sealedToken,
  tokensPath,
  type Fixture,
  fixtureIn,
} from './fixture.ts'

const namespaces = ['hallpass', 'hallpass-system', 'hallpass-tokens', 'access', 'access-sealed', 'teams']
/** The objects to remove, in this order; the policies are last. */
const installed = [
  ...['system', 'tokens', 'requests'].flatMap(part => [`deploy/base/${part}`, `test/deploy/overlays/renamed/${part}`]),
  'deploy/base/cluster',
  'crds',
  'deploy/base/policies',
]
const policiesFolder = 'deploy/base/policies'

/** The suite for one version; skipped with a reason where that version cannot be run. */
export async function holdsOn(minor: Minor): ReturnType<typeof suiteOn> {
  const test = await suiteOn(minor, 'the base', { timeoutMs: 120_000 })
  let cluster: Cluster
  test.before(async () => {
    cluster = await startCluster({ kubernetes: minor, content: 'nothing' })
  })
  test.after(() => cluster.stop())

  test('the API server is of this version', async () => {
    const version = await cluster.transport.request<{ gitVersion: string }>({ method: 'GET', path: '/version' })
    if (minor !== '1.36') assert.is(version.gitVersion, kubernetesVersions[minor])
  })

  test('another team’s policy with a ConfigMap, removed before, does not stop the first installation', async () => {
    await foreignPolicyComesAndGoes(cluster)
    await applyBase(cluster)
    await lives(await fixtureIn(cluster))
  })

  test('policies that were removed and applied again use the identities that were applied last', async () => {
    await removePolicies(cluster)
    await applyBase(cluster)
    const before = await fixtureIn(cluster)
    await lives(before)
    await kubectl(cluster, 'apply', '--server-side', '--force-conflicts', '-k', 'test/deploy/overlays/renamed')
    const after = await fixtureIn(cluster, 'access')
    await until('the earlier gateway is refused', async () => (await denier(asking(before.as.gateway))) !== undefined)
    assert.is(await denier(asking(after.as.gateway, 'teams')), undefined, 'the current gateway may ask')
    assert.is(await denier(asking(before.as.gateway, 'hallpass')), 'hallpass-request-creation')
    assert.is(await denier(asking(after.as.robot, 'teams')), 'hallpass-request-creation')
  })

  test('and back again', async () => {
    const other = await fixtureIn(cluster, 'access')
    await applyBase(cluster)
    await until(
      'the other gateway is refused',
      async () => (await denier(asking(other.as.gateway, 'teams'))) !== undefined,
    )
    await lives(await fixtureIn(cluster))
  })

  test('the base, removed and installed again, works without a restart of the API server', async () => {
    await removeBase(cluster)
    await applyBase(cluster)
    await lives(await fixtureIn(cluster))
  })
  return test
}

/** One request from its creation to its end: each step is allowed for its process and refused for everybody else. */
async function lives({ as }: Fixture): Promise<void> {
  let request = await as.gateway.request<AccessRequest>({ method: 'POST', path: requestsPath, body: newRequest() })
  const step = async (who: Transport, status: RequestStatus): Promise<void> => {
    for (const other of [as.admin, as.robot])
      assert.is(await denier(writing(other, request, status)), 'hallpass-request-status')
    request = await patchStatus(who, request, status)
  }
  // Each policy takes effect by itself, within about a second.
  await untilDenied(() => asking(as.robot), 'hallpass-request-creation')
  await untilDenied(() => writing(as.robot, request, { observedGeneration: 9 }), 'hallpass-request-status')
  // A policy of other names refuses the robot too, so it may still be the earlier one.
  await until(
    'the controller may write',
    async () => (await denier(writing(as.controller, request, { phase: 'Pending' }))) === undefined,
  )
  await step(as.controller, { phase: 'Pending' })
  await sealedTokenComesAndGoes({ as })
  const at = instantFromNow(0)
  await step(as.auth, { decisions: [{ ...approval, at }] })
  await step(as.controller, { phase: 'Approved', approvedBy: 'mo@example.com' })
  await step(as.controller, { phase: 'Provisioned', startsAt: at, expiresAt: instantFromNow(1800) })
  await step(as.controller, { phase: 'Expired', endedAt: at })
  await step(as.controller, { settled: true })
  const path = `${requestsPath}/${request.metadata.name}`
  const release: Call = {
    method: 'PATCH',
    path,
    contentType: 'application/merge-patch+json',
    body: { metadata: { finalizers: [] } },
  }
  await as.controller.request(release)
  await as.controller.request({ method: 'DELETE', path })
}

async function sealedTokenComesAndGoes({ as }: Pick<Fixture, 'as'>): Promise<void> {
  const token = sealedToken()
  const creation: Call = { method: 'POST', path: tokensPath, body: token }
  await untilDenied(() => as.robot.request({ ...creation, query: { dryRun: 'All' } }), 'hallpass-sealed-tokens')
  await as.auth.request(creation)
  await as.controller.request({ method: 'DELETE', path: `${tokensPath}/${token.metadata.name}` })
}

/** A dry-run write. */
function asking(transport: Transport, namespace = 'hallpass'): Promise<unknown> {
  const { metadata, ...request } = newRequest()
  return transport.request({
    method: 'POST',
    path: `/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/accessrequests`,
    query: { dryRun: 'All' },
    body: { ...request, metadata: { ...metadata, namespace } },
  })
}

function writing(transport: Transport, { metadata }: AccessRequest, status: RequestStatus): Promise<unknown> {
  return transport.request({
    method: 'PATCH',
    path: `${requestsPath}/${metadata.name}/status`,
    query: { dryRun: 'All' },
    contentType: 'application/merge-patch+json',
    body: { status },
  })
}

/** The policy whose rule refused; undefined when the write was accepted. Throws on any other refusal. */
async function denier(write: Promise<unknown>): Promise<string | undefined> {
  try {
    await write
    return undefined
  } catch (error) {
    const policy = deniedBy(error)
    if (policy === undefined) throw error
    return policy
  }
}

function untilDenied(write: () => Promise<unknown>, policy: string): Promise<void> {
  return until(`"${policy}" is enforced`, async () => (await denier(write())) === policy)
}

/** Installs a policy that reads a ConfigMap, waits until it works, and removes it until it is no longer enforced. */
async function foreignPolicyComesAndGoes(cluster: Cluster): Promise<void> {
  await cluster.createNamespace('foreign')
  const admin = cluster.transport
  const configMaps = '/api/v1/namespaces/foreign/configmaps'
  await admin.request({ method: 'POST', path: configMaps, body: { metadata: { name: 'rules' }, data: { not: 'bad' } } })
  const group = '/apis/admissionregistration.k8s.io/v1'
  const rule = { apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'], operations: ['CREATE'] }
  const policy = {
    metadata: { name: 'foreign' },
    spec: {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: 'object.metadata.name != params.data["not"]', reason: 'Forbidden' }],
    },
  }
  const binding = {
    metadata: { name: 'foreign' },
    spec: {
      policyName: 'foreign',
      validationActions: ['Deny'],
      paramRef: { name: 'rules', namespace: 'foreign', parameterNotFoundAction: 'Deny' },
    },
  }
  const bad = (): Promise<unknown> =>
    admin.request({ method: 'POST', path: configMaps, query: { dryRun: 'All' }, body: { metadata: { name: 'bad' } } })
  const [policies, bindings] = [
    `${group}/validatingadmissionpolicies`,
    `${group}/validatingadmissionpolicybindings`,
  ] as const
  await admin.request({ method: 'POST', path: policies, body: policy })
  await admin.request({ method: 'POST', path: bindings, body: binding })
  await until('the foreign policy is enforced', async () => (await denier(bad())) === 'foreign')
  await admin.request({ method: 'DELETE', path: `${bindings}/foreign` })
  await admin.request({ method: 'DELETE', path: `${policies}/foreign` })
  await until('the foreign policy is gone', async () => (await denier(bad())) === undefined)
}

/** Removes the policies and waits until the API server no longer uses them. */
async function removePolicies(cluster: Cluster): Promise<void> {
  const { as } = await fixtureIn(cluster)
  await kubectl(cluster, 'delete', '-k', policiesFolder)
  await until('the policies are gone', async () => (await denier(asking(as.robot))) === undefined)
  await untilTokensAreOpen(cluster)
}

async function untilTokensAreOpen({ transport }: Cluster): Promise<void> {
  const secret: Call = { method: 'POST', path: tokensPath, query: { dryRun: 'All' }, body: sealedToken() }
  await until('the policy of tokens is gone', () =>
    transport.request(secret).then(
      () => true,
      () => false,
    ),
  )
}

/** Removes everything that the base and its renamed overlay installed. Does the work of a controller manager too. */
async function removeBase(cluster: Cluster): Promise<void> {
  for (const folder of installed) await kubectl(cluster, 'delete', '-k', folder, '--ignore-not-found', '--wait=false')
  for (const name of namespaces) {
    const path = `/api/v1/namespaces/${name}`
    const finalized = { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: { finalizers: [] } }
    await cluster.transport
      .request({ method: 'PUT', path: `${path}/finalize`, body: finalized })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
      })
    await untilGone(cluster, path)
  }
  for (const kind of ['accessrequests', 'rolemappings'])
    await untilGone(cluster, `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${kind}.hallpass.dev`)
  await cluster.createNamespace('hallpass-tokens')
  await untilTokensAreOpen(cluster)
}

function untilGone({ transport }: Cluster, path: string): Promise<void> {
  return until(`${path} is gone`, () => transport.request({ method: 'GET', path }).then(() => false, isNotFound))
}

async function kubectl(cluster: Cluster, ...args: string[]): Promise<void> {
  const { code, stderr } = await cluster.kubectl(...args)
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await isSo()); await new Promise(resolve => setTimeout(resolve, 50)))
    if (Date.now() > end) throw new Error(`not within 30 s: ${what}`)
}

function instantFromNow(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`
}
