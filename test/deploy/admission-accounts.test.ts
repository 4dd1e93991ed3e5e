// Who gets a token to act as one of the three, and how it ends, tried on a real API server.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { requestToken } from '../../src/app/service-account.ts'
import { isAlreadyExists } from '../../src/kube/api-error.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { attack, attacks, ending } from '../attacks.ts'
import { suite } from '../suite.ts'
import { eventually, judge, mergePatch, statusOf } from './judge.ts'
import { requestsPath, startFixture, type Fixture } from './fixture.ts'

const test = suite('admission of tokens of accounts', { timeoutMs: 60_000 })
let fixture: Fixture
test.before(async () => {
  const resources = [{ group: '', resources: ['serviceaccounts/token'] }]
  fixture = await startFixture({ auditRules: [{ level: 'Metadata', resources }] })
})
test.after(() => fixture.cluster.stop())

const system = '/api/v1/namespaces/hallpass-system'
const tokenOf = (name: string, spec: object, namespace = 'hallpass-system'): Promise<unknown> =>
  fixture.as.robot.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  })
const account = (name: string, namespace = 'hallpass-system'): Promise<unknown> =>
  fixture.as.admin.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/serviceaccounts`,
    body: { metadata: { name } },
  })

attacks<() => Promise<unknown>>(
  test,
  ending(
    '403',
    {
      'the gateway, without a bound object': () => tokenOf('hallpass-gateway', {}),
      'auth, bound to null': () => tokenOf('hallpass-auth', { boundObjectRef: null }),
      'the controller, without a bound object, for an hour': () =>
        tokenOf('hallpass-controller', { expirationSeconds: 3600, boundObjectRef: null }),
      'the gateway, bound to a node': () =>
        tokenOf('hallpass-gateway', { boundObjectRef: { apiVersion: 'v1', kind: 'Node', name: 'node-1' } }),
      'auth, bound to an object without a kind': () => tokenOf('hallpass-auth', { boundObjectRef: {} }),
      'the controller, for a century': () =>
        tokenOf('hallpass-controller', {
          expirationSeconds: 3_155_760_000,
          boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'hallpass-controller-token-holder' },
        }),
    },
    'a robot with every right asks for a token of ',
  ),
  act => statusOf(act()),
)

attack(test, 'a robot with every right binds a token of auth to an object that does not exist … 404', () =>
  statusOf(tokenOf('hallpass-auth', { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'nowhere' } })),
)

/** A pod that acts as auth. */
async function podOfAuth(): Promise<{ apiVersion: string; kind: string; name: string }> {
  const name = 'hallpass-auth-1'
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 10_001,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
  const containers = [{ name: 'hallpass', image: 'hallpass', securityContext }]
  const body = { metadata: { name }, spec: { serviceAccountName: 'hallpass-auth', containers } }
  await fixture.as.admin.request({ method: 'POST', path: `${system}/pods`, body }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error
  })
  return { apiVersion: 'v1', kind: 'Pod', name }
}

attack(
  test,
  'a robot with every right binds a token of auth to its pod, for the 3607 seconds that are a year … 403',
  async () => statusOf(tokenOf('hallpass-auth', { expirationSeconds: 3607, boundObjectRef: await podOfAuth() })),
)

test('the kubelet has such a token for its pods', async () => {
  const { name } = await podOfAuth()
  const asked = ['create', 'token', 'hallpass-auth', '--namespace=hallpass-system', '--duration=3607s']
  const bound = ['--bound-object-kind=Pod', `--bound-object-name=${name}`]
  // Without a node's name the API server's own rules do not treat it as a node, which would require the pod to run
  // there.
  const who = ['--as=kubelet', '--as-group=system:nodes', '--as-group=system:masters']
  const { code, stderr } = await fixture.cluster.kubectl(...asked, ...bound, ...who)
  assert.is(code, 0, stderr)
})

test('kubectl says how to ask instead', async () => {
  const { code, stderr } = await fixture.cluster.kubectl(
    'create',
    'token',
    'hallpass-auth',
    '--namespace=hallpass-system',
  )
  assert.is(code, 1)
  assert.match(stderr, /"admin" cannot have a token of "hallpass-auth" without a bound object: bind it to a pod/)
})

test('accounts that do not belong to Hallpass can have any token', async () => {
  await account('somebody')
  await account('hallpass-auth', 'elsewhere')
  await judge(tokenOf('somebody', {}), {})
  await judge(tokenOf('hallpass-auth', {}, 'elsewhere'), {})
})

test('Hallpass’s tools get a token that ends with its Secret', async () => {
  const who = { namespace: 'hallpass-system', name: 'hallpass-gateway' }
  const { url: server, caPem: ca } = fixture.cluster.controlPlane
  // The API server caches the result for a token for ten seconds, so each token is used once.
  const look = async (token: string): Promise<string> => {
    const gateway = createTransport({ server, ca, token: async () => token })
    try {
      return await statusOf(gateway.request({ method: 'GET', path: requestsPath }))
    } finally {
      await gateway.close()
    }
  }
  const [one, ...others] = await Promise.all(Array.from({ length: 40 }, () => requestToken(fixture.as.admin, who, 600)))
  assert.is(await look(one ?? ''), '200')
  await fixture.as.admin.request({ method: 'DELETE', path: `${system}/secrets/hallpass-gateway-token-holder` })
  await eventually(async () => assert.is(await look(others.pop() ?? ''), '401'))
  assert.match(await requestToken(fixture.as.admin, who, 600), /^ey/, 'the Secret is made again')
})

test('no account, no token: the second try says so', async () => {
  const missing = requestToken(fixture.as.admin, { namespace: 'hallpass-system', name: 'nobody' }, 600)
  await judge(missing, { refused: /serviceaccounts "nobody" not found/ })
})

const legacy = (name: string, of: string): object => ({
  metadata: { name, annotations: { 'kubernetes.io/service-account.name': of } },
  type: 'kubernetes.io/service-account-token',
})

attack(test, 'a robot with every right has a Secret filled with a token of auth that never ends … 403', () =>
  statusOf(
    fixture.as.robot.request({ method: 'POST', path: `${system}/secrets`, body: legacy('for-ever', 'hallpass-auth') }),
  ),
)

attack(test, 'a robot with every right turns a Secret of another account into one of auth … 403', async () => {
  await account('other')
  await judge(
    fixture.as.robot.request({ method: 'POST', path: `${system}/secrets`, body: legacy('turned', 'other') }),
    {},
  )
  const { metadata } = legacy('turned', 'hallpass-auth') as { metadata: object }
  return statusOf(mergePatch(fixture.as.robot, `${system}/secrets/turned`, { metadata }))
})

test('the audit log says what every token is bound to', async () => {
  const said = async (): Promise<string[]> =>
    (await readFile(join(fixture.cluster.controlPlane.folder, 'audit.log'), 'utf8'))
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { annotations?: Record<string, string> }).annotations)
      .flatMap(annotations => annotations?.['hallpass-account-tokens/token'] ?? [])
  await requestToken(fixture.as.admin, { namespace: 'hallpass-system', name: 'hallpass-controller' }, 600)
  await eventually(async () => {
    const lines = await said()
    assert.ok(
      lines.includes(
        '"admin" asked for a token of "hallpass-controller" that is bound to Secret "hallpass-controller-token-holder"',
      ),
    )
    assert.ok(lines.some(line => line.endsWith('robot" asked for a token of "hallpass-auth" that is bound to nothing')))
  })
})

test.run()
