// The values of the approver's form: parsed, converted to the terms that are judged and committed to, and shown again.
import { z } from 'zod'
import type { Narrowing, RequestSpec } from '../../api/kinds.ts'
import { durationSeconds, formatDuration, parseDuration } from '../../domain/asking/duration.ts'
import type { Mapping } from '../../domain/mapping/mapping.ts'
import type { Terms } from '../../domain/approval/narrowing.ts'
import { oneLine } from '../../domain/text.ts'

/** The values of the approver's form, as typed. */
export type Choice = { grants: number[]; duration: string | undefined; comment: string }

const one = z.string().max(4000)
const position = z.string().regex(/^\d$/).transform(Number)
const fields = z.object({
  t: one,
  form: one,
  grants: z.union([position.transform(n => [n]), z.array(position).max(10)]).default([]),
  duration: one.optional(),
  comment: one.default(''),
})

/** A sent form. */
export type Sent = { sealed: string; token: string; choice: Choice }

/** Reads the approver's form; undefined when it does not have the shape of our form. */
export function readForm(body: unknown): Sent | undefined {
  const read = fields.safeParse(body)
  if (!read.success) return undefined
  const { t, form, grants, duration, comment } = read.data
  // The nonce commits to the text that Slack and kubectl will show.
  return { sealed: t, token: form, choice: { grants, duration, comment: oneLine(comment) } }
}

/** The choices that the nonce commits to: only those that are less than requested. Check `termsOf` first. */
export function narrowingOf({ grants, duration }: Choice, spec: RequestSpec): Narrowing | undefined {
  const chosen = [...new Set(grants)].sort((a, b) => a - b)
  const seconds = duration === undefined ? undefined : parseDuration(duration)
  const isShorter = seconds !== undefined && seconds < durationSeconds(spec.duration)
  const isFewer = chosen.length < spec.grants.length
  if (!isShorter && !isFewer) return undefined
  return { ...(isShorter && { duration: formatDuration(seconds) }), ...(isFewer && { grants: chosen }) }
}

/** The choices as terms for the check, before it is known that they are less than requested. */
export function termsOf({ grants, duration, comment }: Choice): Terms {
  return { narrowing: { grants, ...(duration && { duration }) }, comment }
}

/** The form with the sent values: for another account, or another try. */
export function choiceOf(spec: RequestSpec, narrowing: Narrowing | undefined, comment: string | undefined): Choice {
  return {
    grants: narrowing?.grants ?? spec.grants.map((_, index) => index),
    duration: narrowing?.duration ?? spec.duration,
    comment: comment ?? '',
  }
}

/** The durations to choose from, the requested one first. */
export function durationChoices(spec: RequestSpec, mapping: Mapping | undefined): string[] {
  if (spec.window) return [spec.duration]
  const asked = durationSeconds(spec.duration)
  const shorter = [5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880]
    .map(minutes => minutes * 60)
    .filter(seconds => seconds < asked && seconds >= (mapping?.minSeconds ?? 1))
    .toReversed()
  return [asked, ...shorter].map(formatDuration)
}
