// One version of this repository at work: its manifests on a separate API server, and its three processes. The API
// server, the simulated services and everything that measures are the same for all versions.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import { type AccessRequest, group, type RoleMapping, version } from '../../src/api/kinds.ts'
import { createResource, type Resource } from '../../src/kube/resource.ts'
import type * as TransportModule from '../../src/kube/transport.ts'
import type * as BaseModule from '../../src/sandbox/base.ts'
import { type LocalCluster, startLocalCluster } from '../../src/sandbox/cluster.ts'
import { until } from '../../src/sandbox/plays.ts'
import type * as ProcessesModule from '../../src/sandbox/processes.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds, defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { defaultKey } from '../../src/sim/pagerduty/seeds.ts'
import { startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'

export type Side = {
  cluster: LocalCluster
  requests: Resource<AccessRequest>
  google: GoogleSim
  slack: SlackSim
  authUrl: string
  /** The process that owns the gateway, auth and the controller. */
  watchdogPid: number
  stop(): Promise<void>
}

export const namespace = 'hallpass'

/** Every call of a service account but those for its lease, as an audit policy of a cluster would have it. */
const auditRules = [
  { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
  { level: 'Metadata', userGroups: ['system:serviceaccounts'], omitStages: ['RequestReceived'] },
]

/** Starts the version that is checked out at `root`, with the sample mapping for access of `minSeconds` or longer. */
export async function startSide(root: string, minSeconds: number): Promise<Side> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const clock = new SimClock()
    const ports = await portsOf()
    const authUrl = `http://127.0.0.1:${ports.auth.port}`
    const google = await startGoogle({ clock, seeds: defaultGoogleSeeds([`${authUrl}/oauth/callback`]) })
    undo.push(() => google.close())
    const slack = await startSlack({ clock })
    undo.push(() => slack.close())
    const pagerduty = await startPagerDuty({ clock })
    undo.push(() => pagerduty.close())
    slack.quota.isOn = pagerduty.quota.isOn = false
    const cluster = await startLocalCluster(() => undefined, { auditRules })
    undo.push(() => cluster.stop())
    await install(cluster, root)
    await declareMapping(cluster, root, minSeconds)
    const settings = await settingsFor(root, { google, slack, pagerdutyUrl: pagerduty.url, authUrl })
    const given = Object.fromEntries(
      processNames.map(name => [
        name,
        {
          settings: { ...settings, listen: { ...ports[name], host: '127.0.0.1' } },
          secrets: secretsOf({ google, slack })[name],
          healthPort: ports[name].healthPort,
        },
      ]),
    ) as unknown as Record<ProcessName, ProcessesModule.Given>
    const { startProcesses } = (await import(join(root, 'src/sandbox/processes.ts'))) as typeof ProcessesModule
    const processes = await startProcesses(cluster, given)
    undo.push(() => processes.stop())
    slack.connect(`http://127.0.0.1:${ports.gateway.port}/slack/events`)
    const requests = createResource<AccessRequest>(cluster.transport, { group, version, plural: 'accessrequests' })
    return { cluster, requests, google, slack, authUrl, watchdogPid: processes.pid, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

// Its own transport, because it knows the errors of that one.
async function install({ controlPlane, ...cluster }: LocalCluster, root: string): Promise<void> {
  const { applyBase } = (await import(join(root, 'src/sandbox/base.ts'))) as typeof BaseModule
  const { createTransport } = (await import(join(root, 'src/kube/transport.ts'))) as typeof TransportModule
  const token = async (): Promise<string> => controlPlane.adminToken
  const transport = createTransport({ server: controlPlane.url, ca: controlPlane.caPem, token })
  try {
    await applyBase({ ...cluster, transport })
  } finally {
    await transport.close()
  }
}

type Ports = Record<ProcessName, { port: number; healthPort: number }>

async function portsOf(): Promise<Ports> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = await freePorts(6)
  return {
    gateway: { port: a, healthPort: b },
    auth: { port: c, healthPort: d },
    controller: { port: e, healthPort: f },
  }
}

type Around = { google: GoogleSim; slack: SlackSim; pagerdutyUrl: string; authUrl: string }

async function settingsFor(root: string, around: Around): Promise<Record<string, unknown>> {
  const { google, slack, pagerdutyUrl, authUrl } = around
  // The first of the peers does not have limits, and refuses settings that it does not know.
  const schema = await readFile(join(root, 'src/app/config-schema.ts'), 'utf8')
  const endless = 100_000
  const limits = {
    openPerPerson: endless,
    openPerMapping: endless,
    hourlyPerPerson: endless,
    hourlyPerMapping: endless,
  }
  return {
    namespaces: [namespace],
    ...(schema.includes('openPerPerson') && { limits }),
    publicUrl: authUrl,
    hostedDomains: ['example.com'],
    slack: { teams: [slack.state.team.id], command: '/access', mode: 'http' },
    google: {
      oauthClientID: google.seeds.client.id,
      ticketKey: defaultKeys.ticket,
      tokenKey: defaultKeys.token,
      auditLog: 'projects/hallpass-ops/logs/hallpass',
    },
    iAmASandbox: {
      acceptLoopbackEndpoints: true,
      google: google.url,
      slack: slack.apiUrl,
      pagerduty: pagerdutyUrl,
      // Otherwise a request is settled seventy minutes after its approval.
      ...(schema.includes('evidenceAfter') && { evidenceAfter: '3s' }),
    },
  }
}

function secretsOf({ google, slack }: Pick<Around, 'google' | 'slack'>): Record<ProcessName, Record<string, string>> {
  return {
    gateway: { 'slack-bot-token': slack.botToken, 'slack-signing-secret': slack.signingSecret },
    auth: { 'oauth-client-secret': google.seeds.client.secret, 'google-access-token': defaultIdentities.auth.token },
    controller: {
      'slack-bot-token': slack.botToken,
      'pagerduty-token': defaultKey,
      'google-access-token': defaultIdentities.controller.token,
    },
  }
}

async function declareMapping({ transport }: LocalCluster, root: string, minSeconds: number): Promise<void> {
  const sample = parse(await readFile(join(root, 'deploy/samples/prod-db.yaml'), 'utf8')) as RoleMapping
  const duration = { ...sample.spec.duration, min: `${minSeconds}s` }
  const spec = { ...sample.spec, duration, reason: { required: true } }
  const path = `/apis/${group}/${version}/namespaces/${namespace}/rolemappings`
  await transport.request({ method: 'POST', path, body: { ...sample, spec } })
}

/** Resolves when the controller has judged the mapping, so that people can ask for it. */
export async function untilJudged({ cluster: { transport } }: Side): Promise<void> {
  const mappings = createResource<RoleMapping>(transport, { group, version, plural: 'rolemappings' })
  await until('the mapping is judged', async () => {
    const { items } = await mappings.list({ namespace })
    return items.every(({ status }) => status?.conditions?.some(({ type }) => type === 'Ready')) ? true : undefined
  })
}
