// A stored object must stay writable under the next schema: a grant that cannot be expired or recorded is worse than an
// unusual name. Objects are stored under the schema of the last release, in every phase, with the most unusual content
// it accepts. Then the current schema is applied, and every write that passed before must still pass. See
// docs/decisions/0016-tightened-schemas.md.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ApiError, isNotFound } from '../../src/kube/api-error.ts'
import type { Call, Transport } from '../../src/kube/transport.ts'
import type { Minor } from '../../src/sim/controlplane/places.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { suiteOn } from '../versions.ts'
import { oddest, type Schema } from './oddest.ts'
import { type Life, mappingLives, mappingWrites, requestLives, requestWrites, type Write } from './lives.ts'

type Kind = 'accessrequests' | 'rolemappings'
type Crd = {
  metadata: { name: string; resourceVersion?: string }
  spec: { versions: [{ schema: { openAPIV3Schema: { properties: Record<string, Schema> } } }] }
}
type Stored = { apiVersion: string; kind: string; metadata: { name: string }; spec: object; status?: object }
/** A write that was accepted before, to an object in this state. */
type Passed = { of: string; write: string; call: Call }

const namespace = 'hallpass'
const crdsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

/** The objects for each kind. The smallest ones have only required fields. */
const kinds: Record<
  Kind,
  { kind: string; lives: Record<string, Life>; writes: Record<string, Write<never>>; least: object }
> = {
  accessrequests: {
    kind: 'AccessRequest',
    lives: requestLives,
    writes: requestWrites,
    least: {
      roleMapping: 'a',
      requester: { email: 'a@b' },
      origin: 'web',
      duration: '1s',
      reason: '',
      grants: [{ resource: 'folders/1', role: 'roles/a' }],
      approval: { required: 1, window: '0s', escalateAfter: '0s', onlyOnCall: false },
    },
  },
  rolemappings: {
    kind: 'RoleMapping',
    lives: mappingLives,
    writes: mappingWrites,
    least: {
      grants: [{ resource: 'folders/1', role: 'roles/a' }],
      requesters: { emails: ['a@b'] },
      approval: { onCall: { schedule: 'AA' } },
      channel: 'C00',
    },
  },
}

/** The suite for one version; skipped with a reason where that version cannot be run. */
export async function staysWritableOn(minor: Minor): ReturnType<typeof suiteOn> {
  const test = await suiteOn(minor, 'objects of the last release', { timeoutMs: 180_000 })
  let cluster: Cluster
  test.before(async () => {
    cluster = await startCluster({ kubernetes: minor, content: 'nothing' })
    await cluster.createNamespace(namespace)
  })
  test.after(() => cluster.stop())

  for (const kind of ['accessrequests', 'rolemappings'] as const)
    test(`${kind} stay writable under the current schema, in every phase`, async () => {
      const [before, now] = [await crdOf(kind, 'test/api/previous'), await crdOf(kind, 'crds')]
      await apply(cluster, before)
      const passed = await passingWrites(cluster, kind, before)
      await apply(cluster, now)
      const blocked = await blockedOf(cluster, passed)
      if (blocked.length > 0) throw new Error(explain(minor, kind, blocked))
    })

  test('requests that the last release stored without "settled" are selected as not settled', async () => {
    const select = async (fieldSelector: string): Promise<string[]> => {
      const call: Call = { method: 'GET', path: pathOf('accessrequests'), query: { fieldSelector } }
      const { items } = await cluster.transport.request<{ items: Stored[] }>(call)
      return items.filter(({ status }) => status).map(({ metadata }) => metadata.name)
    }
    await apply(cluster, await crdOf('accessrequests', 'crds'))
    const [waiting, settled] = [await select('status.settled!=true'), await select('status.settled=true')]
    assert.ok(waiting.length > 10 && settled.length > 0, `${waiting.length} and ${settled.length}`)
    assert.equal(await select('status.settled=false'), waiting)
  })

  for (const [sentence, { change, at, blocksOn }] of Object.entries(changes))
    test(`${sentence} ${blocksOn.includes(minor) ? 'stops' : 'does not stop'} the writes to objects that it would refuse`, async () => {
      const before = await crdOf('accessrequests', 'test/api/previous')
      await apply(cluster, before)
      const passed = await passingWrites(cluster, 'accessrequests', before, {
        state: 'a provisioned request',
        write: 'it ends as Expired',
      })
      const after = structuredClone(before)
      Object.assign(part(after, at), change)
      await apply(cluster, after)
      const blocked = await blockedOf(cluster, passed)
      assert.is(blocked.length > 0, blocksOn.includes(minor), blocked[0] ?? 'no write was stopped')
    })
  return test
}

type Change = { at: string; change: object; blocksOn: Minor[] }
const everywhere: Minor[] = ['1.32', '1.36', '1.37']
const rule = (text: string, more = {}): object => ({
  'x-kubernetes-validations': [{ rule: text, message: 'it is one line', ...more }],
})
const ofSpec = 'spec.properties.requester.properties.name'
const ofStatus = 'status.properties.approvers.items.properties.name'

/** Ways to tighten a schema, and the versions on which older objects then become unwritable. */
const changes: Record<string, Change> = {
  'a new pattern in the spec': { at: ofSpec, change: { pattern: '^[A-Z]+$' }, blocksOn: [] },
  'a new rule in the spec': { at: ofSpec, change: rule("self == ''"), blocksOn: ['1.32'] },
  'a new rule in the spec that accepts existing values': {
    at: ofSpec,
    change: rule("oldSelf.hasValue() || self == ''", { optionalOldSelf: true }),
    blocksOn: [],
  },
  'a new pattern in the status': { at: ofStatus, change: { pattern: '^[A-Z]+$' }, blocksOn: ['1.32'] },
  'a smaller bound in the status': { at: ofStatus, change: { maxLength: 10 }, blocksOn: ['1.32'] },
  'a new rule in the status': { at: ofStatus, change: rule("self == ''"), blocksOn: ['1.32'] },
  'a new rule in the status that accepts existing values': {
    at: ofStatus,
    change: rule("oldSelf.hasValue() || self == ''", { optionalOldSelf: true }),
    blocksOn: [],
  },
  'a field that becomes required': {
    at: 'status.properties.approvers.items',
    change: { required: ['email', 'level', 'why', 'at', 'nickname'] },
    blocksOn: ['1.32'],
  },
  'a rule that compares with the old value': {
    at: 'status',
    change: rule('self.phase == oldSelf.phase'),
    blocksOn: everywhere,
  },
}

/** The part of the schema at this path, below the root's properties. */
function part(crd: Crd, path: string): object {
  return path
    .split('.')
    .reduce(
      (schema, key) => (schema as Record<string, object>)[key] ?? {},
      crd.spec.versions[0].schema.openAPIV3Schema.properties as object,
    )
}

function explain(minor: Minor, kind: Kind, blocked: string[]): string {
  return [
    `crds/${kind}.yaml refuses ${blocked.length} writes on Kubernetes ${minor} that it allowed in the last release:`,
    ...blocked.slice(0, 8).map(line => `  ${line}`),
    'Such an object could not be expired, recorded or released. Tighten with a rule that has optionalOldSelf and accepts',
    'existing values, or on CREATE in an admission policy, or not at all: docs/decisions/0016-tightened-schemas.md.',
  ].join('\n')
}

/** Stores objects in every state and returns the writes to them that are accepted. */
async function passingWrites(
  cluster: Cluster,
  kind: Kind,
  crd: Crd,
  only?: { state: string; write: string },
): Promise<Passed[]> {
  const lives = Object.entries(kinds[kind].lives).filter(([state]) => !only || state === only.state)
  const objects = lives.flatMap(([state, life]) => [
    { of: `${state}, most unusual`, content: odd(crd, life), life },
    ...(life.least ? [{ of: `${state}, smallest`, content: least(kind, life), life }] : []),
  ])
  const passed: Passed[] = []
  for (const { of, content, life } of objects) {
    const stored = await store(cluster, kind, content, life)
    const writes = Object.entries(kinds[kind].writes)
      .filter(([write]) => !only || write === only.write)
      .map(([write, patch]) => ({ of, write, call: callOf(kind, stored, patch(stored as never)) }))
    const refused = await refusalsOf(cluster, writes)
    passed.push(...writes.filter((_, i) => refused[i] === undefined))
  }
  assert.ok(
    passed.length >= (only ? 1 : 3) * objects.length,
    `only ${passed.length} writes to ${objects.length} objects passed before`,
  )
  return passed
}

/** The writes of these that are refused now, each with the API server's message. */
async function blockedOf(cluster: Cluster, passed: readonly Passed[]): Promise<string[]> {
  const said = await refusalsOf(cluster, passed)
  return passed.flatMap(({ of, write }, i) => (said[i] === undefined ? [] : [`${of}: ${write}: ${said[i]}`]))
}

type Content = { spec: object; status?: object }

function odd(crd: Crd, { given }: Life): Content {
  const { spec = {}, status = {} } = crd.spec.versions[0].schema.openAPIV3Schema.properties
  return oddest({ type: 'object', properties: { spec, status } }, given) as Content
}

function least(kind: Kind, life: Life): Content {
  return { spec: kinds[kind].least, status: life.least ?? {} }
}

let made = 0

/** Stores the object and leads it to its state, one phase after the other. */
async function store({ transport }: Cluster, kind: Kind, { spec, status }: Content, { road }: Life): Promise<Stored> {
  const body = {
    apiVersion: 'hallpass.dev/v1alpha1',
    kind: kinds[kind].kind,
    metadata: { name: `${kind.slice(0, 3)}-${++made}`, finalizers: ['hallpass.dev/account'] },
    spec,
  }
  let stored = await transport.request<Stored>({ method: 'POST', path: pathOf(kind), body })
  for (const state of [...road.map(phase => ({ phase })), ...(status ? [status] : [])])
    stored = await transport.request<Stored>(callOf(kind, stored, { status: state }))
  return stored
}

function callOf(kind: Kind, { metadata }: Stored, body: object): Call {
  const path = `${pathOf(kind)}/${metadata.name}${'status' in body ? '/status' : ''}`
  return { method: 'PATCH', path, contentType: 'application/merge-patch+json', body }
}

function pathOf(kind: Kind): string {
  return `/apis/hallpass.dev/v1alpha1/namespaces/${namespace}/${kind}`
}

/** The API server's objections, for a few writes at a time, so that no call waits too long. */
async function refusalsOf(cluster: Cluster, writes: readonly { call: Call }[]): Promise<(string | undefined)[]> {
  const said: (string | undefined)[] = []
  for (let i = 0; i < writes.length; i += 8)
    said.push(...(await Promise.all(writes.slice(i, i + 8).map(({ call }) => refusalOf(cluster, call)))))
  return said
}

/** The API server's objection to this write in a dry run; undefined when it accepts it. */
async function refusalOf({ transport }: Cluster, call: Call): Promise<string | undefined> {
  try {
    await transport.request({ ...call, query: { dryRun: 'All' } })
    return undefined
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return (error.said ?? '').slice(0, 300)
    throw error
  }
}

async function crdOf(kind: Kind, folder: string): Promise<Crd> {
  const text = await readFile(join(import.meta.dirname, '../..', folder, `${kind}.yaml`), 'utf8')
  // Copied as JSON, so that no two parts are one object because they share an anchor.
  return JSON.parse(JSON.stringify(parse(text, { merge: true }))) as Crd
}

/** Installs the kind, or changes its schema, and waits until the API server uses it. */
async function apply({ transport }: Cluster, given: Crd): Promise<void> {
  const crd = structuredClone(given)
  const mark = `mark${++made}`
  crd.spec.versions[0].schema.openAPIV3Schema.properties[mark] = { type: 'string' }
  const path = `${crdsPath}/${crd.metadata.name}`
  const standing = await transport.request<Crd>({ method: 'GET', path }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })
  if (standing) crd.metadata = { ...crd.metadata, resourceVersion: standing.metadata.resourceVersion ?? '' }
  await transport.request(standing ? { method: 'PUT', path, body: crd } : { method: 'POST', path: crdsPath, body: crd })
  const kind = crd.metadata.name.split('.')[0] as Kind
  while (!(await knows(transport, kind, mark))) await new Promise(resolve => setTimeout(resolve, 50))
}

/** An unknown field is refused before everything else. */
async function knows(transport: Transport, kind: Kind, field: string): Promise<boolean> {
  const body = { apiVersion: 'hallpass.dev/v1alpha1', kind: kinds[kind].kind, metadata: { name: 'any' }, [field]: '' }
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const answer = await transport.request({ method: 'POST', path: pathOf(kind), query, body }).catch((e: unknown) => e)
  return answer instanceof ApiError && answer.status === 422
}
