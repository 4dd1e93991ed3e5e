// docs/reference/phases.md, from the table of phases.
import { phases } from '../api/phases.ts'
import { code, pageText, section, tableOf } from './markdown.ts'

const intro = `\`kubectl get accessrequests\` prints the phase of each request. The controller alone writes it. A phase that leads nowhere
is an end, and never changes again.`

/** The text of the page. */
export function phasesPage(): string {
  const rows = Object.entries(phases)
  const parts = [
    section(
      'What each phase means',
      tableOf(
        ['Phase', 'What is true'],
        rows.map(([name, { meaning }]) => [code(name), meaning]),
      ),
    ),
    section(
      'Who acts next',
      tableOf(
        ['Phase', 'Who has to do what'],
        rows.map(([name, { next }]) => [code(name), next]),
      ),
    ),
    section(
      'Where it leads',
      tableOf(
        ['Phase', 'Can become'],
        rows.map(([name, { leadsTo }]) => [code(name), leadsTo.map(code).join(', ') || 'nothing else']),
      ),
    ),
  ]
  return pageText({ title: 'Phases', source: 'src/api/phases.ts', intro, parts })
}
