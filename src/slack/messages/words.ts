// Texts in Slack's mrkdwn: escaping, quoting, mentions, times. All typed text passes through here, so that it cannot
// mention anyone or become a link. The content is decided elsewhere.
import { displayName, type Named, sayPerson as sayPersonPlainly } from '../../domain/people/display-name.ts'
import { instant } from '../../domain/asking/duration.ts'
import { oneLine } from '../../domain/text.ts'

/** Escapes mrkdwn's markup (https://docs.slack.dev/messaging/formatting-message-text/#escaping). */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** At most `max` characters, with an ellipsis instead of the rest; characters and entities are never cut. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$|&[a-z]{0,4}$/u, '')}…`
}

/** Typed text within a sentence: `"use the replica"`. Marks that would end the quotation become `'`. */
export function quoted(text: string): string {
  return `"${escape(oneLine(text)).replace(/["\u201C-\u201F\u2033\uFF02]/g, "'")}"`
}

/** Typed text as a separate quotation. */
export function quotation(text: string): string {
  return `> ${escape(oneLine(text))}`
}

/** A person's name, for places next to the address; the address when there is no name. It mentions nobody. */
export function nameOf({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  const known = displayName(name) ?? oneLine(email ?? '')
  if (known) return escape(known)
  return slackUserID ? mentionID(slackUserID) : otherwise
}

/** `mo@example.com (Mo Manager)`: anybody can choose any name in Slack, so the address comes first. */
export function sayPerson({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  if (!oneLine(email ?? '') && slackUserID) return mentionID(slackUserID)
  return escape(sayPersonPlainly({ name, email }, otherwise))
}

/** A mention of the person, or address and name if Slack does not know them. */
export function mention(person: Named): string {
  return person.slackUserID ? mentionID(person.slackUserID) : sayPerson(person)
}

function mentionID(id: string): string {
  return /^[UW][A-Z0-9]{2,29}$/.test(id) ? `<@${id}>` : escape(id)
}

/** Times closer to each other than this need no date. */
const sameDaySeconds = 20 * 3600

/**
 * An instant that Slack shows in each reader's own zone, with an ISO fallback. The date is shown when it is not within
 * 20 hours of `near`.
 */
export function time(at: string | Date, near?: string | Date): string {
  const when = new Date(at)
  const distance = near ? Math.abs(when.getTime() - new Date(near).getTime()) / 1000 : 0
  const form = distance > sameDaySeconds ? '{date_short_pretty} at {time}' : '{time}'
  return `<!date^${Math.floor(when.getTime() / 1000)}^${form}|${instant(when)}>`
}

/** Text to be typed literally. A mark that would end it becomes `'`. */
export function code(text: string): string {
  return `\`${escape(oneLine(text)).replaceAll('`', "'")}\``
}

/** A mapping's name. */
export function bold(name: string): string {
  return `*${escape(name)}*`
}

/** A link to an https page; only the words when the address is not valid. */
export function link(text: string, url: string): string {
  return /^https?:\/\/[^\s<>|]+$/.test(url)
    ? `<${escape(url)}|${escape(oneLine(text)).replaceAll('|', '¦')}>`
    : escape(text)
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], join = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${join} ${words.at(-1)}`
}

/** mrkdwn as plain text, for places without markup: modal field errors. */
export function plain(text: string): string {
  return text.replaceAll('*', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Escaped text with a stop at its end. */
export function sentence(text: string): string {
  const words = escape(oneLine(text))
  return /[.!?]$/.test(words) ? words : `${words}.`
}
