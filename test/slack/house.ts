// The gateway as it runs, its adapters included, behind the simulated Slack; only the cluster is in memory.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { noGoogleGroups } from '../../src/domain/people/google-groups.ts'
import type { AccessRequest, RoleMapping } from '../../src/api/kinds.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/slack/gateway/gateway.ts'
import type { ConnectionOptions, Timing } from '../../src/slack/gateway/connection.ts'
import { createAskAddress } from '../../src/slack/gateway/socket-address.ts'
import { createClient } from '../../src/slack/messages/client.ts'
import { createForms, createRespond } from '../../src/slack/gateway/responder.ts'
import { createChat } from '../../src/slack/messages/chat.ts'
import { createDirectory } from '../../src/slack/messages/directory.ts'
import type { Chat } from '../../src/domain/ports.ts'
import { viewOf } from '../../src/domain/view/view.ts'
import { mapping } from '../builders/mapping.ts'
import { generous, organisation, team } from '../builders/organisation.ts'
import { MemoryMappings } from '../fakes/mappings.ts'
import { MemoryRequests } from '../fakes/requests.ts'
import { approve } from '../builders/views.ts'
import { channel, openSlack, type Slack } from './workspace.ts'

export type House = Slack & {
  gateway: Gateway
  requests: MemoryRequests
  chat: Chat
  logged: string[]
  url: string
  /** The end of `gateway.run`: its error, if any. */
  ended: Promise<unknown>
  /** Ends the gateway as the process does. */
  end(): Promise<void>
  /** What a person was told for their eyes only. */
  told(user: string): string[]
  /** Posts the one message of a stored request, as the controller does. */
  announce(request: AccessRequest): Promise<string>
}

/** How a house connects over sockets. */
export type Sockets = Partial<Omit<ConnectionOptions, 'timing'>> & { timing?: Partial<Timing> }

/** Runs `work` with its own gateway and workspace, and returns its result. */
export async function inHouse<T>(
  work: (house: House) => Promise<T>,
  mappings: RoleMapping[] = [mapping()],
  { sockets, ...options }: Partial<GatewayOptions> & { sockets?: Sockets } = {},
): Promise<T> {
  const slack = await openSlack()
  const { sim, client, clock } = slack
  const requests = new MemoryRequests(clock)
  const logged: string[] = []
  const pause = async (): Promise<void> => undefined
  const gateway = createGateway({
    clock,
    requests,
    standing: requests.standing,
    mappings: new MemoryMappings(mappings),
    googleGroups: noGoogleGroups,
    directory: createDirectory({ client, clock, installedTeams: [team] }),
    forms: createForms({ client, clock }),
    respond: createRespond({ origin: sim.url, pause }),
    installed: { teamIDs: [team] },
    people: [],
    ...organisation,
    log: { warn: (facts, message) => void logged.push(`${message} ${JSON.stringify(facts)}`) },
    metrics: { delivered: () => undefined, limited: () => undefined },
    limits: generous,
    isHeld: () => true,
    pause,
    via: sockets ? socketsTo(slack, sockets) : { signingSecrets: [new Secret(sim.signingSecret)] },
    ...options,
  })
  const server = createServer(gateway.listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`
  if (sockets) sim.useSockets()
  else sim.connect(url)
  const stopping = new AbortController()
  const ended = gateway.run(stopping.signal).catch((error: unknown) => error)
  const end = async (): Promise<void> => {
    stopping.abort()
    await gateway.stop()
  }
  const chat = createChat({ client, clock })
  const house: House = {
    ...slack,
    gateway,
    requests,
    chat,
    logged,
    url,
    ended,
    end,
    told: user => sim.state.ephemerals(user).map(({ text }) => text),
    announce: async request => {
      requests.put(request)
      return (await chat.post(channel, viewOf(request, undefined), { approve })).ts
    },
  }
  try {
    return await work(house)
  } finally {
    await end()
    server.closeAllConnections()
    server.close()
    await sim.close()
  }
}

function socketsTo({ sim, clock }: Slack, { timing, ...sockets }: Sockets): ConnectionOptions {
  const client = createClient({ token: new Secret(sim.sockets.appToken), slackApiUrl: sim.apiUrl, timeoutMs: 2000 })
  return {
    askAddress: createAskAddress({ client, clock, isSimulated: true }),
    timing: {
      now: () => clock.now(),
      monotonicMs: () => performance.now(),
      // The shortest pause there is: tests look at how long it should have been.
      pause: () => new Promise(resolve => setImmediate(resolve)),
      ...timing,
    },
    onCount: () => undefined,
    ...sockets,
  }
}
