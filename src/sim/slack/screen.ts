// What a person's screen shows after the app's answers: an acknowledged command, an answered modal, or Slack's own
// sentence where the app failed.
import { detailOf, errorsAt, isOk, saidIn } from './acks.ts'
import { SlackFailure } from './failure.ts'
import { type Place, sayAt } from './hooks.ts'
import type { Workspace } from './state.ts'
import type { Delivered, Json, StoredView } from './types.ts'
import { changeView, readView, showView } from './views.ts'

/** What Slack says to the person when it could not show the app's answer. */
export type Trouble = { trouble?: string }

/** What Slack says where an app does not acknowledge a click or a form. */
export const trouble = 'We had some trouble connecting. Try again?'

/** Shows the acknowledgement of a command to the person, or to the channel when it says `in_channel`. */
export function showAck(
  state: Workspace,
  outcome: Delivered,
  { place, command }: { place: Place; command: string },
): Trouble {
  if ('failed' in outcome) return slackbot(state, place, `${command} failed with the error "${outcome.failed}"`)
  if (!isOk(outcome)) return slackbot(state, place, `${command} failed with the error "http_service_error"`)
  if (outcome.body.trim() === '') return {}
  try {
    sayAt(state, place, saidIn(outcome))
    return {}
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    return slackbot(state, place, `${command} failed with the error "invalid_command_response" (${error.error})`)
  }
}

/** Slackbot's words to one person. */
export function slackbot(state: Workspace, { user, channel }: Place, text: string): Trouble {
  state.post({ channel, user: 'USLACKBOT', text, blocks: [], mrkdwn: true, ephemeralFor: user })
  return { trouble: text }
}

/** Does to a modal what the answer to its submission says. */
export function obey(state: Workspace, outcome: Delivered, view: StoredView): Trouble {
  try {
    if (!isOk(outcome)) throw new SlackFailure('no acknowledgement')
    const said = outcome.body.trim() === '' ? {} : saidIn(outcome)
    // A modal that was closed meanwhile stays closed.
    if (state.views.has(view.id)) respond(state, view, said)
    return {}
  } catch (error) {
    if (!(error instanceof SlackFailure)) throw error
    return { trouble: `${trouble} (${error.error}${detailOf(error)})` }
  }
}

function respond(state: Workspace, view: StoredView, said: Json): void {
  switch (said['response_action']) {
    case undefined:
      return state.hide(view)
    case 'clear':
      return state.openViews(view.user).forEach(open => state.hide(open))
    case 'errors':
      return mark(state, view, errorsAt(view, said['errors']))
    case 'update':
      return void changeView(state, view, readView(said['view'], state))
    case 'push':
      return void showView(state, view.user, { view: readView(said['view'], state), upon: view })
    default:
      throw new SlackFailure('unknown response_action')
  }
}

/** Shows errors at a modal's fields. They are not new content, so its hash stays. */
export function mark(state: Workspace, view: StoredView, errors: Record<string, string>): void {
  view.errors = errors
  state.tell({ type: 'view', user: view.user, view })
}
