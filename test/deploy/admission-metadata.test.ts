// Who may change which part of a request outside its status: finalizers, labels, annotations, owners, and never the
// spec.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { byRbac, eventually, judge, mergePatch, type Refused, statusOf } from './judge.ts'
import {
  newRequest,
  patchStatus,
  requestIn,
  requestsPath,
  startFixture,
  type State,
  type Who,
  type Fixture,
} from './fixture.ts'

const test = suite('admission of changes to a request', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  fixture = await startFixture()
})
test.after(() => fixture.cluster.stop())

/** This many annotations with this text. */
const many = (count: number, text: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`example.com/note-${i}`, text]))
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: '0f0f0f0f-1111-2222-3333-444444444444' }

type Change = Refused & { as: Who; on: State; patch: object }
const changes: Record<string, Change> = {
  'the controller removes the finalizer of a settled request': {
    as: 'controller',
    on: 'settled',
    patch: { metadata: { finalizers: [] } },
  },
  'the controller does not remove the finalizer while access is in force': {
    as: 'controller',
    on: 'provisioned',
    patch: { metadata: { finalizers: [] } },
    refused: /after the request has ended/,
  },
  'the controller does not remove the finalizer before the history is delivered': {
    as: 'controller',
    on: 'ended',
    patch: { metadata: { finalizers: [] } },
    refused: /its audit events are delivered/,
  },
  'the controller does not remove the finalizer of a new request': {
    as: 'controller',
    on: 'new',
    patch: { metadata: { finalizers: [] } },
    refused: /after the request has ended/,
  },
  'the gateway does not remove the finalizer': {
    as: 'gateway',
    on: 'settled',
    patch: { metadata: { finalizers: [] } },
    refused: byRbac,
  },
  'auth does not remove the finalizer': {
    as: 'auth',
    on: 'settled',
    patch: { metadata: { finalizers: null } },
    refused: byRbac,
  },
  'an administrator does not remove the finalizer': {
    as: 'admin',
    on: 'provisioned',
    patch: { metadata: { finalizers: null } },
    refused: /Hallpass removes it once the access has ended/,
  },
  'a robot does not replace the finalizer by its own': {
    as: 'robot',
    on: 'provisioned',
    patch: { metadata: { finalizers: ['example.com/mine'] } },
    refused: /Hallpass removes it once the access has ended|The only finalizers of a request are/,
  },
  'an administrator may label a request': {
    as: 'admin',
    on: 'pending',
    patch: { metadata: { labels: { incident: 'inc-1' } } },
  },
  'the highest number of labels is accepted': {
    as: 'admin',
    on: 'pending',
    patch: { metadata: { labels: many(32, 'x') } },
  },
  'the largest annotations are accepted': {
    as: 'admin',
    on: 'pending',
    patch: { metadata: { annotations: many(32, 'x'.repeat(490)) } },
  },
  "Kubernetes' own finalizers for waiting deletions are accepted": {
    as: 'admin',
    on: 'pending',
    patch: { metadata: { finalizers: ['hallpass.dev/account', 'foregroundDeletion'] } },
  },
  'Argo CD may track a request': {
    as: 'admin',
    on: 'pending',
    patch: {
      metadata: {
        labels: { 'app.kubernetes.io/instance': 'hallpass', 'argocd.argoproj.io/instance': 'hallpass' },
        annotations: {
          'argocd.argoproj.io/tracking-id': 'hallpass:hallpass.dev/AccessRequest:hallpass/prod-db-1',
          'argocd.argoproj.io/sync-options': 'Prune=false',
        },
      },
    },
  },
  'Flux may track a request': {
    as: 'admin',
    on: 'pending',
    patch: {
      metadata: {
        labels: {
          'kustomize.toolkit.fluxcd.io/name': 'hallpass',
          'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
        },
        annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' },
      },
    },
  },
  'an empty patch changes nothing and is accepted': { as: 'admin', on: 'settled', patch: {} },
  'an administrator does not change what was asked': {
    as: 'admin',
    on: 'pending',
    patch: { spec: { duration: '8h' } },
    refused: /spec is immutable/,
  },
  'the controller does not change what was asked': {
    as: 'controller',
    on: 'pending',
    patch: { spec: { requester: { email: 'otto@example.com' } } },
    refused: /spec is immutable/,
  },
}
for (const [sentence, { as, on, patch, ...rest }] of Object.entries(changes))
  test(sentence, async () => {
    const { metadata } = await requestIn(fixture, on)
    await judge(mergePatch(fixture.as[as], `${requestsPath}/${metadata.name}`, patch), rest)
  })

attacks<Change>(
  test,
  ending('403', {
    'an administrator makes another object the owner of a request': {
      as: 'admin',
      on: 'provisioned',
      patch: { metadata: { ownerReferences: [owner] } },
      refused: /belongs to no other object/,
    },
    'a robot adds a finalizer': {
      as: 'robot',
      on: 'provisioned',
      patch: { metadata: { finalizers: ['hallpass.dev/account', 'example.com/keep'] } },
      refused: /The only finalizers of a request are/,
    },
    'a robot adds too many labels to a request': {
      as: 'robot',
      on: 'pending',
      patch: { metadata: { labels: many(33, 'x') } },
      refused: /at most 32 labels/,
    },
    'a robot adds too many annotations to a request': {
      as: 'robot',
      on: 'pending',
      patch: { metadata: { annotations: many(33, 'x') } },
      refused: /at most 32 annotations/,
    },
    'a robot adds very large annotations to a request': {
      as: 'robot',
      on: 'pending',
      patch: { metadata: { annotations: many(2, 'x'.repeat(8_192)) } },
      refused: /16384 characters altogether/,
    },
    'an administrator adds a label of Hallpass to a request': {
      as: 'admin',
      on: 'pending',
      patch: { metadata: { annotations: { 'hallpass.dev/approved-by': 'mo@example.com' } } },
      refused: /reserved for Hallpass/,
    },
  }),
  async ({ as, on, patch, ...rest }) => {
    const { metadata } = await requestIn(fixture, on)
    const act = mergePatch(fixture.as[as], `${requestsPath}/${metadata.name}`, patch)
    return statusOf(judge(act, rest).then(() => act))
  },
)

/** Annotations that the request does not have, under names of a hundred characters, as somebody may claim to have written them. */
const claimed = (count: number): object[] => [
  {
    manager: 'robot',
    operation: 'Apply',
    apiVersion: 'hallpass.dev/v1alpha1',
    time: '2026-11-24T10:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:metadata': {
        'f:annotations': Object.fromEntries(Array.from({ length: count }, (_, i) => [`f:${i}`.padEnd(100, 'x'), {}])),
      },
    },
  },
]
const patchFields = (who: Who, name: string, count: number): Promise<unknown> =>
  mergePatch(fixture.as[who], `${requestsPath}/${name}`, { metadata: { managedFields: claimed(count) } })

attack(test, 'a robot fills a granted request up with managedFields … 403, and it still expires', async () => {
  const { metadata } = await requestIn(fixture, 'provisioned')
  // From the most that fits into one object down to slightly more than is allowed.
  const codes = [14_900, 7_000, 700].map(async count => statusOf(patchFields('robot', metadata.name, count)))
  const seen = await Promise.all(codes)
  const path = `${requestsPath}/${metadata.name}`
  const stored = await fixture.as.admin.request<AccessRequest>({ method: 'GET', path })
  const { status } = await patchStatus(fixture.as.controller, stored, { phase: 'Expired' })
  assert.equal(seen, ['403', '403', '403'])
  return `${seen[0]}, and it ${status?.phase === 'Expired' ? 'still expires' : 'is stuck'}`
})

attack(test, 'a stolen gateway stores a request that is full of managedFields … 403', () => {
  const request = newRequest()
  const metadata = { ...request.metadata, managedFields: claimed(7_000) }
  return statusOf(fixture.as.gateway.request({ method: 'POST', path: requestsPath, body: { ...request, metadata } }))
})

test('tools may own the fields that they write', async () => {
  const { metadata } = await requestIn(fixture, 'provisioned')
  await patchFields('robot', metadata.name, 300)
})

test('people label, annotate and apply with kubectl', async () => {
  const { metadata } = await requestIn(fixture, 'pending')
  const on = ['accessrequest', metadata.name, '--namespace=hallpass']
  const run = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await fixture.cluster.kubectl(...args)
    assert.is(code, 0, stderr)
  }
  await run('label', ...on, 'incident=inc-1')
  await run('label', ...on, 'incident=inc-2', '--overwrite')
  await run('label', ...on, 'incident-')
  await run('annotate', ...on, 'example.com/postmortem=https://wiki.example.com/inc-1')
  const { stdout } = await fixture.cluster.kubectl('get', ...on, '--output=json')
  const file = join(fixture.cluster.controlPlane.folder, `${metadata.name}.json`)
  const { status: _status, ...applied } = JSON.parse(stdout) as AccessRequest
  await writeFile(file, JSON.stringify(applied))
  await run('apply', `--filename=${file}`)
})

test('metadata from before the limits may stay or be removed', async () => {
  const { metadata } = await requestIn(fixture, 'pending')
  const path = `${requestsPath}/${metadata.name}`
  const policy = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/hallpass-request-metadata'
  const binding = await fixture.as.admin.request<{ metadata: object }>({ method: 'GET', path: policy })
  await fixture.as.admin.request({ method: 'DELETE', path: policy })
  const finalizers = ['hallpass.dev/account', 'example.com/keep']
  const standing = {
    labels: many(40, 'x'),
    annotations: many(40, 'x'.repeat(500)),
    ownerReferences: [owner],
    finalizers,
  }
  await eventually(() => judge(mergePatch(fixture.as.admin, path, { metadata: standing }), {}))
  const body = { ...binding, metadata: { name: 'hallpass-request-metadata' } }
  await fixture.as.admin.request({ method: 'POST', path: policy.replace(/\/[^/]+$/, ''), body })
  const more = { metadata: { annotations: { 'example.com/one-more': 'x' } } }
  const tryMore = (): Promise<unknown> =>
    fixture.as.admin.request({
      method: 'PATCH',
      path,
      query: { dryRun: 'All' },
      contentType: 'application/merge-patch+json',
      body: more,
    })
  await eventually(() => judge(tryMore(), { refused: /at most 32 annotations/ }))
  const fewer = { labels: { 'example.com/note-0': null }, annotations: { 'example.com/note-0': null } }
  await judge(mergePatch(fixture.as.admin, path, { metadata: fewer }), {})
  await judge(mergePatch(fixture.as.admin, path, { metadata: { ownerReferences: null } }), {})
  await judge(mergePatch(fixture.as.admin, path, { metadata: { ownerReferences: [owner] } }), {
    refused: /no other object/,
  })
  await judge(mergePatch(fixture.as.admin, path, { metadata: { finalizers: ['hallpass.dev/account'] } }), {})
})

test('requests that are deleted together stay until they are accounted for', async () => {
  const { metadata } = await requestIn(fixture, 'provisioned')
  const query = { fieldSelector: `metadata.name=${metadata.name}` }
  await fixture.as.robot.request({ method: 'DELETE', path: requestsPath, query })
  const kept = await fixture.as.admin.request<AccessRequest>({
    method: 'GET',
    path: `${requestsPath}/${metadata.name}`,
  })
  assert.equal([Boolean(kept.metadata.deletionTimestamp), kept.status?.phase], [true, 'Provisioned'])
})

test('a deleted request stays until the controller has ended it', async () => {
  const seen = await requestIn(fixture, 'provisioned')
  const path = `${requestsPath}/${seen.metadata.name}`
  await fixture.as.admin.request({ method: 'DELETE', path })
  const kept = await fixture.as.admin.request<AccessRequest>({ method: 'GET', path })
  assert.ok(kept.metadata.deletionTimestamp)
  await patchStatus(fixture.as.controller, kept, { phase: 'Expired' })
  await mergePatch(fixture.as.controller, path, { metadata: { finalizers: [] } })
  await judge(fixture.as.admin.request({ method: 'GET', path }), { refused: /not found/ })
})

test.run()
