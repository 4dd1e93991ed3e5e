// From the browser's return until Google holds the last binding, compared with the critical path of the outside calls that cannot be
// avoided (graph.ts): once with services that answer at once, and once with services as far away as they are in production.
import { performance } from 'node:perf_hooks'
import { ask, cast, openApproval, reached, stored } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { bareCalls } from './bare-calls.ts'
import { callNames, type CallTimes, criticalPath } from './graph.ts'
import { type Line, lineOf } from './report.ts'
import { startBehind, startSlowServer } from './slow-server.ts'
import { type Scale, type Stage, withAll } from './stage.ts'

const nearGoal = 1.4
const farGoal = 1.08
/** How much longer than the critical path it may take with services that are far away. */
const mostOverheadMs = 100
/** As often as other benchmarks: single approvals vary more than their means. */
const oftener = 3
/** The first grants of a process load and compile what later ones find ready. */
const warmUps = 2
/** How long the services take in production, to the nearest of the simulators' own time. */
const latencies: { sim: 'google' | 'slack'; route: string; latencyMs: number }[] = [
  { sim: 'google', route: 'POST /token', latencyMs: 120 },
  { sim: 'google', route: 'POST /v1/*:encrypt', latencyMs: 40 },
  { sim: 'google', route: 'POST /v1/*:decrypt', latencyMs: 40 },
  { sim: 'google', route: 'POST /v3/*:testIamPermissions', latencyMs: 150 },
  { sim: 'google', route: 'POST /v3/*:getIamPolicy', latencyMs: 200 },
  { sim: 'google', route: 'POST /v3/*:setIamPolicy', latencyMs: 900 },
  { sim: 'slack', route: '* /api/*', latencyMs: 200 },
]
const apiServerMs = 5
/** The project of the sample mapping. */
const project = 'projects/prod-eu'

/** Milliseconds from the return. */
type Taken = { granted: number; seen: number }
type Measured = { ours: Taken[]; bare: CallTimes[] }

/** Measures approvals. */
export async function approve(stage: Stage, scale: Scale): Promise<Line[]> {
  const rounds = scale.rounds * (scale.rounds > 1 ? oftener : 1)
  return [...nearLines(await near(stage, rounds)), ...farLines(await far(stage, rounds))]
}

async function near(stage: Stage, rounds: number): Promise<Measured> {
  return withAll(stage, () => approveOften(stage, rounds))
}

async function far(stage: Stage, rounds: number): Promise<Measured> {
  const { cluster } = stage.world
  const server = await startSlowServer({ url: cluster.server, ca: cluster.ca })
  try {
    const start: Stage['start'] = name => startBehind(stage, name, server.url)
    const work = (): Promise<Measured> => {
      // Starting is no part of what is measured.
      server.delayMs = apiServerMs
      for (const { sim, ...fault } of latencies) stage.world[sim].faults.add({ ...fault, times: Infinity })
      return approveOften(stage, rounds, server.url)
    }
    return await withAll(stage, work, start)
  } finally {
    for (const { sim } of latencies) stage.world[sim].faults.clear()
    await server.close()
  }
}

async function approveOften(stage: Stage, rounds: number, server?: string): Promise<Measured> {
  const measured: Measured = { ours: [], bare: [] }
  stage.world.slack.connect(`${stage.gatewayUrl}/slack/events`)
  const calls = await bareCalls(stage, server)
  for (let round = -Math.min(warmUps, rounds); round < rounds; round++) {
    const { taken, ...about } = await approveOnce(stage.world)
    const times = await calls(about)
    if (round < 0) continue
    measured.ours.push(taken)
    measured.bare.push(times)
  }
  return measured
}

function nearLines({ ours, bare }: Measured): Line[] {
  const named = { bench: 'approve', unit: 'ms' } as const
  const granted = ours.map(taken => taken.granted)
  const measure = 'return to last binding'
  return [
    lineOf({ ...named, measure, against: 'critical path of the bare calls', goal: nearGoal }, granted, paths(bare)),
    lineOf({ ...named, measure, against: 'sum of the bare calls' }, granted, bare.map(sumOf)),
    seenLine('return to the page that says so', ours),
    ...callLines('bare', bare),
  ]
}

function farLines({ ours, bare }: Measured): Line[] {
  const named = { bench: 'approve', unit: 'ms' } as const
  const granted = ours.map(taken => taken.granted)
  const path = paths(bare)
  const measure = 'services far away: return to last binding'
  const over = granted.map((ms, round) => Math.max(0.01, ms - (path[round] ?? Number.NaN)))
  const overMeasure = 'services far away: more than the critical path'
  return [
    lineOf({ ...named, measure, against: 'critical path of the bare calls', goal: farGoal }, granted, path),
    lineOf(
      { ...named, measure: overMeasure, against: 'the goal', goal: 1 },
      over,
      over.map(() => mostOverheadMs),
    ),
    lineOf({ ...named, measure, against: 'sum of the bare calls' }, granted, bare.map(sumOf)),
    seenLine('services far away: return to the page that says so', ours),
  ]
}

const paths = (bare: readonly CallTimes[]): number[] => bare.map(criticalPath)
const sumOf = (times: CallTimes): number => callNames.reduce((sum, name) => sum + times[name], 0)

function seenLine(measure: string, ours: readonly Taken[]): Line {
  return lineOf(
    { bench: 'approve', unit: 'ms', measure },
    ours.map(taken => taken.seen),
  )
}

function callLines(kind: string, bare: readonly CallTimes[]): Line[] {
  return callNames.map(name =>
    lineOf(
      { bench: 'approve', unit: 'ms', measure: `${kind}: ${name}` },
      bare.map(times => times[name]),
    ),
  )
}

async function approveOnce(world: World): Promise<{ taken: Taken; name: string; uid: string; grants: number }> {
  const { name, answer } = await ask(world, cast.dana, '/prod-db 30m INC-1234 replaying the failed payout batch')
  if (!name) throw new Error(`Nothing was asked: ${answer}`)
  const { page, browser } = await openApproval(world, name)
  const chooser = await browser.submit(page, 'Sign in and approve')
  const back = world.google.signIn(chooser.url.href, { account: cast.mo.email })
  const request = await stored(world, name)
  if (!request) throw new Error(`"${name}" is not stored.`)
  const { uid } = request.metadata
  const grants = request.spec.grants.length
  const written = lastBinding(world, uid, grants)
  const began = performance.now()
  const shown = await browser.open(back)
  const seen = performance.now() - began
  if (shown.status !== 200) throw new Error(`The approval ended on a page ${shown.status}: ${shown.text}`)
  // A request that fails is told here, and not by waiting for a binding that never comes.
  await reached(world, name, 'Provisioned')
  const granted = (await written) - began
  removeBindings(world, uid)
  return { taken: { granted, seen }, name, uid, grants }
}

/** Google keeps at most twenty bindings of one role for one person, fewer than the approvals of one run. */
function removeBindings({ google: { policies } }: World, uid: string): void {
  const policy = policies.read(project)
  if (!policy) throw new Error(`There is no policy of "${project}".`)
  const isOther = ({ condition }: { condition?: { title?: string } }): boolean => !condition?.title?.includes(uid)
  policies.replace(project, { ...policy, bindings: policy.bindings.filter(isOther) })
}

/** The instant at which a policy of Google's holds this many bindings of the request, in however many writes. */
async function lastBinding({ google: { policies } }: World, uid: string, count: number): Promise<number> {
  const replace = policies.replace.bind(policies)
  return new Promise(resolve => {
    policies.replace = (resource, policy) => {
      const result = replace(resource, policy)
      const own = policy.bindings.filter(({ condition }) => condition?.title?.includes(uid))
      if (own.length === count) {
        policies.replace = replace
        resolve(performance.now())
      }
      return result
    }
  })
}
