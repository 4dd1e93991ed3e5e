// How long access is asked for, and from when, in the words of the pages.
import { html } from 'htm/preact'
import type { ComponentChildren } from 'preact'
import type { RequestSpec } from '../../api/kinds.ts'
import { durationSeconds, sayDuration } from '../../domain/asking/duration.ts'
import { time } from './words.ts'

/** `for 30 minutes`, or `for 30 minutes, from 22:00 UTC` if access begins later. */
export function askedLength(
  { notBefore, duration }: Pick<RequestSpec, 'notBefore' | 'duration'>,
  now: Date,
): ComponentChildren {
  const from = notBefore && new Date(notBefore) > now ? html`, from ${time(notBefore, now)}` : ''
  return html`for ${sayDuration(durationSeconds(duration))}${from}`
}
