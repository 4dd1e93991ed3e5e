// Many slash commands at a fixed pace, some delivered twice, and the gateway killed in the middle: what each person was
// told, against what is stored. Nobody may be told that something was stored when it was not, and nothing is stored twice.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { setStage } from '../bench/stage.ts'

export type Load = { perSecond: number; seconds: number; say?: (line: string) => void }
/** How many commands came to what. */
export type Came = {
  sent: number
  /** Told at once that it was stored. */
  stored: number
  /** Told that it was still being stored, and later that it was. */
  storedLater: number
  /** Told that it was not stored, or Slack told that the app did not answer, and nothing is stored. */
  refused: number
  /** Slack told that the app did not answer, and it is stored all the same: the person sees it in the channel. */
  storedUnanswered: number
  /** Told "still storing" and never more, and nothing is stored: the documented window of a killed gateway. */
  lostInWindow: number
  /** What those who were refused were told, and how many each. */
  refusals: Record<string, number>
  /** What must never be: told that it was stored and it is not, or stored twice. */
  wrong: string[]
}

/** One delivery in a hundred comes twice. */
const twiceEvery = 100

/** Sends the load and settles the account. */
export async function load({ perSecond, seconds, say = () => undefined }: Load): Promise<Came> {
  const stage = await setStage(say)
  const { world } = stage
  let gateway = await stage.start('gateway')
  try {
    world.slack.connect(`${stage.gatewayUrl}/slack/events`)
    const count = perSecond * seconds
    people(world, count)
    const restarting = pause((seconds * 1000) / 2).then(async () => {
      await gateway.end('SIGKILL')
      gateway = await stage.start('gateway')
    })
    const began = Date.now()
    const commands: Promise<void>[] = []
    for (let n = 0; n < count; n++) {
      await pause(Math.max(0, began + (n * 1000) / perSecond - Date.now()))
      world.slack.sender.isTwice = n % twiceEvery === 0
      commands.push(send(world, n))
    }
    await Promise.all([...commands, restarting])
    // Answers that were promised for later come within the gateway's own patience.
    await pause(25_000)
    return settle(world, count)
  } finally {
    await gateway.end()
    await stage.close()
  }
}

const idOf = (n: number): string => `U0LOAD${n}`

// Each asks once, because asking twice for the same is answered, not stored.
function people({ slack }: World, count: number): void {
  const { users, channels } = slack.state
  const channel = channels.get('C0PRODACCESS')
  for (let n = 0; n < count; n++) {
    users.set(idOf(n), { id: idOf(n), name: `load${n}`, real_name: `Load ${n}`, email: `load${n}@example.com` })
    channel?.members.push(idOf(n))
  }
}

async function send({ slack }: World, n: number): Promise<void> {
  await slack.desktop.slashCommand({
    user: idOf(n),
    channel: 'C0PRODACCESS',
    command: '/prod-db',
    text: `10m load ${n}`,
  })
}

async function settle(world: World, sent: number): Promise<Came> {
  const stored = new Map<string, number>()
  for await (const { spec } of world.requests.each({ namespace }) as AsyncIterable<AccessRequest>)
    stored.set(spec.requester.email, (stored.get(spec.requester.email) ?? 0) + 1)
  const came: Came = {
    sent,
    stored: 0,
    storedLater: 0,
    refused: 0,
    storedUnanswered: 0,
    lostInWindow: 0,
    refusals: {},
    wrong: [],
  }
  for (let n = 0; n < sent; n++) {
    const told = world.slack.state.ephemerals(idOf(n)).map(({ text }) => text.replaceAll('*', ''))
    const objects = stored.get(`load${n}@example.com`) ?? 0
    const kind = kindOf(told, objects)
    if (kind === 'wrong') came.wrong.push(`${idOf(n)}: told ${JSON.stringify(told)}, ${objects} stored`)
    else came[kind] += 1
    if (kind === 'refused') came.refusals[told.at(-1) ?? ''] = (came.refusals[told.at(-1) ?? ''] ?? 0) + 1
  }
  return came
}

function kindOf(told: readonly string[], objects: number): Exclude<keyof Came, 'sent' | 'refusals'> {
  const isSaid = told.some(text => /^(Asked for|You already asked)/.test(text))
  const isPromised = told.some(text => text.startsWith('Still storing'))
  if (objects > 1 || (isSaid && objects === 0) || told.length === 0) return 'wrong'
  if (isSaid) return isPromised ? 'storedLater' : 'stored'
  if (objects === 1) return 'storedUnanswered'
  return isPromised && told.length === 1 ? 'lostInWindow' : 'refused'
}
