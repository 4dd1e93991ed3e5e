// What people do in a story, with people's patience: a person who gets no answer does it again.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest } from '../../src/api/kinds.ts'
import { Visitor } from '../../src/sandbox/visitor.ts'
import type { StoredMessage } from '../../src/sim/slack/types.ts'
import type { Installation } from './installation.ts'
import { alertsOf, channel, dana, isDecided, type Made, messagesOf, mo, posted, type Scene, until } from './scene.ts'

/** Otto reviews what Mo approved, with the link of the alert, and again until it is stored. */
export async function review({ installation, made, patienceMs }: Scene): Promise<void> {
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

/** A command that Slack had trouble with is typed again, also when it was stored: the person cannot know. */
export async function ask({ installation: { slack }, made, patienceMs }: Scene, text: string): Promise<void> {
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

/** The manager, or somebody else, opens the page, signs in and approves, as often as it takes. */
export async function approve({ installation, made, patienceMs }: Scene, email = 'mo@example.com'): Promise<void> {
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

/** Nobody looks at it until PagerDuty has called somebody, or Hallpass has tried to, and told people if it was refused. */
export async function paged({ installation: { events }, made, patienceMs, unpaged }: Scene): Promise<void> {
  await until('PagerDuty has a page', patienceMs, async () => {
    const [{ status = {} } = {}] = await made()
    if (unpaged === 'silent') return status.page !== undefined
    if (unpaged === 'refused') return status.told?.some(({ what }) => what === 'unpaged')
    const uids = (await made()).map(({ metadata }) => metadata.uid)
    return events.alerts.all.some(({ dedupKey }) => uids.some(uid => dedupKey.endsWith(uid)))
  })
}

/** Somebody who presses and is not named after this long presses again. */
const namedWithinMs = 5_000

/** Until the message says it, so that the press and the decision do not meet, which would cost a write more. */
export async function press(scene: Scene): Promise<void> {
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

/** One sign-in that approves. Throws when the page or Google does not answer as expected. */
export async function signIn(scene: Scene, email = 'mo@example.com'): Promise<void> {
  const url = linkOf(await posted(scene))
  const browser = new Visitor()
  const chooser = await browser.submit(await browser.open(url), 'Sign in and approve')
  // The whole address: that of Ana is a part of Dana's.
  await browser.submit(chooser, new RegExp(`(?<!\\w)${email}`))
}

/** The holder says that they are done, and the manager signs in and ends it, as often as it takes. */
export async function endEarly({ installation, made, patienceMs }: Scene): Promise<void> {
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

/** The manager denies it in Slack. */
export async function deny(scene: Scene): Promise<void> {
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

function linkOf({ blocks }: StoredMessage): string {
  const url = /"url":"([^"]*\/approve[^"]*)"/.exec(JSON.stringify(blocks))?.[1]
  if (!url) throw new Error('The message has no Approve link.')
  return url
}

async function hasApproved(made: Made, email: string): Promise<boolean> {
  const [request] = await made()
  return request?.status?.decisions?.some(({ verdict, who }) => verdict === 'Approved' && who.email === email) ?? false
}
