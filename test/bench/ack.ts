// How long a slash command takes to be acknowledged with its result: our whole gateway, against bare Bolt that stores the
// same object; and against a second, with an API server that takes half a second longer for everything. Nobody works on the
// requests meanwhile, so that each side has the machine to itself.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { createResource } from '../../src/kube/resource.ts'
import { namespace } from '../../src/sandbox/world.ts'
import { freePorts } from '../../src/sim/programs.ts'
import type { BareBolt } from './bare-bolt.ts'
import { type Child, startChild } from './child.ts'
import { Deliveries } from './deliveries.ts'
import { type Line, lineOf, percentile } from './report.ts'
import { startBehind, startSlowServer } from './slow-server.ts'
import { environmentOf, type Scale, type Stage } from './stage.ts'

type Side = 'ours' | 'bolt' | 'stock'
type Shape = 'sequential' | 'paced' | 'fast'
type Sides = Record<Side, Deliveries>
/** Milliseconds of every delivery, a list for each round. */
type Times = Record<Side, Record<Shape, number[][]>>

const sides: readonly Side[] = ['ours', 'bolt', 'stock']
const line = '/prod-db 30m INC-1234 replaying the failed payout batch'
const goal = 1.3
const perSecond = { paced: 50, fast: 200 }
/** Deliveries of the fast shape: as many seconds as the other. */
const fastCount = ({ paced }: Scale): number => (paced * perSecond.fast) / perSecond.paced

/** Measures acknowledgements. */
export async function ack(stage: Stage, scale: Scale): Promise<Line[]> {
  const users = seedUsers(stage, Math.max(scale.sequential, fastCount(scale)))
  const children: Child[] = [await stage.start('gateway')]
  const signingSecret = stage.world.slack.signingSecret
  const doors = [new Deliveries({ origin: stage.gatewayUrl, signingSecret })]
  const others = writeElsewhere(stage)
  try {
    const [ours] = doors as [Deliveries]
    // Warm: everybody is known to the directory, like people who asked within the last ten minutes.
    await ours.oneByOne(users, '/access help')
    const sample = await sampleOf(stage, ours, users)
    const [bolt, stock] = await Promise.all((['ours', 'stock'] as const).map(client => peer(stage, client, sample)))
    if (!bolt || !stock) throw new Error('The peers did not start.')
    children.push(bolt.child, stock.child)
    doors.push(bolt.door, stock.door)
    const times = await roundsOf(stage, scale, { users, all: { ours, bolt: bolt.door, stock: stock.door } })
    await Promise.all(children.splice(0).map(child => child.end()))
    return [...linesOf(times), ...slowLines(await slowRounds(stage, scale, users))]
  } finally {
    await others.stop()
    await Promise.all(doors.map(door => door.close()))
    await Promise.all(children.map(child => child.end()))
  }
}

/** As many people as one round needs, so that nobody asks twice for what is still to be decided. */
function seedUsers({ world }: Stage, count: number): string[] {
  const [dana] = [...world.slack.state.users.values()]
  if (!dana) throw new Error('The workspace has nobody in it.')
  return Array.from({ length: count }, (_, n) => {
    const id = `U0BENCH${String(n).padStart(4, '0')}`
    world.slack.state.users.set(id, { ...dana, id, name: id.toLowerCase(), email: `${id.toLowerCase()}@example.com` })
    return id
  })
}

/** What goes on in any cluster: something else is written, ten times a second. */
function writeElsewhere({ world: { cluster } }: Stage): { stop(): Promise<void> } {
  const ending = new AbortController()
  const collection = '/api/v1/namespaces/default/configmaps'
  const metadata = { generateName: 'elsewhere-' }
  const writing = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await cluster.transport.request({ method: 'POST', path: collection, body: { metadata } })
      await pause(100)
    }
    await cluster.transport.request({ method: 'DELETE', path: collection })
  }
  const written = writing()
  return { stop: async () => (ending.abort(), written) }
}

/** A request as the gateway stores it; also the proof that what is measured is an ask. */
async function sampleOf(stage: Stage, ours: Deliveries, users: readonly string[]): Promise<AccessRequest> {
  await ours.oneByOne(users.slice(0, 1), line)
  const { items } = await stage.world.requests.list({ namespace })
  const [sample] = items
  if (!sample) throw new Error('The gateway stored nothing.')
  await forgetRequests(stage, 1)
  return sample
}

async function peer(
  stage: Stage,
  client: BareBolt['client'],
  { apiVersion, kind, spec }: AccessRequest,
): Promise<{ child: Child; door: Deliveries }> {
  const [port = 0] = await freePorts(1)
  const { signingSecret } = stage.world.slack
  const told: BareBolt = { port, signingSecret, client, sample: { apiVersion, kind, spec }, namespace }
  const origin = `http://127.0.0.1:${port}`
  const child = await startChild({
    args: [join(import.meta.dirname, 'bare-bolt.ts'), JSON.stringify(told)],
    env: environmentOf(stage.folder, 'gateway'),
    readyUrl: `${origin}/readyz`,
  })
  return { child, door: new Deliveries({ origin, signingSecret, mayBeLate: true }) }
}

async function roundsOf(
  stage: Stage,
  scale: Scale,
  { users, all }: { users: readonly string[]; all: Sides },
): Promise<Times> {
  const { rounds, warmUps } = scale
  const times: Times = { ours: nothing(), bolt: nothing(), stock: nothing() }
  // The first round warms every side and does not count.
  for (let round = 1 - warmUps; round <= rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed())
      for (const shape of shapesOf(side)) {
        const few = users.slice(0, countOf(shape, scale))
        const taken = await deliver(all[side], shape, few)
        await forgetRequests(stage, few.length)
        if (round > 0) times[side][shape].push(taken)
      }
  return times
}

function deliver(door: Deliveries, shape: Shape, users: readonly string[]): Promise<number[]> {
  return shape === 'sequential' ? door.oneByOne(users, line) : door.paced(users, line, perSecond[shape])
}

function countOf(shape: Shape, scale: Scale): number {
  return shape === 'fast' ? fastCount(scale) : scale[shape]
}

// Two hundred TLS connections a second are more than the machine has for the stock client.
function shapesOf(side: Side): readonly Shape[] {
  return side === 'stock' ? ['sequential', 'paced'] : ['sequential', 'paced', 'fast']
}

function nothing(): Record<Shape, number[][]> {
  return { sequential: [], paced: [], fast: [] }
}

/** Added to every call, as in the promise that nobody waits more than a second even then. */
const delayMs = 500
/** Half a second each: what is measured varies little. */
const slowRoundsAtMost = 3

/** Our gateway alone, before an API server that is slow. */
async function slowRounds(stage: Stage, scale: Scale, users: readonly string[]): Promise<Times['ours']> {
  const { cluster, slack } = stage.world
  const server = await startSlowServer({ url: cluster.server, ca: cluster.ca })
  const door = new Deliveries({ origin: stage.gatewayUrl, signingSecret: slack.signingSecret })
  const times = nothing()
  const child = await startBehind(stage, 'gateway', server.url)
  try {
    await door.oneByOne(users, '/access help')
    server.delayMs = delayMs
    for (let round = 1 - scale.warmUps; round <= Math.min(scale.rounds, slowRoundsAtMost); round++)
      for (const shape of ['sequential', 'fast'] as const) {
        const few = users.slice(0, shape === 'fast' ? fastCount(scale) : Math.ceil(scale.sequential / 5))
        const taken = await deliver(door, shape, few)
        await forgetRequests(stage, few.length)
        if (round > 0) times[shape].push(taken)
      }
    return times
  } finally {
    await child.end()
    await door.close()
    await server.close()
  }
}

/** Deletes all requests, as the controller may. There must be as many as were asked for. */
async function forgetRequests(stage: Stage, expected: number): Promise<void> {
  const resource = createResource<AccessRequest>(await stage.as('controller'), stage.world.requests.kind)
  const requests = await untilStored(resource, expected)
  if (requests.length !== expected)
    throw new Error(`${requests.length} requests were stored for ${expected} acknowledgements.`)
  const waiting = [...requests]
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const ended = await resource.patch(next, { status: { phase: 'Withdrawn' } }, 'status')
      await resource.patch(ended, { metadata: { finalizers: [] } })
      await resource.delete(next.metadata as { namespace: string; name: string })
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

/** What is acknowledged before it is stored is stored soon after. */
const storedWithinMs = 10_000

async function untilStored(resource: Stage['world']['requests'], expected: number): Promise<AccessRequest[]> {
  for (const until = Date.now() + storedWithinMs; ; await pause(100)) {
    const requests = await Array.fromAsync(resource.each({ namespace }))
    if (requests.length >= expected || Date.now() > until) return requests
  }
}

const shapes: Record<Shape, string> = { sequential: 'one by one', paced: '50 a second', fast: '200 a second' }
const peers = { bolt: 'bare Bolt, our transport', stock: 'bare Bolt, CustomObjectsApi' }

function linesOf(times: Times): Line[] {
  return (['bolt', 'stock'] as const).flatMap(side =>
    shapesOf(side).flatMap(shape =>
      [0.5, 0.99].map(part => {
        const of = (whose: Side): number[] => times[whose][shape].map(round => percentile(round, part))
        const measure = `p${part * 100}, ${shapes[shape]}`
        const named = { bench: 'ack', measure, unit: 'ms', against: peers[side] } as const
        return lineOf({ ...named, ...(part === 0.99 && { goal }) }, of('ours'), of(side))
      }),
    ),
  )
}

// The peer of the longest is the promise itself, a second.
function slowLines(times: Times['ours']): Line[] {
  return (['sequential', 'fast'] as const).flatMap(shape =>
    [0.5, 0.99, 1].map(part => {
      const longest = part === 1
      const what = longest ? 'longest' : `p${part * 100}`
      const measure = `${what}, ${shapes[shape]}, API server ${delayMs} ms slower`
      const taken = times[shape].map(round => percentile(round, part))
      const named = { bench: 'ack', measure, unit: 'ms' } as const
      if (!longest) return lineOf(named, taken)
      return lineOf(
        { ...named, goal: 1, against: 'a second' },
        taken,
        taken.map(() => 1000),
      )
    }),
  )
}
