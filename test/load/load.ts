// Many slash commands at a fixed pace, some delivered twice, and the gateway killed in the middle: what each person was
// told, against what is stored. Nobody may be told that something was stored when it was not, and nothing is stored twice.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { namespace, type World } from '../../src/sandbox/world.ts'
import { percentile } from '../bench/report.ts'
import { setStage } from '../bench/stage.ts'

export type Load = { perSecond: number; seconds: number; say?: (line: string) => void }
/** How many commands had which result. */
export type Came = {
  sent: number
  /** Told at once that it was stored. */
  stored: number
  /** Told that it was still being stored, and later that it was. */
  storedLater: number
  /** Told that it was not stored, or Slack told that the app did not answer, and nothing is stored. */
  refused: number
  /** Of all, those that Slack gave up on, after 3 s or at once, although a gateway was there. */
  late: number
  /** Slack told that the app did not answer, and it is stored anyway: the person sees it in the channel. */
  storedUnanswered: number
  /** Told "still storing" and never more, and nothing is stored: the documented window of a killed gateway. */
  lostInWindow: number
  /** What those who were refused were told, and how many each. */
  refusals: Record<string, number>
  /** What must never be: told that it is stored and it is not, stored twice, or promised an answer that never came. */
  wrong: string[]
  /** Milliseconds until the answer of those that were answered. */
  answeredMs: { p50: number; p99: number; max: number }
  /** Commands a second that were truly sent. */
  sentPerSecond: number
}
type Kind = 'stored' | 'storedLater' | 'refused' | 'storedUnanswered' | 'lostInWindow' | 'wrong'
/** One command as Slack saw it: when it was sent, and after how long it was answered, if it was. */
type Answered = { at: number; ms: number; isAnswered: boolean }
/** From when until when there was no gateway. */
type Outage = { from: number; until: number }

/** One delivery in a hundred comes twice. */
const twiceEvery = 100

/** How long the gateway may try to store what it has said it is storing. */
const patienceMs = 25_000

/** Sends the load and settles the account. */
export async function load({ perSecond, seconds, say = () => undefined }: Load): Promise<Came> {
  const stage = await setStage(say)
  const { world } = stage
  let gateway = await stage.start('gateway')
  try {
    world.slack.connect(`${stage.gatewayUrl}/slack/events`)
    const count = perSecond * seconds
    people(world, count)
    const restarting = pause((seconds * 1000) / 2).then(async (): Promise<Outage> => {
      const from = Date.now()
      await gateway.end('SIGKILL')
      gateway = await stage.start('gateway')
      return { from, until: Date.now() }
    })
    const began = Date.now()
    const commands: Promise<Answered>[] = []
    for (let n = 0; n < count; n++) {
      await pause(Math.max(0, began + (n * 1000) / perSecond - Date.now()))
      world.slack.sender.isTwice = n % twiceEvery === 0
      commands.push(send(world, n))
    }
    const sentPerSecond = Math.round((count * 1000) / (Date.now() - began))
    const [answers, outage] = await Promise.all([Promise.all(commands), restarting])
    await promisesKept(world)
    return { ...(await settle(world, answers, outage)), ...timesOf(answers, outage), sentPerSecond }
  } finally {
    await gateway.end()
    await stage.close()
  }
}

/** Waits while somebody has been told "still storing" and nothing more. Who fell into the window never is. */
async function promisesKept(world: World): Promise<void> {
  for (const until = Date.now() + patienceMs; Date.now() < until; await pause(1000))
    if (![...told(world).values()].some(words => words.at(-1)?.startsWith('Still storing'))) return
}

function timesOf(answers: readonly Answered[], { from, until }: Outage): Pick<Came, 'answeredMs' | 'late'> {
  const times = answers.filter(({ isAnswered }) => isAnswered).map(({ ms }) => ms)
  const part = (share: number): number => Math.round(percentile(times, share) * 10) / 10
  const isExcused = ({ at, ms }: Answered): boolean => at + ms >= from && at <= until
  return {
    answeredMs: { p50: part(0.5), p99: part(0.99), max: part(1) },
    late: answers.filter(answer => !answer.isAnswered && !isExcused(answer)).length,
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

async function send({ slack }: World, n: number): Promise<Answered> {
  const at = Date.now()
  const { outcome } = await slack.desktop.slashCommand({
    user: idOf(n),
    channel: 'C0PRODACCESS',
    command: '/prod-db',
    text: `10m load ${n}`,
  })
  return { at, ms: Date.now() - at, isAnswered: outcome !== undefined && 'status' in outcome && outcome.status === 200 }
}

/** What each person was told for their eyes only, by id and in order. */
function told({ slack }: World): Map<string, string[]> {
  const all = new Map<string, string[]>()
  for (const { ephemeralFor: person = '', text } of slack.state.ephemerals()) {
    const words = all.get(person) ?? []
    words.push(text.replaceAll('*', ''))
    all.set(person, words)
  }
  return all
}

async function settle(
  world: World,
  answers: readonly Answered[],
  outage: Outage,
): Promise<Omit<Came, 'answeredMs' | 'late' | 'sentPerSecond'>> {
  const stored = new Map<string, number>()
  for await (const { spec } of world.requests.each({ namespace }) as AsyncIterable<AccessRequest>)
    stored.set(spec.requester.email, (stored.get(spec.requester.email) ?? 0) + 1)
  const came = {
    sent: answers.length,
    stored: 0,
    storedLater: 0,
    refused: 0,
    storedUnanswered: 0,
    lostInWindow: 0,
    refusals: {} as Record<string, number>,
    wrong: [] as string[],
  }
  const words = told(world)
  for (const [n, { at }] of answers.entries()) {
    const said = words.get(idOf(n)) ?? []
    const objects = stored.get(`load${n}@example.com`) ?? 0
    const couldBeLost = at <= outage.from && at >= outage.from - patienceMs
    const kind = kindOf(said, { objects, couldBeLost })
    if (kind === 'wrong') came.wrong.push(`${idOf(n)}: told ${JSON.stringify(said)}, ${objects} stored`)
    else came[kind] += 1
    const last = said.at(-1) ?? ''
    if (kind === 'refused') came.refusals[last] = (came.refusals[last] ?? 0) + 1
  }
  return came
}

type Facts = { objects: number; couldBeLost: boolean }

function kindOf(told: readonly string[], { objects, couldBeLost }: Facts): Kind {
  const isSaid = told.some(text => /^(Asked for|You already asked)/.test(text))
  const isPromised = told.some(text => text.startsWith('Still storing'))
  if (objects > 1 || (isSaid && objects === 0) || told.length === 0) return 'wrong'
  if (isSaid) return isPromised ? 'storedLater' : 'stored'
  if (objects === 1) return 'storedUnanswered'
  if (!isPromised || told.length > 1) return 'refused'
  return couldBeLost ? 'lostInWindow' : 'wrong'
}
