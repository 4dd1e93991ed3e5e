// The grammar of slash commands: from the typed text to its meaning. Pure.
import { type Asked, parseAsk } from '../../domain/asking.ts'
import { parseDuration } from '../../domain/duration.ts'
import { cut, oneLine } from '../../domain/text.ts'

/** The meaning of a slash command. `mapping` is a name as typed, or the command itself. */
export type Meaning =
  | { means: 'help' }
  | { means: 'mine' }
  | { means: 'form'; mapping?: string }
  | { means: 'ask'; mapping: string; asked: Asked }
  | { means: 'badDuration'; typed: string }

/** Parses a command. `generic` is the command that reaches every mapping. */
export function readMeaning(command: string, text: string, generic: string): Meaning {
  const words = oneLine(text)
  if (words === 'help') return { means: 'help' }
  if (command !== generic) return words === '' ? { means: 'form', mapping: command } : ask(command, words)
  const [head = '', ...rest] = words.split(' ')
  if (head === '') return { means: 'form' }
  if (head === 'mine' && rest.length === 0) return { means: 'mine' }
  // The generic command with only a name also opens a form, like the mapping's own command.
  const mapping = unquote(head)
  return rest.length === 0 ? { means: 'form', mapping } : ask(mapping, rest.join(' '))
}

function ask(mapping: string, text: string): Meaning {
  const [head = ''] = text.split(' ')
  return isBadDuration(head) ? { means: 'badDuration', typed: head } : { means: 'ask', mapping, asked: parseAsk(text) }
}

const looksLikeTime = /^[-+]?\d+([.,]\d+)?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/i

/**
 * Whether it looks like a duration but is not valid: `2hours`, `1d`, `0m`. As part of the reason it would lead to
 * another duration.
 */
export function isBadDuration(word: string): boolean {
  return parseDuration(word) === undefined && looksLikeTime.test(word)
}

/** A name has 63 characters, and a few marks around it; the search for the marks at the end is quadratic. */
const maxTyped = 100

/** People copy names with the marks around them in messages. */
function unquote(name: string): string {
  return cut(name, maxTyped)
    .replace(/^[*"'`/]+|[*"'`]+$/g, '')
    .toLowerCase()
}
