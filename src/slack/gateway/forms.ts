// The forms (modals): their fields and texts. Pure. Limits: https://docs.slack.dev/reference/views/modal-views/.
import type { AccessRequest } from '../../api/kinds.ts'
import { maxReasonLength } from '../../domain/asking/asking.ts'
import { durationSeconds, formatDuration, sayDuration } from '../../domain/asking/duration.ts'
import { isOpen, opensAt } from '../../domain/hours/opening.ts'
import { sayWorking } from '../../domain/hours/words.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import { windowSeconds } from '../../domain/asking/sequence.ts'
import { oneLine } from '../../domain/text.ts'
import { type Block, type ButtonTarget, encodeTarget, section } from '../messages/blocks.ts'
import { bold, escape, list, quotation, sayPerson, truncate } from '../messages/words.ts'
import type { Answer } from './answers.ts'
import type { Offer } from '../../domain/mapping/offers.ts'
import { encodeOrigin, type FormOrigin } from './payload.ts'

/** A modal as sent. */
export type Form = {
  type: 'modal'
  callback_id: string
  title: PlainText
  submit?: PlainText
  close?: PlainText
  private_metadata: string
  blocks: Block[]
}
type PlainText = { type: 'plain_text'; text: string }

/** Slack shows no more options than this in one menu. */
const maxOptions = 100
/** `22:00-02:00 until Wednesday America/Argentina/Buenos_Aires`, and some more. */
const maxDurationLength = 80
/** The longest stored comment, in characters. */
export const maxCommentLength = 500
const plainText = (text: string, max: number): PlainText => ({ type: 'plain_text', text: truncate(text, max) })

/** The initial values of the form. */
export type AskDraft = {
  chosen: Offer | undefined
  duration?: string
  reason?: string
  isEmergency?: boolean
  start?: number | undefined
  /** When the hours of the chosen mapping open next, if they are closed, in seconds since 1970. */
  opens?: number | undefined
}

/** The form for asking. It offers only the mappings that this person may ask for, the first 100 by name. */
export function askForm(offered: readonly Offer[], draft: AskDraft, origin: FormOrigin): Form {
  const { chosen } = draft
  const options = listed(offered, chosen).map(optionOf)
  return {
    type: 'modal',
    callback_id: 'ask',
    title: plainText('Ask for access', 24),
    submit: plainText('Ask', 24),
    close: plainText('Cancel', 24),
    private_metadata: encodeOrigin(origin),
    blocks: [
      {
        ...input('mapping', 'What for', {
          type: 'static_select',
          placeholder: plainText('Choose what you need', 150),
          options,
          ...(chosen && { initial_option: optionOf(chosen) }),
        }),
        dispatch_action: true,
      },
      ...(chosen ? [section(rolesInWords(chosen.mapping))] : []),
      // Block ids contain the mapping, so that Slack uses the new default when another one is chosen.
      durationInput(chosen, draft.duration),
      reasonInput(chosen, draft.reason),
      ...(chosen?.mapping.emergency ? [emergencyInput(chosen, draft.isEmergency ?? false)] : []),
      {
        ...input(startID(draft), 'Start', picker(draft.start ?? draft.opens), startHint(draft)),
        optional: true,
      },
    ],
  }
}

function picker(start: number | undefined): Block {
  return { type: 'datetimepicker', ...(start !== undefined && { initial_date_time: start }) }
}

function startHint({ start, opens }: AskDraft): string {
  if (start !== undefined) return 'Then your present access ends, so there is no gap. Empty means now.'
  return opens === undefined ? 'Empty means now.' : 'Then its hours open. Empty means now.'
}

function startID({ start, opens, chosen }: AskDraft): string {
  return start === undefined && opens !== undefined ? fieldID('start', chosen) : 'start'
}

/** When the hours of this mapping open next; undefined while they are open, and without hours. */
export function openingOf(chosen: Offer | undefined, now: Date): number | undefined {
  const { hours } = chosen?.mapping ?? {}
  const opens = hours && !isOpen(hours, now) ? opensAt([hours], now) : undefined
  return opens && Math.floor(opens.getTime() / 1000)
}

// An initial option must be one of the options, so the chosen one is always included.
function listed(offered: readonly Offer[], chosen: Offer | undefined): Offer[] {
  const first = offered.slice(0, maxOptions)
  if (!chosen || first.some(({ uid }) => uid === chosen.uid)) return first
  return [chosen, ...first.slice(0, maxOptions - 1)]
}

function durationInput(chosen: Offer | undefined, typed: string | undefined): Block {
  const value = typed ?? (chosen && formatDuration(chosen.mapping.defaultSeconds))
  const most = chosen ? `At most ${sayDuration(chosen.mapping.maxSeconds)}, such as` : 'Such as'
  return input(
    fieldID('duration', chosen),
    'For how long',
    { type: 'plain_text_input', max_length: maxDurationLength, ...(value && { initial_value: value }) },
    `${most} 30m, 2h or 1h30m.${chosen ? onSeveralDays(chosen.mapping) : ''}${chosen ? inSequence(chosen.mapping) : ''}`,
  )
}

function onSeveralDays({ recurringDays }: Mapping): string {
  return recurringDays === undefined ? '' : ' On several days: 22:00-02:00 until Friday.'
}

function inSequence({ maxConsecutiveSeconds: most }: Mapping): string {
  if (most === undefined) return ''
  return ` One person can have it for ${sayDuration(most)} within ${sayDuration(windowSeconds(most))}.`
}

function reasonInput(chosen: Offer | undefined, typed: string | undefined): Block {
  const rule = chosen?.mapping.reason
  const hint = rule?.hint
    ? `With ${oneLine(rule.hint)}.`
    : rule?.pattern
      ? `It must match ${rule.pattern}.`
      : 'The approver reads this.'
  return {
    ...input(
      fieldID('reason', chosen),
      'Why',
      {
        type: 'plain_text_input',
        multiline: true,
        max_length: maxReasonLength,
        ...(typed && { initial_value: truncate(typed, maxReasonLength) }),
      },
      hint,
    ),
    ...(rule?.required === false && { optional: true }),
  }
}

/** The value of the tick. */
export const emergencyTick = 'emergency'

// Only a mapping that offers emergencies has it, so the tick is never there for one that refuses it.
function emergencyInput(chosen: Offer, isTicked: boolean): Block {
  const { review } = chosen.mapping.emergency ?? {}
  const option = {
    text: plainText('This is an emergency', 75),
    value: emergencyTick,
    description: plainText('Told in a second channel, reviewed afterwards', 75),
  }
  const hint = `By the rules for emergencies. It must be reviewed within ${sayDuration(durationSeconds(review?.within ?? '0s'))} after its end.`
  const ticked = isTicked ? { initial_options: [option] } : {}
  return {
    ...input(fieldID('emergency', chosen), 'Emergency', { type: 'checkboxes', options: [option], ...ticked }, hint),
    optional: true,
  }
}

// The block id of a field, with its mapping.
function fieldID(field: string, chosen: Offer | undefined): string {
  return chosen ? `${field}-${chosen.uid}` : field
}

/** The fields of a form by their plain names, without the mapping. */
export function fieldsByName(fields: Record<string, string>): Record<string, { id: string; value: string }> {
  return Object.fromEntries(Object.entries(fields).map(([id, value]) => [id.split('-')[0] ?? id, { id, value }]))
}

function input(blockID: string, label: string, element: Block, hint?: string): Block {
  return {
    type: 'input',
    block_id: blockID,
    label: plainText(label, 2000),
    element: { ...element, action_id: blockID.split('-')[0] },
    ...(hint && { hint: plainText(hint, 2000) }),
  }
}

function optionOf({ uid, mapping }: Offer): { text: PlainText; value: string; description?: PlainText } {
  return {
    text: plainText(mapping.name, 75),
    value: uid,
    ...(mapping.description && { description: plainText(oneLine(mapping.description), 75) }),
  }
}

function rolesInWords({ grants, description, hours }: Mapping): string {
  const rows = grants.map(({ role, resource }) => `• ${escape(role)} on ${escape(resource)}`)
  const works = hours ? escape(sayWorking(hours)) : ''
  return [description ? escape(oneLine(description)) : '', ...rows, works].filter(Boolean).join('\n')
}

/** The form for denying, with an optional comment. */
export function denyForm(request: AccessRequest, target: ButtonTarget): Form {
  const { requester, roleMapping, reason, grants } = request.spec
  const where = list([...new Set(grants.map(({ resource }) => escape(resource)))])
  return {
    type: 'modal',
    callback_id: 'deny',
    title: plainText('Deny access', 24),
    submit: plainText('Deny', 24),
    close: plainText('Cancel', 24),
    private_metadata: encodeTarget(target),
    blocks: [
      section(`Deny ${bold(roleMapping)} on ${where} to ${sayPerson(requester)}?`),
      ...(reason ? [section(quotation(reason))] : []),
      {
        ...input(
          'comment',
          'Comment',
          { type: 'plain_text_input', multiline: true, max_length: maxCommentLength },
          'The requester and the channel see it.',
        ),
        optional: true,
      },
    ],
  }
}

/** A form that only shows the result. */
export function resultForm({ blocks }: Answer, title: string, origin: FormOrigin = {}): Form {
  return {
    type: 'modal',
    callback_id: 'result',
    title: plainText(title, 24),
    close: plainText('Close', 24),
    private_metadata: encodeOrigin(origin),
    blocks,
  }
}
