// Where a process looks for its cluster, in kubectl's order, and what it loads for that: the client library of Kubernetes
// would be half of a process's memory in a pod.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { suite, table } from '../suite.ts'

const test = suite('the way to the cluster')
const folder = mkdtempSync(join(tmpdir(), 'hallpass-places-'))
const [pod, home, noHome] = ['pod', 'home', 'no-home'].map(name => join(folder, name))
const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    clusters: [{ name: 'here', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'token-1' } }],
    contexts: [{ name: 'now', context: { cluster: 'here', user: 'me' } }],
    'current-context': 'now',
  })

test.before(() => {
  for (const path of [pod, noHome, join(home ?? '', '.kube')]) mkdirSync(path ?? '', { recursive: true })
  writeFileSync(join(pod ?? '', 'token'), 'token-2')
  writeFileSync(join(pod ?? '', 'ca.crt'), 'a certificate')
  writeFileSync(join(home ?? '', '.kube/config'), kubeconfigOf('https://home.example.com'))
  writeFileSync(join(folder, 'kubeconfig'), kubeconfigOf('https://named.example.com'))
})
test.after(() => rmSync(folder, { recursive: true, force: true }))

const service = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
type Found = { server?: string; token?: string; loads: boolean; fault?: string }
const places: Record<string, { env: Record<string, string | undefined>; podFolder?: string; found: Found }> = {
  'KUBECONFIG comes first, in a pod as well': {
    env: { ...service, KUBECONFIG: join(folder, 'kubeconfig'), HOME: home },
    podFolder: pod ?? '',
    found: { server: 'https://named.example.com', token: 'token-1', loads: true },
  },
  'then the kubeconfig at home': {
    env: { ...service, HOME: home },
    podFolder: pod ?? '',
    found: { server: 'https://home.example.com', token: 'token-1', loads: true },
  },
  "then the pod's own identity": {
    env: { ...service, HOME: noHome },
    podFolder: pod ?? '',
    found: { server: 'https://10.0.0.1:443', token: 'token-2', loads: false },
  },
  'an empty KUBECONFIG counts as unset, and a pod needs no home': {
    env: { ...service, KUBECONFIG: '' },
    podFolder: pod ?? '',
    found: { server: 'https://10.0.0.1:443', token: 'token-2', loads: false },
  },
  'a pod that is not told where the API server is says so': {
    env: { KUBERNETES_SERVICE_HOST: '10.0.0.1' },
    podFolder: pod ?? '',
    found: { fault: 'There is no cluster: this pod has no KUBERNETES_SERVICE_HOST and', loads: false },
  },
  'a folder named by the environment is no identity': {
    env: { ...service, HALLPASS_POD_FOLDER: pod, HOME: noHome },
    podFolder: noHome ?? '',
    found: { fault: 'There is no cluster: no kubeconfig was found, and this is not a pod', loads: false },
  },
}
table(test, places, async ({ env, podFolder, found }) => {
  const seen = await lookFrom(env, podFolder)
  assert.equal({ ...seen, fault: seen.fault?.slice(0, found.fault?.length) }, { fault: undefined, ...found })
})

const source = (file: string): string => JSON.stringify(join(import.meta.dirname, '../../src/app', file))
const program = (podFolder: string | undefined): string => `
import { registerHooks } from 'node:module'
let loads = false
registerHooks({ load: (url, context, next) => (loads ||= url.includes('@kubernetes/client-node'), next(url, context)) })
const { endpointOf } = await import(${source('cluster.ts')})
try {
  const { server, token } = await endpointOf(${JSON.stringify({ podFolder })})
  console.log(JSON.stringify({ server, token: await token(), loads }))
} catch ({ message: fault }) {
  console.log(JSON.stringify({ fault, loads }))
}`

/** What a separate process finds, in exactly this environment. */
async function lookFrom(env: Record<string, string | undefined>, podFolder: string | undefined): Promise<Found> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program(podFolder)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  return JSON.parse(said) as Found
}

test.run()
