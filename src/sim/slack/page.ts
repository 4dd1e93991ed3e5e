// The simulator for other processes, under `/_sim/`: what a person sees, and what they do. JSON only, so that a page of
// another origin cannot act here without a preflight request.
import express, { type Express, type Request, type Response } from 'express'
import type { Choice, Click, Desktop, Filling, Line } from './desktop.ts'
import { Impossible } from './fields.ts'
import type { Quota } from './quota.ts'
import { pageStateOf } from './page-state.ts'
import type { Sender } from './sender.ts'
import type { Workspace } from './state.ts'
import type { Json } from './types.ts'

type PageOptions = { state: Workspace; desktop: Desktop; sender: Sender; quota: Quota }

/** Serves `/_sim/state`, `/_sim/events`, what people do, and the knobs. */
export function servePage(app: Express, { state, desktop, sender, quota }: PageOptions): void {
  app.get(
    '/_sim/state',
    (req, res) => void res.json(pageStateOf(state, typeof req.query['user'] === 'string' ? req.query['user'] : '')),
  )
  app.get('/_sim/events', (req, res) => streamEvents(state, req, res))
  const on = (path: string, act: (body: never) => unknown): void => {
    app.post(
      `/_sim/${path}`,
      express.json({ limit: '256kb' }),
      (req, res) => void answer(res, () => act(req.body as never)),
    )
  }
  on('command', ({ text, ...line }: { user: string; channel: string; text: string; threadTs?: string }) => {
    const [, command = text, rest = ''] = /^(\/\S+)(?:\s+([^]*))?$/.exec(text) ?? []
    return desktop.slashCommand({ ...line, command, text: rest })
  })
  on('say', (line: Line) => ({ ts: desktop.say(line).ts }))
  on('click', (click: Click) => desktop.clickButton(click))
  on('choose', (choice: Choice) => desktop.choose(choice))
  on('fill', (filling: Filling) => ({ viewID: desktop.fill(filling).id }))
  on('submit', (filling: Filling) => desktop.submitView(filling))
  on('close', (closing: Parameters<Desktop['closeView']>[0]) => desktop.closeView(closing))
  on('connect', ({ url }: { url: string }) => sender.connect(url))
  on('knobs', (knobs: { quota?: boolean; twice?: boolean; patienceMs?: number }) => {
    quota.isOn = knobs.quota ?? quota.isOn
    sender.isTwice = knobs.twice ?? sender.isTwice
    sender.patienceMs = knobs.patienceMs ?? sender.patienceMs
  })
}

async function answer(res: Response, act: () => unknown): Promise<void> {
  try {
    res.json((await act()) ?? {})
  } catch (error) {
    if (error instanceof Impossible) res.status(400).json({ error: error.message })
    else res.status(500).json({ error: String(error) })
  }
}

// Says only that something changed and for whom; the listener reads the state again.
function streamEvents(state: Workspace, req: Request, res: Response): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  res.write(': listening\n\n')
  const tell = ({ type, channel, user }: Json): void =>
    void res.write(`data: ${JSON.stringify({ type, channel, user })}\n\n`)
  state.events.on('event', tell)
  req.on('close', () => state.events.off('event', tell))
}
