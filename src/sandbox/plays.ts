// The actions of people in a sandbox: ask, read, approve through the real login, deny, wait. For the story and the
// tests.
import { setTimeout as pause } from 'node:timers/promises'
import type { AccessRequest, Phase } from '../api/kinds.ts'
import { isNotFound } from '../kube/api-error.ts'
import type { StoredMessage } from '../sim/slack/types.ts'
import { namespace, type World } from './world.ts'
import { type Visited, Visitor } from './visitor.ts'

/** The people of the sandbox. */
export const cast = {
  dana: { id: 'U0DANA', name: 'Dana Engineer', email: 'dana@example.com', role: 'engineer, asks' },
  mo: { id: 'U0MO', name: 'Mo Manager', email: 'mo@example.com', role: 'manager on call' },
  ana: { id: 'U0ANA', name: 'Ana Director', email: 'ana@example.com', role: 'next level' },
  otto: { id: 'U0OTTO', name: 'Otto Other', email: 'otto@example.com', role: 'another engineer' },
} as const
export type Player = (typeof cast)[keyof typeof cast]

/** The channel for all requests and decisions. */
const channel = 'C0PRODACCESS'

/** The first pause between two looks, and the longest: what takes seconds is not asked for twenty times a second. */
const [firstPauseMs, longestPauseMs] = [20, 200]

/** Polls until `look` finds something; throws a sentence when it takes longer than `seconds`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  seconds = 30,
): Promise<T> {
  let pauseMs = firstPauseMs
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(pauseMs)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)
  }
  throw new Error(`${what}: not within ${seconds} s.`)
}

/** Types a slash command; returns the answer to the person, and the request if one was made. */
export async function ask(
  world: World,
  who: { id: string },
  line: string,
): Promise<{ answer: string; name: string | undefined }> {
  const [command = '', ...words] = line.split(' ')
  const before = new Set(world.slack.state.ephemerals(who.id).map(({ ts }) => ts))
  const done = await world.slack.desktop.slashCommand({ user: who.id, channel, command, text: words.join(' ') })
  const [said] = world.slack.state.ephemerals(who.id).filter(({ ts }) => !before.has(ts))
  return { answer: (said?.text ?? done.trouble ?? '').replaceAll('*', ''), name: said && requestIn(said) }
}

/** The name of the request that a button of the message is about. */
function requestIn({ blocks }: StoredMessage): string | undefined {
  return /\\?"n\\?":\\?"([a-z0-9.-]+)/.exec(JSON.stringify(blocks))?.[1]
}

/** The request as stored now. */
export async function stored(world: World, name: string): Promise<AccessRequest | undefined> {
  try {
    return await world.requests.get({ namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Waits for a phase. */
export async function reached(world: World, name: string, phase: Phase, seconds = 30): Promise<AccessRequest> {
  let last: AccessRequest | undefined
  try {
    return await until(
      `"${name}" reaches ${phase}`,
      async () => {
        last = await stored(world, name)
        return last?.status?.phase === phase ? last : undefined
      },
      seconds,
    )
  } catch (error) {
    throw new Error(`${String(error)} It is ${last?.status?.phase}: ${JSON.stringify(last?.status?.conditions)}`, {
      cause: error,
    })
  }
}

/** The one message of a request, once it is posted and has a button with this action. */
export async function message(world: World, name: string, action?: string): Promise<StoredMessage> {
  return until(`the message of "${name}"`, () =>
    world.slack.state
      .messages(channel)
      .find(one => one.threadTs === undefined && about(one, name) && (!action || address(one, action) !== undefined)),
  )
}

function about(one: StoredMessage, name: string): boolean {
  return JSON.stringify(one.blocks).includes(name)
}

function address({ blocks }: StoredMessage, action: string): string | undefined {
  const elements = blocks.flatMap(block => (block['elements'] ?? []) as Record<string, unknown>[])
  const found = elements.find(element => element['action_id'] === action)
  return found && (typeof found['url'] === 'string' ? found['url'] : '')
}

/** Opens Approve's page as somebody. */
export async function openApproval(
  world: World,
  name: string,
  browser = new Visitor(),
): Promise<{ page: Visited; browser: Visitor }> {
  const url = address(await message(world, name, 'approve'), 'approve')
  if (!url) throw new Error(`The message of "${name}" has no Approve link.`)
  return { page: await browser.open(url), browser }
}

/** Approves through the page and Google's login; returns the last page. */
export async function approve(
  world: World,
  name: string,
  who: Pick<Player, 'email'>,
  filled: Record<string, string> = {},
): Promise<Visited> {
  const { page, browser } = await openApproval(world, name)
  return signIn(browser, await browser.submit(page, 'Sign in and approve', filled), who)
}

/** Chooses an account on Google's page. The whole address: that of Ana is a part of Dana's. */
async function signIn(browser: Visitor, chooser: Visited, { email }: Pick<Player, 'email'>): Promise<Visited> {
  return browser.submit(chooser, new RegExp(`(?<!\\w)${email.replaceAll(/[.+]/g, '\\$&')}`))
}

/** Ends access early through the page and Google's login; returns the last page. */
export async function endEarly(
  world: World,
  name: string,
  who: Pick<Player, 'email'>,
  filled: Record<string, string> = {},
): Promise<Visited> {
  const url = address(await message(world, name, 'revoke'), 'revoke')
  if (!url) throw new Error(`The message of "${name}" has no Revoke link.`)
  const browser = new Visitor()
  return signIn(browser, await browser.submit(await browser.open(url), 'Sign in and end access', filled), who)
}

/** Presses a button of the one message; returns what Slack then shows to that person alone. */
export async function press(world: World, name: string, action: string, who: Player): Promise<string> {
  const { ts } = await message(world, name, action)
  const seen = world.slack.state.ephemerals(who.id).length
  await world.slack.desktop.clickButton({ user: who.id, channel, ts, actionID: action })
  return until('the answer to the press', () => world.slack.state.ephemerals(who.id)[seen]?.text)
}

/** Denies in Slack, with a comment. */
export async function deny(world: World, name: string, who: Player, comment: string): Promise<void> {
  const { ts } = await message(world, name, 'deny')
  const { desktop, state } = world.slack
  await desktop.clickButton({ user: who.id, channel, ts, actionID: 'deny' })
  const view = await until('the form to deny', () => state.openViews(who.id).at(-1))
  await desktop.submitView({ user: who.id, viewID: view.id, values: { comment } })
  // A form that was refused stays open and shows why.
  if (state.openViews(who.id).length > 0) await desktop.closeView({ user: who.id, all: true })
}

/** The messages in the thread of a request's message. */
export async function thread(world: World, name: string): Promise<string[]> {
  const { ts } = await message(world, name)
  return world.slack.state
    .messages(channel)
    .filter(({ threadTs }) => threadTs === ts)
    .map(({ text }) => text)
}

/** Audit entries of a request, oldest first. */
export function entriesOf(
  world: World,
  uid: string,
): { insertId: string; event: string; message: string; at: string }[] {
  return world.google.logs
    .entries()
    .filter(({ insertId }) => insertId.startsWith(uid) && !insertId.includes('-evidence-'))
    .map(entry => {
      const payload = entry.jsonPayload as { event?: string; message?: string; seq?: number }
      return {
        insertId: entry.insertId,
        event: payload.event ?? '',
        message: payload.message ?? '',
        at: entry.timestamp,
      }
    })
    .sort((a, b) => (a.insertId < b.insertId ? -1 : 1))
}
