// `hallpass lint`: what is wrong with mappings in files, before anybody applies them. It needs no cluster.
import { type Command, Option } from 'commander'
import { addConfigOption } from '../mappings.ts'
import { answering, type Terminal } from '../terminal.ts'
import type { LintOptions } from './lint.ts'

const help = `
Examples:
  hallpass lint mappings/
  kustomize build mappings | hallpass lint -
  hallpass lint mappings/ --config config.yaml -o sarif > mappings.sarif

Objects of other kinds are passed over. docs/reference/lint.md has every rule.

JSON (schema "hallpass/lint/v1"; fields are only ever added):
  mappings (their number), findings (rule, severity, file, line, column, mapping, says, remedy), unknown.

Exit codes:
  0  nothing is wrong
  1  there is an error or a warning; with --strict, or a note
  2  something could not be read, or the arguments are wrong
`

/** Adds the command. */
export function addLint(program: Command, terminal: Terminal): void {
  const command = program
    .command('lint')
    .description('say what is wrong with mappings in files, without a cluster')
    .argument('<paths...>', 'files and folders with mappings; - is stdin')
  addConfigOption(command)
    .option('--strict', 'notes count too')
    .option('--sarif <file>', 'write SARIF into this file too')
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json', 'sarif']).default('text'))
    .addHelpText('after', help)
    .action(async (paths: string[], options: LintOptions) => {
      const { lint } = await import('./lint.ts')
      await answering(() => lint(paths, options, terminal))
    })
}
