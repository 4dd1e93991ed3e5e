// Serves the sandbox's page and what it shows. Loopback only; pages of other origins cannot act here, because every
// action needs JSON, and because calls for a host that is not this machine are refused.
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express'
import type { Block } from './page/state.ts'
import type { Progress } from './preparation.ts'
import { sceneOf } from './scene.ts'
import { type Served, serve } from '../sim/serve.ts'
import type { World } from './world.ts'

const pageFolder = join(import.meta.dirname, 'page')
const modulesFolder = join(import.meta.dirname, '../../node_modules')

/** The default port; the next free one when it is in use. */
const usualPort = 4600

/** What the page shows: the world, and until there is one, how far its preparation is. */
export type Sandbox = { world?: World; progress: Progress }

/** Serves the page. The world may be added to the sandbox later. */
export async function servePage(sandbox: Sandbox, port = usualPort): Promise<Served> {
  const routes = (app: Express): void => {
    app.get('/', (_req, res) => {
      res.set('cache-control', 'no-store')
      res.sendFile(join(pageFolder, sandbox.world ? 'index.html' : 'preparing.html'))
    })
    app.get('/page/:name.ts', (req, res) => void sendModule(req.params.name, res))
    app.use('/page', express.static(pageFolder, { index: false }))
    for (const name of ['preact', 'htm']) app.use(`/modules/${name}`, express.static(join(modulesFolder, name)))
    app.get('/api/preparation', (_req, res) => {
      res
        .set('cache-control', 'no-store')
        .json({ isReady: sandbox.world !== undefined, ...sandbox.progress.preparation })
    })
    app.use('/api', apiWhenReady(sandbox))
  }
  return serve(routes, port, onlyThisMachine).catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'EADDRINUSE') throw error
    return serve(routes, 0, onlyThisMachine)
  })
}

const thisMachine = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i

// A page of somebody else, whose name points at this machine, is of our own origin for the browser.
function onlyThisMachine(req: Request, res: Response, next: NextFunction): void {
  if (thisMachine.test(req.headers.host ?? '')) return next()
  res.status(421).send('Open the sandbox as localhost or 127.0.0.1.')
}

function apiWhenReady(sandbox: Sandbox): RequestHandler {
  let api: Router | undefined
  return (req, res, next) => {
    if (!sandbox.world) return void res.status(503).send('The sandbox is still being prepared.')
    api ??= apiOf(sandbox.world)
    api(req, res, next)
  }
}

// The page is TypeScript too, and is served with its types removed.
async function sendModule(name: string, res: Response): Promise<void> {
  const source =
    /^[a-z]+$/.test(name) && (await readFile(join(pageFolder, `${name}.ts`), 'utf8').catch(() => undefined))
  if (!source) return void res.status(404).end()
  const code = stripTypeScriptTypes(source)
  res.type('text/javascript').set('cache-control', 'no-store').send(code)
}

function apiOf(world: World): Router {
  const api = express.Router()
  const { desktop, state } = world.slack
  api.get('/state', (req, res) => {
    const user = typeof req.query['user'] === 'string' ? req.query['user'] : ''
    sceneOf(world, user).then(
      scene => res.set('cache-control', 'no-store').json(scene),
      error => res.status(503).send(String(error)),
    )
  })
  api.get('/events', (req, res) => streamChanges(world, req, res))
  const on = (path: string, act: (body: never) => Promise<unknown>): void => {
    api.post(`/${path}`, express.json(), (req, res) => {
      act(req.body as never).then(
        done => {
          const trouble = (done as { trouble?: string } | undefined)?.trouble
          return trouble ? res.status(409).send(trouble) : res.status(204).end()
        },
        error => res.status(400).send(error instanceof Error ? error.message : String(error)),
      )
    })
  }
  on('command', async ({ user, channel, text }: { user: string; channel: string; text: string }) => {
    const [, command, rest = ''] = /^(\/\S+)\s*([^]*)$/.exec(text) ?? []
    if (command) return desktop.slashCommand({ user, channel, command, text: rest })
    return void desktop.say({ user, channel, text })
  })
  on('click', async (click: Parameters<typeof desktop.clickButton>[0]) => desktop.clickButton(click))
  on('submit', async ({ user, viewID, values }: Filled) => {
    const done = await desktop.submitView({ user, viewID, values: plain(values) })
    const isFaulty = Object.keys(state.views.get(viewID)?.errors ?? {}).length > 0
    return isFaulty ? undefined : done
  })
  on('close', async ({ user, viewID }: { user: string; viewID: string }) => desktop.closeView({ user, viewID }))
  on('choose', async ({ user, viewID, blockID, actionID, value, values }: Filled & Chosen) => {
    const { [blockID]: _chosen, ...others } = plain(values)
    desktop.fill({ user, viewID, values: others })
    return desktop.choose({ user, viewID, blockID, actionID, value })
  })
  return api
}

type Values = Record<string, Record<string, Block>>
type Filled = { user: string; viewID: string; values: Values }
type Chosen = { blockID: string; actionID: string; value: string }

/** Field values as a person gives them: text, an option's value or seconds; untouched fields are left out. */
function plain(values: Values): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([blockID, elements]) => {
      const [held] = Object.values(elements)
      const option = held?.['selected_option'] as { value?: string } | null | undefined
      const ticked = (held?.['selected_options'] as { value?: string }[] | undefined)?.map(one => one.value)
      const value = held?.['value'] ?? option?.value ?? ticked ?? held?.['selected_date_time']
      return value === undefined || value === null ? [] : [[blockID, value]]
    }),
  )
}

// Says only that something changed; the page reads the state again.
function streamChanges({ slack }: World, req: Request, res: Response): void {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  res.write('event: open\ndata: {}\n\n')
  const tell = (): void => void res.write('event: changed\ndata: {}\n\n')
  slack.events.on('event', tell)
  req.on('close', () => slack.events.off('event', tell))
}
