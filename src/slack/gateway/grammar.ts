// The grammar of slash commands: from what was typed to what is meant. Pure.
import { type Asked, parseAsk } from '../../domain/asking.ts'
import { parseDuration } from '../../domain/duration.ts'
import { cut, oneLine } from '../../domain/text.ts'

/** What a slash command means. `mapping` is a name as typed, or the command itself. */
export type Meaning =
  | { means: 'help' }
  | { means: 'mine' }
  | { means: 'form'; mapping?: string }
  | { means: 'ask'; mapping: string; asked: Asked }
  | { means: 'badDuration'; typed: string }

/** Reads a command. `generic` is the command that reaches every mapping. */
export function readMeaning(command: string, text: string, generic: string): Meaning {
  const words = oneLine(text)
  if (words === 'help') return { means: 'help' }
  if (command !== generic) return words === '' ? { means: 'form', mapping: command } : ask(command, words)
  const [head = '', ...rest] = words.split(' ')
  if (head === '') return { means: 'form' }
  if (head === 'mine' && rest.length === 0) return { means: 'mine' }
  // The generic command with a name alone is a form too, as the mapping's own command is.
  const mapping = unquote(head)
  return rest.length === 0 ? { means: 'form', mapping } : ask(mapping, rest.join(' '))
}

function ask(mapping: string, text: string): Meaning {
  const [head = ''] = text.split(' ')
  return isBadDuration(head) ? { means: 'badDuration', typed: head } : { means: 'ask', mapping, asked: parseAsk(text) }
}

const looksLikeTime = /^[-+]?\d+([.,]\d+)?(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/i

/** Whether it was meant as a duration but is none: `2hours`, `1d`, `0m`. Taking it as reason would grant another time. */
export function isBadDuration(word: string): boolean {
  return parseDuration(word) === undefined && looksLikeTime.test(word)
}

/** A name has 63 characters, and a few marks around it; the search for the marks at the end is quadratic. */
const maxTyped = 100

/** People copy names with the marks that messages put around them. */
function unquote(name: string): string {
  return cut(name, maxTyped)
    .replace(/^[*"'`/]+|[*"'`]+$/g, '')
    .toLowerCase()
}
