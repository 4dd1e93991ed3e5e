// Outside calls of one request's life, as the crash matrix's proxies see them, compared with earlier versions of this
// repository: for processes that have run before, and in total for processes that have just started.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Life, type Sums, sumsOf } from '../fault/life.ts'
import { stories, type Story } from '../fault/stories.ts'
import { type Checkout, checkoutsOf, ours } from './peers/checkout.ts'
import { type Line, lineOf } from './report.ts'

/** What is counted. */
export type CallsScale = { stories: readonly Story[]; seconds: number; peers: boolean }
export const fullCalls: CallsScale = { stories, seconds: 8, peers: true }
export const smokeCalls: CallsScale = { stories: ['granted'], seconds: 5, peers: false }

type Lived = Record<Story, { first: Life; later: Life }>

/** A granted life of two grants on one project; `mappingReads` are one for each policy that is written. */
const goals: Partial<Record<keyof Sums, number>> = {
  calls: 55,
  requestWrites: 13,
  events: 4,
  unseals: 2,
  mappingReads: 1,
}
const measures: Partial<Record<keyof Sums, string>> = {
  calls: 'calls besides Events',
  requestWrites: 'writes to the request',
  events: 'Events',
  unseals: 'tokens unsealed',
  mappingReads: 'live reads of the mapping',
  policyReads: 'policies read',
  policyWrites: 'policies written',
}
const kinds = Object.keys(measures) as (keyof Sums)[]

/** Counts the calls of each version once: they do not depend on how fast anything is. */
export async function calls(scale: CallsScale, say: (line: string) => void): Promise<Line[]> {
  const peers = scale.peers ? await checkoutsOf(['before', 'start'], say) : []
  const own = await livedOf(ours, scale)
  const lines = scale.stories.flatMap(story => goalLines(story, own))
  for (const peer of peers) {
    say(`calls: playing the stories with ${peer.name}`)
    const its = await livedOf(peer, scale)
    const known = scale.stories.filter(story => its[story])
    lines.push(...known.flatMap(story => besideLines(story, own, { name: peer.name, lived: its })))
  }
  return lines
}

const run = promisify(execFile)

async function livedOf({ root }: Checkout, { seconds, stories: played }: CallsScale): Promise<Lived> {
  const child = join(import.meta.dirname, 'calls-child.ts')
  const { stdout } = await run(process.execPath, [child, root, String(seconds), ...played], { maxBuffer: 2 ** 24 })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Lived
}

const lineFor = (story: Story, measure: string, against: string, goal?: number) =>
  ({ bench: 'calls', measure: `${story}: ${measure}`, unit: '', against, ...(goal !== undefined && { goal }) }) as const

// A goal is a number of calls: the ratio says how much of it is used.
function goalLines(story: Story, lived: Lived): Line[] {
  if (story !== 'granted') return []
  const sums = sumsOf(lived[story].later)
  return kinds.flatMap(kind => {
    const [measure, goal] = [measures[kind], goals[kind]]
    return measure && goal ? [lineOf(lineFor(story, measure, 'the goal', 1), [sums[kind]], [goal])] : []
  })
}

type Peer = { name: string; lived: Lived }

function besideLines(story: Story, own: Lived, { name, lived }: Peer): Line[] {
  const [mine, its] = [sumsOf(own[story].later), sumsOf(lived[story].later)]
  const counted = kinds.flatMap(kind => {
    const measure = measures[kind]
    return measure && its[kind] > 0 ? [lineOf(lineFor(story, measure, name), [mine[kind]], [its[kind]])] : []
  })
  const [first, itsFirst] = [sumsOf(own[story].first).calls, sumsOf(lived[story].first).calls]
  return [...counted, lineOf(lineFor(story, 'calls besides Events, after a start', name), [first], [itsFirst])]
}
