// Shows every call to a simulator, with its answer, and every message over a socket to those who listen in the same
// process: so that tests can hold simulators and callers to what the vendors publish. While nobody listens it does nothing.
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { NextFunction, Request, Response } from 'express'

/** One call as it came over the wire. Calls that an injected fault answered are not shown. */
export type Exchange = {
  /** The port of the simulator. */
  port: number
  method: string
  /** Path and query. */
  url: string
  headers: Request['headers']
  request: string
  status: number
  /** The type of the answer, without its parameters. */
  contentType: string
  answer: string
}

/** One message over a socket. */
export type SocketMessage = { from: 'simulator' | 'client'; text: string }

const name = 'hallpass:simulated-exchange'
const exchanges = channel(name)
const socketName = 'hallpass:simulated-socket'
const messages = channel(socketName)

/** Calls the listener for each exchange of this process, until the returned function is called. */
export function watchTraffic(listener: (exchange: Exchange) => void): () => void {
  return watch(name, listener)
}

/** Calls the listener for each message over a socket of this process, until the returned function is called. */
export function watchSockets(listener: (message: SocketMessage) => void): () => void {
  return watch(socketName, listener)
}

function watch<T>(of: string, listener: (message: T) => void): () => void {
  const hear = (message: unknown): void => listener(message as T)
  subscribe(of, hear)
  return () => void unsubscribe(of, hear)
}

/** Shows a message over a socket. */
export function showMessage(message: SocketMessage): void {
  if (messages.hasSubscribers) messages.publish(message)
}

/** Middleware of every simulator. */
export function showTraffic(req: Request, res: Response, next: NextFunction): void {
  if (!exchanges.hasSubscribers || req.path.startsWith('/_sim/')) return next()
  const [sent, answered] = [heard(req), said(res)]
  res.once('finish', () => {
    const contentType = String(res.getHeader('content-type') ?? '').replace(/;.*/, '')
    exchanges.publish({
      port: req.socket.localPort ?? 0,
      method: req.method,
      url: req.originalUrl,
      headers: req.headers,
      request: Buffer.concat(sent).toString(),
      status: res.statusCode,
      contentType,
      answer: Buffer.concat(answered).toString(),
    } satisfies Exchange)
  })
  next()
}

// A listener for `data` would start the stream before its reader is there, so the events are watched instead.
function heard(req: Request): Buffer[] {
  const chunks: Buffer[] = []
  const emit = req.emit.bind(req)
  req.emit = ((event: string, ...args: unknown[]) => {
    if (event === 'data') chunks.push(bytes(args[0]))
    return emit(event, ...args)
  }) as typeof req.emit
  return chunks
}

function said(res: Response): Buffer[] {
  const chunks: Buffer[] = []
  for (const verb of ['write', 'end'] as const) {
    const send = res[verb].bind(res) as (...args: unknown[]) => unknown
    res[verb] = ((...args: unknown[]) => {
      if (typeof args[0] !== 'function' && args[0] !== undefined && args[0] !== null) chunks.push(bytes(args[0]))
      return send(...args)
    }) as typeof res.write & typeof res.end
  }
  return chunks
}

function bytes(chunk: unknown): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk as Uint8Array)
}
