// What `hallpass lint` finds in the mappings of files, in words, JSON or SARIF.
import { writeFileSync } from 'node:fs'
import { type MappingSettings, readMappingSettings } from '../../app/mapping-settings.ts'
import { printedJson } from '../../domain/json.ts'
import { printable } from '../../domain/text.ts'
import { Ended } from '../ended.ts'
import { findMappings } from '../manifests/mappings.ts'
import { type ConfigOption, environmentOf } from '../mappings.ts'
import { answerCodes, type Terminal } from '../terminal.ts'
import { type Finding, findingsIn } from './findings.ts'
import { sarifOf } from './sarif.ts'

/** The options of `hallpass lint`. */
export type LintOptions = ConfigOption & { strict?: boolean; sarif?: string; output: 'text' | 'json' | 'sarif' }

/** Prints what is wrong. Throws Ended when something is. */
export async function lint(
  paths: string[],
  { config, strict, sarif, output }: LintOptions,
  terminal: Terminal,
): Promise<void> {
  const settings = readMappingSettings(environmentOf({ config }, terminal))
  const found = await findMappings(paths, terminal.stdin)
  const count = found.mappings.length + found.refused.length
  if (found.unreadable.length > 0) throw new Error(found.unreadable.join('\n'))
  if (count === 0) throw new Error(`There is no RoleMapping in ${paths.join(', ')}.`)
  const findings = findingsIn(found, { settings, now: terminal.now() })
  const unknown = unknownWithout(settings)
  terminal.out(printable(written({ findings, unknown, mappings: count }, output)))
  if (sarif !== undefined) writeFileSync(sarif, printedJson(sarifOf(findings, unknown)))
  const counting = findings.filter(({ severity }) => strict || severity !== 'note')
  if (counting.length > 0) throw new Ended(answerCodes.different)
}

function unknownWithout(settings: MappingSettings | undefined): string[] {
  if (!settings)
    return ['Without --config it is not known who belongs to the organisation, and which routes and groups are set up.']
  return settings.organisation ? [] : ['The settings do not say hostedDomains, so it is not known who belongs there.']
}

type Linted = { findings: Finding[]; unknown: string[]; mappings: number }

function written({ findings, unknown, mappings }: Linted, output: LintOptions['output']): string {
  if (output === 'text') return textOf({ findings, unknown, mappings })
  const shown =
    output === 'json' ? { schema: 'hallpass/lint/v1', mappings, findings, unknown } : sarifOf(findings, unknown)
  return printedJson(shown)
}

function textOf({ findings, unknown, mappings }: Linted): string {
  const lines = findings.flatMap(({ file, line, column, severity, rule, says, remedy }) => [
    `${file}:${line}:${column}: ${severity} ${rule}: ${says}`,
    ...(says.endsWith(remedy) ? [] : [`  ${remedy}`]),
  ])
  const counts = (['error', 'warning', 'note'] as const).map(severity =>
    counted(findings.filter(one => one.severity === severity).length, severity),
  )
  return [...lines, `${counts.join(', ')} in ${counted(mappings, 'mapping')}.`, ...unknown]
    .map(line => `${line}\n`)
    .join('')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
