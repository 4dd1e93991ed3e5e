// The component with the janitor: its Deployment, its rights, and the one field that it may write. The rule in the domain and the
// one in the admission policy are compared on a real API server.
import * as assert from 'uvu/assert'
import { join } from 'node:path'
import type { AccessRequest, Ending, RequestStatus } from '../../src/api/kinds.ts'
import { takesRemoval } from '../../src/domain/ending/removal.ts'
import type { Transport } from '../../src/kube/transport.ts'
import { probesOfJanitor } from '../../src/store/enforcement.ts'
import { attacks, ending } from '../attacks.ts'
import { suite, table } from '../suite.ts'
import { everyPhase, requestAt } from './at-phase.ts'
import { built, type Manifest } from './base.ts'
import {
  approval,
  type Fixture,
  instant,
  patchStatus,
  requestIn,
  requestsPath,
  startFixture,
  type Who,
} from './fixture.ts'
import { byRbac, eventually, judge, mergePatch, statusOf } from './judge.ts'

const test = suite('the component with the janitor', { timeoutMs: 60_000 })
const folder = 'test/deploy/overlays/janitor'
let fixture: Fixture
let janitor: Transport
test.before(async () => {
  fixture = await startFixture()
  const { stderr, code } = await fixture.cluster.kubectl(
    'apply',
    '--server-side',
    '--force-conflicts',
    '-k',
    join(import.meta.dirname, '../..', folder),
  )
  assert.is(code, 0, stderr)
  janitor = await fixture.cluster.as('hallpass-system', 'hallpass-janitor')
})
test.after(() => fixture.cluster.stop())

const done: Ending = {
  id: 'done',
  verdict: 'Done',
  who: { email: 'dana@example.com', slackUserID: 'U0DANA' },
  at: instant(),
}
const grants = [{ resource: 'projects/prod-eu', role: 'roles/cloudsql.client', state: 'Written' as const }]
const asked = { ending: 'done', at: instant(), janitor: 'hallpass-janitor@access.iam.gserviceaccount.com' }
const answer: RequestStatus = { removal: { states: ['Removed'] } }
const writers: (Who | 'janitor')[] = ['gateway', 'auth', 'controller', 'robot', 'admin', 'janitor']
const as = (who: Who | 'janitor'): Transport => (who === 'janitor' ? janitor : fixture.as[who])

type Write = [Who | 'janitor', RequestStatus]
const whenAsked: Write[] = [
  ['controller', { grants }],
  ['gateway', { endings: [done] }],
  ['controller', { removalAsked: asked }],
]

/** Granted access after these writes. */
async function after(...writes: Write[]): Promise<AccessRequest> {
  let stored = await requestIn(fixture, 'provisioned')
  for (const [who, status] of writes) stored = await patchStatus(as(who), stored, status)
  return stored
}

async function isTaken(seen: AccessRequest, who: Who | 'janitor', status: object): Promise<boolean> {
  const answered = await patchStatus(as(who), seen, status, { dryRun: true }).catch(
    (error: unknown) => error as { status?: number },
  )
  if ('metadata' in answered) return true
  assert.is(answered.status, 403)
  return false
}

async function compare(seen: AccessRequest): Promise<void> {
  const words = { states: Array.from({ length: Math.max(1, seen.status?.grants?.length ?? 0) }, () => 'Removed') }
  for (const who of writers)
    assert.is(
      await isTaken(seen, who, { removal: words }),
      who === 'janitor' && takesRemoval(seen.status ?? {}),
      `${who} answers`,
    )
}

for (const phase of everyPhase)
  test(`in the phase ${phase} nobody answers who was not asked`, async () =>
    compare(await requestAt(fixture, phase, false)))

table<Write[]>(
  test,
  {
    'the janitor is asked': whenAsked,
    'the holder is done, and nobody has asked the janitor': whenAsked.slice(0, 2),
    'somebody has signed in meanwhile': [
      ...whenAsked,
      [
        'auth',
        {
          endings: [
            done,
            {
              id: 'r1',
              verdict: 'Revoked',
              who: { email: 'ana@example.com', googleSubject: '1' },
              at: instant(),
              ...(approval.evidence && { evidence: approval.evidence }),
            },
          ],
        },
      ],
    ],
    'the access has ended meanwhile': [...whenAsked, ['controller', { phase: 'Expired' }]],
    'the request is settled': [...whenAsked, ['controller', { phase: 'Expired' }], ['controller', { settled: true }]],
  },
  async writes => compare(await after(...writes)),
)

test('the janitor answers once, and the controller acts on it', async () => {
  const answered = await after(...whenAsked, ['janitor', answer])
  assert.equal(answered.status?.removal, answer.removal)
  const ended = await patchStatus(fixture.as.controller, answered, { phase: 'Revoked', endedAt: instant() })
  assert.is(ended.status?.phase, 'Revoked')
})

type Attack = { as: Who | 'janitor'; first?: Write[]; status: object; says: RegExp }
async function tried({ as: who, first = whenAsked, status, says }: Attack): Promise<string> {
  const act = patchStatus(as(who), await after(...first), status)
  return statusOf(judge(act, { refused: says }).then(() => act))
}

attacks<Attack>(
  test,
  ending('403', {
    'the janitor ends the request itself': {
      as: 'janitor',
      status: { ...answer, phase: 'Revoked' },
      says: /only answers what it has removed; it cannot write status.phase/,
    },
    'the janitor records that the holder is done': {
      as: 'janitor',
      first: [['controller', { grants }]],
      status: { endings: [done] },
      says: /it cannot write status.endings/,
    },
    'the janitor asks itself': {
      as: 'janitor',
      first: whenAsked.slice(0, 2),
      status: { removalAsked: asked, ...answer },
      says: /it cannot write status.removalAsked/,
    },
    'the janitor approves': {
      as: 'janitor',
      status: { decisions: [approval, { ...approval, id: 'a2' }] },
      says: /it cannot write status.decisions/,
    },
    'the janitor changes the grants': {
      as: 'janitor',
      status: { grants: [{ ...grants[0], state: 'Removed' }] },
      says: /it cannot write status.grants/,
    },
    'the janitor answers for a grant too many': {
      as: 'janitor',
      status: { removal: { states: ['Removed', 'Removed'] } },
      says: /with a word for each grant/,
    },
    'the controller answers for the janitor': { as: 'controller', status: answer, says: /Only the janitor says/ },
    'auth answers for the janitor': { as: 'auth', status: answer, says: /cannot write status.removal/ },
    'the controller asks the janitor although nobody is done': {
      as: 'controller',
      first: [['controller', { grants }]],
      status: { removalAsked: asked },
      says: /whose holder is done/,
    },
    'the controller asks the janitor for another wish': {
      as: 'controller',
      first: whenAsked.slice(0, 2),
      status: { removalAsked: { ...asked, ending: 'r1' } },
      says: /whose holder is done/,
    },
    'the gateway asks the janitor': {
      as: 'gateway',
      first: whenAsked.slice(0, 2),
      status: { removalAsked: asked },
      says: /cannot write status.removalAsked/,
    },
  }),
  tried,
)

attacks<Attack>(
  test,
  ending('422', {
    'the janitor changes its answer': {
      as: 'janitor',
      first: [...whenAsked, ['janitor', answer]],
      status: { removal: { states: ['Left'] } },
      says: /the janitor answers once/,
    },
    'the controller takes back that the janitor was asked': {
      as: 'controller',
      status: { removalAsked: null },
      says: /the janitor is asked once/,
    },
    'the janitor answers with another word': {
      as: 'janitor',
      status: { removal: { states: ['Granted'] } },
      says: /Unsupported value/,
    },
  }),
  tried,
)

attacks<(seen: AccessRequest) => Promise<unknown>>(
  test,
  ending('403', {
    'the janitor reads sealed tokens': () =>
      janitor.request({ method: 'GET', path: '/api/v1/namespaces/hallpass-tokens/secrets' }),
    'the janitor reads the secrets of the other processes': () =>
      janitor.request({ method: 'GET', path: '/api/v1/namespaces/hallpass-system/secrets' }),
    'the janitor creates a request': seen =>
      janitor.request({ method: 'POST', path: requestsPath, body: { ...seen, metadata: { name: 'x' } } }),
    'the janitor deletes a request': ({ metadata }) =>
      janitor.request({ method: 'DELETE', path: `${requestsPath}/${metadata.name}` }),
    'the janitor changes a request itself': ({ metadata }) =>
      mergePatch(janitor, `${requestsPath}/${metadata.name}`, { metadata: { finalizers: [] } }),
    'the janitor takes the lease': () =>
      janitor.request({
        method: 'POST',
        path: '/apis/coordination.k8s.io/v1/namespaces/hallpass-system/leases',
        body: { metadata: { name: 'hallpass-controller' }, spec: {} },
      }),
    'the janitor asks for a token of the controller': () =>
      janitor.request({
        method: 'POST',
        path: '/api/v1/namespaces/hallpass-system/serviceaccounts/hallpass-controller/token',
        body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences: [] } },
      }),
  }),
  async act => {
    const seen = await after(...whenAsked)
    const doing = act(seen)
    return statusOf(judge(doing, { refused: byRbac }).then(() => doing))
  },
)

attacks<object>(
  test,
  ending('403', {
    'somebody asks for a token of the janitor that is bound to nothing': {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [] },
    },
  }),
  async body => {
    const path = '/api/v1/namespaces/hallpass-system/serviceaccounts/hallpass-janitor/token'
    return statusOf(fixture.as.robot.request({ method: 'POST', path, body }))
  },
)

test('the janitor sees that the policy limits it', async () => {
  await after(...whenAsked)
  const where = { clock: { now: () => new Date() }, namespaces: ['hallpass'], tokenNamespace: '', systemNamespace: '' }
  const [probe] = probesOfJanitor({ ...where, transport: janitor })
  await eventually(async () => assert.is(await probe?.find(), 'enforced'))
})

type Deployment = Manifest & {
  spec: {
    replicas: number
    strategy: object
    template: {
      metadata: { labels: Record<string, string> }
      spec: {
        serviceAccountName: string
        containers: { args: string[]; securityContext: { readOnlyRootFilesystem?: boolean } }[]
        volumes: { name: string; configMap?: { name: string }; secret?: object }[]
      }
    }
  }
}

test('one janitor runs, with the common settings and without any secret', async () => {
  const all = await built(fixture.cluster, folder)
  const deployments = all.filter(({ kind }) => kind === 'Deployment') as Deployment[]
  const own = deployments.find(({ metadata }) => metadata.name === 'hallpass-janitor')
  const { replicas, strategy, template } = own?.spec ?? {}
  assert.equal([replicas, strategy], [1, { type: 'Recreate' }])
  assert.equal(template?.spec.containers[0]?.args, ['janitor'])
  assert.is(template?.spec.containers[0]?.securityContext.readOnlyRootFilesystem, true)
  assert.is(template?.spec.serviceAccountName, 'hallpass-janitor')
  assert.not.ok(template?.spec.volumes.some(({ secret }) => secret))
  const settings = deployments.map(({ spec }) => spec.template.spec.volumes.find(({ name }) => name === 'config'))
  assert.is(new Set(settings.map(volume => volume?.configMap?.name)).size, 1)
})

test('without the component no part of the janitor is installed', async () => {
  const base = await built(fixture.cluster, 'deploy/base')
  const named = base.filter(({ metadata }) => metadata.name.includes('janitor'))
  assert.equal(named, [])
})

test('nothing may call the janitor, and it may call the metadata server', async () => {
  type Network = Manifest & { spec: { podSelector: { matchExpressions?: { values: string[] }[] }; ingress?: object[] } }
  const all = (await built(fixture.cluster, folder)).filter(({ kind }) => kind === 'NetworkPolicy') as Network[]
  const naming = all.filter(({ spec }) =>
    spec.podSelector.matchExpressions?.some(({ values }) => values.includes('janitor')),
  )
  assert.equal(
    naming.map(({ metadata, spec }) => [metadata.name, spec.ingress]),
    [['hallpass-to-metadata', undefined]],
  )
})

test.run()
