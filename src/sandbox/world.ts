// Everything on this machine: a real API server with deploy/base in it, simulated Google, Slack and PagerDuty, and the
// operator's three processes under their own service accounts. The sandbox, the story and the tests use it.
import type { AccessRequest, RoleMapping } from '../api/kinds.ts'
import { group, version } from '../api/kinds.ts'
import { isAlreadyExists } from '../kube/api-error.ts'
import { createResource, type Resource } from '../kube/resource.ts'
import { type Clock, SimClock } from '../sim/clock.ts'
import type { Step } from '../sim/controlplane/build.ts'
import { type GoogleSim, startGoogle } from '../sim/google/google.ts'
import {
  defaultAuditView,
  defaultGoogleSeeds,
  defaultIdentities,
  defaultKeys,
  groupsReader,
  policyReader,
} from '../sim/google/seeds.ts'
import { defaultRoutingKey, type EventsSim, startEvents } from '../sim/pagerduty/events.ts'
import { defaultKey } from '../sim/pagerduty/seeds.ts'
import { type PagerDutySim, startPagerDuty } from '../sim/pagerduty/start.ts'
import { freePorts } from '../sim/programs.ts'
import { type SlackSim, startSlack } from '../sim/slack/start.ts'
import { applyBase, applyJanitor, baseContent, type Requesters, scaleToNothing, untilEnforced } from './base.ts'
import { type Cluster, openExistingCluster, startLocalCluster } from './cluster.ts'
import { readSample, type Town } from './town.ts'
import { janitorIdentity, withJanitor } from './janitor.ts'
import { type Given, type Processes, type ProcessName, type ProgramName, startProcesses } from './processes.ts'

/** Everything that was started, and where to reach it. */
export type World = {
  clock: Clock
  cluster: Cluster
  requests: Resource<AccessRequest>
  mappings: Resource<RoleMapping>
  google: GoogleSim
  slack: SlackSim
  pagerduty: PagerDutySim
  /** PagerDuty's Events API: the pages that were raised. */
  pages: EventsSim
  processes: Processes
  /** Address of the approver's pages. */
  authUrl: string
  /** Address of health and metrics of each process that runs. */
  healthUrls: Record<ProcessName, string> & { janitor?: string }
  stop(): Promise<void>
}

/** Namespace of the sandbox's mappings and requests. */
export const namespace = 'hallpass'

/** The log that the sandbox's events go to. */
export const auditLog = 'projects/hallpass-ops/logs/hallpass'

/** The route that mappings of the sandbox may page through. */
const route = 'platform'

/** The domains whose people may ask, for both the processes and the admission policy. */
const requesters = { hostedDomains: ['example.com'] }

type Options = {
  /** Receives the progress, one sentence a line. */
  say?: (line: string) => void
  /** Is told every second how far the build of a program of the control plane is. */
  onStep?: (step: Step) => void
  /** Changes the sample mapping before it is stored. */
  mapping?: (sample: RoleMapping) => RoleMapping
  /** Instead of the one sample mapping: several, with everything that they name. */
  town?: Town
  /** Addresses of one person each, as configured. */
  people?: string[][]
  /** The limits for requests; by default, higher than needed in a sandbox. */
  limits?: Record<string, number>
  /** Partners who may ask, as configured. */
  externalRequesters?: { email: string; until: string }[]
  /** How Slack's deliveries reach the gateway. */
  slackMode?: 'http' | 'socket'
  /** Whether mappings may name Google groups; those of a town may. */
  readsGroups?: boolean
  /** How often the controller compares policies with the record, such as 10s; never unless given. */
  compareEvery?: string
  /** Also runs the optional janitor, which may change bindings of these roles. `isAway`: it is installed and does not run. */
  janitor?: { roles: readonly string[]; isAway?: boolean }
  /** Takes little memory instead of little processor time; not in an existing cluster. */
  isSmall?: boolean
  /** Uses the cluster that KUBECONFIG names instead of starting one. */
  existing?: boolean
  /** Follows a world whose cluster is lost: the same Google, log and address. It is not stopped with this one. */
  lost?: Pick<World, 'google' | 'authUrl'>
}

const endless = { openPerPerson: 100_000, openPerMapping: 100_000, hourlyPerPerson: 100_000, hourlyPerMapping: 100_000 }

/** Starts everything and waits until it is ready. If one part fails, all others are stopped. */
export async function startWorld({
  say = () => undefined,
  onStep = () => undefined,
  mapping = sample => sample,
  town,
  people = [],
  limits = endless,
  externalRequesters = [],
  slackMode = 'http',
  readsGroups = town !== undefined,
  compareEvery,
  janitor,
  isSmall = false,
  existing = false,
  lost,
}: Options = {}): Promise<World> {
  const undo: (() => Promise<void>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  const keep = <T extends { stop(): Promise<void> } | { close(): Promise<void> }>(started: T): T => {
    undo.push(() => ('stop' in started ? started.stop() : started.close()))
    return started
  }
  try {
    const clock = new SimClock()
    const ports = await portsOf(lost && Number(new URL(lost.authUrl).port))
    const authUrl = `http://127.0.0.1:${ports.auth.port}`
    const seeds = defaultGoogleSeeds([`${authUrl}/oauth/callback`])
    const own = town?.google(seeds) ?? seeds
    const google =
      lost?.google ?? keep(await startGoogle({ clock, seeds: janitor ? withJanitor(own, janitor.roles) : own }))
    const slack = keep(await startSlack({ clock, ...(town && { seeds: town.slack }) }))
    const pagerduty = keep(await startPagerDuty({ clock, ...town?.pagerduty }))
    const pages = keep(await startEvents({ clock }))
    const asking = { ...requesters, ...(externalRequesters.length > 0 && { externalRequesters }) }
    const cluster = keep(
      await (existing ? existingCluster(asking, say) : localCluster(asking, { say, onStep, isSmall })),
    )
    if (janitor) await applyJanitor(cluster)
    if (isSmall) keep(forgetRecords({ google, slack }))
    const { transport } = cluster
    const mappings = createResource<RoleMapping>(transport, { group, version, plural: 'rolemappings' })
    const declared = town?.mappings ?? [mapping(await readSample('prod-db'))]
    for (const each of declared) await mappings.create(each).catch(unlessItStands)
    const sims = { google, slack, pagerduty, pages }
    const given = givenTo(
      {
        ...sims,
        authUrl,
        people,
        externalRequesters,
        limits,
        slackMode,
        readsGroups,
        ...(compareEvery && { compareEvery }),
        ...(janitor && { janitor }),
      },
      ports,
    )
    if (slackMode === 'socket') slack.useSockets()
    else slack.connect(`http://127.0.0.1:${ports.gateway.port}/slack/events`)
    const processes = keep(await startProcesses(cluster, given, { isSmall: isSmall && !existing }))
    const requests = createResource<AccessRequest>(transport, { group, version, plural: 'accessrequests' })
    await untilReady(mappings)
    const healthOf = (name: ProgramName): string => `http://127.0.0.1:${ports[name].healthPort}`
    const healthUrls = {
      gateway: healthOf('gateway'),
      auth: healthOf('auth'),
      controller: healthOf('controller'),
      ...(given.janitor && { janitor: healthOf('janitor') }),
    }
    return { clock, cluster, requests, mappings, ...sims, processes, authUrl, healthUrls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The simulators record every call for tests. In a sandbox nobody reads that, so only the newest are kept. */
function forgetRecords({ google, slack }: Pick<World, 'google' | 'slack'>): { stop(): Promise<void> } {
  const kept = 200
  const records: unknown[][] = [google.calls, slack.calls, slack.sender.deliveries]
  const timer = setInterval(() => records.forEach(record => record.splice(0, record.length - kept)), 5_000)
  return { stop: async () => clearInterval(timer) }
}

async function localCluster(
  asking: Requesters,
  { say, ...options }: Required<Pick<Options, 'say' | 'onStep' | 'isSmall'>>,
): Promise<Cluster> {
  const cluster = await startLocalCluster(say, { content: baseContent(asking), ...options })
  await untilEnforced(cluster)
  return cluster
}

async function existingCluster(asking: Requesters, say: (line: string) => void): Promise<Cluster> {
  const cluster = await openExistingCluster(say)
  await applyBase(cluster, asking)
  if (cluster.runsPods) await scaleToNothing(cluster)
  return cluster
}

// An existing cluster may still have it from an earlier run.
function unlessItStands(error: unknown): void {
  if (!isAlreadyExists(error)) throw error
}

type Ports = Record<ProgramName, { port: number; healthPort: number }>

async function portsOf(authPort?: number): Promise<Ports> {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = await freePorts(8)
  return {
    gateway: { port: a, healthPort: b },
    auth: { port: authPort ?? c, healthPort: d },
    controller: { port: e, healthPort: f },
    janitor: { port: g, healthPort: h },
  }
}

type Around = Pick<World, 'google' | 'slack' | 'pagerduty' | 'pages' | 'authUrl'> &
  Required<Pick<Options, 'people' | 'externalRequesters' | 'limits' | 'slackMode' | 'readsGroups'>> &
  Pick<Options, 'janitor' | 'compareEvery'>

function givenTo(around: Around, ports: Ports): Record<ProcessName, Given> & { janitor?: Given } {
  const { google, slack, pagerduty, pages, authUrl, people, externalRequesters, limits, slackMode, janitor } = around
  const groups = around.readsGroups ? { groupsReader, readGroupSettings: true } : {}
  const comparing = around.compareEvery ? { policyReader, compareEvery: around.compareEvery } : {}
  const settings = (name: ProgramName): Given['settings'] => ({
    namespaces: [namespace],
    people,
    externalRequesters,
    limits,
    pagerduty: { routes: [{ name: route, namespaces: [namespace], service: 'PSERVICE' }] },
    publicUrl: authUrl,
    ...requesters,
    slack: { teams: [slack.state.team.id], command: '/access', mode: slackMode },
    google: {
      oauthClientID: google.seeds.client.id,
      ticketKey: defaultKeys.ticket,
      tokenKey: defaultKeys.token,
      auditLog,
      auditView: defaultAuditView,
      readCustomRoles: true,
      ...groups,
      ...comparing,
    },
    ...(janitor && { janitor: { account: janitorIdentity.email } }),
    listen: { ...ports[name], host: '127.0.0.1' },
    iAmASandbox: {
      acceptLoopbackEndpoints: true,
      google: google.url,
      slack: slack.apiUrl,
      pagerduty: pagerduty.url,
      pagerdutyEvents: pages.url,
      evidenceAfter: '3s',
    },
  })
  const given = (name: ProgramName, secrets: Record<string, string>): Given => ({
    settings: settings(name),
    secrets,
    healthPort: ports[name].healthPort,
  })
  return {
    gateway: given('gateway', {
      'slack-bot-token': slack.botToken,
      ...(slackMode === 'http'
        ? { 'slack-signing-secret': slack.signingSecret }
        : { 'slack-app-token': slack.sockets.appToken }),
      ...(around.readsGroups && { 'google-access-token': defaultIdentities.gateway.token }),
    }),
    auth: given('auth', {
      'oauth-client-secret': google.seeds.client.secret,
      'google-access-token': defaultIdentities.auth.token,
    }),
    controller: given('controller', {
      'slack-bot-token': slack.botToken,
      'pagerduty-token': defaultKey,
      [`pagerduty-route-${route}`]: defaultRoutingKey,
      'google-access-token': defaultIdentities.controller.token,
    }),
    ...(janitor && !janitor.isAway && { janitor: given('janitor', { 'google-access-token': janitorIdentity.token }) }),
  }
}

/** Longest wait until the controller has checked the mapping. Usually it takes a second. */
const judgedWithinMs = 30_000

async function untilReady(mappings: Resource<RoleMapping>): Promise<void> {
  for (const until = Date.now() + judgedWithinMs; Date.now() < until;) {
    const { items } = await mappings.list({ namespace })
    if (items.every(({ status }) => status?.conditions?.some(({ type }) => type === 'Ready'))) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('The controller has not checked the sample mapping.')
}
