// Sends answers after the acknowledgement: through the address in the delivery, and by opening forms. The address works
// like a token, so it is never logged and never part of an error.
import type { WebClient } from '@slack/web-api'
import type { types } from '@slack/bolt'
import { Broken } from '../../domain/outcome.ts'
import type { Clock } from '../../domain/ports.ts'
import { codeOf, outcomeOf } from '../messages/outcome.ts'
import type { Answer } from './answers.ts'
import type { Form } from './forms.ts'

/** Sends a later answer to the person who typed or clicked. `replace` replaces the message with the button. */
export type Respond = (responseUrl: string, answer: Answer, options?: { replace?: boolean }) => Promise<void>

/** Opens and changes forms. */
export type Forms = {
  /** A trigger opens one form: for a delivery that Slack sends again, it is open already. */
  open(triggerID: string, form: Form): Promise<void>
  update(viewID: string, form: Form, hash?: string): Promise<void>
}

/** Slack accepts five answers in half an hour, and each attempt may count. */
const tries = 3

type ResponderOptions = {
  /** The allowed origin for answers: Slack's own, except in a sandbox. */
  origin?: string
  pause: (ms: number) => Promise<void>
}

/** Posts to response_url. An address outside `origin` is refused, even in a signed delivery. */
export function createRespond({ origin = 'https://hooks.slack.com', pause }: ResponderOptions): Respond {
  return async (responseUrl, answer, { replace = false } = {}) => {
    if (URL.parse(responseUrl)?.origin !== origin) throw new Broken('An answer to Slack would go to another address.')
    const body = JSON.stringify({ ...answer, response_type: 'ephemeral', replace_original: replace })
    for (let attempt = 1; ; attempt++) {
      const status = await post(responseUrl, body)
      if (status >= 200 && status < 300) return
      const isWorthwhile = status === 0 || status === 429 || status >= 500
      if (!isWorthwhile || attempt === tries)
        throw new Broken(`An answer was not taken by Slack (${status || 'no reply'}).`, { answered: status !== 0 })
      await pause(500 * attempt * (0.5 + Math.random() / 2))
    }
  }
}

/** The status of the reply; 0 without a reply. */
async function post(url: string, body: string): Promise<number> {
  try {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(5000),
    })
    await reply.body?.cancel()
    return reply.status
  } catch {
    return 0
  }
}

/** Forms with one workspace's client. */
export function createForms({ client, clock }: { client: WebClient; clock: Clock }): Forms {
  const call = async (doing: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      throw outcomeOf(error, { now: clock.now(), doing })
    }
  }
  return {
    open: (triggerID, form) =>
      call('open a form', () =>
        client.views.open({ trigger_id: triggerID, view: asView(form) }).catch((error: unknown) => {
          if (codeOf(error) !== 'exchanged_trigger_id') throw error
        }),
      ),
    update: (viewID, form, hash) =>
      call('change a form', () => client.views.update({ view_id: viewID, view: asView(form), ...(hash && { hash }) })),
  }
}

/** The same form in the library's types. */
export function asView(form: Form): types.ModalView {
  return form as types.ModalView
}
