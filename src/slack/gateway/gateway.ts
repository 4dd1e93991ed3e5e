// The gateway: receives Slack's deliveries, sends acknowledgements and answers. It stores requests, denials and
// withdrawals, and never an approval. A request is acknowledged with its result. Only if storing takes longer than the
// deadline, it is acknowledged before; a crash in this window loses the request and the answer, and the person has read
// "still storing".
import { App, HTTPReceiver, LogLevel, type Logger, type Receiver } from '@slack/bolt'
import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalRequester } from '../../domain/people/belonging.ts'
import type { People } from '../../domain/people/identity.ts'
import type { Limits } from '../../domain/asking/limits.ts'
import type { Clock, Directory, Mappings, Requests, AliveRequests } from '../../domain/ports.ts'
import type { GoogleGroups } from '../../domain/people/group-reader.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Installed, whoActs } from './acting.ts'
import { createAsking } from '../../store/asking.ts'
import { type Connection, type ConnectionOptions, createConnection } from './connection.ts'
import type { Dependencies, Log } from './dependencies.ts'
import { listen, type Metrics } from './listeners.ts'
import { deliverTo } from './over-socket.ts'
import type { Forms, Respond } from './responder.ts'
import { createTally } from '../../store/tally.ts'
import { inTime, tracker } from './timely.ts'
import { behindDoor } from './verify.ts'

export type GatewayOptions = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'create' | 'patchStatus' | 'ofRequester' | 'history'>
  standing: AliveRequests
  mappings: Mappings
  directory: Directory
  googleGroups: GoogleGroups
  forms: Forms
  respond: Respond
  installed: Installed
  /** Addresses that belong together; the first of each row is the person's Google address. */
  people: People
  /** Domains whose people may ask. */
  hostedDomains: readonly string[]
  /** Partners who may ask too. */
  externalRequesters: readonly ExternalRequester[]
  log: Log
  metrics: Metrics
  limits: Limits
  /** Whether admission restricts this process. While it does not, nothing is accepted and people are told so. */
  isHeld: () => boolean
  /** Deliveries over HTTP, verified with any of these secrets, or over sockets to Slack. */
  via: { signingSecrets: readonly Secret[]; path?: string } | ConnectionOptions
  /** The command that reaches every mapping. */
  command?: string
  /** Whether a janitor is installed, which removes the access of people who are done. */
  hasJanitor?: boolean
  /** Nobody should wait longer than a second without an answer; storing gets 0.8 s, the rest is for the network. */
  storeDeadlineMs?: number
  /** Waits between attempts to store; by default in real time. */
  pause?: (ms: number) => Promise<void>
}

export type Gateway = {
  /** Serves Slack's deliveries; answers 404 to every other path. With a socket it serves nothing. */
  listener: RequestListener
  /**
   * Stays connected to Slack until the signal aborts; over HTTP there is nothing to do. Rejects when Slack refuses the
   * app-level token.
   */
  run(signal: AbortSignal): Promise<void>
  /** Why nothing can be received now; undefined when it can. */
  notReady(): string | undefined
  /** False when only a restart can help. */
  isAlive(): boolean
  /**
   * Waits until all deliveries under way are answered, then closes the sockets, if any. Stop serving `listener`, or end
   * `run`, first.
   */
  stop(): Promise<void>
}

/** With sockets, a process that is asked to end does so within ten seconds, even if Slack takes no answers. */
const lastAnswersMs = 4_000
const onHttp = {
  run: async () => undefined,
  notReady: () => undefined,
  isAlive: () => true,
  close: async () => undefined,
}
const passive: Receiver = { init: () => undefined, start: async () => undefined, stop: async () => undefined }

/** Creates the gateway. It receives nothing before `listener` is mounted or `run` is called. */
export function createGateway(options: GatewayOptions): Gateway {
  const deps = dependenciesOf(options)
  const underWay = tracker()
  const { via, log } = options
  const isHttp = 'signingSecrets' in via
  const http = isHttp
    ? new HTTPReceiver({
        signatureVerification: false,
        signingSecret: '',
        endpoints: [pathOf(options)],
        logger: quiet(log),
      })
    : undefined
  const app = new App({
    receiver: http ?? passive,
    authorize: async () => ({}),
    logger: quiet(log),
    ignoreSelf: false,
    convoStore: false,
  })
  const { metrics, isHeld, storeDeadlineMs = 800 } = options
  listen(app, { deps, metrics, isHeld, storeDeadlineMs, underWay })
  const connection: Connection = isHttp ? onHttp : createConnection({ ...via, log, onDelivery: deliverTo(app, log) })
  return {
    listener: http ? behindDoor(http.requestListener, doorOf(options)) : (_req, res) => void res.writeHead(404).end(),
    run: signal => connection.run(signal),
    notReady: () => connection.notReady(),
    isAlive: () => connection.isAlive(),
    stop: async () => {
      await (isHttp ? underWay.ended() : inTime(underWay.ended(), lastAnswersMs))
      await connection.close()
    },
  }
}

function dependenciesOf(options: GatewayOptions): Dependencies {
  const {
    clock,
    requests,
    mappings,
    directory,
    googleGroups,
    forms,
    respond,
    people,
    installed,
    log,
    command = '/access',
  } = options
  const { standing, limits, metrics, pause = async (ms: number): Promise<void> => sleep(ms) } = options
  const tally = createTally(clock)
  standing.onSeen(request => tally.see(request))
  const { hostedDomains, externalRequesters } = options
  const organisation = { hostedDomains, externalRequesters }
  return {
    clock,
    requests,
    standing,
    mappings,
    directory,
    googleGroups,
    forms,
    respond,
    people,
    organisation,
    log,
    command,
    hasJanitor: options.hasJanitor ?? false,
    whoActs: whoActs({ directory, installed, people, organisation }),
    ask: createAsking({ requests, standing, tally, limits, people, clock, organisation, pause }),
    onFlood: limit => metrics.limited(limit),
  }
}

function pathOf({ via }: GatewayOptions): string {
  return ('path' in via ? via.path : undefined) ?? '/slack/events'
}

function doorOf(options: GatewayOptions): Parameters<typeof behindDoor>[1] {
  const { clock, via, log, metrics } = options
  return {
    clock,
    signingSecrets: 'signingSecrets' in via ? via.signingSecrets : [],
    path: pathOf(options),
    onRefused: (status, why) => {
      metrics.delivered('refused', String(status))
      log.warn({ status, why }, 'gateway: a call that is not a valid delivery of Slack was refused')
    },
  }
}

/** Bolt's message without quotations: it may quote bodies, which contain response addresses. */
function quiet(log: Log): Logger {
  const nothing = (): void => undefined
  return {
    debug: nothing,
    info: nothing,
    warn: () => log.warn({}, 'gateway: Bolt logged a warning; its text may quote a delivery, so it is left out'),
    error: () => log.warn({}, 'gateway: Bolt logged an error; its text may quote a delivery, so it is left out'),
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  }
}
