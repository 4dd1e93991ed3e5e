// How long access is asked for or held, from when, and in which hours it works, in the words of the pages.
import { html } from 'htm/preact'
import type { ComponentChildren } from 'preact'
import type { RequestSpec } from '../../api/kinds.ts'
import { after, durationSeconds, sayDuration } from '../../domain/asking/duration.ts'
import { sayHoursOfWindow } from '../../domain/asking/window-words.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { shown, time } from './words.ts'

/** An earlier beginning is not worth a word, as in the message. */
const soonSeconds = 300

/** `for 30 minutes`, `for 30 minutes, from 22:00 UTC` if access begins later, or the times of several days. */
export function askedLength(
  { notBefore, window, duration }: Pick<RequestSpec, 'notBefore' | 'window' | 'duration'>,
  now: Date,
): ComponentChildren {
  if (window) return html`for ${shown(sayHoursOfWindow(window))}`
  const from = notBefore && new Date(notBefore) > now ? html`, from ${time(notBefore, now)}` : ''
  return html`for ${sayDuration(durationSeconds(duration))}${from}`
}

/** ` until 14:35 UTC`, ` from 14:05 UTC until 14:35 UTC` if access begins later, or the times of several days. */
export function heldLength(
  { window, startsAt, expiresAt }: Pick<MessageView, 'window' | 'startsAt' | 'expiresAt'>,
  now: Date,
): ComponentChildren {
  if (window) return html` for ${shown(sayHoursOfWindow(window))}`
  if (!expiresAt) return ''
  return html`${heldFrom(startsAt, now)} until ${time(expiresAt, now)}`
}

/** ` from 14:05 UTC`, if access begins noticeably later; else empty. */
export function heldFrom(startsAt: string | undefined, now: Date): ComponentChildren {
  return startsAt && new Date(startsAt) > after(now, soonSeconds) ? html` from ${time(startsAt, now)}` : ''
}

/** The hours in which it works, as a paragraph, if it does not work at any time. */
export function working({ hours }: { hours?: string | undefined }): ComponentChildren {
  return hours ? html`<p>${shown(hours)}</p>` : ''
}
