// Runs between one of Hallpass's processes and everything outside it, names each call, and can end the process at one
// of them: before the call leaves, when it has taken effect but is not answered, or when it has been answered. Own
// code, because the instant of death must be exact.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { nameOf } from './calls.ts'
import {
  bodyOf,
  cut,
  forward,
  isWatch,
  open,
  relay,
  type Target,
  targetOf,
  type Upstream,
  type UpstreamResponse,
} from './forward.ts'
import { relaySockets } from './socket-relay.ts'
import { troubled, type WatchTrouble } from './watches.ts'

export const services = ['cluster', 'google', 'slack', 'pagerduty', 'events'] as const
export type Service = (typeof services)[number]

/** When the process dies, as seen from one of its calls. */
export const moments = ['before', 'unanswered', 'after'] as const
export type Moment = (typeof moments)[number]

/**
 * What happens to a call of the cluster besides being passed on: `lost` cuts the answer of a call that was processed,
 * `stale` gives the answer to the same call before this one.
 */
export type Harm =
  'lost' | 'stale' | { slowMs: number } | { status: number; reason: string; retryAfterSeconds?: number } | undefined

export type Proxy = {
  urls: Record<Service, string>
  /** Names of the calls since `begin`, each with its number among its like, such as `POST events #2`. */
  readonly calls: readonly string[]
  /** Begins a story: counts from zero again. */
  begin(): void
  /** Ends the process at the call of this name. */
  arm(death: { call: string; moment: Moment }): void
  /** Whether the armed death has come. */
  hasStruck(): boolean
  /** How many answers were old ones. */
  staleGiven(): number
  /** Asked for each call of the cluster before it is passed on, with its name; `undefined` ends the harm. */
  harm(by: ((name: string, path: string) => Harm | Promise<Harm>) | undefined): void
  /** Hears the name of each call before it is passed on; `undefined` ends it. */
  hear(by: ((name: string) => void) | undefined): void
  /** Breaks every watch that is open. */
  cutWatches(): void
  /** What happens to each line of every watch from now on. `silent` affects only the watches that are open now. */
  troubleWatches(trouble: WatchTrouble | undefined): void
  /** Lets calls through again: a new process is behind it. */
  revive(): void
  /** Milliseconds since the last call, 0 while one is under way. */
  idleMs(): number
  close(): Promise<void>
}

/** How long a process that has its answer may go on: what it then does inside counts, what it sends is lost. */
const lastBreathMs = 30

/** Starts the proxy of one process; `kill` ends that process at once. */
export async function startProxy(upstreams: Record<Service, Upstream>, kill: () => void): Promise<Proxy> {
  const calls: string[] = []
  const seen = new Map<string, number>()
  let armed: { call: string; moment: Moment } | undefined
  let hasStruck = false
  let isDead = false
  let harm: Parameters<Proxy['harm']>[0]
  let heard: Parameters<Proxy['hear']>[0]
  let staleGiven = 0
  let watchTrouble: { kind: WatchTrouble; since: number } | undefined
  /** The last answer to each read of the cluster. */
  const answers = new Map<string, UpstreamResponse>()
  const watches = new Set<ServerResponse>()
  let under = 0
  let lastAt = Date.now()

  const strike = (): void => {
    isDead = hasStruck = true
    kill()
  }

  const note = (name: string): string => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    calls.push(`${name} #${count}`)
    return `${name} #${count}`
  }

  const momentOf = (name: string): Moment | undefined => (!hasStruck && armed?.call === name ? armed.moment : undefined)

  /** A message over a socket has no answer: unanswered, the process ends when it has got through. */
  const sockets = relaySockets(upstreams.slack.url, (kind, pass) => {
    if (isDead) return
    const name = note(kind)
    heard?.(name)
    lastAt = Date.now()
    const moment = momentOf(name)
    if (moment === 'before') return strike()
    pass()
    if (moment === 'unanswered') strike()
    if (moment !== 'after') return
    isDead = hasStruck = true
    setTimeout(kill, lastBreathMs)
  })

  const handle = async (to: Target, call: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(call)
    if (isDead) return cut(response)
    if (isWatch(call)) return watch(to, call, response)
    if (isAside(call)) return relay(await forward(to, call, body), response)
    const name = note(nameOf({ method: call.method ?? '', url: call.url ?? '', body }))
    heard?.(name)
    const moment = momentOf(name)
    if (moment === 'before') {
      strike()
      return cut(response)
    }
    const ill = to === cluster ? await harm?.(name, call.url ?? '') : undefined
    if (isRefused(ill)) return relay(refusal(ill), response)
    if (typeof ill === 'object') await pause(ill.slowMs)
    const old = ill === 'stale' ? answers.get(call.url ?? '') : undefined
    if (old) staleGiven += 1
    const answer = old ?? (await forward(to, call, body))
    if (ill === 'lost') return cut(response)
    if (to === cluster && call.method === 'GET') answers.set(call.url ?? '', answer)
    if (moment === 'unanswered') strike()
    if (isDead) return cut(response)
    // From here on nothing else of this process gets through.
    if (moment === 'after') isDead = hasStruck = true
    await relay(answer, response)
    if (moment === 'after') setTimeout(kill, lastBreathMs)
  }

  const watch = async (to: Target, call: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await open(to, call, Buffer.alloc(0))
    response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' })
    response.flushHeaders()
    watches.add(response)
    response.once('close', () => watches.delete(response))
    answer.on('error', () => cut(response))
    answer.on('end', () => response.end())
    const tell = (line: string): void => void (response.destroyed || response.write(line))
    const openedAt = performance.now()
    // A connection that is half open says nothing; the next one is sound.
    const trouble = (): WatchTrouble | undefined =>
      watchTrouble?.kind === 'silent' && openedAt > watchTrouble.since ? undefined : watchTrouble?.kind
    answer.on('data', troubled(trouble, tell))
  }

  const serve = (to: Target) => async (call: IncomingMessage, response: ServerResponse) => {
    const counts = !isAside(call) && !isWatch(call)
    if (counts) under += 1
    await handle(to, call, response).catch(() => cut(response))
    if (counts) {
      under -= 1
      lastAt = Date.now()
    }
  }

  const cluster = targetOf(upstreams.cluster)
  const servers: Server[] = []
  const urls: Partial<Record<Service, string>> = {}
  for (const service of services) {
    const server = createServer({ keepAliveTimeout: 60_000 }, (call, response) => void listener(call, response))
    const listener = serve(service === 'cluster' ? cluster : targetOf(upstreams[service]))
    if (service === 'slack') server.on('upgrade', sockets.accept)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
    urls[service] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  return {
    urls: urls as Record<Service, string>,
    calls,
    begin: () => {
      calls.length = 0
      seen.clear()
      armed = undefined
      hasStruck = false
    },
    arm: death => {
      armed = death
    },
    hasStruck: () => hasStruck,
    staleGiven: () => staleGiven,
    harm: by => {
      harm = by
    },
    hear: by => {
      heard = by
    },
    cutWatches: () => watches.forEach(cut),
    troubleWatches: kind => {
      watchTrouble = kind && { kind, since: performance.now() }
    },
    revive: () => {
      isDead = false
    },
    idleMs: () => (under > 0 ? 0 : Date.now() - lastAt),
    close: async () => {
      sockets.close()
      for (const server of servers) server.closeAllConnections()
      await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
    },
  }
}

/**
 * What is no step of a story: watches, the lease, and what comes from a person's browser, which reaches Google through
 * the same address and says where it comes from.
 */
function isAside({ url = '', headers }: IncomingMessage): boolean {
  // A proof that admission holds is a dry run, on the one request that it looked up.
  const isProof = /[?&](dryRun=All|limit=1)(&|$)/.test(url)
  return url.includes('/leases/') || url.endsWith('/leases') || isProof || 'sec-fetch-site' in headers
}

type Refused = Extract<Harm, { status: number }>

function isRefused(harm: Harm): harm is Refused {
  return typeof harm === 'object' && 'status' in harm
}

// As the API server words it.
function refusal({ status, reason, retryAfterSeconds }: Refused): UpstreamResponse {
  const body = { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'on purpose', reason, code: status }
  const headers = {
    'content-type': 'application/json',
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  }
  return { status, headers, body: Buffer.from(JSON.stringify(body)) }
}
