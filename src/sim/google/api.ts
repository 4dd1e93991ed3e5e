// The common part of all simulated Google APIs: caller, scope, log, request body and answer.
import express, { type Express, type NextFunction, type Request, type Response } from 'express'
import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { GoogleFailure, invalid, scopeInsufficient, type Target } from './failure.ts'
import { cloudPlatform, type Bearer, type Tokens } from './tokens.ts'
import { refuseInTrouble, type Troubles } from './troubles.ts'
import type { Call } from './types.ts'

/** A call whose token and scope are accepted; `reason` is the header x-goog-request-reason. */
export type Incoming = {
  caller: Bearer
  resource: string
  body: unknown
  at: Date
  enumsAsInts: boolean
  /** Parameters of the query, each by its first value. */
  query: Readonly<Record<string, string>>
  reason?: string
}
/** One API method: `name` as audit logs call it, `process` answers or throws a GoogleFailure. */
export type Method = Target & {
  name: string
  /** One of these scopes is enough. Default: only cloud-platform. */
  scopes?: readonly string[]
  /** Parameters of the query that it has, besides those of every method. */
  takes?: readonly string[]
  process: (incoming: Incoming) => object
}

/** The calls that were processed, oldest first. Calls that were answered by an injected fault are not included. */
type Calls = Call[]

// Above the largest request that any simulated API takes (Logging, 10 MB), so that each API judges by itself.
const bodyLimit = '16mb'

/** Answers `POST <path>:<verb>` for the methods by verb. The path's first group is the resource, the second the verb. */
export function serveMethods(app: Express, path: RegExp, methods: Record<string, Method>, api: Api): void {
  app.post(
    path,
    express.text({ type: () => true, limit: bodyLimit }),
    (req: Request, res: Response, next: NextFunction) => {
      const params = req.params as unknown as Record<string, string>
      const verb = params['1'] ?? ''
      const method = Object.hasOwn(methods, verb) ? methods[verb] : undefined
      if (!method) return next()
      send(res, api.answer(method, params['0'] ?? '', req))
    },
  )
}

/** Answers `GET <path>`; the path's first group is the resource. A query that the method does not have is refused. */
export function serveGet(app: Express, path: RegExp, method: Method, api: Api): void {
  app.get(path, withoutBody(method, api))
}

/** The same for `DELETE <path>`. */
export function serveDelete(app: Express, path: RegExp, method: Method, api: Api): void {
  app.delete(path, withoutBody(method, api))
}

function withoutBody(method: Method, api: Api): (req: Request, res: Response) => void {
  return (req, res) => {
    const params = req.params as unknown as Record<string, string>
    const own = method.takes ?? []
    const [stranger] = Object.keys(req.query).filter(name => !['alt', 'prettyPrint', ...own].includes(name))
    const process: Method['process'] = incoming => {
      if (stranger !== undefined)
        throw invalid(`Invalid JSON payload received. Unknown name "${stranger}": Cannot bind query parameter.`)
      return method.process(incoming)
    }
    send(res, api.answer({ ...method, process }, params['0'] ?? '', req))
  }
}

/** Sends what a method answered. */
export function send(res: Response, { status, body }: { status: number; body: object }): void {
  if (status === 401) res.set('www-authenticate', 'Bearer realm="https://accounts.google.com/", error="invalid_token"')
  res.status(status).json(body)
}

/** Runs methods and keeps the log of calls. */
export class Api {
  readonly calls: Calls = []
  readonly #tokens: Tokens
  readonly #clock: Clock
  /** APIs that refuse every call, and why. */
  readonly troubles: Troubles = new Map()
  constructor(tokens: Tokens, clock: Clock) {
    this.#tokens = tokens
    this.#clock = clock
  }

  answer(method: Method, resource: string, req: Request): { status: number; body: object } {
    const at = this.#clock.now()
    const reason = req.get('x-goog-request-reason')
    const call: Call = {
      method: method.name,
      resource,
      ...(reason && { reasonHeader: reason }),
      at: at.toISOString(),
      status: 200,
    }
    this.calls.push(call)
    try {
      const caller = this.#tokens.bearer(req.get('authorization'), method)
      call.principal = caller.email
      requireScope(caller, method)
      refuseInTrouble(this.troubles, caller, method)
      const enumsAsInts = req.query['$alt'] === 'json;enum-encoding=int'
      const query = queryOf(req)
      const incoming = { caller, resource, body: readJson(req.body), at, enumsAsInts, query, ...(reason && { reason }) }
      return { status: 200, body: method.process(incoming) }
    } catch (error) {
      call.status = error instanceof GoogleFailure ? error.http : 500
      if (!(error instanceof GoogleFailure)) throw error
      return { status: error.http, body: error.body() }
    }
  }
}

function requireScope(caller: Bearer, { scopes = [cloudPlatform], service, method }: Method): void {
  if (!scopes.some(scope => caller.scopes.includes(scope))) throw scopeInsufficient({ service, method })
}

function queryOf(req: Request): Record<string, string> {
  const entries = Object.entries(req.query).map(([name, value]) => [name, [value].flat()[0]] as const)
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
}

function readJson(text: unknown): unknown {
  if (typeof text !== 'string' || text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('Invalid JSON payload received. Unexpected token.')
  }
}

/** The body in the given shape; a field that the API does not have is refused as Google's JSON mapping refuses it. */
export function parseBody<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body)
  if (parsed.success) return parsed.data
  const fault = parsed.error.issues[0]
  const where = fault?.path
    .map(part => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
  if (fault?.code === 'unrecognized_keys')
    throw invalid(`Invalid JSON payload received. Unknown name "${fault.keys[0]}" at '${where}': Cannot find field.`)
  throw invalid(`Invalid value at '${where}': ${fault?.message ?? 'not understood'}`)
}
