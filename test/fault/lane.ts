// A place where stories are played one after another: a namespace with its mappings, simulated services of its own, and
// the three processes, each behind a proxy that can kill it. Lanes share the API server and nothing else.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import { type AccessRequest, group, type RoleMapping, version } from '../../src/api/kinds.ts'
import { createResource, type Resource } from '../../src/kube/resource.ts'
import type { Cluster } from '../../src/sandbox/cluster.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds, defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'
import { keep, type Kept } from './child.ts'
import { type Proxy, startProxy } from './proxy.ts'

export type Lane = {
  namespace: string
  cluster: Cluster
  requests: Resource<AccessRequest>
  google: GoogleSim
  slack: SlackSim
  proxies: Record<ProcessName, Proxy>
  processes: Record<ProcessName, Kept>
  /** Ready, leading, and silent for a moment: nothing of an earlier story is under way. */
  rest(): Promise<void>
  close(): Promise<void>
}

/** Mappings of every lane: one whose requests are decided, one whose window closes before anybody decides. */
export const mappings = { decided: 'lane', silent: 'lane-silent' }

/** Far shorter than in production, so that a leader that was killed is missed for seconds only. */
const leaderElection = { leaseSeconds: 2, renewDeadlineSeconds: 1.5, retrySeconds: 0.4 }
const silenceMs = 250
const restWithinMs = 60_000

type Ports = Record<ProcessName, { port: number; healthPort: number }>

/** Opens a lane; `folder` takes what its processes are given. */
export async function openLane(cluster: Cluster, namespace: string, folder: string): Promise<Lane> {
  const clock = new SimClock()
  const ports = await portsOf()
  const authUrl = `http://127.0.0.1:${ports.auth.port}`
  const google = await startGoogle({ clock, seeds: defaultGoogleSeeds([`${authUrl}/oauth/callback`]) })
  const slack = await startSlack({ clock })
  const pagerduty = await startPagerDuty({ clock })
  slack.quota.isOn = pagerduty.quota.isOn = false
  await declare(cluster, namespace)
  const upstreams = {
    cluster: { url: cluster.server, ca: cluster.ca },
    google: { url: google.url },
    slack: { url: slack.url },
    pagerduty: { url: pagerduty.url },
  }
  const proxies: Partial<Record<ProcessName, Proxy>> = {}
  const processes: Partial<Record<ProcessName, Kept>> = {}
  for (const name of processNames) {
    const proxy = (proxies[name] = await startProxy(upstreams, () => processes[name]?.kill()))
    const settings = settingsOf({ namespace, authUrl, slack, google, proxy, ports: ports[name] })
    const env = await place({
      folder: join(folder, namespace, name),
      name,
      cluster,
      proxy,
      settings,
      secrets: secretsOf(name, { slack, google }),
    })
    const isReady = readiness(name, ports[name].healthPort)
    processes[name] = keep({ args: [name], env, isReady, onStart: () => proxy.revive() })
  }
  const all = { proxies, processes } as Pick<Lane, 'proxies' | 'processes'>
  slack.servedAt(all.proxies.gateway.urls.slack)
  slack.connect(`http://127.0.0.1:${ports.gateway.port}/slack/events`)
  const requests = createResource<AccessRequest>(cluster.transport, { group, version, plural: 'accessrequests' })
  return {
    namespace,
    cluster,
    requests,
    google,
    slack,
    ...all,
    rest: () => rest(all),
    close: async () => {
      await Promise.all(processNames.map(name => all.processes[name].stop()))
      await Promise.all(processNames.map(name => all.proxies[name].close()))
      await Promise.all([google, slack, pagerduty].map(sim => sim.close()))
    },
  }
}

async function rest({ proxies, processes }: Pick<Lane, 'proxies' | 'processes'>): Promise<void> {
  for (const until = Date.now() + restWithinMs; Date.now() < until; await pause(50)) {
    await Promise.all(processNames.map(name => processes[name].ready()))
    if (processNames.every(name => proxies[name].idleMs() > silenceMs)) return
  }
  const busy = processNames.map(name => `${name}: ${proxies[name].calls.at(-1)}, ${processes[name].ends.length} ends`)
  throw new Error(`The processes do not come to rest (${busy.join('; ')}).`)
}

async function portsOf(): Promise<Ports> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = await freePorts(6)
  return {
    gateway: { port: a, healthPort: b },
    auth: { port: c, healthPort: d },
    controller: { port: e, healthPort: f },
  }
}

/** Gateway and auth are ready when they say so, the controller when it leads. */
function readiness(name: ProcessName, healthPort: number): () => Promise<boolean> {
  const read = async (path: string): Promise<Response> => fetch(`http://127.0.0.1:${healthPort}${path}`)
  if (name !== 'controller')
    return async () => {
      const answer = await read('/readyz')
      await answer.body?.cancel()
      return answer.ok
    }
  return async () => /^leader_election_master_status(\{[^}]*\})? 1$/m.test(await (await read('/metrics')).text())
}

type Around = {
  namespace: string
  authUrl: string
  slack: SlackSim
  google: GoogleSim
  proxy: Proxy
  ports: { port: number; healthPort: number }
}

function settingsOf({ namespace, authUrl, slack, google, proxy, ports }: Around): object {
  const { urls } = proxy
  return {
    namespaces: [namespace],
    systemNamespace: namespace,
    leaderElection,
    publicUrl: authUrl,
    hostedDomains: ['example.com'],
    slack: { teams: [slack.state.team.id], command: '/access', mode: 'http' },
    google: {
      oauthClientID: google.seeds.client.id,
      ticketKey: defaultKeys.ticket,
      tokenKey: defaultKeys.token,
      auditLog: 'projects/hallpass-ops/logs/hallpass',
    },
    listen: { ...ports, host: '127.0.0.1' },
    iAmASandbox: {
      acceptLoopbackEndpoints: true,
      google: urls.google,
      slack: `${urls.slack}/api/`,
      pagerduty: urls.pagerduty,
    },
  }
}

function secretsOf(name: ProcessName, { slack, google }: Pick<Around, 'slack' | 'google'>): Record<string, string> {
  switch (name) {
    case 'gateway':
      return { 'slack-bot-token': slack.botToken, 'slack-signing-secret': slack.signingSecret }
    case 'auth':
      return { 'oauth-client-secret': google.seeds.client.secret, 'google-access-token': defaultIdentities.auth.token }
    case 'controller':
      return {
        'slack-bot-token': slack.botToken,
        'pagerduty-token': defaultKey,
        'google-access-token': defaultIdentities.controller.token,
      }
  }
}

type Place = {
  folder: string
  name: ProcessName
  cluster: Cluster
  proxy: Proxy
  settings: object
  secrets: Record<string, string>
}

/** Longer than any matrix. */
const tokenSeconds = 24 * 3600

/** Writes what a process is given, and gives its environment. */
async function place({ folder, name, cluster, proxy, settings, secrets }: Place): Promise<Record<string, string>> {
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  const token = await cluster.serviceAccountToken('hallpass-system', `hallpass-${name}`, tokenSeconds)
  const secretly = { mode: 0o600 }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: proxy.urls.cluster, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: name } }],
    'current-context': 'proxy',
  }
  await writeFile(join(folder, 'config.yaml'), stringify(settings))
  await writeFile(join(folder, 'kubeconfig'), stringify(kubeconfig), secretly)
  for (const [file, secret] of Object.entries(secrets)) await writeFile(join(folder, 'secrets', file), secret, secretly)
  return {
    HALLPASS_CONFIG: join(folder, 'config.yaml'),
    HALLPASS_SECRETS: join(folder, 'secrets'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    POD_NAME: `hallpass-${name}`,
    NODE_COMPILE_CACHE: join(folder, '../../compile-cache'),
  }
}

/** A namespace of the cluster in which the three may do what deploy/base lets them do in `hallpass`. */
async function declare({ transport }: Cluster, namespace: string): Promise<void> {
  const post = (path: string, body: object): Promise<unknown> => transport.request({ method: 'POST', path, body })
  await post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
  const apiGroup = 'rbac.authorization.k8s.io'
  const root = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`
  const accountOf = (name: string): object => ({ kind: 'ServiceAccount', name, namespace: 'hallpass-system' })
  for (const name of processNames.map(each => `hallpass-${each}`))
    await post(`${root}/rolebindings`, {
      ...rbac,
      kind: 'RoleBinding',
      metadata: { name },
      roleRef: { apiGroup, kind: 'ClusterRole', name },
      subjects: [accountOf(name)],
    })
  const lease = { metadata: { name: 'hallpass-controller-lease' } }
  const rules = [
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update', 'patch'] },
  ]
  await post(`${root}/roles`, { ...rbac, kind: 'Role', ...lease, rules })
  await post(`${root}/rolebindings`, {
    ...rbac,
    kind: 'RoleBinding',
    ...lease,
    roleRef: { apiGroup, kind: 'Role', name: lease.metadata.name },
    subjects: [accountOf('hallpass-controller')],
  })
  const { command: _command, ...spec } = (await sample()).spec
  const quick = { ...spec, duration: { min: '1s', default: '30m', max: '4h' }, reason: { required: true } }
  const made = createResource<RoleMapping>(transport, { group, version, plural: 'rolemappings' })
  const kind = { apiVersion: `${group}/${version}`, kind: 'RoleMapping' }
  await made.create({ ...kind, metadata: { name: mappings.decided, namespace }, spec: quick } as never)
  const silent = { ...quick, approval: { ...quick.approval, window: '10s', escalateAfter: undefined } }
  await made.create({ ...kind, metadata: { name: mappings.silent, namespace }, spec: silent } as never)
}

async function sample(): Promise<RoleMapping> {
  const text = await readFile(join(import.meta.dirname, '../../deploy/samples/prod-db.yaml'), 'utf8')
  return parse(text) as RoleMapping
}
