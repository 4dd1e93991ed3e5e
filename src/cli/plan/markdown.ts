// Changes as Markdown for a pull request. Everything that a mapping's author wrote is in a code span, where it is neither a
// link nor a mention, and cannot end the span.
import type { Change, Effect, Part } from '../../domain/power/change.ts'
import type { MappingChange } from '../../domain/power/compare.ts'
import { cut, oneLine, printable } from '../../domain/text.ts'

/** GitHub takes 65,536 characters in a comment. */
const mostCharacters = 60_000
const longestValue = 300

const titles: Record<Effect, string> = {
  gained: '**Gained**',
  lost: '**Lost**',
  unclear: '**Perhaps gained**',
  changed: 'Changed',
}
const verbs: Record<MappingChange['is'], string> = { added: 'is new', removed: 'is removed', kept: 'changes' }

/** The whole text. What is too much for a comment is counted at its end. */
export function markdownOf(all: readonly MappingChange[]): string {
  const withChanges = all.filter(({ changes }) => changes.length > 0)
  const same = all.length - withChanges.length
  const rest = `${same} ${same === 1 ? 'mapping has' : 'mappings have'} no change in power.`
  if (withChanges.length === 0) return `### Access: no change in power\n\n${rest}\n`
  const head = `### Access: ${sayGains(all)}\n`
  const blocks = withChanges.map(blockOf)
  const shown = fitting(blocks)
  const hidden = blocks.length - shown.length
  const more = hidden === 0 ? [] : [`${hidden} more mappings change. \`hallpass plan -o text\` prints all of them.\n`]
  return [head, ...shown, ...more, `${rest}\n`].join('\n')
}

function sayGains(all: readonly MappingChange[]): string {
  const has = (wanted: Effect): MappingChange[] =>
    all.filter(({ changes }) => changes.some(({ effect }) => effect === wanted))
  const gains = has('gained')
  const perhaps = has('unclear').filter(one => !gains.includes(one)).length
  if (gains.length === 0)
    return perhaps === 0 ? 'nobody gains power' : `power is perhaps gained in ${perhaps} of ${all.length} mappings`
  return `power is gained in ${gains.length} of ${all.length} mappings${perhaps === 0 ? '' : `, and perhaps in ${perhaps} more`}`
}

function fitting(blocks: readonly string[]): string[] {
  let room = mostCharacters
  return blocks.filter(block => (room -= block.length) > 0)
}

function blockOf({ mapping, is, changes }: MappingChange): string {
  return `${[`#### ${codeSpan(mapping)} ${verbs[is]}\n`, ...changes.map(lineOf)].join('\n')}\n`
}

function lineOf({ effect, says }: Change): string {
  return `- ${titles[effect]}: ${says.map(inMarkdown).join('')}`
}

function inMarkdown(part: Part): string {
  return typeof part === 'string' ? part : codeSpan(part.value)
}

/** A text as code: its fence is longer than any row of backticks in it. */
export function codeSpan(text: string): string {
  const line = cut(printable(oneLine(text)), longestValue) || ' '
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([row]) => row.length))
  const fence = '`'.repeat(longest + 1)
  const edge = /^`|`$|^ .* $/.test(line) ? ' ' : ''
  return `${fence}${edge}${line}${edge}${fence}`
}
