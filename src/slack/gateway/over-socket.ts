// Deliveries over a socket, given to Bolt as those over HTTP are. An acknowledgement that cannot be sent rejects, so that
// the listeners can answer in another way.
import type { App } from '@slack/bolt'
import type { Log } from './dependencies.ts'
import type { Delivery } from './socket.ts'

/** The answer did not reach Slack with its acknowledgement. */
class NotAcknowledged extends Error {
  override readonly name = 'NotAcknowledged'
}

/** What Bolt can handle; anything else is acknowledged, so that Slack does not send it again. */
const handled = ['block_actions', 'view_submission', 'view_closed']

/** Handles deliveries with this app's listeners. The result never rejects. */
export function deliverTo(app: Pick<App, 'processEvent'>, log: Log): (delivery: Delivery) => Promise<void> {
  return async delivery => {
    const { body, attempt } = delivery
    const ack = async (answer?: object | string): Promise<void> => {
      const said = typeof answer === 'string' ? { text: answer } : answer
      if (!(await delivery.acknowledge(said)) && said !== undefined) throw new NotAcknowledged()
    }
    if (!isHandled(body)) return ack()
    try {
      await app.processEvent({ body, ack, retryNum: attempt })
    } catch (error) {
      log.warn({ error: error instanceof Error ? error.name : 'unknown' }, 'gateway: a delivery could not be handled')
    }
  }
}

function isHandled({ command, type }: Record<string, unknown>): boolean {
  return typeof command === 'string' || handled.includes(String(type))
}
