// Verifies deliveries: only requests that Slack signed recently, in Slack's form, are passed to Bolt. Bolt alone would
// accept future timestamps, only one signing secret, and bodies of any type. Never logs a body or a header.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import rawBody, { type RawBodyError } from 'raw-body'
import { z } from 'zod'
import type { Clock } from '../../domain/ports.ts'
import type { Secret } from '../../domain/secret.ts'
import { inTime } from './timely.ts'

/**
 * How much Slack's timestamp may differ from our clock, in either direction
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack/).
 */
const skewSeconds = 300
/** A form with its state has about 20 KiB; all of Slack's deliveries are much smaller than this. */
const bodyLimit = 128 * 1024
/** Slack gives up after 3 s; a body that is not complete by then is useless. */
const bodySeconds = 3
const formType = 'application/x-www-form-urlencoded'
const user = z.looseObject({ id: z.string() })
const view = z.looseObject({ id: z.string(), callback_id: z.string() })
const actions = z.array(z.looseObject({ action_id: z.string() })).min(1)
const channel = z.looseObject({ id: z.string() }).optional()
const addresses = z.array(z.looseObject({})).optional()
/** The interactions that Hallpass uses, with the fields that Bolt depends on. */
const interaction = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('block_actions'), user, actions, channel }),
  z.looseObject({ type: z.literal('view_submission'), user, view, response_urls: addresses }),
  z.looseObject({ type: z.literal('view_closed'), user, view }),
])

type DoorOptions = {
  clock: Clock
  /** All valid secrets: two during a rotation. */
  signingSecrets: readonly Secret[]
  path: string
  onRefused: (status: number, why: string) => void
}

/** Why a delivery is refused. */
type No = { status: number; why: string }

/** Wraps `next` with the verification. It gets the verified bytes in `rawBody`, as Bolt's receivers expect. */
export function behindDoor(next: RequestListener, options: DoorOptions): RequestListener {
  if (options.signingSecrets.length === 0 || options.signingSecrets.some(secret => secret.reveal() === ''))
    throw new Error('Slack deliveries cannot be verified without a signing secret')
  const admit = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const early = refuseHead(req, options)
    if (early) return refuse(res, early, options)
    const body = await readBody(req)
    if (!Buffer.isBuffer(body)) return refuse(res, body, options)
    if (isSslCheck(body)) return void res.writeHead(200).end()
    const no = refuseSignature(req, body, options) ?? refuseForm(body)
    if (no) return refuse(res, no, options)
    req.headers['content-type'] = formType
    next(Object.assign(req, { rawBody: body }), res)
  }
  return (req, res) => {
    admit(req, res).catch(() => refuse(res, { status: 500, why: 'failed' }, options))
  }
}

function refuse(res: ServerResponse, { status, why }: No, { onRefused }: DoorOptions): void {
  onRefused(status, why)
  if (res.headersSent) return
  // The rest of a refused body is not read, so the connection cannot be used again.
  res.writeHead(status, { connection: 'close', ...(status === 405 && { allow: 'POST' }) }).end()
}

function refuseHead({ url = '', method, headers }: IncomingMessage, { path }: DoorOptions): No | undefined {
  if (url.split('?')[0] !== path) return { status: 404, why: 'unknown path' }
  if (method !== 'POST') return { status: 405, why: 'not a POST' }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== formType || headers['content-encoding']) return { status: 400, why: 'not a form' }
  return Number(headers['content-length'] ?? 0) > bodyLimit ? { status: 413, why: 'too large' } : undefined
}

async function readBody(req: IncomingMessage): Promise<Buffer | No> {
  try {
    const body = await inTime(rawBody(req, { limit: bodyLimit }), bodySeconds * 1000)
    return body === 'late' ? { status: 408, why: 'too slow' } : body.in
  } catch (error) {
    const isTooLarge = (error as Partial<RawBodyError>).type === 'entity.too.large'
    return isTooLarge ? { status: 413, why: 'too large' } : { status: 400, why: 'broken off' }
  }
}

/**
 * Slack's certificate check is not signed. It is answered and has no effect
 * (https://docs.slack.dev/interactivity/implementing-slash-commands/).
 */
function isSslCheck(body: Buffer): boolean {
  if (body.length >= 1024 || !body.includes('ssl_check')) return false
  return new URLSearchParams(body.toString()).get('ssl_check') === '1'
}

function refuseSignature({ headers }: IncomingMessage, body: Buffer, options: DoorOptions): No | undefined {
  const stamp = headers['x-slack-request-timestamp']
  const signature = headers['x-slack-signature']
  if (typeof stamp !== 'string' || !/^\d{1,12}$/.test(stamp)) return { status: 401, why: 'no timestamp' }
  if (Math.abs(options.clock.now().getTime() / 1000 - Number(stamp)) > skewSeconds)
    return { status: 401, why: 'timestamp too far from now' }
  if (typeof signature !== 'string' || !/^v0=[0-9a-f]{64}$/.test(signature)) return { status: 401, why: 'not signed' }
  const given = Buffer.from(signature.slice(3), 'hex')
  // Every secret is tried, so that the time does not show which one matches.
  const fits = options.signingSecrets.filter(secret => timingSafeEqual(given, hmac(secret, stamp, body)))
  return fits.length === 0 ? { status: 401, why: 'wrong signature' } : undefined
}

function hmac(secret: Secret, stamp: string, body: Buffer): Buffer {
  return createHmac('sha256', secret.reveal()).update(`v0:${stamp}:`).update(body).digest()
}

// In Bolt a payload that is not an object ends the process, one without its parts fails, and an unknown one waits for 3
// s. Of two fields with the same name it might read another one than Hallpass.
function refuseForm(body: Buffer): No | undefined {
  const form = new URLSearchParams(body.toString())
  const [payloads, commands] = [form.getAll('payload'), form.getAll('command')]
  const [payload] = payloads
  if (payloads.length + commands.length !== 1 || commands[0] === '')
    return { status: 400, why: 'neither command nor interaction' }
  if (payload === undefined || isInteraction(payload)) return undefined
  return { status: 400, why: 'unknown interaction' }
}

function isInteraction(payload: string): boolean {
  try {
    return interaction.safeParse(JSON.parse(payload)).success
  } catch {
    return false
  }
}
