// Words of Slack's mrkdwn: escaping, quoting, mentions, times. Whatever a person typed passes through here, so that it can
// neither mention anyone nor pass for a link. Nothing here decides what is said.
import { displayName, type Named, sayPerson as sayPersonPlainly } from '../../domain/display-name.ts'
import { instant } from '../../domain/duration.ts'
import { oneLine } from '../../domain/text.ts'

/** Escapes what mrkdwn would read as markup (https://docs.slack.dev/messaging/formatting-message-text/#escaping). */
export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** At most `max` characters, an ellipsis in place of the rest; never half a character, never half an entity. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$|&[a-z]{0,4}$/u, '')}…`
}

/** What a person typed, for use within a sentence: `"use the replica"`. Marks that would end the quotation become `'`. */
export function quoted(text: string): string {
  return `"${escape(oneLine(text)).replace(/["\u201C-\u201F\u2033\uFF02]/g, "'")}"`
}

/** What a person typed, as a quotation of its own. */
export function quotation(text: string): string {
  return `> ${escape(oneLine(text))}`
}

/** A person's name, where their address stands close by; the address when there is no name. It calls nobody. */
export function nameOf({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  const known = displayName(name) ?? oneLine(email ?? '')
  if (known) return escape(known)
  return slackUserID ? mentionID(slackUserID) : otherwise
}

/** `mo@example.com (Mo Manager)`: anybody may call themselves anything in Slack, so the address is said first. */
export function sayPerson({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  if (!oneLine(email ?? '') && slackUserID) return mentionID(slackUserID)
  return escape(sayPersonPlainly({ name, email }, otherwise))
}

/** A mention that calls the person, or address and name of one whom Slack does not know. */
export function mention(person: Named): string {
  return person.slackUserID ? mentionID(person.slackUserID) : sayPerson(person)
}

function mentionID(id: string): string {
  return /^[UW][A-Z0-9]{2,29}$/.test(id) ? `<@${id}>` : escape(id)
}

/** Times nearer to each other than this need no date. */
const sameDaySeconds = 20 * 3600

/**
 * An instant that everyone reads in their own zone, with an ISO fallback. The date is shown when it is not within 20 hours
 * of `near`.
 */
export function time(at: string | Date, near?: string | Date): string {
  const when = new Date(at)
  const distance = near ? Math.abs(when.getTime() - new Date(near).getTime()) / 1000 : 0
  const form = distance > sameDaySeconds ? '{date_short_pretty} at {time}' : '{time}'
  return `<!date^${Math.floor(when.getTime() / 1000)}^${form}|${instant(when)}>`
}

/** What is to be typed as it stands. A mark that would end it becomes `'`. */
export function code(text: string): string {
  return `\`${escape(oneLine(text)).replaceAll('`', "'")}\``
}

/** A mapping's name. */
export function bold(name: string): string {
  return `*${escape(name)}*`
}

/** A link that opens an https page; the plain words when the address is none. */
export function link(text: string, url: string): string {
  return /^https?:\/\/[^\s<>|]+$/.test(url)
    ? `<${escape(url)}|${escape(oneLine(text)).replaceAll('|', '¦')}>`
    : escape(text)
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], join = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${join} ${words.at(-1)}`
}

/** mrkdwn as plain text, for places that show none: modal field errors. */
export function plain(text: string): string {
  return text.replaceAll('*', '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
