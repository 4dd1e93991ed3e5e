// The screens of people in Slack, for the tests of the gateway.
import { Broken } from '../../src/domain/outcome.ts'
import type { Answer } from '../../src/slack/gateway/answers.ts'
import type { Form } from '../../src/slack/gateway/forms.ts'
import type { Forms, Respond } from '../../src/slack/gateway/responder.ts'

/** Slack's screens: the forms that are open, and what was said later. */
export class Screens {
  forms: Record<string, Form> = {}
  said: { url: string; answer: Answer; replace: boolean }[] = []
  isClosed = false
  readonly port: Forms = {
    open: async (triggerID, form) => this.#show(triggerID, form),
    update: async (viewID, form) => this.#show(viewID, form),
  }
  readonly respond: Respond = async (url, answer, { replace = false } = {}) => {
    this.said.push({ url, answer, replace })
  }
  #show(id: string, form: Form): void {
    if (this.isClosed) throw new Broken('Slack answered "not_found" to change a form.')
    this.forms[id] = form
  }
}
