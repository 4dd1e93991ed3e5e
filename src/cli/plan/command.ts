// `hallpass plan`: what a change of mappings means for people.
import { type Command, Option } from 'commander'
import { printedJson } from '../../domain/json.ts'
import { type Part } from '../../domain/power/change.ts'
import { compareMappings, type MappingChange } from '../../domain/power/compare.ts'
import { oneLine, printable } from '../../domain/text.ts'
import { mappingsByName } from '../mappings.ts'
import { answering, type Terminal } from '../terminal.ts'
import { markdownOf } from './markdown.ts'

type Options = { output: 'markdown' | 'text' | 'json' }

const help = `
Examples:
  git worktree add ../before origin/main
  hallpass plan ../before/mappings mappings > plan.md
  hallpass plan ../before/mappings mappings -o json

It says who newly may what, who approves it, and for how long, and not how the files differ: the same
power in other words is no change. A folder without mappings is a version without any. Nothing is judged:
"hallpass lint" does that.

JSON (schema "hallpass/plan/v1"; fields are only ever added):
  gained (whether anybody gains power, or may: a changed condition cannot be judged), mappings, a list of
  mapping, is (added, removed, kept) and changes (effect: gained, lost, unclear or changed; says).

Exit codes:
  0  compared
  2  a version could not be read, or the arguments are wrong
`

/** Adds the command. */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .description('say who newly may what between two versions of mappings, without a cluster')
    .argument('<old-path>', 'a file or folder with the mappings before')
    .argument('<new-path>', 'a file or folder with the mappings after; - is stdin')
    .addOption(
      new Option('-o, --output <form>', 'output format').choices(['markdown', 'text', 'json']).default('markdown'),
    )
    .addHelpText('after', help)
    .action(async (before: string, after: string, { output }: Options) =>
      answering(async () => {
        if (before === '-' && after === '-') throw new Error('Both versions are -, and stdin can only be one of them.')
        const changes = compareMappings(await mappingsByName(before, terminal), await mappingsByName(after, terminal))
        terminal.out(printable(forms[output](changes)))
      }),
    )
}

const forms: Record<Options['output'], (all: readonly MappingChange[]) => string> = {
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
