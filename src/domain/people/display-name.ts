// Names of persons. People choose their own names, so a name is cleaned when it arrives and is shown only together with
// the checked address.
import { oneLine } from '../text.ts'

declare const displayNameBrand: unique symbol
/** A name that `displayName` has cleaned. It proves nothing about the person. */
export type DisplayName = string & { readonly [displayNameBrand]: true }

/** As in the CRDs, which count code points. */
const maxCharacters = 80
/** How much of a name is read, in UTF-16 units: enough for 80 characters with their marks. */
const longestRead = 1000
/** At signs, and letters in circles that look like one. */
const atSign = /[@\uFE6B\uFF20\u24B6\u24D0]|a\p{M}*\p{Me}/iu
/** At least one letter, number or emoji; only marks and punctuation are not a name. */
const body = /[\p{L}\p{N}\p{Extended_Pictographic}]/u
/** More marks than this on one letter cover the lines above and below. Written languages need four. */
const tooManyMarks = /([\p{M}\u200C\u200D]{4})[\p{M}\u200C\u200D]+/gu

/**
 * Slack shows a word between colons as a picture, and anybody may add one that looks like an at sign; stars make text
 * bold. They are replaced by similar characters without effect.
 */
const picture = /:(?=[^\s:]+:)/g

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/**
 * Cleans a chosen name for one line: visible characters in NFC, at most 80, none of them cut. Undefined when no part of
 * it is a name, or when it contains an at sign: such a name could look like somebody's address.
 */
export function displayName(given: string | undefined): DisplayName | undefined {
  const line = oneLine((given ?? '').slice(0, longestRead))
    .normalize('NFC')
    .replace(tooManyMarks, '$1')
    .replaceAll('*', '\u2217')
    .replace(picture, '\u2236')
  const name = shortened(line).trim()
  return body.test(name) && !atSign.test(line) ? (name as DisplayName) : undefined
}

/** As many whole characters, as a reader sees them, as fit. */
function shortened(line: string): string {
  let [name, room] = ['', maxCharacters]
  for (const { segment } of graphemes.segment(line)) {
    room -= Array.from(segment).length
    if (room < 0) return name
    name += segment
  }
  return name
}

/** A person as stored. Anybody may have written its content. */
export type Named = { email?: string | undefined; name?: string | undefined; slackUserID?: string | undefined }

/** The name, for places next to the address; the address when there is no name. */
export function nameOf({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  return displayName(name) ?? (oneLine(email ?? '') || slackUserID || otherwise)
}

/** `mo@example.com (Mo Manager)`: the checked address first, then the name that its owner chose. */
export function sayPerson({ name, email, slackUserID }: Named, otherwise = 'somebody'): string {
  const known = oneLine(email ?? '') || slackUserID || otherwise
  const shown = displayName(name)
  return shown ? `${known} (${withoutBrackets(shown)})` : known
}

// A name must not close the bracket around it. Unicode counts two low quotation marks as brackets.
function withoutBrackets(name: string): string {
  return name.replace(/(?![\u201A\u201E])\p{Ps}/gu, '[').replace(/\p{Pe}/gu, ']')
}
