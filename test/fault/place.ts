// The settings, secrets and kubeconfig of the processes of an installation, and its namespace in the cluster.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { group, type RoleMapping, version } from '../../src/api/kinds.ts'
import { createResource } from '../../src/kube/resource.ts'
import type { Cluster } from '../../src/sandbox/cluster.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import type { GoogleSim } from '../../src/sim/google/google.ts'
import { defaultAuditView, defaultIdentities, defaultKeys, groupsReader } from '../../src/sim/google/seeds.ts'
import { defaultRoutingKey } from '../../src/sim/pagerduty/events.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { compiledFolder } from '../../src/sim/controlplane/places.ts'
import type { SlackSim } from '../../src/sim/slack/start.ts'
import { samples } from '../builders/resources.ts'
import type { Service } from './proxy.ts'

/**
 * Mappings of every installation: one whose requests are decided, one whose window closes before anybody decides, one
 * that limits the time in sequence, more than all stories take, one that two people must approve, one that pages, one on a
 * bucket, and one whose requester and approver are known by Google groups alone.
 */
export const mappings = {
  decided: 'prod-db',
  silent: 'prod-db-silent',
  limited: 'prod-db-limited',
  together: 'prod-db-together',
  paged: 'prod-db-paged',
  bucket: 'prod-db-bucket',
  grouped: 'prod-db-grouped',
}

/** Far shorter than in production, so that a leader that was killed is missed for seconds only. */
const leaderElection = { leaseSeconds: 2, renewDeadlineSeconds: 1.5, retrySeconds: 0.4 }

/** How Slack's deliveries reach the gateway. */
export type SlackMode = 'http' | 'socket'

/** What a process finds around it. */
export type Around = {
  namespace: string
  slackMode: SlackMode
  authUrl: string
  slack: SlackSim
  google: GoogleSim
  /** Where its calls go. */
  urls: Record<Service, string>
  listen: { port: number; healthPort: number; host: string }
  /** How long settled requests are kept, if it matters. */
  retainFor?: string | undefined
}

function settingsOf({ namespace, slackMode, authUrl, slack, google, urls, listen, retainFor }: Around): object {
  return {
    namespaces: [namespace],
    systemNamespace: namespace,
    leaderElection,
    ...(retainFor && { retainFor }),
    limits: {
      openPerPerson: 10_000,
      openPerMapping: 10_000,
      hourlyPerPerson: 10_000,
      hourlyPerMapping: 10_000,
      hourlyEmergenciesPerPerson: 10_000,
    },
    pagerduty: { routes: [{ name: 'platform', namespaces: [namespace] }] },
    publicUrl: authUrl,
    hostedDomains: ['example.com'],
    slack: { teams: [slack.state.team.id], command: '/access', mode: slackMode },
    google: {
      oauthClientID: google.seeds.client.id,
      ticketKey: defaultKeys.ticket,
      tokenKey: defaultKeys.token,
      auditLog: 'projects/hallpass-ops/logs/hallpass',
      auditView: defaultAuditView,
      groupsReader,
      readGroupSettings: true,
    },
    listen,
    iAmASandbox: {
      acceptLoopbackEndpoints: true,
      google: urls.google,
      slack: `${urls.slack}/api/`,
      pagerduty: urls.pagerduty,
      pagerdutyEvents: urls.events,
      evidenceAfter: '3s',
    },
  }
}

function secretsOf(name: ProcessName, { slack, google }: Pick<Around, 'slack' | 'google'>): Record<string, string> {
  switch (name) {
    case 'gateway':
      return {
        'slack-bot-token': slack.botToken,
        'slack-signing-secret': slack.signingSecret,
        'slack-app-token': slack.sockets.appToken,
        'google-access-token': defaultIdentities.gateway.token,
      }
    case 'auth':
      return { 'oauth-client-secret': google.seeds.client.secret, 'google-access-token': defaultIdentities.auth.token }
    case 'controller':
      return {
        'slack-bot-token': slack.botToken,
        'pagerduty-token': defaultKey,
        'pagerduty-route-platform': defaultRoutingKey,
        'google-access-token': defaultIdentities.controller.token,
      }
  }
}

/** A process by name, and the folder that is its own. */
export type Place = { folder: string; name: ProcessName; cluster: Cluster }

/** Where a process reads by how many milliseconds its clock is set. */
export function clockFile(folder: string): string {
  return join(folder, 'clock')
}

/** Longer than any matrix. */
const tokenSeconds = 24 * 3600

/** Writes what a process is given, and gives its environment. */
export async function place({ folder, name, cluster }: Place, around: Around): Promise<Record<string, string>> {
  await mkdir(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
  const token = await cluster.serviceAccountToken('hallpass-system', `hallpass-${name}`, tokenSeconds)
  const secretly = { mode: 0o600 }
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'proxy', cluster: { server: around.urls.cluster, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'proxy', context: { cluster: 'proxy', user: name } }],
    'current-context': 'proxy',
  }
  await writeFile(join(folder, 'config.yaml'), stringify(settingsOf(around)))
  await writeFile(join(folder, 'kubeconfig'), stringify(kubeconfig), secretly)
  for (const [file, secret] of Object.entries(secretsOf(name, around)))
    await writeFile(join(folder, 'secrets', file), secret, secretly)
  return {
    HALLPASS_CONFIG: join(folder, 'config.yaml'),
    HALLPASS_SECRETS: join(folder, 'secrets'),
    KUBECONFIG: join(folder, 'kubeconfig'),
    POD_NAME: `hallpass-${name}`,
    NODE_OPTIONS: `--import=${join(import.meta.dirname, 'set-clock.ts')}`,
    CLOCK_FILE: clockFile(folder),
    NODE_COMPILE_CACHE: compiledFolder(process.env),
  }
}

/** A namespace of the cluster in which the three may do what deploy/base lets them do in `hallpass`. */
export async function declare({ transport }: Cluster, namespace: string): Promise<void> {
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
  const limited = { ...quick, duration: { ...quick.duration, maxConsecutive: '168h' } }
  await made.create({ ...kind, metadata: { name: mappings.limited, namespace }, spec: limited } as never)
  const fallback = { emails: ['mo@example.com', 'ana@example.com'] }
  const together = { ...quick, approval: { required: 2, window: '30m', fallback } }
  await made.create({ ...kind, metadata: { name: mappings.together, namespace }, spec: together } as never)
  const grants = [{ resource: samples.bucket.name, role: samples.bucket.role }]
  await made.create({ ...kind, metadata: { name: mappings.bucket, namespace }, spec: { ...quick, grants } } as never)
  const grouped = {
    ...quick,
    requesters: { googleGroups: ['cache-team@example.com'] },
    approval: { ...quick.approval, allowed: { googleGroups: ['prod-approvers@example.com'] } },
  }
  await made.create({ ...kind, metadata: { name: mappings.grouped, namespace }, spec: grouped } as never)
  const paged = { ...quick, approval: { ...quick.approval, page: { route: 'platform', after: '1s' } } }
  await made.create({ ...kind, metadata: { name: mappings.paged, namespace }, spec: paged } as never)
}

async function sample(): Promise<RoleMapping> {
  const text = await readFile(join(import.meta.dirname, '../../deploy/samples/prod-db.yaml'), 'utf8')
  return parse(text) as RoleMapping
}
