// The grammar of slash commands: from the typed text to its meaning. Pure.
import { oneLine, cut } from '../../domain/text.ts'
import { readAsked } from '../../domain/asking/typed-duration.ts'
import type { Unclear, Wish } from '../../domain/asking/typed-wish.ts'
import { asTyped } from './as-typed.ts'

/** The meaning of a slash command. `mapping` is a name as typed, or the command itself. */
export type Meaning =
  | { means: 'help' }
  | { means: 'mine' }
  | { means: 'form'; mapping?: string; isEmergency?: true }
  | { means: 'ask'; mapping: string; asked: Wish; isEmergency?: true }
  | { means: 'unclear'; unclear: Unclear }

/** Parses a command. `generic` is the command that reaches every mapping. */
export function readMeaning(command: string, text: string, generic: string): Meaning {
  const words = oneLine(asTyped(text))
  const plain = plainMeaning(words)
  if (plain) return plain
  if (command !== generic) return askFor(command, words)
  const [head = '', ...rest] = words.split(' ')
  if (head === '') return { means: 'form' }
  // The generic command with only a name also opens a form, like the mapping's own command.
  return askFor(unquote(head), rest.join(' '))
}

/** The first word after the mapping: `emergency`, `Emergency:`, `*EMERGENCY*`. */
const emergencyFirst = /^\p{P}*emergency\p{P}*(?: |$)/iu

function askFor(mapping: string, words: string): Meaning {
  if (words === '') return { means: 'form', mapping }
  const found = emergencyFirst.exec(words)
  if (!found) return ask(mapping, words)
  const rest = words.slice(found[0].length)
  const meaning: Meaning = rest === '' ? { means: 'form', mapping } : ask(mapping, rest)
  return meaning.means === 'form' || meaning.means === 'ask' ? { ...meaning, isEmergency: true } : meaning
}

/** Whether the word is where a reason begins, after the time, so that it may have been meant as the first word. */
export function mayMeanEmergency({ reason, seconds }: Wish): boolean {
  return seconds !== undefined && emergencyFirst.test(reason)
}

function ask(mapping: string, text: string): Meaning {
  const asked = readAsked(text)
  if ('unclear' in asked) return { means: 'unclear', unclear: asked }
  return plainMeaning(withoutEnd(asked)) ?? { means: 'ask', mapping, asked }
}

/** The reason without the time that it still holds at its end. */
function withoutEnd({ reason, isAtEnd }: Wish): string {
  return (isAtEnd && /^(.*) for /i.exec(reason)?.[1]) || reason
}

/** `Please help me, please!` and some more. */
const longestPlain = 30

/** Help or the list, in any form, wherever a reason could stand: nobody is asked because of it. */
function plainMeaning(text: string): Meaning | undefined {
  if (text.length > longestPlain) return undefined
  if (/^\p{P}*\?\p{P}*$/u.test(text)) return { means: 'help' }
  const word = text
    .replace(/[\p{P}`]/gu, '')
    .trim()
    .toLowerCase()
  if (/^(?:(?:please|pls) )?help(?: me| us)?(?: (?:please|pls))?$/.test(word)) return { means: 'help' }
  // Phones make one long dash of two.
  if (word === 'h' && /^[-\u2013\u2014]/.test(text)) return { means: 'help' }
  return word === 'mine' ? { means: 'mine' } : undefined
}

/** A name has 63 characters, and a few marks around it; the search for the marks at the end is quadratic. */
const maxTyped = 100

/** People copy names with the marks around them in messages, and phones turn quotation marks. */
function unquote(name: string): string {
  return cut(name, maxTyped)
    .replace(/^[*"'`/\u2018-\u201F]+|[*"'`\u2018-\u201F,;:.!]+$/g, '')
    .toLowerCase()
}
