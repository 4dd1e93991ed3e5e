// Receives the next slash command over a separate socket, for `hallpass trial`: its text exactly as Slack delivers it.
import { Broken } from '../domain/outcome.ts'
import type { Secret } from '../domain/secret.ts'
import { at, textOf } from '../google/answer.ts'
import { openSocket } from '../slack/gateway/socket.ts'
import { createAskAddress } from '../slack/gateway/socket-address.ts'
import { createClient } from '../slack/messages/client.ts'
import { systemClock } from './clock.ts'

/** The text of the next command. */
export type NextCommand = (signal: AbortSignal, onReady: () => void) => Promise<string>
type Options = { appToken: Secret; slackApiUrl: string | undefined }

/**
 * Waits for a command, answers it with a sentence, and gives its text. `onReady` is called when commands arrive. Another gateway of the same app must not run: Slack
 * delivers each command to one socket only.
 */
export function typedCommands({ appToken, slackApiUrl }: Options): NextCommand {
  const client = createClient({ token: appToken, ...(slackApiUrl && { slackApiUrl }) })
  const ask = createAskAddress({ client, clock: systemClock, isSimulated: slackApiUrl !== undefined })
  return async (signal, onReady) => {
    const address = await ask()
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const socket = openSocket(address, {
      onHello: onReady,
      onLeave: () => undefined,
      onEnd: why => reject(new Broken(`The socket ended: ${why}.`)),
      onDelivery: delivery => {
        const { body } = delivery
        const command = textOf(at(body, 'command'))
        const answer = { response_type: 'ephemeral', text: 'The trial has received it. Nothing was requested.' }
        void delivery
          .acknowledge(command ? answer : undefined)
          .then(() => command && resolve(textOf(at(body, 'text')) ?? ''))
      },
    })
    const stop = (): void => reject(new Broken('Nobody typed a command in time.'))
    signal.addEventListener('abort', stop, { once: true })
    try {
      return await promise
    } finally {
      signal.removeEventListener('abort', stop)
      await socket.close()
    }
  }
}
