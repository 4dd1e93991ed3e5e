// docs/reference/lint.md, from the tables of the rules.
import { type LintRule, lintRuleOf, offlineReasons, ownLintRules } from '../domain/mapping/lint-rules.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `\`hallpass lint\` judges mappings in files (docs/mappings-in-ci.md says how). The name of a rule never changes its meaning. An error
keeps the mapping from being used, a warning is probably unintended, and a note could be better: notes count only with \`--strict\`.`

/** The text of the page. */
export function lintPage(): string {
  const own = Object.entries<LintRule>(ownLintRules)
  const shared = offlineReasons.map(reason => [reason, lintRuleOf(reason)] as const)
  return pageText({
    title: 'Rules of hallpass lint',
    source: 'src/domain/mapping/lint-rules.ts',
    intro,
    parts: [
      section('Rules for files', table(own)),
      section(
        'Why a mapping would not be Ready',
        'The controller gives these reasons in the condition Ready, with the same sentences. See also [all reasons](reasons.md).',
        table(shared),
      ),
    ],
  })
}

function table(rules: readonly (readonly [string, LintRule])[]): string {
  return tableOf(
    ['Rule', 'Severity', 'What is wrong, and what to do'],
    rules.map(([name, { severity, meaning, remedy }]) => [code(name), severity, `${meaning} ${remedy}`]),
  )
}
