// The message about an emergency in the second channel, through its life. Pure.
import type { Links } from '../../domain/ports.ts'
import type { MessageView } from '../../domain/view/view.ts'
import { context, type Rendered, rendered, section } from './blocks.ts'
import { askedLine, emergencyLines, loudly, marked, reviewButtons } from './emergency.ts'
import { grantTable } from './grant-table.ts'
import { headlineOf, lastLines, smallPrint } from './message.ts'
import { escape, nameOf, quotation, quoted, sayPerson } from './words.ts'

/** The alert for a view. It mentions the channel and the reviewers, and nobody who decides. */
export function renderAlert(view: MessageView, links: Links): Rendered {
  const lines = [...linesOf(view), ...emergencyLines(view)]
  const spoken = [
    marked(view, headlineOf(view, sayPerson), true),
    view.reason ? `Reason: ${quoted(view.reason)}.` : '',
    ...lines,
  ]
  return rendered(spoken.filter(Boolean).join('\n').replaceAll('*', ''), [
    section(`${loudly(view)}${marked(view, headlineOf(view, nameOf))}`),
    section(`\`\`\`${grantTable(view.grants)}\`\`\``),
    ...(view.reason ? [section(quotation(view.reason))] : []),
    ...lines.map(line => section(line)),
    ...reviewButtons(view, links),
    context(smallPrint(view)),
  ])
}

function linesOf(view: MessageView): string[] {
  const hours = view.hours === undefined ? [] : [escape(view.hours)]
  return view.state === 'asking' ? [...hours, askedLine(view.approvers)] : lastLines(view).map(({ text }) => text)
}
