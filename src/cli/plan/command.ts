// `hallpass plan`: what a change of mappings means for people.
import { type Command, Option } from 'commander'
import { answering, type Terminal } from '../terminal.ts'
import type { PlanOptions } from './plan.ts'

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
    .action(async (before: string, after: string, options: PlanOptions) => {
      const { plan } = await import('./plan.ts')
      await answering(() => plan(before, after, { ...options, terminal }))
    })
}
