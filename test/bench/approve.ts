// From the browser's return until Google has processed the last binding, against the sum of the outside calls that no
// implementation of this flow can do without, each made once and bare, one after another.
import { performance } from 'node:perf_hooks'
import { ask, cast, openApproval, reached, stored } from '../../src/sandbox/plays.ts'
import type { World } from '../../src/sandbox/world.ts'
import { type Bare, bareCalls, callNames } from './bare-calls.ts'
import { type Line, lineOf } from './report.ts'
import { type Scale, type Stage, withAll } from './stage.ts'

const goal = 2
/** The first grants of a process load and compile what later ones find ready. */
const warmUps = 2

type Taken = { granted: number; seen: number }

/** Measures approvals. */
export async function approve(stage: Stage, { rounds }: Scale): Promise<Line[]> {
  const ours: Taken[] = []
  const bare: Bare[] = []
  await withAll(stage, async () => {
    stage.world.slack.connect(`${stage.gatewayUrl}/slack/events`)
    const calls = await bareCalls(stage)
    for (let round = -Math.min(warmUps, rounds); round < rounds; round++) {
      const { taken, ...about } = await approveOnce(stage.world)
      const times = await calls(about)
      if (round < 0) continue
      ours.push(taken)
      bare.push(times)
    }
  })
  const named = { bench: 'approve', unit: 'ms' } as const
  const sums = bare.map(times => callNames.reduce((sum, name) => sum + times[name], 0))
  const against = 'sum of the bare calls'
  const granted = ours.map(taken => taken.granted)
  const seen = ours.map(taken => taken.seen)
  return [
    lineOf({ ...named, measure: 'return to last binding', against, goal }, granted, sums),
    lineOf({ ...named, measure: 'return to the page that says so' }, seen),
    ...callNames.map(name =>
      lineOf(
        { ...named, measure: `bare: ${name}` },
        bare.map(times => times[name]),
      ),
    ),
  ]
}

async function approveOnce(world: World): Promise<{ taken: Taken; name: string; uid: string; grants: number }> {
  const { name, answer } = await ask(world, cast.dana, '/prod-db 30m INC-1234 replaying the failed payout batch')
  if (!name) throw new Error(`Nothing was asked: ${answer}`)
  const { page, browser } = await openApproval(world, name)
  const chooser = await browser.submit(page, 'Sign in and approve')
  const back = world.google.signIn(chooser.url.href, { account: cast.mo.email })
  const request = await stored(world, name)
  const grants = request?.spec.grants.length ?? 0
  const written = lastWrite(world, grants)
  const began = performance.now()
  const shown = await browser.open(back)
  const seen = performance.now() - began
  if (shown.status !== 200) throw new Error(`The approval ended on a page ${shown.status}: ${shown.text}`)
  const granted = (await written) - began
  const { uid } = (await reached(world, name, 'Provisioned')).metadata
  return { taken: { granted, seen }, name, uid, grants }
}

/** The instant at which Google has stored a policy for the given time. */
async function lastWrite({ google: { policies } }: World, count: number): Promise<number> {
  const replace = policies.replace.bind(policies)
  let left = count
  return new Promise(resolve => {
    policies.replace = (resource, policy) => {
      const result = replace(resource, policy)
      left -= 1
      if (left === 0) {
        policies.replace = replace
        resolve(performance.now())
      }
      return result
    }
  })
}
