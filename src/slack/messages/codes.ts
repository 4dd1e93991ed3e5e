// What each error code that Slack documents means for Hallpass: the one table of them, for every method that it calls
// (https://docs.slack.dev/reference/methods). Data only.
import type { Reason } from '../../domain/refusals.ts'

/** The reasons that a code of Slack can have. */
export type FinalReason = Extract<
  Reason,
  | 'ChannelUnreachable'
  | 'DirectMessageRefused'
  | 'MessageGone'
  | 'MessageRefused'
  | 'SlackAccessDenied'
  | 'SlackPlanTooSmall'
  | 'UnknownUserGroup'
>

/** What follows from a code. A code that is not in the table is not known to pass, and not known to stay. */
export type CodeMeaning =
  /** It ends by itself: tried again after a while. */
  | { is: 'passing' }
  /** Too many calls: tried again after Slack's window of a minute. */
  | { is: 'limit' }
  /** The token or its scopes are wrong. They are corrected while the process runs, so it is tried again. */
  | { is: 'setup' }
  /** It stays until somebody changes something. `because` says what, after a colon. */
  | { is: 'final'; reason: FinalReason; because?: string }

const final = (reason: FinalReason, codes: string): Record<string, CodeMeaning> =>
  Object.fromEntries(
    codes
      .trim()
      .split(/\s+/)
      .map(code => [code, { is: 'final', reason } as const]),
  )
const plain = (is: 'passing' | 'limit' | 'setup', codes: string): Record<string, CodeMeaning> =>
  Object.fromEntries(
    codes
      .trim()
      .split(/\s+/)
      .map(code => [code, { is } as const]),
  )
const unreachable = (because: string): CodeMeaning => ({ is: 'final', reason: 'ChannelUnreachable', because })
const personally = (because: string): CodeMeaning => ({ is: 'final', reason: 'DirectMessageRefused', because })

const channels: Record<string, CodeMeaning> = {
  channel_is_limited_access: unreachable('access to it is limited; name another channel in the mapping'),
  channel_not_found: unreachable('Slack does not know it, or Hallpass is not a member of it; invite Hallpass there'),
  is_archived: unreachable('it is archived; name another channel in the mapping'),
  method_not_supported_for_channel_type: unreachable('it is not a channel; name another one in the mapping'),
  not_in_channel: unreachable('Hallpass is not a member of it; invite Hallpass there'),
  posting_to_channel_denied: unreachable('posting is denied there; permit Hallpass to post'),
  restricted_action: unreachable('posting is restricted there; permit Hallpass to post'),
  restricted_action_read_only_channel: unreachable('it is read-only; permit Hallpass to post, or name another channel'),
  restricted_action_thread_only_channel: unreachable('it takes only replies in threads; name another channel'),
}

const people: Record<string, CodeMeaning> = {
  messages_tab_disabled: personally(
    'the Messages tab of the Slack app is off; enable app_home.messages_tab_enabled in its manifest',
  ),
  user_disabled: personally('the account is deactivated'),
  user_not_found: personally('Slack does not know the account'),
  user_not_in_channel: personally('the person is not in the channel'),
  user_not_visible: personally('Slack does not show the account to Hallpass'),
  users_not_found: personally('Slack does not know the address'),
}

/** Every documented code. */
const meanings: ReadonlyMap<string, CodeMeaning> = new Map(
  Object.entries({
    ...plain('limit', 'message_limit_exceeded rate_limited ratelimited'),
    ...plain(
      'passing',
      `exchanged_trigger_id expired_trigger_id external_channel_migrating fatal_error fetch_members_failed hash_conflict
      internal_error invalid_cursor invalid_trigger_id request_timeout service_unavailable team_added_to_org
      update_failed`,
    ),
    ...plain(
      'setup',
      `account_inactive invalid_auth missing_scope not_allowed_token_type not_authed token_expired token_revoked`,
    ),
    ...channels,
    ...people,
    ...final(
      'DirectMessageRefused',
      'invalid_user_combination not_enough_users too_many_users users_list_not_supplied',
    ),
    ...final(
      'MessageGone',
      `cannot_reply_to_message cant_delete_message cant_update_message edit_window_closed is_inactive message_not_found
      restricted_action_non_threadable_channel restricted_action_thread_locked streaming_state_conflict thread_not_found`,
    ),
    ...final(
      'SlackAccessDenied',
      `access_denied app_access_restricted ekm_access_denied enterprise_is_restricted forbidden_team insecure_request
      no_permission not_enabled org_login_required team_access_not_granted team_not_found two_factor_setup_required`,
    ),
    ...final('SlackPlanTooSmall', 'plan_upgrade_required'),
    ...final('UnknownUserGroup', 'no_such_subteam'),
    ...final(
      'MessageRefused',
      `as_user_not_supported attachment_payload_limit_exceeded block_mismatch blocked_file_type cant_broadcast_message
      draft_already_deleted draft_already_sent draft_has_conflict draft_not_found duplicate_channel_not_found
      duplicate_external_id duplicate_message_not_found file_deleted file_is_deleted file_not_found
      file_share_limit_reached invalid_arguments invalid_attachments invalid_blocks invalid_blocks_format invalid_limit
      invalid_metadata_filter_keys invalid_metadata_format invalid_metadata_schema invalid_ts_latest invalid_ts_oldest
      markdown_text_conflict max_file_sharing_exceeded metadata_must_be_sent_from_app metadata_too_large missing_args
      missing_file_data missing_profile_id msg_blocks_too_long msg_too_long no_dual_broadcast_content_update no_text
      not_implemented send_on_behalf_not_allowed slack_connect_blocked_file_type slack_connect_canvas_sharing_blocked
      slack_connect_clip_sharing_blocked slack_connect_file_link_sharing_blocked
      slack_connect_file_upload_sharing_blocked slack_connect_lists_sharing_blocked too_many_attachments
      too_many_contact_cards unable_to_share_files view_too_large`,
    ),
  }),
)

/** The meaning of a code; undefined for one that Slack does not document. */
export function meaningOf(code: string): CodeMeaning | undefined {
  return meanings.get(code)
}
