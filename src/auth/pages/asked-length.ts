// How long access is asked for, and from when, in the words of the pages.
import { html } from 'htm/preact'
import type { ComponentChildren } from 'preact'
import type { RequestSpec } from '../../api/kinds.ts'
import { durationSeconds, sayDuration } from '../../domain/asking/duration.ts'
import { sayHoursOfWindow } from '../../domain/asking/window-words.ts'
import { shown, time } from './words.ts'

/** `for 30 minutes`, `for 30 minutes, from 22:00 UTC` if access begins later, or the times of several days. */
export function askedLength(
  { notBefore, window, duration }: Pick<RequestSpec, 'notBefore' | 'window' | 'duration'>,
  now: Date,
): ComponentChildren {
  if (window) return html`for ${shown(sayHoursOfWindow(window))}`
  const from = notBefore && new Date(notBefore) > now ? html`, from ${time(notBefore, now)}` : ''
  return html`for ${sayDuration(durationSeconds(duration))}${from}`
}
