// The rules of `hallpass lint`: stable names, how severe each is, what it means and what to do. Reasons for which the
// controller would say that a mapping is not Ready keep their name and come from the catalogue.
import { entryOf, isReason, type Reason, reasons } from '../refusals.ts'

/** An error keeps a mapping from being used, a warning is probably unintended, a note could be better. */
export type Severity = 'error' | 'warning' | 'note'
/** One rule as the page of rules shows it. */
export type LintRule = { severity: Severity; meaning: string; remedy: string }

/** The rules that only files are judged by. */
export const ownLintRules = {
  Schema: {
    severity: 'error',
    meaning: 'The API server would refuse the object; the sentence is its own.',
    remedy: 'Correct the field; "kubectl explain rolemapping.spec --recursive" describes each.',
  },
  NameTwice: {
    severity: 'error',
    meaning: 'Two objects have the same namespace and name, so the one that is applied last replaces the other.',
    remedy: 'Rename one of them, or remove it.',
  },
  NotWatched: {
    severity: 'warning',
    meaning: 'Hallpass does not watch the namespace of the mapping, so nobody can ask for it.',
    remedy: 'Move the mapping, or add its namespace to the setting namespaces.',
  },
  PersonTwice: {
    severity: 'warning',
    meaning: 'A list names one person under two addresses, which count once.',
    remedy: 'Remove one of the addresses; the setting people says which belong together.',
  },
  FewerApprovals: {
    severity: 'warning',
    meaning: 'Another mapping gives the same role on the same resource with fewer approvals.',
    remedy: 'Ask for as many approvals in both, or narrow the other one by a condition.',
  },
  NotStated: {
    severity: 'note',
    meaning:
      'A field that limits access is left out, so tools that compare only what a file states do not see what somebody adds in the cluster.',
    remedy: 'Write the field in full, also when it has its default.',
  },
  Remark: {
    severity: 'note',
    meaning: 'The mapping can be used, and something in it has less effect than its author may expect.',
    remedy: 'Read the sentence; nothing must be changed.',
  },
} as const satisfies Record<string, LintRule>

/** The reasons of the controller that can be known from files, in the order of the alphabet. */
export const offlineReasons: readonly Reason[] = reasons.filter(reason => entryOf(reason).isInFiles).toSorted()

/** The name of a rule. */
export type LintRuleName = keyof typeof ownLintRules | Reason

/** What a rule is about. */
export function lintRuleOf(name: LintRuleName): LintRule {
  if (!isReason(name)) return ownLintRules[name]
  const { meaning, remedy } = entryOf(name)
  return { severity: 'error', meaning, remedy }
}
