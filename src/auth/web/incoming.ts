// A delivery from a browser as the handlers read it, and how a page is counted. It contains no page.
import type { Request, Response } from 'express'
import type { PageName } from '../../domain/audit/metric-labels.ts'
import { readCookies } from './cookies.ts'
import type { Dependencies } from '../dependencies.ts'
import type { Delivery } from '../login/purpose.ts'
import type { Reply } from './reply.ts'

export type Handler = (req: Request, res: Response) => Promise<void>
/** `gone` aborts when the browser no longer waits for the answer. */
export type Answering = (req: Request, deps: Dependencies, gone: AbortSignal) => Promise<Reply>
/** The handler of a page, which always answers and counts the answer. */
export type Pages = (name: PageName, answer: Answering) => Handler

export function cookiesOf(req: Request): ReturnType<typeof readCookies> {
  return readCookies(req.headers.cookie)
}

/** A parameter that is given exactly once. */
export function queryOf(req: Request, name: string): string {
  const value = req.query[name]
  return typeof value === 'string' ? value : ''
}

/** A form as the browser sent it. */
export function deliveryOf(req: Request): Delivery {
  return { body: req.body, cookies: cookiesOf(req), header: name => req.get(name) }
}
