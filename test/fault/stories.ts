// Stories as people play them. They end when no work remains.
import type { AccessRequest } from '../../src/api/kinds.ts'
import { approve, ask, deny, endEarly, paged, press, review, signIn } from './acts.ts'
import { approveAtTheDoor, askAtTheDoor, denyAtTheDoor } from './door-acts.ts'
import type { Installation } from './installation.ts'
import { mappings } from './place.ts'
import { all, type Made, type Scene, until } from './scene.ts'

export const stories = [
  'granted',
  'denied',
  'looked at',
  'timed out',
  'limited in sequence',
  'granted by two',
  'asked on the web',
  'denied on the web',
  'paged',
  'ended early',
  'emergency',
  'granted on a bucket',
  'granted by groups',
] as const
export type Story = (typeof stories)[number]

type Script = {
  /** The one whose requests are decided unless given. */
  mapping?: string
  /** How it is asked for; by a command unless given. */
  asks?: 'as an emergency' | 'at the door'
  /** How much access is asked for, if the length matters. */
  seconds?: number
  /** What people do, in order, each until it has an effect. */
  acts: readonly ((scene: Scene) => Promise<void>)[]
  /** What somebody does after the end. */
  afterwards?: (scene: Scene) => Promise<void>
}

const scripts: Record<Story, Script> = {
  granted: { acts: [approve] },
  denied: { acts: [deny] },
  'looked at': { acts: [press, deny] },
  'timed out': { mapping: mappings.silent, acts: [] },
  'limited in sequence': { mapping: mappings.limited, acts: [approve] },
  'granted by two': { mapping: mappings.together, acts: [approve, scene => approve(scene, 'ana@example.com')] },
  'asked on the web': { asks: 'at the door', acts: [approveAtTheDoor] },
  'denied on the web': { acts: [denyAtTheDoor] },
  paged: { mapping: mappings.paged, acts: [paged, deny] },
  // Long enough to be ended by a person, also when a process dies meanwhile.
  'ended early': { seconds: 600, acts: [approve, endEarly] },
  emergency: { asks: 'as an emergency', acts: [approve], afterwards: review },
  'granted on a bucket': { mapping: mappings.bucket, acts: [approve] },
  'granted by groups': { mapping: mappings.grouped, acts: [scene => approve(scene, 'ana@example.com')] },
}

const settledWithinMs = 90_000
const patience = 60_000
const over = ['Expired', 'Denied', 'TimedOut', 'Failed', 'Withdrawn', 'Revoked']

/** How a story is played. */
export type Play = {
  /** How much access is asked for. */
  seconds: number
  patienceMs?: number
  /** Whether the manager tries to approve a request that times out. */
  isTried?: boolean
  /** Why PagerDuty pages nobody, in a story in which people wait for a page. */
  unpaged?: Scene['unpaged']
  /** Whether the manager opens the page with the button, which Slack also delivers, and not by the link alone. */
  isPressed?: boolean
  /** Called once when the request has ended, even if work remains. */
  whenOver?: () => void
}

/** Plays a story until the request is settled, and gives every request that came of it. */
export async function play(
  installation: Installation,
  story: Story,
  { seconds, patienceMs = patience, isTried, isPressed, unpaged, whenOver }: Play,
): Promise<AccessRequest[]> {
  const before = new Set((await all(installation)).map(({ metadata }) => metadata.uid))
  const made: Made = async () => (await all(installation)).filter(({ metadata }) => !before.has(metadata.uid))
  const scene = { installation, made, patienceMs, unpaged }
  const { acts, afterwards, ...asked } = scripts[story]
  await begin(scene, { seconds, ...asked })
  for (const act of isPressed ? [press, ...acts] : acts) await act(scene)
  let isOver = false
  await until('the request is settled', settledWithinMs + seconds * 1000, async () => {
    const requests = await made()
    if (!isOver && requests.every(({ status }) => over.includes(status?.phase ?? ''))) {
      isOver = true
      whenOver?.()
    } else if (isTried && !isOver) await signIn({ ...scene, patienceMs: 500 }).catch(() => undefined)
    if (isOver) await afterwards?.(scene)
    return requests.every(({ status }) => status?.settled) ? requests : undefined
  }).catch(async (error: unknown) => {
    const statuses = (await made()).map(({ status }) => JSON.stringify(status))
    throw new Error(`${String(error)} It is ${statuses.join(' and ')}`, { cause: error })
  })
  return made()
}

type Asked = Pick<Script, 'mapping' | 'asks'> & { seconds: number }

async function begin(scene: Scene, { mapping = mappings.decided, asks, seconds }: Asked): Promise<void> {
  if (asks === 'at the door') return askAtTheDoor(scene, { mapping, seconds })
  const how = asks === 'as an emergency' ? 'emergency ' : ''
  return ask(scene, `${mapping} ${how}${seconds}s replaying the batch`)
}
