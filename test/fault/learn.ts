// Finding the points: each story is played undisturbed, and every outside call that is seen is one at which a process
// can die. Nothing here knows which calls there are.
import type { AccessRequest } from '../../src/api/kinds.ts'
import { type ProcessName, processNames } from '../../src/sandbox/processes.ts'
import type { Installation } from './installation.ts'
import { type Life, live } from './life.ts'
import type { SlackMode } from './place.ts'
import { type Moment, moments } from './proxy.ts'
import { stories, type Story } from './stories.ts'

/** One instant at which one process dies. */
export type Point = {
  story: Story
  process: ProcessName
  call: string
  moment: Moment
  /** How Slack's deliveries reach the gateway. */
  slackMode: SlackMode
  /** Only a process that has just started makes the call: later it remembers the answer. */
  isFirst: boolean
}

/** Called with every request of a story. */
export type Made = (requests: readonly AccessRequest[]) => void

/** Stories that `isBrief` leaves out, except one. */
export const leftOut: readonly Story[] = [
  'denied on the web',
  'limited in sequence',
  'paged',
  'ended early',
  'emergency',
  'granted on a bucket',
  'granted by groups',
]

/**
 * The points of all stories, each story learnt in its own installation as far as there are installations. `isBrief` plays each story
 * once only, so that every call counts as one of a process that has just started, and leaves out those that add few, or take long, except
 * `also`.
 */
export async function learn(
  installations: readonly Installation[],
  { isBrief, also }: { isBrief: boolean; also?: Story | undefined },
  made: Made,
): Promise<Point[]> {
  const http = installations.filter(({ slackMode }) => slackMode === 'http')
  const socket = installations.find(({ slackMode }) => slackMode === 'socket')
  const learnt = isBrief ? stories.filter(story => story === also || !leftOut.includes(story)) : stories
  const shares = http.map((installation, n) => ({
    installation,
    own: learnt.filter((_, i) => i % http.length === n),
  }))
  if (socket) shares.push({ installation: socket, own: [storyOverSockets] })
  const found = await Promise.all(
    shares.map(async ({ installation, own }) => {
      const points: Point[] = []
      for (const [n, story] of own.entries())
        points.push(...(await learnOne(installation, { story, isNew: n === 0, isBrief, made })))
      return points
    }),
  )
  return withoutSeen(found.flat()).sort((a, b) => stories.indexOf(a.story) - stories.indexOf(b.story))
}

/** In this story there is a delivery of each kind: a command, a press of Approve, a click and a form. */
const storyOverSockets: Story = 'looked at'

/**
 * A request that is looked at before it is denied has the calls of one that is only denied, and those of the press. One
 * whose time in sequence is limited has the calls of one that is granted, and the reads of what the person had. One that
 * two people approve has those of the first approval in addition, and one that is asked on the web those of two sign-ins at
 * the door, and that auth stores it. One that is denied there has those of a sign-in, and that auth stores the denial. One
 * that is ended early has those of its end. An emergency has those of its alert and its review in addition. One on a bucket
 * has the calls about policies of another API, and one whose people are known by Google groups has the questions about them.
 */
const sameBut: Partial<Record<Story, Story>> = {
  'looked at': 'denied',
  'limited in sequence': 'granted',
  'granted by two': 'granted',
  'asked on the web': 'granted',
  'denied on the web': 'denied',
  paged: 'denied',
  'ended early': 'granted',
  emergency: 'granted',
  'granted on a bucket': 'granted',
  'granted by groups': 'granted',
}

function withoutSeen(points: readonly Point[]): Point[] {
  const callOf = ({ process, call, slackMode }: Point, story: Story | undefined): string =>
    `${story} ${slackMode} ${process} ${call}`
  const seen = new Set(points.map(point => callOf(point, point.story)))
  return points.filter(point => !seen.has(callOf(point, sameBut[point.story])))
}

type Lesson = { story: Story; isNew: boolean; isBrief: boolean; made: Made }

async function learnOne(installation: Installation, { story, isNew, isBrief, made }: Lesson): Promise<Point[]> {
  await installation.rest()
  if (!isNew) await Promise.all(processNames.map(name => installation.processes[name].restart()))
  const first = await rehearse(installation, story, made)
  const later = isBrief ? undefined : await rehearse(installation, story, made)
  const { slackMode } = installation
  // Auth and controller do not know how Slack's deliveries arrive.
  return (slackMode === 'http' ? processNames : (['gateway'] as const)).flatMap(process =>
    first[process]
      .filter(isOfStory)
      .flatMap(call =>
        moments.map(moment => ({ story, process, call, moment, slackMode, isFirst: !later?.[process].includes(call) })),
      ),
  )
}

// The check of a mapping belongs to the start of a process, and may still write when a story begins. It does not come
// again in the story's next life.
function isOfStory(call: string): boolean {
  return !call.includes('rolemappings/*/status')
}

/** What is asked for. A process that dies should be back within half of it. */
export const usualSeconds = 8

async function rehearse(installation: Installation, story: Story, made: Made): Promise<Life> {
  const { life, requests } = await live(installation, story, usualSeconds)
  made(requests)
  return life
}
