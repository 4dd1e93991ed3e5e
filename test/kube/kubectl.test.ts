// A kubeconfig that works for kubectl works here, and one that does not work for kubectl does not work here: each field
// is tried with the real kubectl too, on a real API server.
import { spawn } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import * as assert from 'uvu/assert'
import { openCluster } from '../../src/app/cluster.ts'
import { readClusterPlaces } from '../../src/app/environment.ts'
import { makeCertificate } from '../../src/sim/certificate.ts'
import { type Cluster, startCluster } from '../cluster.ts'
import { type ConnectProxy, startConnectProxy } from '../connect-proxy.ts'
import { suite, table } from '../suite.ts'

const test = suite('kubeconfigs and kubectl', { timeoutMs: 120_000 })
const folder = mkdtempSync(join(tmpdir(), 'hallpass-kubeconfigs-'))
const at = (name: string): string => join(folder, name)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const hourMs = 3_600_000
const serviceAccount = 'system:serviceaccount:default:walker'

let cluster: Cluster
let proxy: ConnectProxy
let refusing: ConnectProxy
let token = ''
let certs: Record<'ca' | 'cert' | 'key' | 'other', string>

test.before(async () => {
  certs = makeCertificates()
  cluster = await startCluster({ content: 'nothing', apiServerFlags: [`--client-ca-file=${at('ca.pem')}`] })
  await cluster.as('default', 'walker')
  token = await cluster.controlPlane.serviceAccountToken('default', 'walker')
  proxy = await startConnectProxy(Number(new URL(cluster.controlPlane.url).port))
  refusing = await startConnectProxy()
  mkdirSync(at('elsewhere'))
  writeFileSync(at('server-ca.pem'), cluster.controlPlane.caPem)
  writeFileSync(at('token'), `${token}\n`)
})
test.after(async () => {
  proxy.close()
  refusing.close()
  await cluster.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** An authority for clients, Carla's certificate and key, and an authority that nobody trusts. */
function makeCertificates(): Record<'ca' | 'cert' | 'key' | 'other', string> {
  const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const now = Date.now()
  const times = { from: new Date(now - hourMs), to: new Date(now + 48 * hourMs) }
  const [authority, carla] = [
    { name: 'ca', key: newKey() },
    { name: 'carla', key: newKey() },
  ]
  const made = {
    ca: makeCertificate({ ...authority, ...times, isAuthority: true }),
    cert: makeCertificate({ ...carla, ...times, issuer: authority }),
    key: String(carla.key.export({ type: 'pkcs8', format: 'pem' })),
    other: makeCertificate({ name: 'other', key: newKey(), ...times, isAuthority: true }),
  }
  writeFileSync(at('ca.pem'), made.ca)
  writeFileSync(at('carla.pem'), made.cert)
  writeFileSync(at('carla.key'), made.key)
  return made
}

type Row = {
  cluster?: (port: string) => object
  user?: () => object
  /** Other text than that of one context with this cluster and user. */
  files?: () => Record<string, object>
  env?: () => Record<string, string>
  /** Who answers, or what Hallpass says. kubectl must answer the same or fail too. */
  sees: string | RegExp
  /** What the proxy was asked for. */
  through?: (port: string) => string
}

const server = (port: string): object => ({
  server: `https://127.0.0.1:${port}`,
  'certificate-authority-data': base64(cluster.controlPlane.caPem),
})
const walker = (): object => ({ token })
const named = (port: string, more: object = {}): object => ({
  ...server(port),
  server: `https://kubernetes.default:${port}`,
  ...more,
})

function whole(of: { cluster: object; user: object }, names = 'here'): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: names, cluster: of.cluster }],
    users: [{ name: names, user: of.user }],
    contexts: [{ name: names, context: { cluster: names, user: names } }],
    'current-context': names,
  }
}

/** A credential plugin that runs these lines of a shell. */
function plugin(lines: string, more: object = {}): object {
  const path = at(`plugin-${Buffer.from(lines).toString('hex').slice(-40)}`)
  writeFileSync(path, `#!/bin/sh\n${lines}\n`)
  chmodSync(path, 0o755)
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: path, interactiveMode: 'Never', ...more } }
}
const answer = (status: object): string =>
  `printf '%s' '${JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status })}'`

const rows: Record<string, Row> = {
  'a token': { sees: serviceAccount },
  'the file of a token, relative to the kubeconfig': { user: () => ({ tokenFile: 'token' }), sees: serviceAccount },
  'the file of a token goes before the token': {
    user: () => ({ token: 'old', tokenFile: at('token') }),
    sees: serviceAccount,
  },
  'no user at all': { user: () => ({}), sees: /forbidden/ },
  'a wrong token': { user: () => ({ token: 'wrong' }), sees: /answered 401/ },
  'a client certificate': {
    user: () => ({ 'client-certificate-data': base64(certs.cert), 'client-key-data': base64(certs.key) }),
    sees: 'carla',
  },
  'the files of a client certificate, relative to the kubeconfig': {
    user: () => ({ 'client-certificate': 'carla.pem', 'client-key': './carla.key' }),
    sees: 'carla',
  },
  'a client certificate without its key': {
    user: () => ({ 'client-certificate': 'carla.pem' }),
    sees: /client certificate or a client key without the other/,
  },
  'a client certificate as data and as a file': {
    user: () => ({
      'client-certificate': 'carla.pem',
      'client-certificate-data': base64(certs.cert),
      'client-key': 'carla.key',
    }),
    sees: /both "client-certificate" and "client-certificate-data"/,
  },
  'a client certificate whose file is missing': {
    user: () => ({ 'client-certificate': 'nothing.pem', 'client-key': 'carla.key' }),
    sees: /nothing\.pem.*cannot be read/,
  },
  'the file of an authority, relative to the kubeconfig': {
    cluster: port => ({ server: `https://127.0.0.1:${port}`, 'certificate-authority': 'server-ca.pem' }),
    sees: serviceAccount,
  },
  'an authority as data and as a file': {
    cluster: port => ({ ...server(port), 'certificate-authority': 'server-ca.pem' }),
    sees: /both "certificate-authority" and "certificate-authority-data"/,
  },
  'the authority of another cluster': {
    cluster: port => ({ ...server(port), 'certificate-authority-data': base64(certs.other) }),
    sees: /127\.0\.0\.1:\d+ has a certificate of an authority that is not trusted/,
  },
  'no authority, so those of the system count': {
    cluster: port => ({ server: `https://127.0.0.1:${port}` }),
    sees: /127\.0\.0\.1:\d+ has a certificate of an authority that is not trusted/,
  },
  'an authority that is no certificate': {
    cluster: port => ({ ...server(port), 'certificate-authority-data': base64('nothing') }),
    sees: /certificate/,
  },
  'insecure-skip-tls-verify': {
    cluster: port => ({ server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true }),
    sees: serviceAccount,
  },
  'insecure-skip-tls-verify with an authority': {
    cluster: port => ({ ...server(port), 'insecure-skip-tls-verify': true }),
    sees: /both "insecure-skip-tls-verify" and a certificate authority/,
  },
  'insecure-skip-tls-verify as a text': {
    cluster: port => ({ server: `https://127.0.0.1:${port}`, 'insecure-skip-tls-verify': 'true' }),
    sees: /"insecure-skip-tls-verify" of the kubeconfig must be true or false/,
  },
  'tls-server-name': {
    cluster: port => ({ ...server(port), 'tls-server-name': 'kubernetes.default.svc' }),
    sees: serviceAccount,
  },
  'a tls-server-name that the certificate does not have': {
    cluster: port => ({ ...server(port), 'tls-server-name': 'other.example.com' }),
    sees: /127\.0\.0\.1:\d+ has a certificate for DNS:.*kubernetes.*, and not for "other\.example\.com"\. .*tls-server-name/,
  },
  'an address that does not speak TLS': {
    cluster: () => ({ server: proxy.url.replace('http:', 'https:') }),
    sees: /does not speak TLS/,
  },
  'a slash after the address': {
    cluster: port => ({ ...server(port), server: `https://127.0.0.1:${port}/` }),
    sees: serviceAccount,
  },
  'a path in the address': {
    cluster: port => ({ ...server(port), server: `https://127.0.0.1:${port}/nothing/here` }),
    sees: /answered 40[34]/,
  },
  'an address without a scheme': {
    cluster: port => ({ ...server(port), server: `127.0.0.1:${port}` }),
    sees: /the server of cluster "here" in the kubeconfig must begin with https:\/\//,
  },
  'a port where nobody listens': {
    cluster: () => ({ server: 'https://127.0.0.1:1' }),
    sees: /does not answer\. Check the network/,
  },
  'proxy-url': {
    cluster: port => named(port, { 'proxy-url': proxy.url }),
    sees: serviceAccount,
    through: port => `kubernetes.default:${port}`,
  },
  'proxy-url for an address of this machine': {
    cluster: port => ({ ...server(port), 'proxy-url': proxy.url }),
    sees: serviceAccount,
    through: port => `127.0.0.1:${port}`,
  },
  'proxy-url of a proxy that refuses': {
    cluster: port => named(port, { 'proxy-url': refusing.url }),
    sees: /does not answer through the proxy 127\.0\.0\.1/,
  },
  'proxy-url with a scheme that kubectl does not know': {
    cluster: port => named(port, { 'proxy-url': 'ftp://127.0.0.1' }),
    sees: /"proxy-url" of cluster "here" in the kubeconfig must begin with/,
  },
  'proxy-url with tls-server-name and insecure-skip-tls-verify': {
    cluster: port => ({
      server: `https://somewhere.invalid:${port}`,
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'kubernetes',
      'proxy-url': proxy.url,
    }),
    sees: serviceAccount,
    through: port => `somewhere.invalid:${port}`,
  },
  HTTPS_PROXY: {
    cluster: port => named(port),
    env: () => ({ HTTPS_PROXY: proxy.url }),
    sees: serviceAccount,
    through: port => `kubernetes.default:${port}`,
  },
  'https_proxy without a scheme': {
    cluster: port => named(port),
    env: () => ({ https_proxy: new URL(proxy.url).host }),
    sees: serviceAccount,
    through: port => `kubernetes.default:${port}`,
  },
  'HTTPS_PROXY, and an address of this machine': { env: () => ({ HTTPS_PROXY: refusing.url }), sees: serviceAccount },
  'HTTPS_PROXY, and a name in NO_PROXY that is not this one': {
    cluster: port => named(port),
    env: () => ({ HTTPS_PROXY: proxy.url, NO_PROXY: 'example.com,10.0.0.0/8,default:1' }),
    sees: serviceAccount,
    through: port => `kubernetes.default:${port}`,
  },
  'HTTP_PROXY says nothing about https': { env: () => ({ HTTP_PROXY: refusing.url }), sees: serviceAccount },
  'a credential plugin': { user: () => plugin(answer({ token })), sees: serviceAccount },
  'a credential plugin by a path relative to the kubeconfig': {
    user: () => {
      const { exec } = plugin(answer({ token })) as { exec: { command: string } }
      return { exec: { ...exec, command: `./${exec.command.split('/').at(-1)}` } }
    },
    sees: serviceAccount,
  },
  'a credential plugin with arguments and variables': {
    user: () =>
      plugin(`echo "$MIDDLE" | sed "s/^/$1/; s/$/$2/"`, {
        args: [`{"apiVersion":"client.authentication.k8s.io\\/v1","kind":"ExecCredential","status":{"token":"`, '"}}'],
        env: [{ name: 'MIDDLE', value: token }],
      }),
    sees: serviceAccount,
  },
  'a credential plugin that gives a certificate': {
    user: () => plugin(answer({ clientCertificateData: certs.cert, clientKeyData: certs.key })),
    sees: 'carla',
  },
  'a credential plugin that is told the cluster': {
    user: () =>
      plugin(
        `case "$KUBERNETES_EXEC_INFO" in *'"server":"https://127.0.0.1:'*'"config":{"colour":"blue"}'*) ${answer({ token })};; esac`,
        {
          provideClusterInfo: true,
        },
      ),
    cluster: port => ({
      ...server(port),
      extensions: [{ name: 'client.authentication.k8s.io/exec', extension: { colour: 'blue' } }],
    }),
    sees: serviceAccount,
  },
  'a credential plugin that is not told the cluster': {
    user: () =>
      plugin(`case "$KUBERNETES_EXEC_INFO" in *cluster*) ;; *'"interactive":false'*) ${answer({ token })};; esac`),
    sees: serviceAccount,
  },
  'a token goes before a credential plugin': {
    user: () => ({ ...plugin('exit 1'), token }),
    sees: serviceAccount,
  },
  'a credential plugin that fails': { user: () => plugin(`echo ${'s3cret'} >&2; exit 3`), sees: /ended with code 3/ },
  'a credential plugin that is not installed': {
    user: () => ({
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'no-such-plugin',
        interactiveMode: 'Never',
        installHint: 'Get it.',
      },
    }),
    sees: /"no-such-plugin" of user "here" is not installed: Get it\./,
  },
  'a credential plugin that answers in another version': {
    user: () => plugin(answer({ token }), { apiVersion: 'client.authentication.k8s.io/v1beta1' }),
    sees: /no ExecCredential of client\.authentication\.k8s\.io\/v1beta1/,
  },
  'a credential plugin of a version that is gone': {
    user: () => plugin(answer({ token }), { apiVersion: 'client.authentication.k8s.io/v1alpha1' }),
    sees: /apiVersion "client\.authentication\.k8s\.io\/v1alpha1"/,
  },
  'a credential plugin that must ask, without a terminal': {
    user: () => plugin(answer({ token }), { interactiveMode: 'Always' }),
    sees: /asks questions \(interactiveMode: Always\), and there is no terminal/,
  },
  'a credential plugin without interactiveMode': {
    user: () => plugin(answer({ token }), { interactiveMode: undefined }),
    sees: /has no interactiveMode/,
  },
  'a credential plugin without a command': {
    user: () => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never' } }),
    sees: /has no command/,
  },
  'a credential plugin that answers nothing': { user: () => plugin('true'), sees: /something that is not JSON/ },
  'acting as somebody else': {
    user: () => ({
      token: cluster.controlPlane.adminToken,
      as: 'otto',
      'as-groups': ['a', 'system:masters'],
      'as-uid': '7',
    }),
    sees: 'otto',
  },
  'acting with the group of nobody': {
    user: () => ({ token: cluster.controlPlane.adminToken, 'as-groups': ['a'] }),
    sees: /without "as"/,
  },
  'a user name and a password': {
    user: () => ({ username: 'u', password: 'p' }),
    sees: /"username" of user "here" in the kubeconfig is not supported/,
  },
  'an auth-provider': {
    user: () => ({ 'auth-provider': { name: 'gcp' } }),
    sees: /"auth-provider" of user "here" in the kubeconfig is not supported\. Use a credential plugin/,
  },
  'several files: the first current context and the first of each name count': {
    files: () => ({
      first: { clusters: [{ name: 'here', cluster: server(port()) }] },
      second: { ...whole({ cluster: { server: 'https://127.0.0.1:1' }, user: walker() }) },
      third: { ...whole({ cluster: server(port()), user: { token: 'wrong' } }), 'current-context': 'other' },
    }),
    sees: serviceAccount,
  },
  'several files: one that is missing is left out': {
    files: () => ({ first: whole({ cluster: server(port()), user: walker() }) }),
    env: () => ({ KUBECONFIG: [at('no-such-file'), at('first'), ''].join(delimiter) }),
    sees: serviceAccount,
  },
  'several files: paths are relative to their own file': {
    files: () => ({
      'elsewhere/one': {
        clusters: [
          {
            name: 'here',
            cluster: { server: `https://127.0.0.1:${port()}`, 'certificate-authority': '../server-ca.pem' },
          },
        ],
      },
      two: { ...whole({ cluster: {}, user: { tokenFile: 'token' } }), clusters: [] },
    }),
    sees: serviceAccount,
  },
  'a current context that does not exist': {
    files: () => ({ first: { ...whole({ cluster: server(port()), user: walker() }), 'current-context': 'gone' } }),
    sees: /has no context "gone"/,
  },
  'a user that does not exist': {
    files: () => ({ first: { ...whole({ cluster: server(port()), user: walker() }), users: [] } }),
    sees: /has no user "here"/,
  },
  'no current context': {
    files: () => ({ first: { ...whole({ cluster: server(port()), user: walker() }), 'current-context': '' } }),
    sees: /no current context/,
  },
}

const port = (): string => new URL(cluster.controlPlane.url).port

table(test, rows, async row => {
  const env = write(row)
  proxy.asked.length = 0
  const ours = await askHere(env)
  const throughHere = [...new Set(proxy.asked)]
  proxy.asked.length = 0
  const theirs = await askKubectl(env)
  const throughThere = [...new Set(proxy.asked)]
  assert.not.match(ours, /s3cret/)
  if (row.sees instanceof RegExp) {
    assert.match(ours, row.sees)
    assert.match(theirs, /^failed/, `kubectl: ${theirs}`)
    return
  }
  assert.equal([ours, theirs], [row.sees, row.sees])
  const expected = row.through === undefined ? [] : [row.through(port())]
  assert.equal([throughHere, throughThere], [expected, expected])
})

/** Writes the kubeconfigs of a row, and says where they are. */
function write({ cluster: of = server, user = walker, files, env }: Row): Record<string, string> {
  const written = files?.() ?? { one: whole({ cluster: of(port()), user: user() }) }
  for (const [name, config] of Object.entries(written)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), JSON.stringify(config))
  }
  return { KUBECONFIG: Object.keys(written).map(at).join(delimiter), HOME: folder, ...env?.() }
}

const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }

/** Who Hallpass is with this environment, or what it says. */
async function askHere(env: Record<string, string>): Promise<string> {
  try {
    const { transport } = await openCluster({ environment: readClusterPlaces(env), podFolder: folder })
    try {
      const answered = await transport.request<{ status: { userInfo: { username: string } } }>({
        method: 'POST',
        path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
        body: review,
        deadlineMs: 5000,
      })
      return answered.status.userInfo.username
    } finally {
      await transport.close()
    }
  } catch (error) {
    assert.instance(error, Error)
    return (error as Error).message
  }
}

/** The same by kubectl. */
function askKubectl(env: Record<string, string>): Promise<string> {
  const child = spawn(
    join(cluster.controlPlane.binaries, 'kubectl'),
    ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}', '--request-timeout=5s'],
    { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise(resolve => child.on('close', code => resolve(code === 0 ? out : `failed: ${err}`)))
}

test.run()
