// The gateway: Slack's deliveries in, acknowledgements and answers out. It stores requests, denials and withdrawals, and
// never an approval. An ask is acknowledged with its result; only when storing takes longer than the deadline is it
// acknowledged before: a crash in that one window loses the ask and the answer, and the person has read "still storing".
import { App, HTTPReceiver, LogLevel, type Logger, SocketModeReceiver } from '@slack/bolt'
import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExternalRequester } from '../../domain/belonging.ts'
import type { People } from '../../domain/identity.ts'
import type { Limits } from '../../domain/limits.ts'
import type { Clock, Directory, Mappings, Requests, AliveRequests } from '../../domain/ports.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Installed, whoActs } from './acting.ts'
import { createAsking } from './ask.ts'
import type { Dependencies, Log } from './dependencies.ts'
import { listen, type Metrics } from './listeners.ts'
import type { Forms, Respond } from './responder.ts'
import { createTally } from './tally.ts'
import { tracker } from './timely.ts'
import { behindDoor } from './verify.ts'

export type GatewayOptions = {
  clock: Clock
  requests: Pick<Requests, 'get' | 'create' | 'patchStatus' | 'ofRequester'>
  standing: AliveRequests
  mappings: Mappings
  directory: Directory
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
  /** Whether admission holds this process to its part. While it does not, nothing is taken and people are told so. */
  isHeld: () => boolean
  /** Deliveries over HTTP, verified with any of these secrets, or over a socket that Slack opens with the app's token. */
  via: { signingSecrets: readonly Secret[]; path?: string } | { appToken: Secret }
  /** The command that reaches every mapping. */
  command?: string
  /** Nobody should look at a silent screen for more than a second; storing gets 0.8 of it, the rest is for the network. */
  storeDeadlineMs?: number
  /** How it waits between attempts at storing; real time unless a test says otherwise. */
  pause?: (ms: number) => Promise<void>
}

export type Gateway = {
  /** Serves Slack's deliveries; answers 404 to every other path. With a socket it serves nothing. */
  listener: RequestListener
  start(): Promise<void>
  /** Closes the socket, if any, and waits until what is under way is answered. Stop serving `listener` first. */
  stop(): Promise<void>
}

/** Builds the gateway. Nothing is received before `listener` is mounted or `start` is called. */
export function createGateway(options: GatewayOptions): Gateway {
  const deps = dependenciesOf(options)
  const underWay = tracker()
  const socket =
    'appToken' in options.via
      ? new SocketModeReceiver({ appToken: options.via.appToken.reveal(), logger: quiet(options.log) })
      : undefined
  const http = socket
    ? undefined
    : new HTTPReceiver({
        signatureVerification: false,
        signingSecret: '',
        endpoints: [pathOf(options)],
        logger: quiet(options.log),
      })
  const app = new App({
    receiver: socket ?? (http as HTTPReceiver),
    authorize: async () => ({}),
    logger: quiet(options.log),
    ignoreSelf: false,
    convoStore: false,
  })
  const { metrics, isHeld, storeDeadlineMs = 800 } = options
  listen(app, { deps, metrics, isHeld, storeDeadlineMs, underWay })
  return {
    listener: http ? behindDoor(http.requestListener, doorOf(options)) : (_req, res) => void res.writeHead(404).end(),
    start: async () => {
      await socket?.start()
    },
    stop: async () => {
      await socket?.stop()
      await underWay.ended()
    },
  }
}

function dependenciesOf(options: GatewayOptions): Dependencies {
  const { clock, requests, mappings, directory, forms, respond, people, installed, log, command = '/access' } = options
  const { standing, limits, metrics, pause = async (ms: number): Promise<void> => sleep(ms) } = options
  const tally = createTally(clock)
  standing.onSeen(request => tally.see(request))
  const { hostedDomains, externalRequesters } = options
  const organisation = { hostedDomains, externalRequesters }
  return {
    clock,
    requests,
    mappings,
    directory,
    forms,
    respond,
    people,
    organisation,
    log,
    command,
    whoActs: whoActs({ directory, installed, people, organisation }),
    ask: createAsking({ requests, standing, tally, limits, clock, organisation, pause }),
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
      log.warn({ status, why }, 'a delivery was refused at the door')
    },
  }
}

/** Bolt's words without what it quotes: it may quote bodies, which hold response addresses. */
function quiet(log: Log): Logger {
  const nothing = (): void => undefined
  return {
    debug: nothing,
    info: nothing,
    warn: () => log.warn({}, 'Bolt warned'),
    error: () => log.warn({}, 'Bolt met an error'),
    setLevel: nothing,
    getLevel: () => LogLevel.WARN,
    setName: nothing,
  }
}
