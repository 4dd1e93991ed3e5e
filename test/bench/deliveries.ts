// Slash commands as Slack delivers them, signed, one by one or at a pace, and how long each took to be acknowledged.
import { performance } from 'node:perf_hooks'
import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { randomBytes } from 'node:crypto'
import { signatureOf } from '../../src/sim/slack/sender.ts'

/** Where deliveries go. `mayBeLate`: bare Bolt answers 404 after 3 s, which is a time like any other. */
export type Door = { origin: string; signingSecret: string; mayBeLate?: boolean }

/** A door with connections kept open, as Slack keeps them. */
export class Deliveries {
  readonly #pool: Pool
  readonly #secret: string
  readonly #mayBeLate: boolean
  constructor({ origin, signingSecret, mayBeLate = false }: Door) {
    this.#pool = new Pool(origin, { connections: 256 })
    this.#secret = signingSecret
    this.#mayBeLate = mayBeLate
  }

  /** One after another. Milliseconds of each. */
  async oneByOne(users: readonly string[], text: string): Promise<number[]> {
    const times: number[] = []
    for (const user of users) times.push(await this.#deliver(user, text, performance.now()))
    return times
  }

  /**
   * This number a second, independent of the answers. Each is timed from the instant it was due, so that waiting
   * counts.
   */
  async paced(users: readonly string[], text: string, perSecond: number): Promise<number[]> {
    const began = performance.now()
    const flights = users.map(async (user, n) => {
      const due = began + (n * 1000) / perSecond
      await pause(Math.max(0, due - performance.now()))
      return this.#deliver(user, text, Math.max(due, began))
    })
    return Promise.all(flights)
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #deliver(user: string, text: string, since: number): Promise<number> {
    const body = bodyOf(user, text)
    const stamp = String(Math.floor(Date.now() / 1000))
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': stamp,
      'x-slack-signature': signatureOf(this.#secret, stamp, body),
    }
    const answer = await this.#pool.request({ method: 'POST', path: '/slack/events', headers, body })
    const said = await answer.body.text()
    const isAnswer = answer.statusCode === 200 || (this.#mayBeLate && answer.statusCode === 404)
    if (!isAnswer) throw new Error(`A delivery was answered ${answer.statusCode}: ${said}`)
    return performance.now() - since
  }
}

function bodyOf(user: string, text: string): string {
  const [command = '', ...words] = text.split(' ')
  return new URLSearchParams({
    command,
    text: words.join(' '),
    user_id: user,
    team_id: 'T0HALLPASS',
    channel_id: 'C0PRODACCESS',
    trigger_id: `1.2.${randomBytes(16).toString('hex')}`,
    response_url: 'http://127.0.0.1:9/commands/none',
  }).toString()
}
