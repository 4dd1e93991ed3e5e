// Stories as people play them, with people's patience: whoever gets no answer does it again. They end when nothing is owed.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { Visitor } from '../../src/sandbox/visitor.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import type { Lane } from './lane.ts'
import { mappings } from './place.ts'

export const stories = ['granted', 'denied', 'timed out'] as const
export type Story = (typeof stories)[number]

const [dana, mo] = ['U0DANA', 'U0MO']
export const channel = 'C0PRODACCESS'
const settledWithinMs = 90_000
const patienceMs = 60_000

/** Plays a story about `seconds` of access until the request is settled, and gives every request that came of it. */
export async function play(lane: Lane, story: Story, seconds: number): Promise<AccessRequest[]> {
  const before = new Set((await all(lane)).map(({ metadata }) => metadata.uid))
  const made = async (): Promise<AccessRequest[]> =>
    (await all(lane)).filter(({ metadata }) => !before.has(metadata.uid))
  const mapping = story === 'timed out' ? mappings.silent : mappings.decided
  await ask(lane, `${mapping} ${seconds}s replaying the batch`, made)
  if (story === 'granted') await approve(lane, made)
  if (story === 'denied') await deny(lane, made)
  await until('the request is settled', settledWithinMs, async () => {
    const requests = await made()
    return requests.every(({ status }) => status?.settled) ? requests : undefined
  }).catch(async (error: unknown) => {
    const statuses = (await made()).map(({ status }) => JSON.stringify(status))
    throw new Error(`${String(error)} It is ${statuses.join(' and ')}`, { cause: error })
  })
  return made()
}

type Made = () => Promise<AccessRequest[]>

async function all({ requests, namespace }: Lane): Promise<AccessRequest[]> {
  return (await requests.list({ namespace })).items
}

// A command that Slack had trouble with is typed again, also when it was stored: the person cannot know.
async function ask({ slack }: Lane, text: string, made: Made): Promise<void> {
  await until('the command is taken', patienceMs, async () => {
    const { trouble } = await slack.desktop.slashCommand({ user: dana, channel, command: '/access', text })
    return trouble === undefined && (await made()).length > 0
  })
}

async function approve(lane: Lane, made: Made): Promise<void> {
  let trouble: unknown
  await until(
    'the approval is recorded',
    patienceMs,
    async () => {
      if (await isDecided(made)) return true
      await signIn(lane, made).catch((error: unknown) => (trouble = error))
      return isDecided(made)
    },
    () => trouble,
  )
}

async function signIn(lane: Lane, made: Made): Promise<void> {
  const url = linkOf(await posted(lane, made))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(url), 'Sign in and approve')
  await browser.submit(chooser, 'mo@example.com')
}

async function deny(lane: Lane, made: Made): Promise<void> {
  const { desktop, state } = lane.slack
  await until('the denial is recorded', patienceMs, async () => {
    if (await isDecided(made)) return true
    const { ts } = await posted(lane, made)
    await desktop.clickButton({ user: mo, channel, ts, actionID: 'deny' }).catch(() => undefined)
    const view = state.openViews(mo).at(-1)
    if (view) await desktop.submitView({ user: mo, viewID: view.id, values: { comment: 'use the replica' } })
    if (state.openViews(mo).length > 0) await desktop.closeView({ user: mo, all: true })
    return isDecided(made)
  })
}

async function isDecided(made: Made): Promise<boolean> {
  const [request] = await made()
  return (request?.status?.decisions?.length ?? 0) > 0
}

async function posted(lane: Lane, made: Made): Promise<StoredMessage> {
  return until('the message is posted', patienceMs, async () => {
    const [request] = await made()
    const found = request && messagesOf(lane, request.metadata.uid)[0]
    return found && JSON.stringify(found.blocks).includes('"action_id":"deny"') ? found : undefined
  })
}

/** The messages in the channel that are about the request. */
export function messagesOf({ slack }: Lane, uid: string): StoredMessage[] {
  return slack.state.messages(channel).filter(({ metadata }) => metadata?.event_payload['uid'] === uid)
}

function linkOf({ blocks }: StoredMessage): string {
  const url = /"url":"([^"]*\/approve[^"]*)"/.exec(JSON.stringify(blocks))?.[1]
  if (!url) throw new Error('The message has no Approve link.')
  return url
}

async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | undefined | false>,
  trouble: () => unknown = () => undefined,
): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(100)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
  }
  throw new Error(`Not within ${ms / 1000} s: ${what}.`, { cause: trouble() })
}
