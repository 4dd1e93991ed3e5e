// Results as JUnit's XML, which most systems for continuous integration show.
import { printable } from '../../domain/text.ts'
import type { TestResult } from './run.ts'

/** The results of some files, one suite for each. */
export function junitOf(files: readonly { file: string; results: readonly TestResult[] }[]): string {
  const suites = files.map(({ file, results }) => {
    const failures = results.filter(({ passed }) => !passed).length
    const cases = results.map(result => caseOf(file, result)).join('')
    return `  <testsuite name="${escaped(file)}" tests="${results.length}" failures="${failures}">\n${cases}  </testsuite>\n`
  })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="hallpass test">\n${suites.join('')}</testsuites>\n`
}

function caseOf(file: string, { text, place, passed, expected, got }: TestResult): string {
  const head = `    <testcase classname="${escaped(file)}" name="${escaped(text)}" file="${escaped(file)}" line="${place.line}"`
  if (passed) return `${head}/>\n`
  return `${head}>\n      <failure message="${escaped(got)}">${escaped(`expected: ${expected}\ngot: ${got}`)}</failure>\n    </testcase>\n`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escaped(text: string): string {
  return printable(text).replace(/[&<>"]/g, mark => entities[mark] ?? mark)
}
