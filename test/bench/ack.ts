// How long a slash command takes to be acknowledged with its result: our whole gateway, against bare Bolt that stores the
// same object. Nobody works on the requests meanwhile, so that both sides have the machine to themselves.
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
import { environmentOf, type Scale, type Stage } from './stage.ts'

type Side = 'ours' | 'bolt' | 'stock'
type Shape = 'sequential' | 'paced'
type Sides = Record<Side, Deliveries>
/** Milliseconds of every delivery, a list for each round. */
type Times = Record<Side, Record<Shape, number[][]>>

const sides: readonly Side[] = ['ours', 'bolt', 'stock']
const line = '/prod-db 30m INC-1234 replaying the failed payout batch'
const goal = 1.3

/** Measures acknowledgements. */
export async function ack(stage: Stage, scale: Scale): Promise<Line[]> {
  const users = seedUsers(stage, Math.max(scale.sequential, scale.paced))
  const children: Child[] = [await stage.start('gateway')]
  const signingSecret = stage.world.slack.signingSecret
  const doors = [new Deliveries({ origin: stage.gatewayUrl, signingSecret })]
  const others = writeElsewhere(stage)
  try {
    const [ours] = doors as [Deliveries]
    // Warm: everybody is known to the directory, as whoever asked within the last ten minutes is.
    await ours.oneByOne(users, '/access help')
    const sample = await sampleOf(stage, ours, users)
    const [bolt, stock] = await Promise.all((['ours', 'stock'] as const).map(client => peer(stage, client, sample)))
    if (!bolt || !stock) throw new Error('The peers did not start.')
    children.push(bolt.child, stock.child)
    doors.push(bolt.door, stock.door)
    return linesOf(await roundsOf(stage, scale, { users, all: { ours, bolt: bolt.door, stock: stock.door } }))
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
  return { child, door: new Deliveries({ origin, signingSecret }) }
}

async function roundsOf(
  stage: Stage,
  { rounds, warmUps, sequential, paced }: Scale,
  { users, all }: { users: readonly string[]; all: Sides },
): Promise<Times> {
  const times: Times = { ours: nothing(), bolt: nothing(), stock: nothing() }
  // The first round warms every side and does not count.
  for (let round = 1 - warmUps; round <= rounds; round++)
    for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
      const one = await all[side].oneByOne(users.slice(0, sequential), line)
      await forgetRequests(stage, sequential)
      const many = await all[side].paced(users.slice(0, paced), line)
      await forgetRequests(stage, paced)
      if (round < 1) continue
      times[side].sequential.push(one)
      times[side].paced.push(many)
    }
  return times
}

function nothing(): Record<Shape, number[][]> {
  return { sequential: [], paced: [] }
}

/** Deletes all requests, as the controller may. There must be as many as were asked for. */
async function forgetRequests(stage: Stage, expected: number): Promise<void> {
  const resource = createResource<AccessRequest>(await stage.as('controller'), stage.world.requests.kind)
  const requests = await Array.fromAsync(resource.each({ namespace }))
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

const shapes: Record<Shape, string> = { sequential: 'one by one', paced: '50 a second' }
const peers = { bolt: 'bare Bolt, our transport', stock: 'bare Bolt, CustomObjectsApi' }

function linesOf(times: Times): Line[] {
  return (['bolt', 'stock'] as const).flatMap(side =>
    (['sequential', 'paced'] as const).flatMap(shape =>
      [0.5, 0.99].map(part => {
        const of = (whose: Side): number[] => times[whose][shape].map(round => percentile(round, part))
        const measure = `p${part * 100}, ${shapes[shape]}`
        const named = { bench: 'ack', measure, unit: 'ms', against: peers[side] } as const
        return lineOf({ ...named, ...(part === 0.99 && { goal }) }, of('ours'), of(side))
      }),
    ),
  )
}
