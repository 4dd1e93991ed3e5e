// What `hallpass plan` prints about two versions of mappings: Markdown, words or JSON.
import type { Part } from '../../domain/power/change.ts'
import { compareMappings, type MappingChange } from '../../domain/power/compare.ts'
import { printedJson } from '../../domain/json.ts'
import { oneLine, printable } from '../../domain/text.ts'
import { mappingsByName } from '../mappings.ts'
import type { Terminal } from '../terminal.ts'
import { markdownOf } from './markdown.ts'

/** The options of `hallpass plan`. */
export type PlanOptions = { output: 'markdown' | 'text' | 'json' }

/** Prints what changes from one version to the other. */
export async function plan(
  before: string,
  after: string,
  { output, terminal }: PlanOptions & { terminal: Terminal },
): Promise<void> {
  if (before === '-' && after === '-') throw new Error('Both versions are -, and stdin can only be one of them.')
  const changes = compareMappings(await mappingsByName(before, terminal), await mappingsByName(after, terminal))
  terminal.out(printable(forms[output](changes)))
}

const forms: Record<PlanOptions['output'], (all: readonly MappingChange[]) => string> = {
  markdown: markdownOf,
  text: textOf,
  json: jsonOf,
}

function plain(says: readonly Part[]): string {
  return oneLine(says.map(part => (typeof part === 'string' ? part : part.value)).join(''))
}

function textOf(all: readonly MappingChange[]): string {
  const withChanges = all.filter(({ changes }) => changes.length > 0)
  const lines = withChanges.flatMap(({ mapping, is, changes }) => [
    `${oneLine(mapping)} (${is})`,
    ...changes.map(({ effect, says }) => `  ${effect}: ${plain(says)}`),
  ])
  const same = all.length - withChanges.length
  return [...lines, `${withChanges.length} changed, ${same} without a change in power.`]
    .map(line => `${line}\n`)
    .join('')
}

function jsonOf(all: readonly MappingChange[]): string {
  const mappings = all.map(({ changes, ...rest }) => ({
    ...rest,
    changes: changes.map(({ effect, says }) => ({ effect, says: plain(says) })),
  }))
  const gained = all.some(({ changes }) => changes.some(({ effect }) => effect === 'gained' || effect === 'unclear'))
  return printedJson({ schema: 'hallpass/plan/v1', gained, mappings })
}
