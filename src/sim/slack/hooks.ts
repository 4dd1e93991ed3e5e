// Triggers and response addresses of deliveries: a trigger opens one form within 3 s, an address accepts five answers
// within half an hour (docs.slack.dev, "Handling user interaction"). Serves the addresses.
import express, { type Express, type Request, type Response } from 'express'
import { randomBytes, randomInt } from 'node:crypto'
import { asApp, readSaid } from './content.ts'
import { SlackFailure } from './failure.ts'
import { isObject } from './schema.ts'
import type { Workspace } from './state.ts'
import type { Json, StoredMessage } from './types.ts'

const triggerSeconds = 3
const addressSeconds = 30 * 60
const addressUses = 5

/** Where answers to a delivery go: the person, their channel, and the message they clicked, if any. */
export type Place = {
  user: string
  channel: string
  threadTs?: string | undefined
  original?: StoredMessage | undefined
}

/** The issued triggers and addresses. */
export class Hooks {
  readonly #state: Workspace
  readonly #triggers = new Map<string, { user: string; until: number; isUsed: boolean }>()
  readonly #addresses = new Map<string, Place & { until: number; left: number }>()
  #root = ''

  constructor(state: Workspace) {
    this.#state = state
  }

  /** A new trigger, for this person's screen. */
  trigger(user: string): string {
    const id = `${Date.now()}.${randomInt(1e12)}.${randomBytes(16).toString('hex')}`
    this.#triggers.set(id, { user, until: this.#now() + triggerSeconds, isUsed: false })
    return id
  }

  /** The person whose screen a trigger opens; it works once. */
  exchange(id: string): string {
    const trigger = this.#triggers.get(id)
    if (!trigger) throw new SlackFailure('invalid_trigger_id')
    if (this.#now() > trigger.until) throw new SlackFailure('expired_trigger_id')
    if (trigger.isUsed) throw new SlackFailure('exchanged_trigger_id')
    trigger.isUsed = true
    return trigger.user
  }

  /** A new address under `/commands/` or `/actions/`. */
  address(kind: 'commands' | 'actions', place: Place): string {
    const path = `/${kind}/${this.#state.team.id}/${this.#state.nextId('R')}/${randomBytes(12).toString('base64url')}`
    this.#addresses.set(path, { ...place, until: this.#now() + addressSeconds, left: addressUses })
    return `${this.#root}${path}`
  }

  /** Serves the addresses; their origin is `root` once it is known. */
  serve(app: Express): void {
    app.post(
      /^\/(commands|actions)\//,
      express.json({ limit: '1mb', type: () => true }),
      (req: Request, res: Response) => {
        const { status, body } = this.#take(req.path, req.body)
        res.status(status).json(body)
      },
    )
    app.use(['/commands', '/actions'], (_error: unknown, _req: Request, res: Response, _next: () => void) => {
      res.status(400).json({ ok: false, error: 'invalid_payload' })
    })
  }

  servedAt(root: string): void {
    this.#root = root
  }

  #take(path: string, said: unknown): { status: number; body: Json } {
    const no = (status: number, error: string): { status: number; body: Json } => ({
      status,
      body: { ok: false, error },
    })
    const place = this.#addresses.get(path)
    if (!place) return no(404, 'invalid_url')
    if (this.#now() > place.until) return no(404, 'expired_url')
    if (place.left < 1) return no(404, 'used_url')
    if (!isObject(said)) return no(400, 'invalid_payload')
    place.left -= 1
    try {
      sayAt(this.#state, place, said)
      return { status: 200, body: { ok: true } }
    } catch (error) {
      if (error instanceof SlackFailure) return { status: 400, body: { ok: false, error: error.error, ...error.more } }
      throw error
    }
  }

  #now(): number {
    return this.#state.clock.now().getTime() / 1000
  }
}

/**
 * Shows the app's answer to a delivery: only to the person unless it says `in_channel`. If the answer replaces the
 * clicked message, the same people see it as before. The app need not be a member.
 */
export function sayAt(state: Workspace, { user, channel, threadTs, original }: Place, said: Json): void {
  for (const name of ['replace_original', 'delete_original'])
    if (!['undefined', 'boolean'].includes(typeof said[name])) throw new SlackFailure('invalid_payload')
  if (original && said['delete_original'] === true) return state.remove(original)
  const content = readSaid(said, state)
  if (original && said['replace_original'] === true) return state.edit(original, content)
  const isForAll = said['response_type'] === 'in_channel'
  state.post({
    channel,
    ...asApp(state),
    ...content,
    ...(threadTs && { threadTs }),
    ...(!isForAll && { ephemeralFor: user }),
  })
}
