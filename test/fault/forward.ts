// Forwards a call over plain Node, byte for byte, so that no library is between a process and its answer.
import { Agent, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'

/** Where the calls of a process go. */
export type Upstream = {
  url: string
  ca?: string | undefined
  /** The name it is called by, if that is not its own. */ calledAs?: string
}
/** A whole answer. */
export type UpstreamResponse = { status: number; headers: IncomingMessage['headers']; body: Buffer }

/** An upstream with its open connections. */
export type Target = { send: typeof httpRequest; host: string; port: string; agent: Agent; name: string }

/** Opens nothing until the first call. */
export function targetOf({ url, ca, calledAs }: Upstream): Target {
  const { protocol, hostname: host, port } = new URL(url)
  const name = calledAs ?? `${host}:${port}`
  return protocol === 'https:'
    ? { send: httpsRequest, host, port, name, agent: new HttpsAgent({ keepAlive: true, ...(ca && { ca }) }) }
    : { send: httpRequest, host, port, name, agent: new Agent({ keepAlive: true }) }
}

/** The head of an answer. A watch ends with the process that asked for it. */
export function open(
  { send, host, port, agent, name }: Target,
  call: IncomingMessage,
  body: Buffer,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { connection: _connection, 'transfer-encoding': _encoding, ...headers } = call.headers
    const { method, url: path } = call
    const sent = send({
      host,
      port,
      agent,
      method,
      path,
      headers: { ...headers, host: name, 'content-length': body.length },
    })
    if (isWatch(call)) call.socket.once('close', () => sent.destroy())
    sent.once('response', resolve)
    sent.once('error', reject)
    sent.end(body)
  })
}

/** Whether the answer is a stream without an end. */
export function isWatch({ url = '' }: IncomingMessage): boolean {
  return /[?&]watch=true/.test(url)
}

/** The whole answer to a call. Rejects without an answer. */
export async function forward(to: Target, call: IncomingMessage, body: Buffer): Promise<UpstreamResponse> {
  const answer = await open(to, call, body)
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await bodyOf(answer) }
}

/** Gives an answer to the process; resolves when it is on its way. */
export async function relay({ status, headers, body }: UpstreamResponse, response: ServerResponse): Promise<void> {
  const { connection: _connection, 'transfer-encoding': _encoding, ...rest } = headers
  response.writeHead(status, { ...rest, 'content-length': body.length })
  // A client that is gone takes no answer.
  if (response.closed || response.destroyed) return
  await new Promise<void>(resolve => {
    response.once('close', resolve)
    response.end(body, () => resolve())
  })
}

/** The whole body. */
export async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Breaks the connection instead of answering. */
export function cut(response: ServerResponse): void {
  response.socket?.destroy()
}
