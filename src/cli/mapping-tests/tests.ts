// What `hallpass test` says about the tests of mappings: runs them, and prints words, JSON or JUnit.
import { readOrganisation } from '../../app/organisation.ts'
import { printedJson } from '../../domain/json.ts'
import { oneLine, printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { type ConfigOption, environmentOf, mappingsInFiles } from '../mappings.ts'
import { answerCodes, type Terminal } from '../terminal.ts'
import { readTestFiles, sayPlace } from './file.ts'
import { junitOf } from './junit.ts'
import { runTests, type TestResult } from './run.ts'

/** The options of `hallpass test`. */
export type TestOptions = ConfigOption & { mappings: readonly string[]; output: 'text' | 'json' | 'junit' }
type Ran = { file: string; results: TestResult[] }

/** Runs the tests of these files and folders. Throws Ended when one failed. */
export async function test(
  paths: string[],
  { config, mappings: given, output }: TestOptions,
  terminal: Terminal,
): Promise<void> {
  const settings = readOrganisation(environmentOf({ config }, terminal))
  const mappings = given.length === 0 ? undefined : await mappingsInFiles(given, terminal)
  const files = await readTestFiles(paths, { settings, mappings, terminal })
  const ran = files.map(file => ({ file: file.file, results: runTests(file, terminal.now()) }))
  terminal.out(printable(forms[output](ran)))
  if (ran.some(({ results }) => results.some(({ passed }) => !passed))) throw new Ended(answerCodes.different)
}

const forms: Record<TestOptions['output'], (ran: readonly Ran[]) => string> = {
  text: textOf,
  json: jsonOf,
  junit: junitOf,
}

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
