// Texts that somebody else wrote: what of them can be seen, and where they may be cut. Escaping is left to whoever shows
// them.

/** They join letters and emoji, or choose the form of the sign before them. */
const joiners = String.raw`\u200C\u200D\uFE0E\uFE0F`
// Categories alone do not tell: a Hangul filler counts as a letter, a blank Braille pattern as a sign. What Unicode has not
// assigned, or leaves to each font, may show anything or nothing.
const unseen = String.raw`(?![\n\t${joiners}])[\p{Default_Ignorable_Code_Point}\p{C}\p{Zl}\p{Zp}\u2800]`
const joined = String.raw`(?!${unseen}|[${joiners}])[\p{L}\p{M}\p{N}\p{S}\p{Emoji}][\uFE0E\uFE0F]?`

/**
 * A character that shows nothing, or that turns the direction of writing: the one list of them. Line breaks and tabs are
 * none; nor are joiners where they join, as in emoji and in Persian.
 */
export const invisible = new RegExp(String.raw`${unseen}|(?<!${joined})[${joiners}]`, 'gu')

/** One line of what can be seen; empty when nothing can. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u2800]+/gu, ' ')
    .replace(invisible, '')
    .replace(/\s+/gu, ' ')
    .trim()
}

/** One line of what can be seen, at most `length` UTF-16 units: the form of every sentence that is stored or logged. */
export function shortLine(text: string, length: number): string {
  return cut(oneLine(text), length).trimEnd()
}

/** The text for a terminal: what cannot be seen, or would turn or move the cursor, becomes `?`. Line breaks stay. */
export function printable(text: string): string {
  return text.toWellFormed().replace(invisible, '?')
}

/**
 * At most `length` UTF-16 units, never half of a surrogate pair: the API server stores each half as U+FFFD, and a digest
 * made before would not be that of what is stored.
 */
export function cut(text: string, length: number): string {
  return text
    .toWellFormed()
    .slice(0, length)
    .replace(/[\uD800-\uDBFF]$/, '')
}
