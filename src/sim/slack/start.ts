// Starts the simulated Slack: one workspace, one installed app. It imports only the common parts of the simulators.
import type { EventEmitter } from 'node:events'
import type { Clock } from '../clock.ts'
import { type Faults, serve } from '../serve.ts'
import { Desktop } from './desktop.ts'
import { Hooks } from './hooks.ts'
import { servePage } from './page.ts'
import { Quota } from './quota.ts'
import { defaultSlackSeeds } from './seeds.ts'
import { type PageState, pageStateOf } from './page-state.ts'
import { Sender } from './sender.ts'
import { Sockets } from './sockets.ts'
import { type Seeds, Workspace } from './state.ts'
import type { SlackEvent } from './types.ts'
import { type Called, serveWebApi } from './web-api.ts'

export type SlackOptions = {
  clock: Clock
  /** Changes to `defaultSlackSeeds`. */
  seeds?: Partial<Seeds>
  /** Tokens of the sandbox unless given. */
  botToken?: string
  appToken?: string
  signingSecret?: string
  /** The app's request URL; `connect` sets it later. Loopback only. */
  requestUrl?: string
  port?: number
}

export type SlackSim = {
  /** Also the origin of response addresses. */
  url: string
  /** For `slackApiUrl` of the official client. */
  apiUrl: string
  /** The token that the app must show; a test may replace it. */
  botToken: string
  signingSecret: string
  faults: Faults
  quota: Quota
  /** The workspace itself: people, channels, messages, ephemerals, views. */
  state: Workspace
  /** What people do. */
  desktop: Desktop
  /** Deliveries: their record, duplication, patience, and forged ones. */
  sender: Sender
  /** The app's sockets, and what happens to them. */
  sockets: Sockets
  /** Calls of Web API methods, in order. */
  calls: Called[]
  /** Emits `event` for each change. */
  events: EventEmitter<{ event: [SlackEvent] }>
  connect(url: string): void
  /** Switches Socket Mode on: deliveries go over the app's sockets. */
  useSockets(): void
  /** Origin of response addresses from now on: for a proxy in front of the workspace. */
  servedAt(url: string): void
  /** What one person sees, as `GET /_sim/state?user=…` answers. */
  pageStateOf(userID: string): PageState
  close(): Promise<void>
}

/** A workspace on a free loopback port. */
export async function startSlack({ clock, seeds, port, requestUrl, ...secrets }: SlackOptions): Promise<SlackSim> {
  const state = new Workspace({ ...defaultSlackSeeds(), ...seeds }, clock)
  const hooks = new Hooks(state)
  const sender = new Sender(state, secrets.signingSecret ?? 'sandbox-signing-secret')
  const quota = new Quota(clock)
  const sockets = new Sockets(state, secrets.appToken ?? 'xapp-sandbox')
  const desktop = new Desktop({ state, hooks, sender })
  const calls: Called[] = []
  const served = await serve(app => {
    serveWebApi(app, { state, hooks, quota, sockets, calls, token: () => sim.botToken })
    hooks.serve(app)
    servePage(app, { state, desktop, sender, quota })
  }, port)
  const servedAt = (url: string): void => {
    hooks.servedAt(url)
    sockets.servedAt(url)
  }
  servedAt(served.url)
  served.onUpgrade((request, socket, head) => sockets.accept(request, socket, head))
  if (requestUrl) sender.connect(requestUrl)
  const sim: SlackSim = {
    url: served.url,
    apiUrl: `${served.url}/api/`,
    botToken: secrets.botToken ?? 'xoxb-sandbox',
    signingSecret: sender.signingSecret,
    faults: served.faults,
    quota,
    state,
    desktop,
    sender,
    sockets,
    calls,
    events: state.events,
    connect: url => sender.connect(url),
    useSockets: () => sender.overSockets(sockets),
    servedAt,
    pageStateOf: userID => pageStateOf(state, userID),
    close: async () => {
      sockets.close()
      await served.close()
    },
  }
  return sim
}
