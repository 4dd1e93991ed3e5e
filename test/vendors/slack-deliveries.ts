// What Slack's types are claimed of deliveries, over HTTP and over sockets, and of the app's answers to them.
import type { Delivery } from '../../src/sim/slack/types.ts'
import type { Exchange, SocketMessage } from '../../src/sim/traffic.ts'
import type { Json } from './schema.ts'
import type { Claim } from './slack-types.ts'

const payloadTypes: Record<string, string> = {
  block_actions: 'bolt.BlockAction',
  view_submission: 'bolt.ViewSubmitAction',
  view_closed: 'bolt.ViewClosedAction',
}

/** The claims of a delivery over HTTP: its body, and what the app answered to it. */
export function claimsOfDelivery({ body, outcome }: Delivery): Claim[] {
  const fields = Object.fromEntries(new URLSearchParams(body))
  const delivered = fields['payload'] === undefined ? fields : (JSON.parse(fields['payload']) as Json)
  const acknowledged = 'status' in outcome && outcome.contentType.startsWith('application/json') ? outcome.body : ''
  return [claimOf(delivered), ...(acknowledged ? [answerTo(kindOf(delivered), JSON.parse(acknowledged) as Json)] : [])]
}

/** The claims of everything that was said over sockets. */
export function claimsOfSockets(messages: readonly SocketMessage[]): Claim[] {
  const kinds = new Map<unknown, string>()
  return messages.flatMap(({ from, text }) => {
    const said = JSON.parse(text) as Json
    if (from === 'client') return claimsOfAcknowledgement(said, kinds.get(said['envelope_id']) ?? 'what nobody sent')
    if (said['type'] === 'hello') return { what: 'hello', type: 'Hello', value: said }
    if (said['type'] === 'disconnect') return { what: 'disconnect', type: 'Disconnect', value: said }
    const payload = said['payload'] as Json
    kinds.set(said['envelope_id'], kindOf(payload))
    const what = `envelope of ${String(said['type'])}`
    return [{ what, type: 'Envelope', value: { ...said, payload: null } }, claimOf(payload)]
  })
}

function claimsOfAcknowledgement(said: Json, kind: string): Claim[] {
  const { payload } = said
  const whole = { what: 'acknowledgement', type: 'Acknowledgement', value: payload ? { ...said, payload: null } : said }
  return payload ? [whole, answerTo(kind, payload as Json)] : [whole]
}

/** The claims of answers to response addresses. */
export function claimsOfAnswers(calls: readonly Exchange[]): Claim[] {
  return calls
    .filter(({ url }) => /^\/(commands|actions)\//.test(url))
    .map(({ request }) => ({
      what: 'answer to a response address',
      type: 'bolt.RespondArguments',
      value: JSON.parse(request) as unknown,
    }))
}

function kindOf({ type }: Json): string {
  return typeof type === 'string' ? type : 'slash command'
}

function claimOf(delivered: Json): Claim {
  const what = kindOf(delivered)
  const type = what === 'slash command' ? 'Known<bolt.SlashCommand>' : (payloadTypes[what] ?? `a type for ${what}`)
  // A click in a form has no response address; the type does not know that.
  const isInForm = what === 'block_actions' && delivered['view'] !== undefined
  return { what, type: isInForm ? `Omit<${type}, 'response_url'>` : type, value: delivered }
}

function answerTo(kind: string, value: Json): Claim {
  const type = kind === 'slash command' ? 'bolt.RespondArguments' : 'bolt.ViewResponseAction'
  return { what: `answer to ${kind}`, type, value }
}
