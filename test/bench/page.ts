// How long the approval page takes (GET /approve) from a link that has not been opened before, compared with the bare calls that it
// cannot do without, and how many calls it makes.
import { performance } from 'node:perf_hooks'
import { request } from 'undici'
import { encodeTicket, ticketAad } from '../../src/domain/approval/ticket.ts'
import { createSealer } from '../../src/google/seal.ts'
import { ask, cast, message, reached } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { defaultIdentities, defaultKeys } from '../../src/sim/google/seeds.ts'
import { identity } from '../google/fixture.ts'
import { barePage } from './bare-calls.ts'
import { type Line, lineOf, median } from './report.ts'
import { startBehind, startSlowServer } from './slow-server.ts'
import { type Scale, type Stage, withAll } from './stage.ts'

const goal = 1.5
const mostCalls = 3
/** The first pages of a process load and compile what later ones find ready. */
const warmUps = 10

/** Measures the page of one request that waits for its approval. */
export async function page(stage: Stage, { rounds, sequential }: Scale): Promise<Line[]> {
  const { world } = stage
  // Both sides go through it. It delays nothing and counts.
  const server = await startSlowServer({ url: world.cluster.server, ca: world.cluster.ca })
  const start: Stage['start'] = name => (name === 'auth' ? startBehind(stage, name, server.url) : stage.start(name))
  try {
    return await withAll(
      stage,
      async () => {
        world.slack.connect(`${stage.gatewayUrl}/slack/events`)
        const asked = await askOnce(stage)
        const bare = await barePage(stage, server.url)
        for (let n = 0; n < warmUps; n++) await open(await asked.newLink())
        const calls = await callsOf(stage, { server, url: await asked.newLink() })
        const times: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
        for (let round = 0; round < rounds; round++) {
          times.ours.push(await middle(sequential, async () => open(await asked.newLink())))
          times.bare.push(await middle(sequential, () => bare(asked.name)))
        }
        return linesOf(times, calls)
      },
      start,
    )
  } finally {
    await server.close()
  }
}

type Asked = { name: string; newLink: () => Promise<string> }

async function askOnce({ world }: Stage): Promise<Asked> {
  const { name, answer } = await ask(world, cast.otto, '/prod-db 30m INC-1234 reading the logs of the failed payouts')
  if (!name) throw new Error(`Nothing was asked: ${answer}`)
  await message(world, name, 'approve')
  const { metadata } = await reached(world, name, 'Pending')
  const { namespace, uid } = metadata
  const expiresAt = new Date(Date.parse(metadata.creationTimestamp) + 30 * 60_000)
  const ticket = encodeTicket({ namespace, name, uid, purpose: 'approve', expiresAt })
  const sealer = sealerOf(world)
  return {
    name,
    newLink: async () => {
      const sealed = await sealer.seal(ticket, ticketAad('approve'))
      return `${world.authUrl}/approve?t=${encodeURIComponent(sealed)}`
    },
  }
}

/** As the controller seals the links of its messages. */
function sealerOf({ google, clock }: World): ReturnType<typeof createSealer> {
  const authClient = identity(defaultIdentities.controller.token)
  return createSealer({ key: defaultKeys.ticket, authClient, clock, rootUrl: google.url })
}

/** Milliseconds until the whole page is there, as a browser asks for it that has not been there before. */
async function open(url: string): Promise<number> {
  const began = performance.now()
  const { statusCode, body } = await request(url, {
    headers: { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' },
  })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`The page answered ${statusCode}: ${text.slice(0, 500)}`)
  return performance.now() - began
}

/** How many calls one page makes, at the API server and at Google. */
async function callsOf(
  { world: { google } }: Stage,
  { server, url }: { server: { calls: number }; url: string },
): Promise<number> {
  const before = server.calls + google.calls.length
  await open(url)
  return server.calls + google.calls.length - before
}

async function middle(count: number, once: () => Promise<number>): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < count; n++) times.push(await once())
  return median(times)
}

function linesOf(times: { ours: number[]; bare: number[] }, calls: number): Line[] {
  const bench = 'page'
  return [
    lineOf(
      { bench, measure: 'GET /approve, p50', unit: 'ms', against: 'the bare calls', goal },
      times.ours,
      times.bare,
    ),
    lineOf({ bench, measure: 'calls of a page', unit: '', against: 'the goal', goal: 1 }, [calls], [mostCalls]),
  ]
}
