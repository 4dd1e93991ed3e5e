// The shapes of the simulated workspace: its seeds and its state. It contains no rules.

/** A JSON object as it came over the wire. */
export type Json = Record<string, unknown>

/** A person or bot. `is_stranger` is someone of another organisation, seen through Slack Connect. */
export type SlackUser = {
  id: string
  name: string
  real_name: string
  email?: string
  is_bot?: boolean
  is_restricted?: boolean
  is_ultra_restricted?: boolean
  is_stranger?: boolean
  /** Whether the address was confirmed; it was unless said otherwise. */
  is_email_confirmed?: boolean
  /** The zone of their profile; Zurich unless said otherwise. */
  tz?: string
  /** Known to Slack but not to the app. */
  is_hidden?: boolean
  deleted?: boolean
  team_id?: string
  enterprise_user?: { enterprise_id: string; teams: string[] }
}

/** A channel. The app's own user is a member only where `members` says so. */
export type SlackChannel = {
  id: string
  name: string
  members: string[]
  is_private?: boolean
  is_archived?: boolean
  /** Shared with another organisation through Slack Connect. */
  is_ext_shared?: boolean
  /** Only named people may post there. */
  is_restricted?: boolean
  is_read_only?: boolean
  /** Takes only replies in threads, or none. */
  is_thread_only?: boolean
  is_non_threadable?: boolean
  /** Set on a direct message with the app: the person at the other end. */
  im?: string
  /** People who muted it: it notifies them of nothing. */
  mutedBy?: string[]
}

/** A user group (`@handle`). `team_id` is the workspace it belongs to, when that is not the first. */
export type Usergroup = {
  id: string
  handle: string
  users: string[]
  name?: string
  disabled?: boolean
  team_id?: string
}

/** A slash command as the app's manifest declares it. */
export type SlackCommand = { command: string; description: string; usageHint?: string }

/** The installed app: its bot user, the scopes it was granted, and its commands. */
export type SlackApp = {
  id: string
  botId: string
  userId: string
  name: string
  scopes: string[]
  /** Installed in the whole organisation: its token must say which workspace it means. */
  isOrgWide?: boolean
  /** Whether people can open direct messages with the app (`app_home.messages_tab_enabled` of its manifest). */
  hasMessagesTab: boolean
  /** Ids of the further workspaces in which the organisation approved it. */
  workspaces?: string[]
  commands: SlackCommand[]
}

/** One earlier content of a message. */
export type Edit = { text: string; blocks: Json[]; replacedAt: Date }

/** A message as Slack stores it. `ephemeralFor` names the one person who sees it. */
export type StoredMessage = {
  ts: string
  channel: string
  user: string
  botId?: string
  text: string
  blocks: Json[]
  mrkdwn: boolean
  threadTs?: string
  isBroadcast?: boolean
  metadata?: { event_type: string; event_payload: Json }
  unfurlLinks?: boolean
  unfurlMedia?: boolean
  editedAt?: string
  edits: Edit[]
  ephemeralFor?: string
}

/** A modal on somebody's screen. */
export type StoredView = {
  id: string
  user: string
  hash: string
  rootId: string
  previousId?: string
  view: Json
  /** What was typed or chosen so far, as `state.values`. */
  values: Values
  /** Sentences at fields, by block id, since the last submission. */
  errors: Record<string, string>
}

/** The state of a view's fields: by block id and action id. */
export type Values = Record<string, Record<string, Json>>

/** Something that changed, for those who watch. */
export type SlackEvent = {
  type:
    | 'message'
    | 'message_changed'
    | 'message_deleted'
    | 'ephemeral'
    | 'ephemeral_deleted'
    | 'view'
    | 'view_closed'
    | 'delivery'
  channel?: string
  user?: string
  message?: StoredMessage
  view?: StoredView
  delivery?: Delivery
}

/** One delivery to the app's request URL, as sent, and its outcome. */
export type Delivery = { at: Date; kind: string; body: string; outcome: Delivered }

/** What the app's endpoint answered to a delivery, or why it did not. */
export type Delivered =
  | { failed: 'operation_timeout' | 'dispatch_failed'; why: string }
  | { status: number; body: string; contentType: string }
