// Names that show nothing: people with such a name are called by their address.

/** Names without a single character that can be seen. */
export const blankNames: Record<string, string> = {
  'no letters make no name': '',
  'spaces make no name': ' \u00A0\u3000',
  'a Hangul filler makes no name': '\u3164',
  'a half-width Hangul filler makes no name': '\uFFA0',
  'Hangul fillers of one syllable make no name': '\u115F\u1160',
  'a blank Braille pattern makes no name': '\u2800',
  'spaces of no width make no name': '\u200B\u200B',
  'a word joiner makes no name': '\u2060',
  'joiners make no name': '\u200D\u200C\uFE0F',
  'a joiner after a filler makes no name': '\u3164\u200D',
  'a soft hyphen makes no name': '\u00AD',
  'a turn of the direction makes no name': '\u202E',
  'a Mongolian separator makes no name': '\u180E',
  'tags make no name': '\u{E0041}\u{E0042}',
  'control characters make no name': '\u0000\u009F',
  'line separators make no name': '\u2028\u2029',
  'a mark of an annotation makes no name': '\uFFF9',
}
