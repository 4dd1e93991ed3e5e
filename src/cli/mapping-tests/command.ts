// `hallpass test`: whether mappings say what their authors mean, by sentences such as "dana may ask prod-db for 2h".
import { type Command, Option } from 'commander'
import { readOrganisation } from '../../app/organisation.ts'
import { printedJson } from '../../domain/json.ts'
import { oneLine, printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { repeated } from '../arguments.ts'
import { addConfigOption, type ConfigOption, environmentOf, mappingsInFiles } from '../mappings.ts'
import { answerCodes, answering, type Terminal } from '../terminal.ts'
import { readTestFiles, sayPlace } from './file.ts'
import { junitOf } from './junit.ts'
import { runTests, type TestResult } from './run.ts'

type Options = ConfigOption & { mappings: readonly string[]; output: 'text' | 'json' | 'junit' }
type Ran = { file: string; results: TestResult[] }

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
    .action(async (paths: string[], options: Options) => answering(() => test(paths, options, terminal)))
}

async function test(paths: string[], { config, mappings: given, output }: Options, terminal: Terminal): Promise<void> {
  const settings = readOrganisation(environmentOf({ config }, terminal))
  const mappings = given.length === 0 ? undefined : await mappingsInFiles(given, terminal)
  const files = await readTestFiles(paths, { settings, mappings, terminal })
  const ran = files.map(file => ({ file: file.file, results: runTests(file, terminal.now()) }))
  terminal.out(printable(forms[output](ran)))
  if (ran.some(({ results }) => results.some(({ passed }) => !passed))) throw new Ended(answerCodes.different)
}

const forms: Record<Options['output'], (ran: readonly Ran[]) => string> = { text: textOf, json: jsonOf, junit: junitOf }

function textOf(ran: readonly Ran[]): string {
  const results = ran.flatMap(({ results: of }) => of)
  const failed = results.filter(({ passed }) => !passed)
  const lines = failed.flatMap(({ place, text, expected, got }) => [
    `${sayPlace(place)}: failed: ${oneLine(text)}`,
    `  expected: ${expected}`,
    `  got: ${oneLine(got)}`,
  ])
  const files = `${ran.length} ${ran.length === 1 ? 'file' : 'files'}`
  return [...lines, `${results.length - failed.length} passed, ${failed.length} failed in ${files}.`]
    .map(line => `${line}\n`)
    .join('')
}

function jsonOf(ran: readonly Ran[]): string {
  const tests = ran
    .flatMap(({ results }) => results)
    .map(({ place, text, passed, expected, got }) => ({ ...place, test: text, passed, expected, got }))
  return printedJson({ schema: 'hallpass/test/v1', tests })
}
