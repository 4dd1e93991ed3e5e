// One installation of Hallpass for the fault tests: a namespace with its mappings, its own simulated services, and the
// three processes, each behind a proxy that can kill it. Stories are played in it one after another. Several
// installations run side by side; they share the API server and nothing else.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type AccessRequest, group, version } from '../../src/api/kinds.ts'
import { createResource, type Resource } from '../../src/kube/resource.ts'
import type { LocalCluster } from '../../src/sandbox/cluster.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import { SimClock } from '../../src/sim/clock.ts'
import { type GoogleSim, startGoogle } from '../../src/sim/google/google.ts'
import { defaultGoogleSeeds } from '../../src/sim/google/seeds.ts'
import { type EventsSim, startEvents } from '../../src/sim/pagerduty/events.ts'
import { type PagerDutySim, startPagerDuty } from '../../src/sim/pagerduty/start.ts'
import { freePorts } from '../../src/sim/programs.ts'
import { type SlackSim, startSlack } from '../../src/sim/slack/start.ts'
import { addResource, samples } from '../builders/resources.ts'
import { startBalancer } from './balancer.ts'
import { keep, type Kept } from './child.ts'
import { clockFile, declare, place, type SlackMode } from './place.ts'
import { type Proxy, startProxy } from './proxy.ts'

/** The three processes and the proxy of each. */
export type Crew = { proxies: Record<ProcessName, Proxy>; processes: Record<ProcessName, Kept> }

export type Installation = Crew & {
  namespace: string
  slackMode: SlackMode
  cluster: LocalCluster
  requests: Resource<AccessRequest>
  google: GoogleSim
  slack: SlackSim
  pagerduty: PagerDutySim
  /** Where browsers find auth. */
  authUrl: string
  /** PagerDuty's Events API. */
  events: EventsSim
  /** Ready, leading, and idle for a moment: no earlier story is under way. */
  rest(): Promise<void>
  /** Deletes the requests of earlier stories, so that nobody reads them repeatedly. */
  clear(): Promise<void>
  /** Sets the clocks of the three processes ahead by so much; 0 puts them right. */
  setClocks(aheadMs: number): void
  /** Starts three more processes in addition to the first, of which one controller waits for the lease. */
  double(): Promise<Crew & { stop(): Promise<void> }>
  close(): Promise<void>
}

const silenceMs = 250
/**
 * Where our processes listen: an address that nothing else of this machine uses, because a process that was killed must
 * find its port free again, and any connection from 127.0.0.1 may have taken it. Other systems than Linux have one only.
 */
const host = process.platform === 'linux' ? `127.1.${(process.pid >> 8) & 255}.${(process.pid & 127) + 1}` : '127.0.0.1'
const restWithinMs = 60_000

/** Where an installation lives, what its processes are given, and how Slack's deliveries reach its gateway. */
export type Setup = { namespace: string; folder: string; slackMode: SlackMode; retainFor?: string | undefined }

/** Opens an installation. */
export async function openInstallation(
  cluster: LocalCluster,
  { namespace, folder, slackMode, retainFor }: Setup,
): Promise<Installation> {
  const clock = new SimClock()
  const [deliveries, pages] = [await startBalancer(), await startBalancer()]
  const google = await startGoogle({ clock, seeds: defaultGoogleSeeds([`${pages.url}/oauth/callback`]) })
  addResource(google, samples.bucket)
  const slack = await startSlack({ clock })
  const pagerduty = await startPagerDuty({ clock })
  const events = await startEvents({ clock })
  slack.quota.isOn = pagerduty.quota.isOn = false
  if (slackMode === 'socket') slack.useSockets()
  else slack.connect(`${deliveries.url}/slack/events`)
  await declare(cluster, namespace)
  const crews: (Crew & { ports: Ports })[] = []
  const services = { google, slack, pagerduty, events }
  const around = { cluster, namespace, folder, slackMode, authUrl: pages.url, retainFor, ...services }

  const spread = (): void => {
    deliveries.to(crews.map(({ ports: { gateway } }) => `http://${host}:${gateway.port}`))
    pages.to(crews.map(({ ports: { auth } }) => `http://${host}:${auth.port}`))
  }

  const leave = async (crew: Crew): Promise<void> => {
    const at = crews.findIndex(({ processes }) => processes === crew.processes)
    if (at >= 0) crews.splice(at, 1)
    spread()
    await Promise.all(processNames.map(name => crew.processes[name].stop()))
    await Promise.all(processNames.map(name => crew.proxies[name].close()))
  }

  const joined = async (): Promise<Crew> => {
    const ports = await portsOf()
    const crew = { ...(await startCrew({ ...around, ports, first: crews[0], nth: crews.length })), ports }
    crews.push(crew)
    spread()
    return crew
  }

  const { proxies, processes } = await joined()
  const requests = createResource<AccessRequest>(cluster.transport, { group, version, plural: 'accessrequests' })
  const own = { proxies, processes }
  return {
    namespace,
    slackMode,
    cluster,
    requests,
    google,
    slack,
    pagerduty,
    authUrl: pages.url,
    events,
    ...own,
    rest: () => rest(own),
    setClocks: aheadMs => {
      for (const name of processNames) {
        writeFileSync(clockFile(placeOf(folder, namespace, 0, name)), String(aheadMs))
        processes[name].signal('SIGUSR2')
      }
    },
    clear: async () => {
      const path = `/apis/${group}/${version}/namespaces/${namespace}/accessrequests`
      await cluster.transport.request({ method: 'DELETE', path })
    },
    double: async () => {
      const crew = await joined()
      await Promise.all(processNames.map(name => crew.processes[name].ready()))
      return { ...crew, stop: () => leave(crew) }
    },
    close: async () => {
      for (let [crew] = crews; crew; [crew] = crews) await leave(crew)
      await Promise.all([google, slack, pagerduty, events, deliveries, pages].map(served => served.close()))
    },
  }
}

function placeOf(folder: string, namespace: string, nth: number, name: ProcessName): string {
  return join(folder, `${namespace}-${nth}`, name)
}

type Starting = Pick<
  Installation,
  'cluster' | 'namespace' | 'slackMode' | 'google' | 'slack' | 'pagerduty' | 'events'
> & {
  folder: string
  authUrl: string
  retainFor: string | undefined
  ports: Ports
  /** The crew that the response addresses of Slack lead to. */
  first: Crew | undefined
  nth: number
}

async function startCrew({ cluster, namespace, folder, ports, first, nth, ...around }: Starting): Promise<Crew> {
  const { google, slack, pagerduty, events } = around
  const upstreams = {
    cluster: { url: cluster.server, ca: cluster.ca },
    google: { url: google.url },
    slack: { url: slack.url },
    pagerduty: { url: pagerduty.url },
    events: { url: events.url },
  }
  const proxies: Partial<Record<ProcessName, Proxy>> = {}
  const processes: Partial<Record<ProcessName, Kept>> = {}
  for (const name of processNames) {
    const proxy = (proxies[name] = await startProxy(upstreams, () => processes[name]?.kill()))
    // Response addresses and sockets lead through the proxy of the first gateway.
    if (name === 'gateway' && !first) slack.servedAt(proxy.urls.slack)
    const urls = { ...proxy.urls, ...(first && { slack: first.proxies[name].urls.slack }) }
    const own = { folder: placeOf(folder, namespace, nth, name), name, cluster }
    const env = await place(own, { namespace, ...around, urls, listen: { ...ports[name], host } })
    const isReady = readiness(nth === 0 ? name : 'gateway', ports[name].healthPort)
    processes[name] = keep({ args: [name], env, isReady, onStart: () => proxy.revive() })
  }
  return { proxies, processes } as Crew
}

async function rest({ proxies, processes }: Crew): Promise<void> {
  for (const until = Date.now() + restWithinMs; Date.now() < until; await pause(50)) {
    await Promise.all(processNames.map(name => processes[name].ready()))
    if (processNames.every(name => proxies[name].idleMs() > silenceMs)) return
  }
  const busy = processNames.map(name => `${name}: ${proxies[name].calls.at(-1)}, ${processes[name].ends.length} ends`)
  throw new Error(`The processes do not become idle (${busy.join('; ')}).`)
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

/** Gateway and auth are ready when they say so, the controller when it leads. */
function readiness(name: ProcessName, healthPort: number): () => Promise<boolean> {
  const read = async (path: string): Promise<Response> => fetch(`http://${host}:${healthPort}${path}`)
  if (name !== 'controller')
    return async () => {
      const answer = await read('/readyz')
      await answer.body?.cancel()
      return answer.ok
    }
  return async () => /^leader_election_master_status(\{[^}]*\})? 1$/m.test(await (await read('/metrics')).text())
}
