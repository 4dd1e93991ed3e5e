// Slack's side of the gateway: a listening gateway on memory ports, and deliveries signed as Slack signs them.
import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RoleMapping } from '../../src/api/kinds.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/slack/gateway/gateway.ts'
import { mapping } from '../builders/mapping.ts'
import { generous, organisation, team } from '../builders/organisation.ts'
import { MemoryGoogleGroups } from '../fakes/google-groups.ts'
import { ManualClock } from '../fakes/clock.ts'
import { MemoryDirectory } from '../fakes/directory.ts'
import { MemoryMappings } from '../fakes/mappings.ts'
import { MemoryRequests } from '../fakes/requests.ts'
import { Screens } from './screens.ts'

const signingSecret = 'the secret that signs'
export const olderSecret = 'the secret that signed'

/** What Slack reads in an acknowledgement. */
export type Reply = { status: number; text: string; body: Record<string, unknown>; raw: string }
type Fields = Record<string, string>

/** A gateway on loopback with everything around it. */
export class Office {
  readonly clock = new ManualClock()
  readonly requests = new MemoryRequests(this.clock)
  readonly directory = new MemoryDirectory()
  readonly googleGroups = new MemoryGoogleGroups()
  readonly screens = new Screens()
  readonly logged: string[] = []
  readonly mappings: MemoryMappings
  readonly gateway: Gateway
  readonly #server: Server
  #triggers = 0

  constructor(mappings: RoleMapping[] = [mapping()], options: Partial<GatewayOptions> = {}) {
    this.mappings = new MemoryMappings(mappings)
    this.gateway = createGateway({
      clock: this.clock,
      requests: this.requests,
      standing: this.requests.standing,
      mappings: this.mappings,
      directory: this.directory,
      googleGroups: this.googleGroups,
      forms: this.screens.port,
      respond: this.screens.respond,
      installed: { teamIDs: [team] },
      people: [],
      ...organisation,
      log: { warn: (facts, message) => void this.logged.push(`${message} ${JSON.stringify(facts)}`) },
      metrics: { delivered: () => undefined, limited: () => undefined },
      limits: generous,
      isHeld: () => true,
      pause: async () => undefined,
      via: { signingSecrets: [new Secret(signingSecret), new Secret(olderSecret)] },
      ...options,
    })
    this.#server = createServer(this.gateway.listener)
  }

  async open(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  async close(): Promise<void> {
    await this.gateway.stop()
    await new Promise(resolve => {
      this.#server.close(resolve)
      this.#server.closeAllConnections()
    })
  }

  url(path = '/slack/events'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  trigger(): string {
    return `1337.42.${++this.#triggers}`
  }

  /** Delivers a form body as Slack does. */
  async deliver(
    body: string,
    headers: Record<string, string | undefined> = {},
    secret = signingSecret,
  ): Promise<Reply> {
    const stamp = headers['x-slack-request-timestamp'] ?? String(Math.floor(this.clock.now().getTime() / 1000))
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${stamp}:${body}`).digest('hex')}`
    const all = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': signature,
      ...headers,
    }
    const sent = Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
    const reply = await fetch(this.url(), { method: 'POST', headers: sent, body })
    const raw = await reply.text()
    const parsed = raw.startsWith('{') ? (JSON.parse(raw) as Record<string, unknown>) : {}
    return { status: reply.status, raw, body: parsed, text: typeof parsed['text'] === 'string' ? parsed['text'] : raw }
  }

  /** The body of a slash command, typed by Dana unless said otherwise. */
  commandBody(line: string, more: Fields = {}): string {
    const [command = '', ...text] = line.split(' ')
    return new URLSearchParams({
      command,
      text: text.join(' '),
      response_url: 'https://hooks.slack.com/commands/1',
      trigger_id: this.trigger(),
      user_id: 'U0DANA',
      team_id: team,
      channel_id: 'C0SOMEWHERE',
      ...more,
    }).toString()
  }

  async command(line: string, more: Fields = {}): Promise<Reply> {
    return this.deliver(this.commandBody(line, more))
  }

  interaction(payload: object): string {
    return new URLSearchParams({ payload: JSON.stringify(payload) }).toString()
  }

  /** A click, by Mo unless said otherwise; waits until the gateway is done with it. */
  async click(action: object, more: object = {}): Promise<Reply> {
    const reply = await this.deliver(
      this.interaction({
        type: 'block_actions',
        user: { id: 'U0MO', team_id: team },
        team: { id: team },
        trigger_id: 'trigger-of-click',
        response_url: 'https://hooks.slack.com/actions/1',
        channel: { id: 'C0PRODACCESS' },
        container: { type: 'message' },
        actions: [action],
        ...more,
      }),
    )
    await this.settled()
    return reply
  }

  /** A form that comes back, from Mo unless said otherwise. */
  async submit(view: object, more: object = {}): Promise<Reply> {
    return this.deliver(
      this.interaction({
        type: 'view_submission',
        user: { id: 'U0MO', team_id: team },
        team: { id: team },
        trigger_id: this.trigger(),
        view: { id: 'V0FORM', private_metadata: '', ...view },
        ...more,
      }),
    )
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await this.gateway.stop()
  }
}
