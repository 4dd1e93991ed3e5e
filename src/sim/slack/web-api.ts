// The Web API over HTTP: the caller, the rate limits and the scopes; the methods are in other files.
import express, { type Express, type Request, type Response } from 'express'
import { Args } from './args.ts'
import { chatMethods } from './chat.ts'
import { conversationMethods } from './conversations.ts'
import { SlackFailure } from './failure.ts'
import type { Hooks } from './hooks.ts'
import { type Method, requireScope } from './method.ts'
import { peopleMethods } from './people.ts'
import type { Quota } from './quota.ts'
import type { Sockets } from './sockets.ts'
import type { Workspace } from './state.ts'
import type { Json } from './types.ts'
import { viewMethods } from './views.ts'

/** The calls so far, for tests to count. Calls that an injected fault answered are not included. */
export type Called = { method: string; args: Json }

type WebApiOptions = {
  state: Workspace
  hooks: Hooks
  quota: Quota
  sockets: Sockets
  token: () => string
  calls: Called[]
}

const methods = new Map<string, Method>(
  Object.entries({ ...chatMethods, ...conversationMethods, ...peopleMethods, ...viewMethods }),
)

/** Serves `/api/<method>`. */
export function serveWebApi(app: Express, options: WebApiOptions): void {
  const parse = [express.json({ limit: '1mb' }), express.urlencoded({ extended: false, limit: '1mb' })]
  app.all('/api/:method', ...parse, (req: Request<{ method: string }>, res: Response) => {
    const { method } = req.params
    const given: Json = { ...req.query, ...(req.body as Json | undefined) }
    const { token: _, ...args } = given
    options.calls.push({ method, args })
    const wait = options.quota.take(method, typeof given['channel'] === 'string' ? given['channel'] : undefined)
    if (wait > 0) return void res.status(429).set('retry-after', String(wait)).json({ ok: false, error: 'ratelimited' })
    res
      .set('x-oauth-scopes', options.state.app.scopes.join(','))
      .json(answer(method, { given, bearer: bearerOf(req), verb: req.method }, options))
  })
  app.use('/api', (_error: unknown, _req: Request, res: Response, _next: () => void) => {
    res.json({ ok: false, error: 'invalid_json' })
  })
}

function answer(
  name: string,
  { given, bearer, verb }: { given: Json; bearer: string | undefined; verb: string },
  options: WebApiOptions,
): Json {
  const { state, hooks, sockets, token } = options
  try {
    if (name === 'apps.connections.open') return { ok: true, ...sockets.address({ method: verb, bearer }) }
    const method = methods.get(name)
    if (!method) throw new SlackFailure('unknown_method', { req_method: name })
    const shown = bearer ?? given['token']
    if (!shown) throw new SlackFailure('not_authed')
    if (shown !== token()) throw new SlackFailure('invalid_auth')
    requireScope(state, method.needs)
    return { ok: true, ...method.run({ args: new Args(given), state, hooks }) }
  } catch (error) {
    if (error instanceof SlackFailure) return { ok: false, error: error.error, ...error.more }
    throw error
  }
}

function bearerOf({ headers }: Request): string | undefined {
  return /^Bearer (\S+)$/i.exec(headers.authorization ?? '')?.[1]
}
