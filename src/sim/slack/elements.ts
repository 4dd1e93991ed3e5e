// Block Kit's texts, options and interactive elements with their documented limits (docs.slack.dev, "Block Kit reference").
import { both, boolean, byType, integer, isObject, list, matching, object, string, word, type Rule } from './schema.ts'

const type: Rule = string(50)

/** A plain text of at most `max` characters. */
export function plain(max: number): Rule {
  return byType({ plain_text: object({ type, text: string(max), 'emoji?': boolean }) })
}

/** A plain or mrkdwn text of at most `max` characters. */
export function anyText(max: number): Rule {
  return byType({
    plain_text: object({ type, text: string(max), 'emoji?': boolean }),
    mrkdwn: object({ type, text: string(max), 'verbatim?': boolean }),
  })
}

const actionId = string(255)
const url = both(string(3000), matching(/^(https?|mailto|slack):/, 'a URL'))
const confirm = object({
  title: plain(100),
  text: anyText(300),
  confirm: plain(30),
  deny: plain(30),
  'style?': word('primary', 'danger'),
})
const option = (text: Rule): Rule => object({ text, value: string(75), 'description?': text })
const plainOption = option(plain(75))
const options = list(plainOption, 100)
const groups = list(object({ label: plain(75), options }), 100)
const common = { type, 'action_id?': actionId, 'focus_on_load?': boolean, 'confirm?': confirm }
const withHint = { ...common, 'placeholder?': plain(150) }
const date = matching(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'a date as YYYY-MM-DD')
const time = matching(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time as HH:mm')
const dispatch = object({ trigger_actions_on: list(word('on_enter_pressed', 'on_character_entered'), 2) })
const typed = { ...withHint, 'dispatch_action_config?': dispatch }

// A select offers options or groups of them, and starts with one it offers.
const offersOne: Rule = (value, at, fault) => {
  if (!isObject(value)) return
  const offered = [value['options'], value['option_groups']].filter(given => given !== undefined)
  if (offered.length !== 1) fault('needs either options or option_groups', at)
  const values = optionValues(value)
  const initial = [value['initial_option'] ?? [], value['initial_options'] ?? []].flat()
  for (const one of initial)
    if (!isObject(one) || !values.includes(one['value'])) fault('initial option is not offered', at)
  if (new Set(values).size !== values.length) fault('option values must be unique', at)
}

/** The values an element offers, in order. */
export function optionValues(element: unknown): unknown[] {
  if (!isObject(element)) return []
  const grouped = Array.isArray(element['option_groups']) ? element['option_groups'] : []
  const flat = Array.isArray(element['options']) ? element['options'] : []
  return [
    ...flat,
    ...grouped.flatMap(group => (isObject(group) && Array.isArray(group['options']) ? group['options'] : [])),
  ].map(one => (isObject(one) ? one['value'] : undefined))
}

const button = object({
  type,
  text: plain(75),
  'action_id?': actionId,
  'value?': string(2000),
  'url?': url,
  'style?': word('primary', 'danger'),
  'confirm?': confirm,
  'accessibility_label?': string(75),
})
const select = { ...withHint, 'options?': options, 'option_groups?': groups }
const choice = { ...common, options: list(option(anyText(75)), 10) }
const many = { 'max_selected_items?': integer(1, 100) }
const filter = object({
  'include?': list(word('im', 'mpim', 'private', 'public'), 4),
  'exclude_external_shared_channels?': boolean,
  'exclude_bot_users?': boolean,
})

/** An image, the only element that cannot be used. */
export const image: Rule = object({ type, image_url: url, alt_text: string(2000) })

/** Elements for an `actions` block or for the accessory of a section. */
export const interactive: Record<string, Rule> = {
  button,
  static_select: both(object({ ...select, 'initial_option?': plainOption }), offersOne),
  multi_static_select: both(object({ ...select, ...many, 'initial_options?': options }), offersOne),
  users_select: object({ ...withHint, 'initial_user?': string(255) }),
  multi_users_select: object({ ...withHint, ...many, 'initial_users?': list(string(255), 100, 0) }),
  channels_select: object({ ...withHint, 'initial_channel?': string(255) }),
  conversations_select: object({
    ...withHint,
    'initial_conversation?': string(255),
    'default_to_current_conversation?': boolean,
    'filter?': filter,
  }),
  external_select: object({ ...withHint, 'min_query_length?': integer(0, 100), 'initial_option?': plainOption }),
  overflow: object({
    type,
    'action_id?': actionId,
    options: list(object({ text: plain(75), value: string(75), 'url?': url }), 5),
    'confirm?': confirm,
  }),
  radio_buttons: both(object({ ...choice, 'initial_option?': option(anyText(75)) }), offersOne),
  checkboxes: both(object({ ...choice, 'initial_options?': list(option(anyText(75)), 10) }), offersOne),
  datepicker: object({ ...withHint, 'initial_date?': date }),
  timepicker: object({ ...withHint, 'initial_time?': time, 'timezone?': string(100) }),
  datetimepicker: object({ ...common, 'initial_date_time?': integer(1_000_000_000, 9_999_999_999) }),
}

/** Elements with text input, only for an `input` block. */
export const typing: Record<string, Rule> = {
  plain_text_input: object({
    ...typed,
    'multiline?': boolean,
    'min_length?': integer(0, 3000),
    'max_length?': integer(1, 3000),
    'initial_value?': string(3000, 0),
  }),
  email_text_input: object({ ...typed, 'initial_value?': string(3000, 0) }),
  url_text_input: object({ ...typed, 'initial_value?': string(3000, 0) }),
  number_input: object({
    ...typed,
    is_decimal_allowed: boolean,
    'min_value?': string(100),
    'max_value?': string(100),
    'initial_value?': string(100),
  }),
}
