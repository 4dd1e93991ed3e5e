// Findings as SARIF 2.1.0, the form that code hosts show next to the lines of a pull request.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
import { isAbsolute, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { lintRuleOf, type LintRuleName } from '../../domain/mapping/lint-rules.ts'
import { versionOf } from '../version.ts'
import type { Finding } from './findings.ts'

/** The log of one run. `unknown`: what could not be judged, and why. */
export function sarifOf(findings: readonly Finding[], unknown: readonly string[]): object {
  const names = [...new Set(findings.map(({ rule }) => rule))].toSorted()
  return {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'hallpass lint', version: versionOf(), rules: names.map(ruleOf) } },
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: unknown.map(text => ({ level: 'note', message: { text } })),
          },
        ],
        results: findings.map(finding => resultOf(finding, names)),
      },
    ],
  }
}

function ruleOf(id: LintRuleName): object {
  const { severity: level, meaning, remedy } = lintRuleOf(id)
  return { id, shortDescription: { text: meaning }, help: { text: remedy }, defaultConfiguration: { level } }
}

function resultOf({ rule, severity, file, line, column, says, remedy }: Finding, names: readonly string[]): object {
  const region = { startLine: line, startColumn: column }
  return {
    ruleId: rule,
    ruleIndex: names.indexOf(rule),
    level: severity,
    message: { text: says.endsWith(remedy) ? says : `${says} ${remedy}` },
    locations: [{ physicalLocation: { artifactLocation: { uri: uriOf(file) }, region } }],
  }
}

// Relative to the working folder, which is the repository in CI.
function uriOf(file: string): string {
  const own = isAbsolute(file) ? relative('.', file) : file
  return own.startsWith('..') ? pathToFileURL(file).href : own.split(/[\\/]/).map(encodeURIComponent).join('/')
}
