// docs/reference/conditions.md, from the table of conditions.
import { conditionsOf } from '../api/conditions.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `\`kubectl describe\` shows conditions under Status. Each says in its message what is true now, and in its reason why. Besides
the reasons below, a condition that is \`False\` or \`Unknown\` can carry any of the [reasons for a no](reasons.md).`

/** The text of the page. */
export function conditionsPage(): string {
  const parts = Object.entries(conditionsOf).flatMap(([kind, conditions]) =>
    Object.entries(conditions).map(([type, facts]) =>
      section(
        `${type} (${kind})`,
        facts.about,
        tableOf(
          ['Status', 'What it means'],
          (['True', 'False', 'Unknown'] as const).map(status => [code(status), facts[status]]),
        ),
        tableOf(
          ['Reason', 'Status', 'What it means'],
          Object.entries(facts.reasons).map(([reason, { status, meaning }]) => [code(reason), code(status), meaning]),
        ),
      ),
    ),
  )
  return pageText({ title: 'Conditions', source: 'src/api/conditions.ts', intro, parts })
}
