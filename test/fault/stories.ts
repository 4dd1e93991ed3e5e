// Stories as people play them, with people's patience: a person who gets no answer does it again. They end when no work
// remains.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { type Visited, Visitor } from '../../src/sandbox/visitor.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import type { Installation } from './installation.ts'
import { mappings } from './place.ts'

export const stories = [
  'granted',
  'denied',
  'looked at',
  'timed out',
  'limited in sequence',
  'granted by two',
  'asked on the web',
  'paged',
  'ended early',
  'emergency',
  'granted on a bucket',
] as const
export type Story = (typeof stories)[number]

const [dana, mo] = ['U0DANA', 'U0MO']
const channel = 'C0PRODACCESS'
const settledWithinMs = 90_000
/** Between two looks. Each costs the API server a list, so what takes seconds is not looked at ten times a second. */
const [firstPauseMs, longestPauseMs] = [50, 300]
/** How long people go on trying. */
const patience = 60_000

/** How a story is played. */
export type Play = {
  /** How much access is asked for. */
  seconds: number
  patienceMs?: number
  /** Whether the manager tries to approve a request that times out. */
  isTried?: boolean
  /** Whether the manager opens the page with the button, which Slack also delivers, and not by the link alone. */
  isPressed?: boolean
  /** Called once when the request has ended, even if work remains. */
  whenOver?: () => void
}

/** Plays a story until the request is settled, and gives every request that came of it. */
export async function play(
  installation: Installation,
  story: Story,
  { seconds, patienceMs = patience, isTried, isPressed, whenOver }: Play,
): Promise<AccessRequest[]> {
  const before = new Set((await all(installation)).map(({ metadata }) => metadata.uid))
  const made = async (): Promise<AccessRequest[]> =>
    (await all(installation)).filter(({ metadata }) => !before.has(metadata.uid))
  const mapping = mappingOf[story] ?? mappings.decided
  const scene = { installation, made, patienceMs }
  // Long enough to be ended by a person, also when a process dies meanwhile.
  const length = story === 'ended early' ? endedEarlySeconds : seconds
  const how = story === 'emergency' ? 'emergency ' : ''
  if (story === 'asked on the web') await askAtTheDoor(scene, { mapping, seconds })
  else await ask(scene, `${mapping} ${how}${length}s replaying the batch`)
  if (isPressed || story === 'looked at') await press({ installation, made, patienceMs })
  if (approvedOnce.includes(story)) await approve({ installation, made, patienceMs })
  if (story === 'ended early') await endEarly(scene)
  if (story === 'granted by two')
    for (const email of ['mo@example.com', 'ana@example.com']) await approve({ installation, made, patienceMs }, email)
  if (story === 'asked on the web') await approveAtTheDoor(scene)
  if (story === 'paged') await paged(scene)
  if (story === 'denied' || story === 'looked at' || story === 'paged') await deny({ installation, made, patienceMs })
  let isOver = false
  await until('the request is settled', settledWithinMs + seconds * 1000, async () => {
    const requests = await made()
    if (!isOver && requests.every(({ status }) => over.includes(status?.phase ?? ''))) {
      isOver = true
      whenOver?.()
    } else if (isTried && !isOver) await signIn({ installation, made, patienceMs: 500 }).catch(() => undefined)
    if (isOver && story === 'emergency') await review({ installation, made, patienceMs })
    return requests.every(({ status }) => status?.settled) ? requests : undefined
  }).catch(async (error: unknown) => {
    const statuses = (await made()).map(({ status }) => JSON.stringify(status))
    throw new Error(`${String(error)} It is ${statuses.join(' and ')}`, { cause: error })
  })
  return made()
}

/** How much access is asked for that a person ends. */
const endedEarlySeconds = 600

/** The second channel, and the alerts in it that are about the request. */
const incidents = 'C0INCIDENTS'
export function alertsOf({ slack }: Installation, uid: string): StoredMessage[] {
  return slack.state.messages(incidents).filter(({ metadata }) => metadata?.event_payload['uid'] === uid)
}

// Otto reviews what Mo approved, with the link of the alert, and again until it is stored.
async function review({ installation, made, patienceMs }: Scene): Promise<void> {
  let trouble: unknown
  const isReviewed = async (): Promise<boolean> =>
    (await made()).some(({ status }) => (status?.reviews?.length ?? 0) > (status?.reviewsRefused?.length ?? 0))
  const sign = async (): Promise<void> => {
    const [request] = await made()
    const [alert] = request ? alertsOf(installation, request.metadata.uid) : []
    const url = /"url":"([^"]*\/review[^"]*)"/.exec(JSON.stringify(alert?.blocks))?.[1]
    if (!url) throw new Error('The alert has no link to the review.')
    const browser = new Visitor()
    await browser.submit(await browser.submit(await browser.open(url), 'Sign in and sign off'), /otto@example\.com/)
  }
  await until(
    'the review is recorded',
    patienceMs,
    async () => {
      if (await isReviewed()) return true
      await sign().catch((error: unknown) => (trouble = error))
      return isReviewed()
    },
    () => trouble,
  )
}

const approvedOnce: readonly Story[] = [
  'granted',
  'limited in sequence',
  'ended early',
  'emergency',
  'granted on a bucket',
]
const mappingOf: Partial<Record<Story, string>> = {
  'timed out': mappings.silent,
  'limited in sequence': mappings.limited,
  'granted on a bucket': mappings.bucket,
  'granted by two': mappings.together,
  paged: mappings.paged,
}
const over = ['Expired', 'Denied', 'TimedOut', 'Failed', 'Withdrawn', 'Revoked']

type Made = () => Promise<AccessRequest[]>
type Scene = { installation: Installation; made: Made; patienceMs: number }

async function all({ requests, namespace }: Installation): Promise<AccessRequest[]> {
  return (await requests.list({ namespace })).items
}

// A command that Slack had trouble with is typed again, also when it was stored: the person cannot know.
async function ask({ installation: { slack }, made, patienceMs }: Scene, text: string): Promise<void> {
  await until('the command is taken', patienceMs, async () => {
    const { trouble } = await slack.desktop.slashCommand({ user: dana, channel, command: '/access', text })
    if (trouble === undefined) await followUp(slack)
    return trouble === undefined && (await made()).length > 0
  })
}

/** A person who is told that the answer follows waits for it, as long as it can still be expected. */
const followsWithinMs = 10_000

async function followUp({ state }: Installation['slack']): Promise<void> {
  const isAwaited = (): boolean => state.ephemerals(dana).at(-1)?.text.startsWith('Still storing') ?? false
  for (const end = Date.now() + followsWithinMs; isAwaited() && Date.now() < end;) await pause(50)
}

async function approve({ installation, made, patienceMs }: Scene, email = 'mo@example.com'): Promise<void> {
  let trouble: unknown
  await until(
    'the approval is recorded',
    patienceMs,
    async () => {
      if (await hasApproved(made, email)) return true
      await signIn({ installation, made, patienceMs }, email).catch((error: unknown) => (trouble = error))
      return hasApproved(made, email)
    },
    () => trouble,
  )
}

/** Opens the page of the door as this person, with a sign-in when the browser has none. */
async function doorOf({ installation }: Scene, browser: Visitor, email: string): Promise<Visited> {
  const page = await browser.open(`${installation.authUrl}/`)
  if (page.text.includes(email)) return page
  return browser.submit(await browser.submit(page, 'Sign in with Google'), email)
}

async function askAtTheDoor(scene: Scene, { mapping, seconds }: { mapping: string; seconds: number }): Promise<void> {
  const browser = new Visitor()
  const { installation, made } = scene
  await until('the request is stored', scene.patienceMs, async () => {
    await doorOf(scene, browser, 'dana@example.com')
    const form = await browser.open(`${installation.authUrl}/ask?for=${installation.namespace}/${mapping}`)
    await browser.submit(form, 'Ask', { reason: 'replaying the batch', duration: `${seconds}s` })
    return (await made()).length > 0
  })
}

async function approveAtTheDoor(scene: Scene): Promise<void> {
  const browser = new Visitor()
  await until('the approval is recorded', scene.patienceMs, async () => {
    if (await isDecided(scene.made)) return true
    const [request] = await scene.made()
    const { document } = await doorOf(scene, browser, 'mo@example.com')
    const link = document.querySelectorAll('a').find(a => a.text.includes(request?.metadata.name ?? 'no request'))
    if (!link) return false
    const page = await browser.open(new URL(link.getAttribute('href') ?? '/', scene.installation.authUrl))
    await browser.submit(await browser.submit(page, 'Sign in and approve'), 'mo@example.com')
    return isDecided(scene.made)
  })
}

// Nobody looks at it until PagerDuty has called somebody.
async function paged({ installation: { events }, made, patienceMs }: Scene): Promise<void> {
  await until('PagerDuty has a page', patienceMs, async () => {
    const uids = (await made()).map(({ metadata }) => metadata.uid)
    return events.alerts.all.some(({ dedupKey }) => uids.some(uid => dedupKey.endsWith(uid)))
  })
}

/** Somebody who presses and is not named after this long presses again. */
const namedWithinMs = 5_000

// Until the message says it, so that the press and the decision do not meet, which would cost a write more.
async function press(scene: Scene): Promise<void> {
  const { desktop } = scene.installation.slack
  let pressAgainAt = 0
  await until('the message says who is looking', scene.patienceMs, async () => {
    const { ts, blocks } = await posted(scene)
    if (JSON.stringify(blocks).includes('is looking at it')) return true
    if (Date.now() < pressAgainAt) return false
    const { trouble } = await desktop.clickButton({ user: mo, channel, ts, actionID: 'approve' })
    pressAgainAt = Date.now() + (trouble === undefined ? namedWithinMs : 0)
    return false
  })
}

async function signIn(scene: Scene, email = 'mo@example.com'): Promise<void> {
  const url = linkOf(await posted(scene))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(url), 'Sign in and approve')
  // The whole address: that of Ana is a part of Dana's.
  await browser.submit(chooser, new RegExp(`(?<!\\w)${email}`))
}

/** The holder says that they are done, and the manager signs in and ends it, as often as it takes. */
async function endEarly({ installation, made, patienceMs }: Scene): Promise<void> {
  const { desktop } = installation.slack
  const now = async (): Promise<AccessRequest['status']> => (await made())[0]?.status
  const message = async (action: string): Promise<StoredMessage | undefined> => {
    const [request] = await made()
    const found = request && messagesOf(installation, request.metadata.uid)[0]
    return found && JSON.stringify(found.blocks).includes(`"action_id":"${action}"`) ? found : undefined
  }
  let pressAgainAt = 0
  await until('the holder is done', patienceMs, async () => {
    if ((await now())?.endings?.length) return true
    const found = Date.now() < pressAgainAt ? undefined : await message('done')
    if (!found) return false
    const { trouble } = await desktop.clickButton({ user: dana, channel, ts: found.ts, actionID: 'done' })
    pressAgainAt = Date.now() + (trouble === undefined ? namedWithinMs : 0)
    return false
  })
  await until('the approver is asked to end it', patienceMs, async () =>
    (await now())?.told?.some(({ what }) => what === 'endAsked'),
  )
  await until('the early end is recorded', patienceMs, async () => {
    const { phase, endings = [] } = (await now()) ?? {}
    if (phase === 'Revoked' || endings.some(({ verdict }) => verdict === 'Revoked')) return true
    const found = await message('revoke')
    const url = found && /"url":"([^"]*\/revoke[^"]*)"/.exec(JSON.stringify(found.blocks))?.[1]
    if (!url) return false
    const browser = new Visitor()
    const chooser = await browser.submit(await browser.open(url), 'Sign in and end access')
    await browser.submit(chooser, 'mo@example.com')
    return false
  })
}

async function deny(scene: Scene): Promise<void> {
  const { installation, made, patienceMs } = scene
  const { desktop, state } = installation.slack
  await until('the denial is recorded', patienceMs, async () => {
    if (await isDecided(made)) return true
    const { ts } = await posted(scene)
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

async function hasApproved(made: Made, email: string): Promise<boolean> {
  const [request] = await made()
  return request?.status?.decisions?.some(({ verdict, who }) => verdict === 'Approved' && who.email === email) ?? false
}

async function posted({ installation, made, patienceMs }: Scene): Promise<StoredMessage> {
  return until('the message is posted', patienceMs, async () => {
    const [request] = await made()
    const found = request && messagesOf(installation, request.metadata.uid)[0]
    return found && JSON.stringify(found.blocks).includes('"action_id":"deny"') ? found : undefined
  })
}

/** The messages in the channel that are about the request. */
export function messagesOf({ slack }: Installation, uid: string): StoredMessage[] {
  return slack.state.messages(channel).filter(({ metadata }) => metadata?.event_payload['uid'] === uid)
}

/** What the requester has been told about the request: in its message's thread, or directly if there is no message. */
export function toldOf(installation: Installation, { metadata }: AccessRequest): StoredMessage[] {
  const { state } = installation.slack
  const [message] = messagesOf(installation, metadata.uid)
  if (message) return state.messages(channel).filter(({ threadTs }) => threadTs === message.ts)
  const since = Date.parse(metadata.creationTimestamp) / 1000
  return state.directMessages(dana).filter(({ ts }) => Number(ts) >= since)
}

function linkOf({ blocks }: StoredMessage): string {
  const url = /"url":"([^"]*\/approve[^"]*)"/.exec(JSON.stringify(blocks))?.[1]
  if (!url) throw new Error('The message has no Approve link.')
  return url
}

// What a look throws (the API server may be away for a moment) is looked at again, and said only if it stays so.
async function until<T>(
  what: string,
  ms: number,
  look: () => Promise<T | undefined | false>,
  trouble: () => unknown = () => undefined,
): Promise<T> {
  let thrown: unknown
  let pauseMs = firstPauseMs
  for (const end = Date.now() + ms; Date.now() < end; await pause(pauseMs)) {
    const found = await look().catch((error: unknown) => void (thrown = error))
    if (found !== undefined && found !== false) return found
    pauseMs = Math.min(pauseMs * 1.3, longestPauseMs)
  }
  throw new Error(`Not within ${ms / 1000} s: ${what}.`, { cause: trouble() ?? thrown })
}
