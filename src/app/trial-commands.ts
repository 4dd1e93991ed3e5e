// Receives the next slash command over a separate socket, for `hallpass trial`: its text exactly as Slack delivers it.
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'
import { at, textOf } from '../google/answer.ts'
import { openSocket } from '../slack/gateway/socket.ts'
import { createAskAddress } from '../slack/gateway/socket-address.ts'
import { createClient } from '../slack/messages/client.ts'
import { systemClock } from './clock.ts'

/** Whose command is waited for, until when, and what happens as soon as commands arrive. */
export type Awaiting = { user: string; signal: AbortSignal; onReady: () => void }
/** The text of the next command of this Slack account. */
export type NextCommand = (awaiting: Awaiting) => Promise<string>
type Options = { appToken: Secret; slackApiUrl: string | undefined }

/**
 * Waits for a command, answers it with a sentence, and gives its text. Another gateway of the same app must not run: Slack
 * delivers each command to one socket only.
 */
export function typedCommands({ appToken, slackApiUrl }: Options): NextCommand {
  const client = createClient({ token: appToken, ...(slackApiUrl && { slackApiUrl }) })
  const ask = createAskAddress({ client, clock: systemClock, isSimulated: slackApiUrl !== undefined })
  return async ({ user, signal, onReady }) => {
    const address = await ask()
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const socket = openSocket(address, {
      onHello: onReady,
      onLeave: () => undefined,
      onEnd: why => reject(new Broken(`The socket ended: ${why}.`)),
      onDelivery: delivery => {
        const { body } = delivery
        const isCommand = textOf(at(body, 'command')) !== undefined
        const answer = { response_type: 'ephemeral', text: 'A trial of Hallpass is running. Nothing was requested.' }
        void delivery.acknowledge(isCommand ? answer : undefined).then(() => {
          if (isCommand && at(body, 'user_id') === user) resolve(textOf(at(body, 'text')) ?? '')
        })
      },
    })
    const stop = (): void => reject(new Broken('Nobody typed a command in time.'))
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', stop)
      await socket.close()
    }
  }
}
