// Regular expressions of mappings. Whoever writes a mapping need not be trusted with the gateway's time, so they are RE2's,
// as in Kubernetes: whatever the expression, matching takes time in proportion to the text.
import { RE2JS } from 're2js'

/** Why the text is no RE2 expression, in a few words; undefined when it is one. */
export function faultOfPattern(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
  }
}

/** Whether the pattern is found anywhere in the text. A pattern that is none matches nothing. */
export function hasMatch(pattern: string, text: string): boolean {
  return faultOfPattern(pattern) === undefined && RE2JS.compile(pattern).matcher(text).find()
}
