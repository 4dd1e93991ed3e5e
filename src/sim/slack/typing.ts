// How typed text reaches an app. Slack escapes `&`, `<` and `>`, and its clients turn addresses into links
// (https://docs.slack.dev/messaging/formatting-message-text/); a phone's keyboard changes the text before. Pure.

/** The text of a command as it is delivered; `should_escape` is off, so that mentions stay names. */
export function asDelivered(text: string, isOnPhone = false): string {
  return linked(escaped(isOnPhone ? onPhone(text) : text))
}

/**
 * What the keyboard of a phone makes of a text: a capital at the beginning, curly quotation marks, a long dash for two,
 * and a blank that does not break between a number and the word after it.
 */
export function onPhone(text: string): string {
  return text
    .replace(/^\p{Ll}/u, letter => letter.toUpperCase())
    .replace(/(?<=^|[\s(])"/g, '\u201C')
    .replaceAll('"', '\u201D')
    .replaceAll("'", '\u2019')
    .replaceAll('--', '\u2014')
    .replace(/(?<=\d) (?=\p{L})/gu, '\u00A0')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

const address = String.raw`[\w.+-]+@[\w-]+(?:\.[\w-]+)+`
const url = String.raw`https?:\/\/[^\s|]+?(?=[.,;:!?)]*(?:\s|$))`
const bareHost = String.raw`(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|example)(?:\/[^\s|]*)?(?![\w@.-])`
const linkable = new RegExp(`(${url})|(?<![\\w.@/-])(?:(${address})|(${bareHost}))`, 'giu')

function linked(text: string): string {
  return text.replace(linkable, (whole: string, link?: string, mail?: string) => {
    if (link) return `<${link}>`
    return mail ? `<mailto:${mail}|${mail}>` : `<http://${whole}|${whole}>`
  })
}
