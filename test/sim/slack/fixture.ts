// A simulated workspace, the official client on it, and an app behind a request URL that answers as a test says.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WebClient } from '@slack/web-api'
import { SimClock } from '../../../src/sim/clock.ts'
import { type SlackOptions, type SlackSim, startSlack } from '../../../src/sim/slack/start.ts'

/** What reached the app. */
export type Received = { headers: Record<string, unknown>; body: string; form: URLSearchParams }
/** The fields of an interaction that tests look at. */
export type Payload = {
  type: string
  user: { id: string; team_id: string }
  team: { id: string }
  container: object
  trigger_id: string
  response_url?: string
  channel?: object
  message: { ts: string }
  actions: (Record<string, unknown> & { url?: string; selected_option?: object })[]
  view: Record<string, unknown> & { state: { values: Record<string, unknown> } }
  is_cleared?: boolean
}
/** What the app answers; nothing at all when undefined. */
type AppResponse = { status?: number; type?: string; body?: unknown } | 'never'

export const channel = 'C0PRODACCESS'
export const dana = 'U0DANA'

/** Does not move until told. */
class StillClock extends SimClock {
  at = new Date('2026-11-23T14:02:00.250Z')
  override now(): Date {
    return this.at
  }
  override forward(seconds: number): void {
    this.at = new Date(this.at.getTime() + seconds * 1000)
  }
}

export class Fixture {
  readonly clock: StillClock
  readonly received: Received[] = []
  answer: (received: Received) => AppResponse = () => ({})
  readonly #sim: SlackSim
  readonly #app: Server

  private constructor({ clock, sim, app }: { clock: StillClock; sim: SlackSim; app: Server }) {
    this.clock = clock
    this.#sim = sim
    this.#app = app
  }

  static async open(options: Partial<SlackOptions> = {}): Promise<Fixture> {
    const app = createServer((req, res) => {
      let body = ''
      req.on('data', chunk => (body += String(chunk)))
      req.on('end', () => {
        const received = { headers: req.headers, body, form: new URLSearchParams(body) }
        fixture.received.push(received)
        const answer = fixture.answer(received)
        if (answer === 'never') return
        const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '')
        const type = answer.type ?? (typeof answer.body === 'string' ? 'text/plain' : 'application/json')
        res
          .writeHead(answer.status ?? 200, { 'content-type': type, location: '/elsewhere' })
          .end(answer.body === undefined ? '' : text)
      })
    })
    await new Promise<void>(resolve => app.listen(0, '127.0.0.1', resolve))
    const requestUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}/slack/events`
    const clock = new StillClock()
    const sim = await startSlack({ clock, requestUrl, ...options })
    const fixture = new Fixture({ clock, sim, app })
    return fixture
  }

  get sim(): SlackSim {
    return this.#sim
  }

  client(token = this.#sim.botToken): WebClient {
    const quiet = { retryConfig: { retries: 0 }, rejectRateLimitedCalls: true }
    return new WebClient(token, { slackApiUrl: this.#sim.apiUrl, ...quiet, logger: silent })
  }

  /** Error code of a call by the official client, or `ok`. */
  async errorOf(method: string, args: Record<string, unknown> = {}, token?: string): Promise<string> {
    try {
      await this.client(token).apiCall(method, args)
      return 'ok'
    } catch (error) {
      return (error as { data?: { error?: string } }).data?.error ?? String(error)
    }
  }

  /** Posts one message with a button as the app. */
  async post(more: Record<string, unknown> = {}): Promise<string> {
    const { ts } = await this.client().chat.postMessage({
      channel,
      text: 'hello',
      blocks: [buttons()],
      ...more,
    } as never)
    return ts ?? ''
  }

  /** The last interaction that reached the app. */
  payload(): Payload {
    return JSON.parse(this.received.at(-1)?.form.get('payload') ?? '{}') as Payload
  }

  async close(): Promise<void> {
    this.#app.closeAllConnections()
    this.#app.close()
    await this.#sim.close()
  }
}

/** Runs `work` in a separate fixture. */
export async function withFixture(
  work: (fixture: Fixture) => Promise<void>,
  options: Partial<SlackOptions> = {},
): Promise<void> {
  const fixture = await Fixture.open(options)
  try {
    await work(fixture)
  } finally {
    await fixture.close()
  }
}

export const plain = (text: string): object => ({ type: 'plain_text', text })

export function buttons(): object {
  return {
    type: 'actions',
    block_id: 'row',
    elements: [
      { type: 'button', action_id: 'yes', text: plain('Yes'), value: 'v1' },
      { type: 'button', action_id: 'open', text: plain('Open'), url: 'https://x.example/page' },
    ],
  }
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => 'error' as never,
  setName: () => undefined,
}
