// Composes the gateway.
import { createAliveRequests, standingIn } from '../store/alive-requests.ts'
import { createMappings } from '../store/mappings.ts'
import { probesOfGateway } from '../store/enforcement.ts'
import { createRequests } from '../store/requests.ts'
import type { ConnectionOptions } from '../slack/gateway/connection.ts'
import { createGateway } from '../slack/gateway/gateway.ts'
import { createForms, createRespond } from '../slack/gateway/responder.ts'
import { createAskAddress } from '../slack/gateway/socket-address.ts'
import { createClient } from '../slack/messages/client.ts'
import type { Secret } from '../domain/secret.ts'
import { pause } from '../kube/environment.ts'
import { createDirectory } from '../slack/messages/directory.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayConfig } from './config.ts'
import { createEnforcement } from './enforcement.ts'
import { googleGroupsOf } from './google.ts'
import { counted } from './outside-calls.ts'
import type { Host, Part } from './host.ts'

/** Creates the gateway. It receives nothing before it is served and run. */
export async function composeGateway(host: Host, config: GatewayConfig): Promise<Part> {
  const { clock, transport, metrics, log, kubeLog, timers } = host
  const { people, externalRequesters, namespaces, sandbox, limits } = host.config
  const slackApiUrl = sandbox?.slack
  const client = createClient({ token: config.botToken, ...(slackApiUrl && { slackApiUrl }) })
  const installedTeams = [...config.installed.teamIDs, config.installed.enterpriseID].filter(id => id !== undefined)
  const watch = { transport, namespaces, timers, log: kubeLog, metrics }
  const [mappings, alive] = [createMappings(watch), createAliveRequests(watch)]
  const probes = probesOfGateway({ ...host.config, transport, clock })
  const enforcement = createEnforcement({ process: 'gateway', probes, timers, log: kubeLog, metrics })
  const toSlack = { service: 'slack', metrics } as const
  const gateway = createGateway({
    clock,
    requests: createRequests({ transport, clock }),
    standing: standingIn(alive),
    mappings,
    directory: counted(createDirectory({ client, clock, installedTeams }), toSlack),
    googleGroups: await googleGroupsOf({ ...config, sandbox, clock, metrics }),
    forms: counted(createForms({ client, clock }), toSlack),
    respond: createRespond({
      ...(slackApiUrl && { origin: new URL(slackApiUrl).origin }),
      pause: async ms => sleep(ms),
    }),
    installed: config.installed,
    people,
    hostedDomains: config.hostedDomains,
    externalRequesters,
    log,
    metrics: {
      delivered: (kind, outcome) => metrics.count('hallpass_slack_deliveries_total', { kind, outcome }),
      limited: limit => metrics.count('hallpass_asks_limited_total', { limit }),
    },
    limits,
    isHeld: () => enforcement.notReady() === undefined,
    via: 'appToken' in config.via ? socketsOf(host, config.via.appToken) : config.via,
    command: config.command,
    hasJanitor: config.hasJanitor,
  })
  return {
    listener: gateway.listener,
    notReady: () => {
      if (!mappings.isSynced()) return 'the mappings have not been read yet'
      if (!alive.isSynced()) return 'the requests have not been read yet'
      return enforcement.notReady() ?? gateway.notReady()
    },
    isAlive: () => gateway.isAlive(),
    run: async signal => {
      const watching = Promise.all([mappings.run(signal), alive.run(signal), enforcement.run(signal)])
      // Over HTTP nothing arrives before the process is ready. Over a socket deliveries arrive as soon as it is open.
      await enforcement.proved()
      try {
        await Promise.all([watching, gateway.run(signal)])
      } finally {
        await gateway.stop()
      }
    },
  }
}

/** How the gateway connects to Slack by itself. */
function socketsOf({ clock, timers, metrics, config }: Host, appToken: Secret): ConnectionOptions {
  const slackApiUrl = config.sandbox?.slack
  const client = createClient({ token: appToken, ...(slackApiUrl && { slackApiUrl }) })
  metrics.gauge('hallpass_slack_sockets', 0)
  return {
    askAddress: createAskAddress({ client, clock, isSimulated: slackApiUrl !== undefined }),
    timing: {
      now: () => timers.now(),
      monotonicMs: () => timers.monotonicMs(),
      pause: (ms, signal) => pause(timers, ms, signal),
    },
    onCount: open => metrics.gauge('hallpass_slack_sockets', open),
  }
}
