// A small Slack Web API on loopback: channels that keep what is posted, members, users, and faults on demand. It checks
// what Slack checks of our calls; the simulator is stricter.
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { WebClient } from '@slack/web-api'
import { Secret } from '../../src/domain/secret.ts'
import { createClient } from '../../src/slack/messages/client.ts'

type Args = Record<string, string>
type Message = {
  ts: string
  user?: string
  bot_id?: string
  text: string
  blocks: unknown
  metadata?: unknown
  thread_ts?: string
}
type Fault = { status?: number; headers?: Record<string, string>; body?: object; hang?: boolean; afterwards?: boolean }

export class WebApi {
  channels: Record<string, { messages: Message[]; members: string[] }> = {}
  users: Record<string, unknown>[] = []
  groups: Record<string, string[]> = {}
  /** Triggers that still open a form, and the forms that are open. */
  triggers = new Set<string>()
  views: Record<string, unknown> = {}
  calls: { method: string; args: Args }[] = []
  /** What goes wrong, by method. */
  faults: Record<string, Fault> = {}
  #serial = 0
  readonly #server: Server = createServer((req, res) => {
    void this.#serve(req).then(reply => {
      if (reply.hang) return res.destroy()
      return res
        .writeHead(reply.status ?? 200, { 'content-type': 'application/json', ...reply.headers })
        .end(JSON.stringify(reply.body))
    })
  })

  async open(): Promise<WebClient> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    return createClient({
      token: new Secret('xoxb-test'),
      slackApiUrl: `http://127.0.0.1:${port}/api/`,
      timeoutMs: 2000,
    })
  }

  async close(): Promise<void> {
    await new Promise(resolve => {
      this.#server.close(resolve)
      this.#server.closeAllConnections()
    })
  }

  count(method: string): number {
    return this.calls.filter(call => call.method === method).length
  }

  async #serve(req: IncomingMessage): Promise<Fault> {
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const method = (req.url ?? '').replace('/api/', '')
    const args = Object.fromEntries(new URLSearchParams(body))
    this.calls.push({ method, args })
    const fault = this.faults[method]
    if (fault && !fault.afterwards) return fault
    const answer = this.#answer(method, args)
    return fault ?? { body: 'error' in answer ? { ok: false, ...answer } : { ok: true, ...answer } }
  }

  #answer(method: string, args: Args): object {
    const channel = this.channels[args['channel'] ?? '']
    switch (method) {
      case 'auth.test':
        return { user_id: 'U0HALLPASS', bot_id: 'B0HALLPASS' }
      case 'chat.postMessage':
        return this.#post(args)
      case 'chat.update':
        return this.#update(args)
      case 'chat.getPermalink':
        return { permalink: `https://example.slack.com/archives/${args['channel']}/p${args['message_ts']}` }
      case 'conversations.history':
        return channel ? page('messages', [...channel.messages].reverse(), args) : { error: 'channel_not_found' }
      case 'conversations.members':
        return channel ? page('members', channel.members, args) : { error: 'channel_not_found' }
      case 'users.info':
        return this.#user('id', args['user'], 'user_not_found')
      case 'users.lookupByEmail':
        return this.#user('email', args['email'], 'users_not_found')
      case 'usergroups.users.list':
        return this.groups[args['usergroup'] ?? '']
          ? { users: this.groups[args['usergroup'] ?? ''] }
          : { error: 'no_such_subteam' }
      case 'views.open':
        return this.#open(args)
      case 'views.update':
        return this.#change(args)
      default:
        return { error: 'unknown_method' }
    }
  }

  #post(args: Args): object {
    const id = args['channel'] ?? ''
    // A person's id opens the direct message with them.
    const channel = id.startsWith('U') ? (this.channels[id] ??= { messages: [], members: [id] }) : this.channels[id]
    if (!channel) return { error: 'channel_not_found' }
    if (args['thread_ts'] && !channel.messages.some(({ ts }) => ts === args['thread_ts']))
      return { error: 'thread_not_found' }
    const ts = `${1_795_442_520 + ++this.#serial}.000100`
    channel.messages.push({
      ts,
      user: 'U0HALLPASS',
      bot_id: 'B0HALLPASS',
      text: args['text'] ?? '',
      blocks: JSON.parse(args['blocks'] ?? '[]'),
      ...(args['metadata'] && { metadata: JSON.parse(args['metadata']) as unknown }),
      ...(args['thread_ts'] && { thread_ts: args['thread_ts'] }),
    })
    return { ts, channel: id }
  }

  #update(args: Args): object {
    const message = this.channels[args['channel'] ?? '']?.messages.find(({ ts }) => ts === args['ts'])
    if (!message) return { error: 'message_not_found' }
    message.text = args['text'] ?? ''
    message.blocks = JSON.parse(args['blocks'] ?? '[]')
    return { ts: message.ts }
  }

  #open({ trigger_id: trigger = '', view = '' }: Args): object {
    if (!this.triggers.delete(trigger)) return { error: 'trigger_expired' }
    const id = `V0${++this.#serial}`
    this.views[id] = JSON.parse(view)
    return { view: { id } }
  }

  #change({ view_id: id = '', view = '' }: Args): object {
    if (!(id in this.views)) return { error: 'not_found' }
    this.views[id] = JSON.parse(view)
    return { view: { id } }
  }

  #user(by: 'id' | 'email', value: string | undefined, otherwise: string): object {
    const user = this.users.find(
      one => (by === 'id' ? one['id'] : (one['profile'] as { email?: string }).email) === value,
    )
    return user ? { user } : { error: otherwise }
  }
}

/** Two at a time, so that paging is always put to the test. */
function page(name: string, all: readonly unknown[], { cursor }: Args): object {
  const from = Number(cursor ?? 0)
  const next = from + 2 < all.length ? String(from + 2) : ''
  return { [name]: all.slice(from, from + 2), response_metadata: { next_cursor: next } }
}
