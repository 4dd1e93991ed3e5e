// Texts of the pages: typed text made safe and visible, times without a script, names. The renderer escapes; this file
// does what escaping does not cover.
import { html } from 'htm/preact'
import type { ComponentChildren, VNode } from 'preact'
import { displayName, type Named, nameOf } from '../../domain/people/display-name.ts'
import { sayMinutes } from '../../domain/asking/duration.ts'
import { invisible } from '../../domain/text.ts'

// In a group, so that splitting keeps the separators.
const hidden = new RegExp(`(${invisible.source})`, invisible.flags)

/** Typed text, isolated from its surroundings, with every hidden character shown by its number. */
export function shown(text: string): VNode {
  const parts = text.toWellFormed().split(hidden)
  return html`<bdi>${parts.map((part, index) => (index % 2 === 0 ? part : mark(part)))}</bdi>`
}

function mark(character: string): VNode {
  const number = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  return html`<span class="mark" title="A character that cannot be seen">${number}</span>`
}

/** `mo@example.com (Mo Manager)`: the checked address first, then the name that its owner chose. */
export function person({ name, email, slackUserID }: Named): VNode {
  const known = displayName(name)
  const address = shown(nameOf({ email, slackUserID }))
  return known ? html`${address} (${shown(known)})` : html`${address}`
}

/** The name of a person, used after the page has shown their address. */
export function firstNameOf(person: Named): string {
  return nameOf(person).split(' ')[0] ?? 'They'
}

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })

/** `14:02 UTC`, with the date when it is not today's. */
export function time(at: string | Date, now: Date): VNode {
  const when = new Date(at)
  const date = day.format(when) === day.format(now) ? '' : `${day.format(when)}, `
  return html`<time datetime=${when.toISOString()}>${date}${clockTime.format(when)} UTC</time>`
}

/** `14:02 UTC (3 minutes ago)`. */
export function timeAgo(at: string | Date, now: Date): ComponentChildren {
  return html`${time(at, now)} (${relative(at, now)})`
}

/** `just now`, `3 minutes ago`, `in 1 hour 27 minutes`. Begun minutes are left out, so it never promises too much. */
export function relative(at: string | Date, now: Date): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000
  if (Math.abs(seconds) < 60) return seconds > 0 ? 'in less than a minute' : 'just now'
  const whole = sayMinutes(Math.abs(seconds))
  return seconds > 0 ? `in ${whole}` : `${whole} ago`
}

/** An address that may become a link: https, or plain http on this machine. */
export function safeLink(address: string | undefined): string | undefined {
  const url = address === undefined ? null : URL.parse(address)
  const isLocal = url?.protocol === 'http:' && /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(url.hostname)
  return url?.protocol === 'https:' || isLocal ? url?.href : undefined
}
