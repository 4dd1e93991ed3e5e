// `hallpass test`: whether mappings say what their authors mean, by sentences such as "dana may ask prod-db for 2h".
import { type Command, Option } from 'commander'
import { repeated } from '../arguments.ts'
import { addConfigOption } from '../mappings.ts'
import { answering, type Terminal } from '../terminal.ts'
import type { TestOptions } from './tests.ts'

const help = `
Examples:
  hallpass test mappings/
  hallpass test mappings/prod-db.test.yaml -o junit > tests.xml
  kustomize build mappings | hallpass test mappings --mappings -

A file *.test.yaml lists sentences such as "dana may ask prod-db for 2h" and "nobody may approve themselves".
docs/mappings-in-ci.md says what they can be. The rules are those that judge real requests; nothing is stored.

JSON (schema "hallpass/test/v1"; fields are only ever added):
  tests, a list of file, line, column, test, passed, expected, got.

Exit codes:
  0  every test passed
  1  a test failed
  2  a file could not be read or run, or the arguments are wrong
`

/** Adds the command. */
export function addMappingTests(program: Command, terminal: Terminal): void {
  const command = program
    .command('test')
    .description('run tests of mappings (*.test.yaml) without a cluster')
    .argument('<paths...>', 'files with tests, and folders with *.test.yaml')
  addConfigOption(command)
    .addOption(
      new Option('--mappings <path>', 'the mappings instead of those that the files name; - is stdin')
        .argParser(repeated)
        .default([], 'those that the files name'),
    )
    .addOption(new Option('-o, --output <form>', 'output format').choices(['text', 'json', 'junit']).default('text'))
    .addHelpText('after', help)
    .action(async (paths: string[], options: TestOptions) => {
      const { test } = await import('./tests.ts')
      await answering(() => test(paths, options, terminal))
    })
}
