// The values of a view's fields: `state.values`, in Slack's form for each kind of element. Pure.
import { blocksIn, elementsIn } from './blocks.ts'
import { optionValues } from './elements.ts'
import { isObject } from './schema.ts'
import type { Json, Values } from './types.ts'

/** An action that the screen does not allow. */
export class Impossible extends Error {}

// Name of the value in `state.values`, and of the one an element starts with.
const names: Record<string, { value: string; initial: string }> = {
  plain_text_input: { value: 'value', initial: 'initial_value' },
  email_text_input: { value: 'value', initial: 'initial_value' },
  url_text_input: { value: 'value', initial: 'initial_value' },
  number_input: { value: 'value', initial: 'initial_value' },
  static_select: { value: 'selected_option', initial: 'initial_option' },
  external_select: { value: 'selected_option', initial: 'initial_option' },
  radio_buttons: { value: 'selected_option', initial: 'initial_option' },
  multi_static_select: { value: 'selected_options', initial: 'initial_options' },
  checkboxes: { value: 'selected_options', initial: 'initial_options' },
  users_select: { value: 'selected_user', initial: 'initial_user' },
  multi_users_select: { value: 'selected_users', initial: 'initial_users' },
  channels_select: { value: 'selected_channel', initial: 'initial_channel' },
  conversations_select: { value: 'selected_conversation', initial: 'initial_conversation' },
  datepicker: { value: 'selected_date', initial: 'initial_date' },
  timepicker: { value: 'selected_time', initial: 'initial_time' },
  datetimepicker: { value: 'selected_date_time', initial: 'initial_date_time' },
}
const lists = new Set(['selected_options', 'selected_users'])

type Field = { block: Json; blockID: string; actionID: string; element: Json }

/** The fields of a view, in order. */
export function fieldsOf(view: Json): Field[] {
  return blocksIn(view['blocks']).flatMap(block =>
    elementsIn(block)
      .filter(element => String(element['type']) in names)
      .map(element => ({ block, blockID: String(block['block_id']), actionID: String(element['action_id']), element })),
  )
}

/** The initial values of the fields. */
export function startingValues(view: Json): Values {
  const values: Values = {}
  for (const { blockID, actionID, element } of fieldsOf(view)) {
    const name = names[String(element['type'])] ?? { value: 'value', initial: '' }
    const empty = lists.has(name.value) ? [] : null
    const initial = element[name.initial] ?? empty
    const held = {
      type: element['type'],
      [name.value]: name.value.startsWith('selected_option') ? chosenIn(initial) : initial,
    }
    values[blockID] = { ...values[blockID], [actionID]: held }
  }
  return values
}

/** The values after a view has changed: fields with the same ids keep what was typed. */
export function carriedOver(view: Json, before: Values): Values {
  const values = startingValues(view)
  for (const { blockID, actionID, element } of fieldsOf(view)) {
    const kept = before[blockID]?.[actionID]
    if (kept && kept['type'] === element['type'] && isStillOffered(element, kept))
      values[blockID] = { ...values[blockID], [actionID]: kept }
  }
  return values
}

function isStillOffered(element: Json, kept: Json): boolean {
  const chosen = kept['selected_option']
  return !isObject(chosen) || optionValues(element).includes(chosen['value'])
}

/** The value of a field after a person typed or chose `given`. Throws Impossible for a value that it does not offer. */
export function filled(element: Json, given: unknown): Json {
  const type = String(element['type'])
  const { value: name } = names[type] ?? { value: '' }
  if (given === null || given === '') return { type, [name]: lists.has(name) ? [] : null }
  if (name === 'selected_option') return { type, [name]: optionOf(element, given) }
  if (name === 'selected_options') return { type, [name]: [given].flat().map(one => optionOf(element, one)) }
  if (name === 'selected_users') return { type, [name]: [given].flat() }
  if (name === 'selected_date_time') return { type, [name]: Number(given) }
  if (typeof given !== 'string') throw new Impossible(`A ${type} takes text.`)
  if (given.length > Number(element['max_length'] ?? 3000)) throw new Impossible(`A ${type} takes no text so long.`)
  return { type, [name]: given }
}

function optionOf(element: Json, value: unknown): Json {
  const groups = blocksIn(element['option_groups']).flatMap(group => blocksIn(group['options']))
  const option = [...blocksIn(element['options']), ...groups].find(one => one['value'] === value)
  if (!option) throw new Impossible(`"${String(value)}" is not offered.`)
  return asChosen(option)
}

function chosenIn(initial: unknown): unknown {
  if (Array.isArray(initial)) return blocksIn(initial).map(asChosen)
  return isObject(initial) ? asChosen(initial) : initial
}

/** What Slack says of a chosen option, by its own types: without the description. */
function asChosen({ text, value }: Json): Json {
  return { text, value }
}

/** Slack's own errors at the fields before it sends a form: required and too short values. */
export function unfilled(view: Json, values: Values): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { block, blockID, actionID, element } of fieldsOf(view)) {
    if (block['type'] !== 'input') continue
    const { type: _, ...held } = values[blockID]?.[actionID] ?? {}
    const [value] = Object.values(held)
    const isEmpty = value === null || value === undefined || (Array.isArray(value) && value.length === 0)
    if (isEmpty && block['optional'] !== true) found[blockID] = 'Please complete this required field.'
    if (typeof value === 'string' && value.length < Number(element['min_length'] ?? 0))
      found[blockID] = 'Please enter more characters.'
  }
  return found
}
