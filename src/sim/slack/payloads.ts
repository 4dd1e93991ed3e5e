// The bodies of deliveries, field by field as Slack documents and sends them. Pure, except that it reads the workspace.
import { asApiMessage, type Workspace } from './state.ts'
import type { Json, SlackChannel, SlackUser, StoredMessage, StoredView } from './types.ts'
import { asApiView } from './views.ts'

/** The trigger and the response address of a delivery. */
export type Given = { triggerID: string; responseUrl: string }

/** A slash command as a form; the text is as `typing.ts` delivers it. */
export function commandFields(
  { team, app }: Workspace,
  {
    user,
    channel,
    command,
    text,
    triggerID,
    responseUrl,
  }: Given & { user: SlackUser; channel: SlackChannel; command: string; text: string },
): Record<string, string> {
  return {
    token: 'a-verification-token-nobody-should-trust',
    team_id: team.id,
    team_domain: team.domain,
    ...(team.enterpriseId && { enterprise_id: team.enterpriseId, enterprise_name: team.name }),
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: app.id,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: triggerID,
  }
}

function channelName({ im, is_private: isPrivate, name }: SlackChannel): string {
  if (im) return 'directmessage'
  return isPrivate ? 'privategroup' : name
}

function envelope({ team, app }: Workspace, user: SlackUser): Json {
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.team_id ?? team.id },
    api_app_id: app.id,
    token: 'a-verification-token-nobody-should-trust',
    team: {
      id: team.id,
      domain: team.domain,
      ...(team.enterpriseId && { enterprise_id: team.enterpriseId, enterprise_name: team.name }),
    },
    enterprise: team.enterpriseId ? { id: team.enterpriseId, name: team.name } : null,
    is_enterprise_install: false,
  }
}

// Without the second name, which is published for actions only.
function viewEnvelope(state: Workspace, user: SlackUser): Json {
  const whole = envelope(state, user)
  const { username: _, ...shown } = whole['user'] as Json
  return { ...whole, user: shown }
}

/** What was used: an element of a block with what was chosen in it. */
export type Used = { blockID: string; element: Json; chosen?: Json }

function actionOf({ blockID, element, chosen = {} }: Used, ts: string): Json {
  const { type, action_id: id, text, value, url } = element
  return {
    action_id: id,
    block_id: blockID,
    ...(text !== undefined && { text: { emoji: true, ...(text as Json) } }),
    ...(value !== undefined && { value }),
    ...(url !== undefined && { url }),
    ...chosen,
    type,
    action_ts: ts,
  }
}

/** Something was used in a message. An ephemeral one is not quoted, because Slack does not keep it. */
export function messageAction(
  state: Workspace,
  { user, message, used, triggerID, responseUrl }: Given & { user: SlackUser; message: StoredMessage; used: Used },
): Json {
  const channel = state.channels.get(message.channel)
  return {
    type: 'block_actions',
    ...envelope(state, user),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: message.channel,
      is_ephemeral: message.ephemeralFor !== undefined,
      ...(message.threadTs && { thread_ts: message.threadTs }),
    },
    trigger_id: triggerID,
    channel: { id: message.channel, name: channel ? channelName(channel) : '' },
    ...(!message.ephemeralFor && { message: asApiMessage(state, message) }),
    state: { values: {} },
    response_url: responseUrl,
    actions: [actionOf(used, state.nextTs())],
  }
}

type OnView = { user: SlackUser; view: StoredView; triggerID: string }

/** Something was used in a modal: there is no channel and no address to answer to. */
export function viewAction(state: Workspace, { user, view, triggerID, used }: OnView & { used: Used }): Json {
  return {
    type: 'block_actions',
    ...envelope(state, user),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerID,
    view: asApiView(view, state),
    actions: [actionOf(used, state.nextTs())],
  }
}

/** A modal was submitted. */
export function viewSubmission(state: Workspace, { user, view, triggerID }: OnView): Json {
  return {
    type: 'view_submission',
    ...viewEnvelope(state, user),
    trigger_id: triggerID,
    view: asApiView(view, state),
    response_urls: [],
  }
}

/** A modal that asked for it was closed. */
export function viewClosed(state: Workspace, { user, view }: Omit<OnView, 'triggerID'>, isCleared: boolean): Json {
  return { type: 'view_closed', ...viewEnvelope(state, user), view: asApiView(view, state), is_cleared: isCleared }
}
