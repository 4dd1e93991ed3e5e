// Texts from other people and services: which characters are visible, and where to cut. The code that shows a text
// escapes it.

/** Characters that join letters and emoji, or select the form of the character before them. */
const joiners = String.raw`\u200C\u200D\uFE0E\uFE0F`
// Categories are not enough: a Hangul filler counts as a letter, a blank Braille pattern as a symbol. Characters that
// are unassigned or left to fonts may show anything or nothing.
const unseen = String.raw`(?![\n\t${joiners}])[\p{Default_Ignorable_Code_Point}\p{C}\p{Zl}\p{Zp}\u2800]`
const joined = String.raw`(?!${unseen}|[${joiners}])[\p{L}\p{M}\p{N}\p{S}\p{Emoji}][\uFE0E\uFE0F]?`

/**
 * Matches characters that are invisible or change the direction of writing; the only list of them. Line breaks and tabs
 * are not included, and joiners that really join are not either, as in emoji and in Persian.
 */
export const invisible = new RegExp(String.raw`${unseen}|(?<!${joined})[${joiners}]`, 'gu')

/** One line of the visible characters; may be empty. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u2800]+/gu, ' ')
    .replace(invisible, '')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** One line of the visible characters, at most `length` UTF-16 units: the form of every stored or logged sentence. */
export function shortLine(text: string, length: number): string {
  return cut(oneLine(text), length).trimEnd()
}

/**
 * The text for a terminal: characters that are invisible, change the direction or move the cursor become `?`. Line
 * breaks stay.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(invisible, '?')
}

/**
 * At most `length` UTF-16 units, never half of a surrogate pair: the API server stores each half as U+FFFD, and an
 * earlier digest would not match the stored text.
 */
export function cut(text: string, length: number): string {
  return text
    .toWellFormed()
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
}
